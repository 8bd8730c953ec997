//! The write queue: bounded in bytes, fair between tenants, drained by the one writer.
//!
//! A sender waits for room before its job enters (the wait is asynchronous and costs no thread). It waits for
//! room in its tenant's share first, which is half the queue: a crowd of one tenant waits there and leaves the
//! other half to the rest. The writer takes what is there in rounds, each tenant up to a quantum a round
//! (deficit round robin), so one tenant with a full queue delays another by one group commit at most.

mod room;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::Semaphore;

use room::{Place, Shares, UNIT, Weight};

/// What a tenant may put into one round before the next one's turn.
pub(crate) const QUANTUM: usize = 1024 * 1024;

/// Jobs on their way to the writer.
pub(crate) struct Queue<J> {
    /// What all tenants share.
    common: Arc<Semaphore>,
    capacity: usize,
    state: Mutex<State<J>>,
    changed: Condvar,
}

struct State<J> {
    tenants: HashMap<u64, Tenant<J>>,
    /// Tenants that have jobs, in turn.
    turns: VecDeque<u64>,
    shares: Shares,
    closed: bool,
    /// The writer has something to do besides jobs.
    nudged: bool,
}

struct Tenant<J> {
    jobs: VecDeque<Entry<J>>,
    /// What it may still put into its turn.
    deficit: usize,
}

struct Entry<J> {
    job: J,
    bytes: usize,
    place: Place,
}

/// The queue takes nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed;

/// What the writer got: jobs in the order to apply, and the room that they hold until they are done.
pub(crate) struct Batch<J> {
    jobs: Vec<J>,
    bytes: usize,
    room: Room,
}

/// Room in the queue, given back when it is dropped.
#[derive(Default)]
pub(crate) struct Room(Vec<Place>);

impl<J> Batch<J> {
    /// The jobs, and the room to give back when they are done.
    pub(crate) fn split(self) -> (Vec<J>, Room) {
        (self.jobs, self.room)
    }
}

impl<J> Queue<J> {
    /// An empty queue with room for `bytes`.
    pub(crate) fn new(bytes: usize) -> Self {
        let capacity = bytes / UNIT;
        let state = State {
            tenants: HashMap::new(),
            turns: VecDeque::new(),
            shares: Shares::new(room::share(capacity)),
            closed: false,
            nudged: false,
        };
        Self {
            common: Arc::new(Semaphore::new(capacity)),
            capacity,
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// Bytes in the queue or at the writer, about.
    pub(crate) fn bytes(&self) -> usize {
        self.capacity.saturating_sub(self.common.available_permits()) * UNIT
    }

    /// Puts `job`, which weighs `bytes`, into the queue of `tenant`; waits while there is no room.
    pub(crate) async fn push(&self, tenant: u64, bytes: usize, job: J) -> Result<(), Closed> {
        let weight = Weight::of(bytes, self.capacity);
        let share = {
            let mut state = self.state.lock();
            if state.closed {
                return Err(Closed);
            }
            let share = state.shares.of(tenant);
            if let Some(place) = Place::try_take(&share, &self.common, weight) {
                state.put(tenant, Entry { job, bytes, place });
                self.changed.notify_one();
                return Ok(());
            }
            share
        };
        let place = Place::take(share, Arc::clone(&self.common), weight).await?;
        let mut state = self.state.lock();
        if state.closed {
            return Err(Closed);
        }
        state.put(tenant, Entry { job, bytes, place });
        self.changed.notify_one();
        Ok(())
    }

    /// Takes jobs of up to about `bytes`; waits up to `patience` for the first. `None` once the queue is
    /// closed and empty; an empty batch when patience ran out or [`Queue::nudge`] was called.
    pub(crate) fn take(&self, bytes: usize, patience: Option<Duration>) -> Option<Batch<J>> {
        let mut state = self.state.lock();
        while state.turns.is_empty() && !std::mem::take(&mut state.nudged) {
            if state.closed {
                return None;
            }
            match patience {
                None => self.changed.wait(&mut state),
                Some(patience) => {
                    if self.changed.wait_for(&mut state, patience).timed_out() {
                        break;
                    }
                }
            }
        }
        Some(state.take(bytes))
    }

    /// Whether it takes no more jobs.
    pub(crate) fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// Makes whoever waits in [`Queue::take`], or comes next, look up without a job.
    pub(crate) fn nudge(&self) {
        self.state.lock().nudged = true;
        self.changed.notify_all();
    }

    /// Refuses further jobs; those in the queue are still taken.
    pub(crate) fn close(&self) {
        {
            let mut state = self.state.lock();
            state.closed = true;
            state.shares.close();
        }
        self.common.close();
        self.changed.notify_all();
    }

    /// Closes the queue and gives back what is in it.
    pub(crate) fn abandon(&self) -> Vec<J> {
        self.close();
        let mut state = self.state.lock();
        state.turns.clear();
        let tenants = std::mem::take(&mut state.tenants);
        tenants.into_values().flat_map(|tenant| tenant.jobs).map(|entry| entry.job).collect()
    }
}

impl<J> State<J> {
    fn put(&mut self, tenant: u64, entry: Entry<J>) {
        let new = || Tenant { jobs: VecDeque::new(), deficit: 0 };
        let queue = self.tenants.entry(tenant).or_insert_with(new);
        if queue.jobs.is_empty() {
            self.turns.push_back(tenant);
        }
        queue.jobs.push_back(entry);
    }

    fn take(&mut self, limit: usize) -> Batch<J> {
        let mut batch = Batch { jobs: Vec::new(), bytes: 0, room: Room(Vec::new()) };
        while batch.bytes < limit
            && let Some(number) = self.turns.pop_front()
        {
            let Some(tenant) = self.tenants.get_mut(&number) else {
                continue;
            };
            tenant.deficit += QUANTUM;
            while let Some(entry) = tenant.jobs.front()
                && entry.bytes <= tenant.deficit
                && (batch.bytes < limit)
                && let Some(entry) = tenant.jobs.pop_front()
            {
                tenant.deficit -= entry.bytes;
                batch.bytes += entry.bytes;
                batch.jobs.push(entry.job);
                batch.room.0.push(entry.place);
            }
            if tenant.jobs.is_empty() {
                self.tenants.remove(&number);
            } else {
                self.turns.push_back(number);
            }
        }
        batch
    }
}
