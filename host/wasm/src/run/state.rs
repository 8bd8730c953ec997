//! What belongs to an instance while it lives, and to a call while it runs.

use std::sync::Arc;
use std::time::Duration;

use super::limiter::Limiter;
use super::pace::Pace;
use super::stop::{NotNow, Stop};
use super::time::{Begin, GuestTime};
use super::work::Work;
use crate::engine::MEMORY_BYTES_MAX;
use crate::journal::Journal;
use crate::memory::Memory;
use crate::message::{Call, Outside};

/// What a guest is given in one call by all that it asks for, besides what it is called with.
const INPUT_BYTES_MAX: usize = 32 * 1024 * 1024;

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
    time: GuestTime,
    /// Nanoseconds that were slept in calls before.
    slept: u64,
    random: blake3::OutputReader,
    /// When the call began, in milliseconds since 1970.
    begun_ms: u64,
    /// What the guest may still be given by what it asks for.
    input_left: usize,
    /// Who answers what the guest asks for.
    outside: Option<Arc<dyn Outside>>,
}

impl State {
    /// That of an instance that is made for `call`.
    pub(super) fn new<W: Work>(call: &Call<W>, pace: Pace, memory: &Arc<Memory>) -> Self {
        let begin = Begin { now: pace.now(), steady: 0 };
        // What others never leave it is no reason to try again.
        let most = MEMORY_BYTES_MAX.min(memory.tenant_bytes_max());
        let held = memory.for_guest(call.tenant);
        Self {
            limiter: Limiter::new(held, call.limits.memory_bytes.min(most)),
            environment: Arc::clone(&call.environment),
            journal: Journal::new(call.limits.log_bytes),
            output_left: call.limits.output_bytes,
            time: W::time(call, begin),
            slept: 0,
            random: W::random(call),
            begun_ms: begin.now.0,
            input_left: 0,
            outside: None,
            pace,
        }
    }

    /// Begins a call, which ends even if it could not begin.
    ///
    /// # Errors
    /// If others leave too little memory.
    pub(super) fn begin<W: Work>(&mut self, call: &Call<W>) -> Result<(), NotNow> {
        self.journal = Journal::new(call.limits.log_bytes);
        self.output_left = call.limits.output_bytes;
        self.pace.begin(call.limits.time);
        self.slept = self.slept.saturating_add(self.time.slept());
        let steady = self.pace.begun_nanos().saturating_add(self.slept);
        let now = self.pace.now();
        self.time = W::time(call, Begin { now, steady });
        self.random = W::random(call);
        self.begun_ms = now.0;
        self.input_left = INPUT_BYTES_MAX;
        self.outside = W::outside(call);
        self.limiter.begin()
    }

    /// Ends a call.
    pub(super) fn end(&mut self) {
        self.pace.end();
        self.limiter.end();
        self.outside = None;
    }

    /// When the call began, in milliseconds since 1970.
    pub(crate) fn begun_ms(&self) -> u64 {
        self.begun_ms
    }

    /// Who answers what the guest asks for.
    ///
    /// # Errors
    /// If nobody does: the guest is just being made, or is no consumer.
    pub(crate) fn outside(&self) -> Result<Arc<dyn Outside>, Stop> {
        self.outside.clone().ok_or(Stop::Outside)
    }

    /// How long what the guest asks for may take. It lets others go first meanwhile.
    pub(crate) fn wait(&self) -> Duration {
        self.pace.end();
        self.pace.left()
    }

    /// Notes that the guest is given `bytes`; whether it may be.
    pub(crate) fn give(&mut self, bytes: usize) -> bool {
        let left = self.input_left.checked_sub(bytes);
        self.input_left = left.unwrap_or(self.input_left);
        left.is_some()
    }

    /// Notes that `bytes` were read for the guest, which costs the same whether it is given them or not; whether it may
    /// be.
    pub(crate) fn has_read(&mut self, bytes: usize) -> bool {
        let may = self.give(bytes);
        if !may {
            self.input_left = 0;
        }
        may
    }

    /// How many bytes it may still be given.
    pub(crate) fn room(&self) -> usize {
        self.input_left
    }

    /// The guest's time, in nanoseconds since 1970.
    pub(crate) fn look_at_clock(&mut self) -> u64 {
        self.time.look(self.pace.passed())
    }

    /// Nanoseconds that never go back while the instance lives.
    pub(crate) fn look_at_steady_clock(&mut self) -> u64 {
        self.time.look_steady(self.pace.passed())
    }

    /// The handle of a timer that is over in `nanos`.
    pub(crate) fn timer(&mut self, nanos: u64) -> u32 {
        self.time.timer(nanos, self.pace.passed())
    }

    /// Whether a timer is over.
    pub(crate) fn is_over(&self, timer: u32) -> bool {
        self.left(timer).is_zero()
    }

    /// Sleeps until one of `timers` is over: the guest's clock goes on, and what is left of its time goes down.
    ///
    /// # Errors
    /// If its time ends before.
    pub(crate) fn wait_for(&mut self, timers: &[u32]) -> Result<(), Stop> {
        let shortest = timers.iter().map(|timer| self.left(*timer)).min().unwrap_or_default();
        self.time.sleep(shortest);
        self.pace.sleep(shortest)
    }

    fn left(&self, timer: u32) -> Duration {
        self.time.left(timer, self.pace.passed())
    }

    /// Random bytes.
    pub(crate) fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// `count` random bytes.
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
