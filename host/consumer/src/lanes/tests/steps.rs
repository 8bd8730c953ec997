//! Random events.

use std::time::Duration;

use proptest::prelude::*;

use crate::settings::Settings;

use super::dispatch::Said;
use super::world::World;

const KEYS: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

/// One event. Indexes into what there is are taken modulo how much of it there is.
#[derive(Clone, Debug)]
enum Step {
    Put(Vec<usize>),
    Read(usize),
    Say(usize, Said),
    Commit,
    Committed,
    Undone,
    Crash { commit_came: bool },
    Update(Settings),
    Advance { ms: u64 },
}

fn settings() -> impl Strategy<Value = Settings> {
    let window = prop_oneof![3 => Just(0), 1 => 1..5000u64];
    let retries_max = prop_oneof![2 => Just(None), 2 => (0..4u32).prop_map(Some)];
    let age_ms = prop_oneof![3 => Just(None), 1 => (1000..30_000u64).prop_map(Some)];
    let rules = (retries_max, age_ms, any::<bool>(), any::<bool>());
    (1..20u32, 1..12_000usize, window, 1..=10u16, rules).prop_map(
        |(batch_records, batch_bytes, window, factor, rules)| {
            let (retries_max, age_ms, bisects, tells_given_up) = rules;
            Settings {
                batch_records,
                batch_bytes,
                window: Duration::from_millis(window),
                factor,
                tumbling: None,
                retries_max,
                age_max: age_ms.map(Duration::from_millis),
                bisects,
                park_after: None,
                tells_given_up,
                notes_given_up: tells_given_up,
            }
        },
    )
}

fn said() -> impl Strategy<Value = Said> {
    let bytes = prop_oneof![4 => Just(0), 2 => 1..1000usize, 1 => 8_000_000..16_000_000usize];
    prop_oneof![
        5 => bytes.prop_map(|bytes| Said::Done { bytes }),
        1 => (1..3000u64).prop_map(|ms| Said::Throttled { ms }),
        3 => prop::option::of(1..3000u64)
            .prop_map(|retry_after_ms| Said::Failed { retry_after_ms }),
        2 => (any::<usize>(), prop::option::of(1..3000u64))
            .prop_map(|(done, retry_after_ms)| Said::Partly { done, retry_after_ms }),
        1 => (any::<usize>(), prop::option::of(1..3000u64))
            .prop_map(|(at, retry_after_ms)| Said::Apart { at, retry_after_ms }),
        1 => Just(Said::NotRun),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::collection::vec(0..KEYS.len(), 1..12).prop_map(Step::Put),
        4 => (1..20usize).prop_map(Step::Read),
        8 => (any::<usize>(), said()).prop_map(|(which, said)| Step::Say(which, said)),
        5 => Just(Step::Commit),
        5 => Just(Step::Committed),
        1 => Just(Step::Undone),
        1 => any::<bool>().prop_map(|commit_came| Step::Crash { commit_came }),
        1 => settings().prop_map(Step::Update),
        4 => (1..4000u64).prop_map(|ms| Step::Advance { ms }),
    ]
}

impl World {
    fn apply(&mut self, step: Step) {
        match step {
            Step::Put(keys) => keys.into_iter().for_each(|key| self.put(KEYS[key])),
            Step::Read(count) => {
                self.read(count);
            }
            Step::Say(which, said) => self.say(which, said),
            Step::Commit => self.commit(),
            Step::Committed => self.committed(),
            Step::Undone => self.undone(),
            Step::Crash { commit_came } => self.crash(commit_came),
            Step::Update(settings) => self.update(settings),
            Step::Advance { ms } => self.now += Duration::from_millis(ms),
        }
        self.dispatch();
    }

    /// From now on everything works: all that is there must come to an end.
    fn run_out(&mut self) {
        for _ in 0..2000 {
            while self.read(10) {
                self.dispatch();
                if self.lanes.wants().is_none() {
                    break;
                }
            }
            self.dispatch();
            while !self.running.is_empty() {
                self.say(0, Said::Done { bytes: 0 });
            }
            self.commit();
            self.committed();
            let is_over = (0..self.log.len()).all(|it| self.is_passed(&self.durable, it));
            if is_over {
                return;
            }
            self.now += Duration::from_secs(1);
        }
        let left = (0..self.log.len()).filter(|it| !self.is_passed(&self.durable, *it));
        panic!("{:?} are never finished", left.collect::<Vec<_>>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn every_record_is_finished_once_and_in_order(
        first in settings(),
        retention_ms in prop_oneof![3 => Just(86_400_000u64), 1 => 5000..60_000u64],
        steps in prop::collection::vec(step(), 1..150),
    ) {
        let mut world = World::new(first, Duration::from_millis(retention_ms));
        world.dispatch();
        for step in steps {
            world.apply(step);
        }
        world.run_out();
    }
}
