//! Which events wait, for what, and which is next: a queue for each function.
//!
//! Bounded in events and in bytes of payloads; one more is refused. The oldest that is due is next, function by
//! function, so that one with many events keeps nobody else waiting.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use domain::{AccountId, FunctionId, Millis, limits};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::EventState;
use super::fact::EventId;

/// Events that wait or run.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    state: Mutex<State>,
    /// There may be something to do.
    pub(super) wake: Notify,
}

#[derive(Debug, Default)]
struct State {
    functions: BTreeMap<FunctionId, Queue>,
    running: usize,
    /// Of each account that has some.
    running_of: HashMap<AccountId, usize>,
    /// Whose turn was last.
    last: Option<FunctionId>,
    /// The newest number. One that nobody has any more may be given again.
    number: u64,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: BTreeSet<(Millis, u64)>,
    events: HashMap<u64, Event>,
    running: usize,
    /// Of all events, also those that are on their way in.
    count: usize,
    bytes: u64,
}

/// An event as it was stored last.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) state: EventState,
    /// The commit that wrote its state.
    pub(super) version: u64,
}

impl Event {
    /// Whose function it is for.
    fn account(&self) -> AccountId {
        self.state.target.function.account
    }
}

/// The place of an event that runs: given back also by a task that panicked.
#[derive(Debug)]
pub(super) struct Running {
    queues: Arc<Queues>,
    function: FunctionId,
    account: AccountId,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.queues.ran(self.function, self.account);
    }
}

