//! Who reads which shard for which consumer: one subscription at a time.
//!
//! A second one within five seconds of the first is refused, whether the first still lasts or not; a later one
//! takes the place of the first. Nothing of it is stored: after a start everything is free.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{ShardId, limits};
use parking_lot::Mutex;
use stdx::Bucket;
use tokio::sync::watch;

use super::ConsumerId;

const HELD: Duration = Duration::from_millis(limits::SUBSCRIPTION_HELD_MS);

/// Places that are remembered before those of which nothing matters any more are looked for.
const PLACES_KEPT: usize = 1024;

/// What a subscription reads, and for whom.
pub(super) type Place = (ConsumerId, ShardId);

/// Why a subscription ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Another one took its place.
    TakenOver,
    /// The consumer is gone.
    Gone,
}

/// Why there is no subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Another one has just begun.
    Held,
    /// Somebody asks too often.
    TooOften,
}

/// All places.
#[derive(Default)]
pub(super) struct Leases(Mutex<Places>);

/// The right to read a place, until dropped.
pub(super) struct Lease {
    leases: Arc<Leases>,
    place: Place,
    number: u64,
    end: watch::Receiver<Option<End>>,
}

/// What is decided with (pure).
#[derive(Default)]
struct Places {
    given: u64,
    places: HashMap<Place, Taken>,
    /// How many may be remembered before some are forgotten.
    kept: usize,
}

struct Taken {
    calls: Bucket,
    /// When it was last taken.
    since: Option<Duration>,
    /// Who has it.
    holder: Option<(u64, watch::Sender<Option<End>>)>,
}

impl Leases {
    /// Whether a call may go on: it counts, whatever becomes of it.
    pub(super) fn call(&self, place: Place, now: Duration, limited: bool) -> Result<(), Refused> {
        self.0.lock().call(place, now, limited)
    }

    /// Takes a place, from whoever has it.
    pub(super) fn take(self: &Arc<Self>, place: Place, now: Duration) -> Result<Lease, Refused> {
        let (number, end) = self.0.lock().take(place, now)?;
        Ok(Lease { leases: Arc::clone(self), place, number, end })
    }

    /// Ends all subscriptions of a consumer.
    pub(super) fn end_all(&self, consumer: ConsumerId, end: End) {
        let mut places = self.0.lock();
        places.places.retain(|(of, _), taken| {
            if *of == consumer
                && let Some((_, holder)) = &taken.holder
            {
                holder.send_replace(Some(end));
            }
            *of != consumer
        });
    }
}

impl Lease {
    /// Why it ended, if it did.
    pub(super) fn ended(&self) -> Option<End> {
        *self.end.borrow()
    }

    /// Waits until it ends.
    pub(super) async fn ends(&mut self) {
        // A sender that is gone has told why before.
        let _ = self.end.wait_for(Option::is_some).await;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leases.0.lock().give_back(self.place, self.number);
    }
}

impl Places {
    fn call(&mut self, place: Place, now: Duration, limited: bool) -> Result<(), Refused> {
        let taken = self.at(place, now);
        if taken.is_held(now) {
            return Err(Refused::Held);
        }
        let passes = taken.calls.take(1, now) || !limited;
        passes.then_some(()).ok_or(Refused::TooOften)
    }

    fn take(
        &mut self,
        place: Place,
        now: Duration,
    ) -> Result<(u64, watch::Receiver<Option<End>>), Refused> {
        self.given += 1;
        let number = self.given;
        let taken = self.at(place, now);
        if taken.is_held(now) {
            return Err(Refused::Held);
        }
        let (holder, end) = watch::channel(None);
        if let Some((_, before)) = taken.holder.replace((number, holder)) {
            before.send_replace(Some(End::TakenOver));
        }
        taken.since = Some(now);
        Ok((number, end))
    }

    fn give_back(&mut self, place: Place, number: u64) {
        if let Some(taken) = self.places.get_mut(&place) {
            taken.holder.take_if(|(holder, _)| *holder == number);
        }
    }

