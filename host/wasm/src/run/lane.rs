//! The slow lane: a few places for guests that go on for long, given to tenants in turn.
//!
//! In order of arrival alone, a tenant with two hundred endless loops has all but one of two hundred turns, and a call of
//! another one that takes a tenth of a second ends at its deadline.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

/// Places for guests, and who waits for one.
pub(crate) struct SlowLane(Mutex<State>);

struct State {
    free: usize,
    /// Tenants of whom somebody waits, in turn.
    turns: VecDeque<u64>,
    /// Who waits, in order of arrival. Some may have gone.
    waiting: HashMap<u64, VecDeque<oneshot::Sender<Place>>>,
}

/// A place, until it is dropped.
pub(crate) struct Place {
    lane: Arc<SlowLane>,
}

impl SlowLane {
    pub(crate) fn new(places: usize) -> Arc<Self> {
        let state = State { free: places, turns: VecDeque::new(), waiting: HashMap::new() };
        Arc::new(Self(Mutex::new(state)))
    }

    /// Waits for a place. Who leaves before loses its turn.
    pub(crate) async fn enter(self: &Arc<Self>, tenant: u64) -> Option<Place> {
        let place = {
            let mut state = self.0.lock();
            if state.free > 0 {
                state.free -= 1;
                return Some(Place { lane: Arc::clone(self) });
            }
            state.wait(tenant)
        };
        place.await.ok()
    }

    /// Gives a place that is free to whoever is next.
    fn pass_on(self: &Arc<Self>) {
        loop {
            let next = {
                let mut state = self.0.lock();
                let Some(next) = state.next() else {
                    state.free += 1;
                    return;
                };
                next
            };
            match next.send(Place { lane: Arc::clone(self) }) {
                Ok(()) => return,
                // It is gone, and its place is not to be passed on twice.
                Err(place) => place.forget(),
            }
        }
    }
}

impl State {
    fn wait(&mut self, tenant: u64) -> oneshot::Receiver<Place> {
        let (sender, receiver) = oneshot::channel();
        let waiting = self.waiting.entry(tenant).or_default();
        if waiting.is_empty() {
            self.turns.push_back(tenant);
        }
        waiting.push_back(sender);
        receiver
    }

    fn next(&mut self) -> Option<oneshot::Sender<Place>> {
        let tenant = self.turns.pop_front()?;
        let waiting = self.waiting.get_mut(&tenant)?;
        let next = waiting.pop_front();
        if waiting.is_empty() {
            self.waiting.remove(&tenant);
        } else {
            self.turns.push_back(tenant);
        }
        next
    }
}

impl Place {
    /// Drops it without giving it to anybody.
    fn forget(self) {
        std::mem::forget(self);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.lane.pass_on();
    }
}

#[cfg(test)]
mod tests {
    use std::pin::{Pin, pin};

    use futures_util::FutureExt;

    use super::*;

    type Waits<'a> = Pin<Box<dyn Future<Output = Option<Place>> + 'a>>;

    /// One who has asked for a place, and got none yet.
    fn waits(lane: &Arc<SlowLane>, tenant: u64) -> Waits<'_> {
        let mut waits: Waits<'_> = Box::pin(lane.enter(tenant));
        assert!(waits.as_mut().now_or_never().is_none());
        waits
    }

    #[test]
    fn tenants_take_turns() {
        let lane = SlowLane::new(1);
        let mut place = pin!(lane.enter(1)).now_or_never().unwrap().unwrap();
        let mut all: Vec<(u64, Waits<'_>)> =
            [1, 1, 1, 2, 2, 3].map(|tenant| (tenant, waits(&lane, tenant))).into();
        let mut order = Vec::new();
        while !all.is_empty() {
            drop(place);
            let got = all
                .iter_mut()
                .enumerate()
                .find_map(|(at, (_, waits))| Some((at, waits.as_mut().now_or_never()?.unwrap())));
            let (at, next) = got.unwrap();
            order.push(all.remove(at).0);
            place = next;
        }
        assert_eq!(order, [1, 2, 3, 1, 2, 1]);
        drop(place);
        let state = lane.0.lock();
        assert_eq!((state.free, state.turns.len(), state.waiting.len()), (1, 0, 0));
    }

    #[test]
    fn who_is_gone_is_passed_over_with_and_without_a_place() {
        let lane = SlowLane::new(1);
        let place = pin!(lane.enter(1)).now_or_never().unwrap().unwrap();
        let (gone, late, mut last) = (waits(&lane, 1), waits(&lane, 2), waits(&lane, 3));
        drop(gone);
        drop(place);
        // It has the place by now, and never takes it.
        drop(late);
        assert!(last.as_mut().now_or_never().is_some());
        drop(last);
        assert_eq!(lane.0.lock().free, 1);
    }
}
