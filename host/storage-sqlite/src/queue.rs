//! The write queue: bounded in bytes, fair between tenants, drained by the one writer.
//!
//! A sender waits for room before its job enters (the wait is asynchronous and costs no thread). The writer
//! takes what is there in rounds, each tenant up to a quantum a round (deficit round robin), so one tenant
//! with a full queue delays another by one group commit at most.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room is counted in these units; a job takes at least one.
const UNIT: usize = 1024;
/// What a tenant may put into one round before the next one's turn.
const QUANTUM: usize = 1024 * 1024;

/// Jobs on their way to the writer.
pub(crate) struct Queue<J> {
    room: Arc<Semaphore>,
    capacity: usize,
    state: Mutex<State<J>>,
    changed: Condvar,
}

struct State<J> {
    tenants: HashMap<u64, Tenant<J>>,
    /// Tenants that have jobs, in turn.
    turns: VecDeque<u64>,
    closed: bool,
}

struct Tenant<J> {
    jobs: VecDeque<Entry<J>>,
    /// What it may still put into its turn.
    deficit: usize,
}

struct Entry<J> {
    job: J,
    bytes: usize,
    room: OwnedSemaphorePermit,
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
pub(crate) struct Room(Vec<OwnedSemaphorePermit>);

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
        let state = State { tenants: HashMap::new(), turns: VecDeque::new(), closed: false };
        Self {
            room: Arc::new(Semaphore::new(capacity)),
            capacity,
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// Bytes in the queue or at the writer, about.
    pub(crate) fn bytes(&self) -> usize {
        self.capacity.saturating_sub(self.room.available_permits()) * UNIT
    }

    /// Puts `job`, which weighs `bytes`, into the queue of `tenant`; waits while there is no room.
    pub(crate) async fn push(&self, tenant: u64, bytes: usize, job: J) -> Result<(), Closed> {
        // A job larger than the whole queue passes alone.
        let units = (bytes / UNIT + 1).min(self.capacity);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(units);
        let room = room.await.map_err(|_closed| Closed)?;
        let mut state = self.state.lock();
        if state.closed {
            return Err(Closed);
        }
        let new = || Tenant { jobs: VecDeque::new(), deficit: 0 };
        let queue = state.tenants.entry(tenant).or_insert_with(new);
        let was_empty = queue.jobs.is_empty();
        queue.jobs.push_back(Entry { job, bytes, room });
        if was_empty {
            state.turns.push_back(tenant);
        }
        self.changed.notify_one();
        Ok(())
    }

    /// Takes jobs of up to about `bytes`; waits up to `patience` for the first. `None` once the queue is
    /// closed and empty; an empty batch when patience ran out.
    pub(crate) fn take(&self, bytes: usize, patience: Option<Duration>) -> Option<Batch<J>> {
        let mut state = self.state.lock();
        while state.turns.is_empty() {
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

    /// Refuses further jobs; those in the queue are still taken.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.room.close();
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
                batch.room.0.push(entry.room);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn push(queue: &Queue<u32>, tenant: u64, bytes: usize, job: u32) {
        let push = std::pin::pin!(queue.push(tenant, bytes, job));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(push.poll(&mut context).is_ready());
    }

    const NOW: Option<Duration> = Some(Duration::ZERO);

    #[test]
    fn tenants_take_turns_and_each_keeps_its_order() {
        let queue = Queue::new(64 * QUANTUM);
        (0..8).for_each(|job| push(&queue, 1, QUANTUM, job));
        push(&queue, 2, 10, 100);
        push(&queue, 2, 10, 101);
        let batch = queue.take(3 * QUANTUM, NOW).unwrap();
        assert_eq!(batch.jobs, [0, 100, 101, 1, 2]);
        let batch = queue.take(usize::MAX, NOW).unwrap();
        assert_eq!(batch.jobs, [3, 4, 5, 6, 7]);
    }

    #[test]
    fn a_job_larger_than_the_quantum_comes_through() {
        let queue = Queue::new(64 * QUANTUM);
        push(&queue, 1, 10 * QUANTUM, 1);
        assert_eq!(queue.take(usize::MAX, NOW).unwrap().jobs, [1]);
    }

    #[test]
    fn room_is_given_back_with_the_batch() {
        let queue = Queue::new(4 * UNIT);
        push(&queue, 1, 3 * UNIT, 1);
        let mut waiting = Box::pin(queue.push(1, UNIT, 2));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        let batch = queue.take(usize::MAX, NOW).unwrap();
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        drop(batch);
        assert!(waiting.as_mut().poll(&mut context).is_ready());
    }

    #[test]
    fn a_closed_queue_is_emptied_and_ends() {
        let queue = Queue::new(64 * QUANTUM);
        push(&queue, 1, 1, 1);
        queue.close();
        assert_eq!(queue.take(usize::MAX, None).unwrap().jobs, [1]);
        assert!(queue.take(usize::MAX, None).is_none());
    }
}