    fn at(&mut self, place: Place, now: Duration) -> &mut Taken {
        if self.places.len() >= self.kept.max(PLACES_KEPT) {
            self.places.retain(|_, taken| taken.matters(now));
            // Twice as many: otherwise each call would look at all of them.
            self.kept = self.places.len() * 2;
        }
        self.places.entry(place).or_insert_with(|| Taken {
            calls: Bucket::full(limits::SUBSCRIBE_CALLS_PER_SECOND, now),
            since: None,
            holder: None,
        })
    }
}

impl Taken {
    fn is_held(&self, now: Duration) -> bool {
        self.since.is_some_and(|since| now.saturating_sub(since) < HELD)
    }

    /// Whether it would make a difference if it were forgotten.
    fn matters(&mut self, now: Duration) -> bool {
        let has_debt = !self.calls.has(limits::SUBSCRIBE_CALLS_PER_SECOND, now);
        self.holder.is_some() || self.is_held(now) || has_debt
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(number: u64) -> Place {
        (ConsumerId(number / 3), ShardId(u32::try_from(number % 3).unwrap()))
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Take(u64),
        Drop(usize),
        Pass(u64),
        End(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0..6u64).prop_map(Step::Take),
            1 => any::<usize>().prop_map(Step::Drop),
            3 => (0..7000u64).prop_map(Step::Pass),
            1 => (0..2u64).prop_map(Step::End),
        ]
    }

    proptest! {
        /// The model: a list of all that were ever begun.
        #[test]
        fn one_at_a_time_and_none_within_five_seconds(
            steps in prop::collection::vec(step(), 1..80)
        ) {
            let leases = Arc::new(Leases::default());
            let mut now = Duration::ZERO;
            let mut held: Vec<(u64, Lease)> = Vec::new();
            let mut begun: HashMap<u64, Duration> = HashMap::new();
            for step in steps {
                match step {
                    Step::Pass(ms) => now += Duration::from_millis(ms),
                    Step::Drop(at) if !held.is_empty() => {
                        held.swap_remove(at % held.len());
                    }
                    Step::Drop(_) => {}
                    Step::End(consumer) => {
                        leases.end_all(ConsumerId(consumer), End::Gone);
                        begun.retain(|number, _| number / 3 != consumer);
                        for (number, lease) in &held {
                            let ended = lease.ended();
                            prop_assert!(number / 3 != consumer || ended.is_some());
                        }
                        held.retain(|(number, _)| number / 3 != consumer);
                    }
                    Step::Take(number) => {
                        let free = begun.get(&number).is_none_or(|at| now - *at >= HELD);
                        let taken = leases.take(place(number), now);
                        prop_assert_eq!(taken.is_ok(), free);
                        let Ok(lease) = taken else { continue };
                        begun.insert(number, now);
                        for (other, before) in &held {
                            let over = (*other == number).then_some(End::TakenOver);
                            prop_assert_eq!(before.ended(), over);
                        }
                        held.retain(|(other, _)| *other != number);
                        held.push((number, lease));
                    }
                }
                prop_assert!(held.iter().all(|(_, lease)| lease.ended().is_none()));
            }
        }
    }

    #[test]
    fn calls_that_come_to_nothing_are_one_a_second() {
        let leases = Leases::default();
        let at = |ms| leases.call(place(0), Duration::from_millis(ms), true);
        assert_eq!(
            [at(0), at(10), at(999)],
            [Ok(()), Err(Refused::TooOften), Err(Refused::TooOften)]
        );
        assert_eq!(at(1000), Ok(()));
        assert_eq!(leases.call(place(0), Duration::from_millis(1001), false), Ok(()));
    }

    #[test]
    fn what_does_not_matter_is_forgotten() {
        let leases = Arc::new(Leases::default());
        let _held = leases.take(place(0), Duration::ZERO).ok().unwrap();
        for number in 1..5000 {
            let now = Duration::from_secs(number * 6);
            drop(leases.take((ConsumerId(number), ShardId(0)), now));
        }
        let places = leases.0.lock();
        assert!(places.places.len() <= 2 * PLACES_KEPT, "{}", places.places.len());
        assert!(places.places.contains_key(&place(0)));
    }
}
