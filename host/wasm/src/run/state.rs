//! What belongs to an instance while it lives, and to a call while it runs.

use std::sync::Arc;
use std::time::Duration;

use super::limiter::Limiter;
use super::pace::Pace;
use super::stop::Stop;
use super::time::{Begin, GuestTime};
use super::work::Work;
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
    time: GuestTime,
    /// Nanoseconds that were slept in calls before.
    slept: u64,
    random: blake3::OutputReader,
}

impl State {
    /// That of an instance that is made for `call`.
    pub(super) fn new<W: Work>(call: &Call<W>, pace: Pace) -> Self {
        let begin = Begin { now: pace.now(), steady: 0 };
        Self {
            limiter: Limiter::new(call.limits.memory_bytes.min(MEMORY_BYTES_MAX)),
            environment: Arc::clone(&call.environment),
            journal: Journal::new(call.limits.log_bytes),
            output_left: call.limits.output_bytes,
            time: W::time(call, begin),
            slept: 0,
            random: W::random(call),
            pace,
        }
    }

    /// Begins a call.
    pub(super) fn begin<W: Work>(&mut self, call: &Call<W>) {
        self.limiter.begin();
        self.journal = Journal::new(call.limits.log_bytes);
        self.output_left = call.limits.output_bytes;
        self.pace.begin(call.limits.time);
        self.slept = self.slept.saturating_add(self.time.slept());
        let steady = self.pace.begun_nanos().saturating_add(self.slept);
        self.time = W::time(call, Begin { now: self.pace.now(), steady });
        self.random = W::random(call);
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
