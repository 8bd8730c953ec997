//! A reference for batches that come apart: some records fail whatever is tried, all others work.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use crate::settings::Settings;

use super::dispatch::Said;
use super::world::World;

const KEYS: [&str; 3] = ["a", "e", "f"];

/// What may come between two verdicts.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    Nothing,
    Undone,
    Crash { commit_came: bool },
}

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        6 => Just(Trouble::Nothing),
        1 => Just(Trouble::Undone),
        1 => any::<bool>().prop_map(|commit_came| Trouble::Crash { commit_came }),
    ]
}

/// How a function tells of records that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tells {
    /// By failing.
    Nothing,
    /// By the first of them.
    First,
    /// By the first of them, before which nothing is done.
    Apart,
}

struct Trial {
    world: World,
    poison: BTreeSet<usize>,
    tells: Tells,
    /// How often a record was tried alone.
    alone: BTreeMap<usize, u32>,
}

impl Trial {
    /// Says of each batch that runs what it deserves.
    fn judge(&mut self) {
        while let Some(batch) = self.world.running.values().next() {
            let records: Vec<usize> = batch
                .records
                .iter()
                .map(|it| usize::try_from(it.position.offset).unwrap())
                .collect();
            if let [record] = records[..] {
                *self.alone.entry(record).or_default() += 1;
            }
            let bad = records.iter().position(|it| self.poison.contains(it));
            let said = match (bad, self.tells) {
                (None, _) => Said::Done { bytes: 0 },
                (Some(done), Tells::First) => Said::Partly { done, retry_after_ms: None },
                (Some(at), Tells::Apart) => Said::Apart { at, retry_after_ms: None },
                (Some(_), Tells::Nothing) => Said::Failed { retry_after_ms: None },
            };
            self.world.say(0, said);
        }
    }

    /// Goes on until everything is over; whether something went wrong on the way.
    fn run(&mut self, troubles: &[Trouble]) -> bool {
        let mut troubles = troubles.iter();
        let mut was_troubled = false;
        for _ in 0..20_000 {
            while self.world.read(7) {}
            self.world.dispatch();
            self.judge();
            self.world.dispatch();
            self.world.commit();
            match troubles.next().unwrap_or(&Trouble::Nothing) {
                Trouble::Nothing => self.world.committed(),
                Trouble::Undone => {
                    was_troubled = true;
                    self.world.undone();
                }
                Trouble::Crash { commit_came } => {
                    was_troubled = true;
                    self.world.crash(*commit_came);
                }
            }
            let world = &self.world;
            if (0..world.log.len()).all(|it| world.is_passed(&world.durable, it)) {
                return was_troubled;
            }
            self.world.now += Duration::from_secs(61);
        }
        panic!("it does not come to an end");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// Halving finds just the records that fail, and gives up no other, whatever happens in between. Each of them is
    /// tried alone as often as the settings say, the first try not counted, and so is no other.
    #[test]
    fn halving_isolates_what_fails(
        records in prop::collection::vec((0..KEYS.len(), prop::bool::weighted(0.15)), 1..60),
        (batch_records, factor) in (1..40u32, 1..=4u16),
        retries_max in 0..3u32,
        tells in prop_oneof![Just(Tells::Nothing), Just(Tells::First), Just(Tells::Apart)],
        troubles in prop::collection::vec(trouble(), 0..60),
    ) {
        let settings = Settings {
            batch_records,
            factor,
            retries_max: Some(retries_max),
            bisects: true,
            ..Settings::default()
        };
        let mut world = World::new(settings, Duration::from_secs(86_400 * 365));
        records.iter().for_each(|(key, _)| world.put(KEYS[*key]));
        let poison: BTreeSet<usize> =
            (0..records.len()).filter(|index| records[*index].1).collect();
        let mut trial = Trial { world, poison, tells, alone: BTreeMap::new() };
        let was_troubled = trial.run(&troubles);
        let good: BTreeSet<usize> =
            (0..records.len()).filter(|index| !trial.poison.contains(index)).collect();
        prop_assert_eq!(&trial.world.effects, &good, "what works has its effect, once");
        for record in &trial.poison {
            let tried = trial.alone.get(record).copied().unwrap_or_default();
            let expected = retries_max + 1;
            prop_assert!(tried == expected || (was_troubled && tried > expected), "{} {}", record, tried);
        }
    }

    /// Without halving, what fails takes along what is behind it in its batch, once its attempts are used up; what
    /// was reported as done is done.
    #[test]
    fn a_report_keeps_what_is_before_the_failure(
        records in prop::collection::vec((0..KEYS.len(), prop::bool::weighted(0.15)), 1..60),
        batch_records in 1..40u32,
        retries_max in 0..6u32,
        tells in prop_oneof![Just(Tells::First), Just(Tells::Apart)],
        troubles in prop::collection::vec(trouble(), 0..60),
    ) {
        let settings =
            Settings { batch_records, retries_max: Some(retries_max), ..Settings::default() };
        let mut world = World::new(settings, Duration::from_secs(86_400 * 365));
        records.iter().for_each(|(key, _)| world.put(KEYS[*key]));
        let poison: BTreeSet<usize> =
            (0..records.len()).filter(|index| records[*index].1).collect();
        let mut trial = Trial { world, poison, tells, alone: BTreeMap::new() };
        trial.run(&troubles);
        for index in 0..records.len() {
            let is_done = trial.world.effects.contains(&index);
            prop_assert!(!is_done || !trial.poison.contains(&index));
            // Up to the first one that fails nothing is given up.
            let is_before = trial.poison.first().is_none_or(|first| index < *first);
            prop_assert!(is_done || !is_before, "{} was passed over", index);
        }
    }
}
