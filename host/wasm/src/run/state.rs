//! What belongs to an instance while it lives, and to a call while it runs.

use std::sync::Arc;

use super::limiter::Limiter;
use super::pace::Pace;
use super::stop::Stop;
use crate::engine::MEMORY_BYTES_MAX;
use crate::journal::Journal;
use crate::message::Call;

/// What host functions and the limiter work on.
pub(crate) struct State {
    /// What the instance has of memory and tables.
    pub(crate) limiter: Limiter,
    /// How long it may go on.
    pub(super) pace: Pace,
    /// The function's variables.
    pub(crate) environment: Arc<[(String, String)]>,
    /// What the guest wrote.
    pub(crate) journal: Journal,
    /// What the guest may still hand over; its log has a quota of its own.
    output_left: usize,
    /// Nanoseconds since 1970, as the guest sees them.
    now: u64,
    random: blake3::OutputReader,
}

/// How far the guest's clock goes at each look: programs divide by differences.
const LOOK_NANOS: u64 = 1000;

impl State {
    /// That of an instance that is made for `call`.
    pub(super) fn new(call: &Call, pace: Pace) -> Self {
        Self {
            limiter: Limiter::new(call.limits.memory_bytes.min(MEMORY_BYTES_MAX)),
            pace,
            environment: Arc::clone(&call.environment),
            journal: Journal::new(call.limits.log_bytes),
            output_left: call.limits.output_bytes,
            now: newest_nanos(call),
            random: random_of(call),
        }
    }

    /// Begins a call.
    pub(super) fn begin(&mut self, call: &Call) {
        self.limiter.begin();
        self.journal = Journal::new(call.limits.log_bytes);
        self.output_left = call.limits.output_bytes;
        self.now = newest_nanos(call);
        self.random = random_of(call);
    }

    /// The guest's time, in nanoseconds since 1970: that of the batch's newest record, and a little more at
    /// each look.
    pub(crate) fn look_at_clock(&mut self) -> u64 {
        self.now = self.now.saturating_add(LOOK_NANOS);
        self.now
    }

    /// Lets the guest's time pass.
    pub(crate) fn sleep(&mut self, nanos: u64) {
        self.now = self.now.saturating_add(nanos);
    }

    /// Bytes that follow from the batch.
    pub(crate) fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// `count` bytes that follow from the batch.
    pub(crate) fn random_bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.random.fill(&mut bytes);
        bytes
    }

    /// Notes that the guest handed over `bytes`.
    ///
    /// # Errors
    /// If that is more than it may.
    pub(crate) fn hand(&mut self, bytes: usize) -> Result<(), Stop> {
        self.output_left = self.output_left.checked_sub(bytes).ok_or(Stop::Output)?;
        Ok(())
    }
}

fn newest_nanos(call: &Call) -> u64 {
    let newest = call.batch.records.iter().map(|record| record.arrival_ms).max();
    newest.unwrap_or_default().saturating_mul(1_000_000)
}

/// The same for every attempt at a batch, and for no other batch or component.
fn random_of(call: &Call) -> blake3::OutputReader {
    let mut hasher = blake3::Hasher::new_derive_key("shardmill: randomness of a batch");
    hasher.update(&call.component.0);
    for text in [&call.batch.stream, &call.batch.shard] {
        hasher.update(&text.len().to_le_bytes()).update(text.as_bytes());
    }
    for record in call.batch.records.first().into_iter().chain(call.batch.records.last()) {
        hasher.update(&record.sub_sequence.to_le_bytes());
        hasher.update(&record.sequence.len().to_le_bytes()).update(record.sequence.as_bytes());
    }
    hasher.finalize_xof()
}
