//! How guests share processors: at every tick of the engine a guest lets others go first, and one that goes on
//! for long takes turns with its like.
//!
//! Without the second rule, each of two hundred endless loops would take a tick before a short call has its
//! own. So a guest that has had a few ticks needs a place in the slow lane, which has as many as there are
//! threads: short calls then wait for a tick at most. Tenants take turns in it ([`SlowLane`]).

use std::sync::Arc;
use std::time::Duration;

use domain::Millis;
use parking_lot::Mutex;
use stdx::Clock;
use wasmtime::UpdateDeadline;

use super::lane::{Place, SlowLane};
use super::stop::Stop;

/// Ticks that a guest has before it needs the slow lane.
const FREE_TICKS: u32 = 2;

/// How long a call goes on, and at what pace.
pub(crate) struct Pace {
    clock: Arc<dyn Clock>,
    slow_lane: Arc<SlowLane>,
    /// Whose guest it is.
    tenant: u64,
    /// The guest's place in the slow lane.
    place: Arc<Mutex<Option<Place>>>,
    ticks: u32,
    begun: Duration,
    deadline: Duration,
}

impl Pace {
    /// That of an instance that has not been called.
    pub(crate) fn new(clock: Arc<dyn Clock>, slow_lane: Arc<SlowLane>, tenant: u64) -> Self {
        Self {
            clock,
            slow_lane,
            tenant,
            place: Arc::new(Mutex::new(None)),
            ticks: 0,
            begun: Duration::ZERO,
            deadline: Duration::ZERO,
        }
    }

    /// Begins a call that may go on for `time`.
    pub(crate) fn begin(&mut self, time: Duration) {
        self.ticks = 0;
        self.begun = self.clock.monotonic();
        self.deadline = self.begun.saturating_add(time);
    }

    /// The time of day.
    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }

    /// When the call began, in nanoseconds of what never goes back.
    pub(crate) fn begun_nanos(&self) -> u64 {
        u64::try_from(self.begun.as_nanos()).unwrap_or(u64::MAX)
    }

    /// How long the call has gone on.
    pub(crate) fn passed(&self) -> Duration {
        self.clock.monotonic().saturating_sub(self.begun)
    }

    /// When the call ends at the latest.
    pub(crate) fn deadline(&self) -> Millis {
        let left = self.deadline.saturating_sub(self.clock.monotonic());
        self.clock.now().plus(u64::try_from(left.as_millis()).unwrap_or(u64::MAX))
    }

    /// How long the call may still go on.
    pub(crate) fn left(&self) -> Duration {
        self.deadline.saturating_sub(self.clock.monotonic())
    }

    /// Takes `time` from what is left, as if the guest had slept.
    ///
    /// # Errors
    /// If there was less.
    pub(crate) fn sleep(&mut self, time: Duration) -> Result<(), Stop> {
        self.deadline = self.deadline.saturating_sub(time);
        if self.deadline > self.clock.monotonic() { Ok(()) } else { Err(Stop::Time) }
    }

    /// Ends a call.
    pub(crate) fn end(&self) {
        // Outside of the lock: it goes to somebody else.
        let place = self.place.lock().take();
        drop(place);
    }

    /// What to do at a tick.
    pub(crate) fn tick(&mut self) -> wasmtime::Result<UpdateDeadline> {
        let left = self.deadline.saturating_sub(self.clock.monotonic());
        if left.is_zero() {
            return Err(Stop::Time.into());
        }
        self.end();
        self.ticks = self.ticks.saturating_add(1);
        if self.ticks <= FREE_TICKS {
            return Ok(UpdateDeadline::Yield(1));
        }
        let (slow_lane, place) = (Arc::clone(&self.slow_lane), Arc::clone(&self.place));
        let tenant = self.tenant;
        let turn = async move {
            tokio::task::yield_now().await;
            // Without a place at the deadline, the next tick ends the guest.
            if let Ok(Some(own)) = tokio::time::timeout(left, slow_lane.enter(tenant)).await {
                *place.lock() = Some(own);
            }
        };
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(turn)))
    }
}