/// What a function's queue is told to be full of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Queues {
    /// Takes a place for an event of so many bytes.
    pub(super) fn reserve(&self, function: FunctionId, bytes: u32) -> Result<u64, Full> {
        let mut state = self.state.lock();
        let queue = state.functions.entry(function).or_default();
        let is_full = queue.count >= limits::FUNCTION_EVENTS_MAX
            || queue.bytes + u64::from(bytes) > limits::FUNCTION_EVENT_BYTES_MAX;
        if is_full {
            return Err(Full);
        }
        queue.count += 1;
        queue.bytes += u64::from(bytes);
        state.number += 1;
        Ok(state.number)
    }

    /// Gives back the place of an event that was not stored, or that is over.
    pub(super) fn release(&self, function: FunctionId, bytes: u32) {
        let mut state = self.state.lock();
        if let Some(queue) = state.functions.get_mut(&function) {
            queue.count -= 1;
            queue.bytes -= u64::from(bytes);
            if queue.count == 0 {
                state.functions.remove(&function);
            }
        }
    }

    /// An event that was stored, and has a place, waits.
    pub(super) fn wait(&self, (function, number): EventId, event: Event) {
        let mut state = self.state.lock();
        let queue = state.functions.entry(function).or_default();
        queue.waiting.insert((event.state.due, number));
        queue.events.insert(number, event);
        drop(state);
        self.wake.notify_one();
    }

    /// An event that was found stored takes a place, however many there are, and waits.
    pub(super) fn found(&self, id: EventId, event: Event) {
        {
            let mut state = self.state.lock();
            state.number = state.number.max(id.1);
            let queue = state.functions.entry(id.0).or_default();
            queue.count += 1;
            queue.bytes += u64::from(event.state.bytes);
        }
        self.wait(id, event);
    }

    /// The next event that is due, which runs until its place is dropped; otherwise when one will be.
    pub(super) fn next(
        self: &Arc<Self>,
        now: Millis,
    ) -> Result<(EventId, Event, Running), Option<Millis>> {
        let mut state = self.state.lock();
        if state.running >= limits::EVENTS_RUNNING_MAX {
            return Err(None);
        }
        let mut soonest: Option<Millis> = None;
        let mut found = None;
        let after = state.last.map_or(0, |last| last.0.wrapping_add(1));
        let behind = state.functions.range(FunctionId(after)..);
        for (function, queue) in behind.chain(state.functions.range(..FunctionId(after))) {
            let Some((due, number)) = queue.waiting.first().copied() else { continue };
            let account = queue.events.get(&number).map(Event::account);
            let running_of = account.and_then(|it| state.running_of.get(&it)).copied();
            if queue.running >= limits::FUNCTION_EVENTS_RUNNING_MAX
                || running_of.unwrap_or_default() >= limits::ACCOUNT_EVENTS_RUNNING_MAX
            {
                continue;
            }
            if due <= now {
                found = Some((*function, due, number));
                break;
            }
            soonest = Some(soonest.map_or(due, |it| it.min(due)));
        }
        let Some((function, due, number)) = found else { return Err(soonest) };
        state.last = Some(function);
        state.running += 1;
        let queue = state.functions.get_mut(&function).expect("it was just there");
        queue.waiting.remove(&(due, number));
        queue.running += 1;
        let event = queue.events.remove(&number).expect("what waits is known");
        let account = event.account();
        *state.running_of.entry(account).or_default() += 1;
        let running = Running { queues: Arc::clone(self), function, account };
        Ok(((function, number), event, running))
    }

    fn ran(&self, function: FunctionId, account: AccountId) {
        let mut state = self.state.lock();
        state.running -= 1;
        if let Some(queue) = state.functions.get_mut(&function) {
            queue.running -= 1;
        }
        if let Some(running) = state.running_of.get_mut(&account) {
            *running -= 1;
            if *running == 0 {
                state.running_of.remove(&account);
            }
        }
        drop(state);
        self.wake.notify_one();
    }

    /// How many events wait or run, of all functions.
    #[cfg(test)]
    fn count(&self) -> usize {
        self.state.lock().functions.values().map(|queue| queue.count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(due: u64) -> Event {
        let function = domain::FunctionArn {
            region: "us-east-1".parse().unwrap(),
            account: "123456789012".parse().unwrap(),
            name: "f".parse().unwrap(),
        };
        let state = EventState {
            target: domain::QualifiedArn { function, qualifier: None },
            request_id: String::new(),
            accepted: Millis(0),
            attempts: 0,
            throttles: 0,
            due: Millis(due),
            depth: 0,
            bytes: 1,
        };
        Event { state, version: 1 }
    }

    #[test]
    fn functions_take_turns_and_each_runs_so_many_at_a_time() {
        let queues = Arc::new(Queues::default());
        for number in 0..100 {
            queues.found((FunctionId(1), number), event(0));
        }
        queues.found((FunctionId(2), 1000), event(0));
        queues.found((FunctionId(2), 1001), event(50));
        let mut running: Vec<_> = std::iter::from_fn(|| queues.next(Millis(0)).ok()).collect();
        let order: Vec<u64> = running.iter().map(|((function, _), ..)| function.0).collect();
        assert_eq!(order[..3], [1, 2, 1], "nobody waits for one with many events");
        let most = limits::FUNCTION_EVENTS_RUNNING_MAX;
        assert_eq!(order.iter().filter(|function| **function == 1).count(), most);
        assert_eq!(queues.next(Millis(0)).unwrap_err(), Some(Millis(50)));
        let (late, _, _late) = queues.next(Millis(50)).unwrap();
        assert_eq!(late, (FunctionId(2), 1001));
        drop(running.remove(0));
        queues.release(FunctionId(1), 1);
        assert_eq!(queues.next(Millis(50)).unwrap().0.0, FunctionId(1));
        assert_eq!(queues.count(), 101);
    }

    #[test]
    fn an_account_runs_so_many_at_a_time() {
        let queues = Arc::new(Queues::default());
        for function in 0..10 {
            for number in 0..32 {
                queues.found((FunctionId(function), function * 100 + number), event(0));
            }
        }
        let mut other = event(0);
        other.state.target.function.account = "210987654321".parse().unwrap();
        queues.found((FunctionId(99), 9900), other);
        let running = std::iter::from_fn(|| queues.next(Millis(0)).ok());
        let (mut own, others): (Vec<_>, Vec<_>) =
            running.partition(|(id, ..)| id.0 != FunctionId(99));
        assert_eq!((own.len(), others.len()), (limits::ACCOUNT_EVENTS_RUNNING_MAX, 1));
        drop(own.pop());
        let next = queues.next(Millis(0));
        assert!(next.is_ok() && queues.next(Millis(0)).is_err());
    }

    #[test]
    fn a_queue_has_room_for_so_many_and_so_much() {
        let queues = Queues::default();
        let mib = 1 << 20;
        let fit = limits::FUNCTION_EVENT_BYTES_MAX / u64::from(mib);
        for _ in 0..fit {
            queues.reserve(FunctionId(1), mib).unwrap();
        }
        assert_eq!(queues.reserve(FunctionId(1), 1), Err(Full));
        queues.reserve(FunctionId(2), 1).unwrap();
        queues.release(FunctionId(1), mib);
        queues.reserve(FunctionId(1), mib).unwrap();
        for _ in 0..fit {
            queues.release(FunctionId(1), mib);
        }
        queues.release(FunctionId(2), 1);
        assert_eq!(queues.count(), 0);
    }
}
