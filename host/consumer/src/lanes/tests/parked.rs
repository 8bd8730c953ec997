//! Parking under any order of events: what fails is parked with all that comes behind it of its key, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Millis;
use proptest::prelude::*;
use storage::{Position, Term};

use crate::lanes::{Failure, Group, Lanes, Now};
use crate::parked::Parked;
use crate::processor::{Batch, BatchRecord};
use crate::progress::LaneProgress;
use crate::settings::Settings;

const KEYS: [&str; 5] = ["a", "b", "c", "d", "e"];

#[derive(Clone, Debug)]
enum Step {
    Read(usize),
    Judge(usize),
    Commit,
    Committed,
    Undone,
    Crash { commit_came: bool },
    Advance { ms: u64 },
}

struct World {
    settings: Settings,
    /// Keys, and whether the record fails.
    log: Vec<(usize, bool)>,
    lanes: Lanes,
    registry: Arc<Parked>,
    now: Duration,
    term: u32,
    durable: Vec<LaneProgress>,
    done: BTreeSet<usize>,
    parked: BTreeSet<usize>,
    running: BTreeMap<u16, Arc<Batch>>,
    /// What is done and not committed.
    judged: BTreeMap<u16, Vec<usize>>,
    /// With what is done and what is parked.
    sent: Option<(Group, Vec<usize>, Vec<BatchRecord>)>,
}

fn index(record: &BatchRecord) -> usize {
    usize::try_from(record.position.offset).unwrap()
}

impl World {
    fn new(settings: Settings, log: Vec<(usize, bool)>) -> Self {
        let durable = vec![LaneProgress::at(Position::START)];
        let registry = Arc::new(Parked::new());
        let lanes = Self::lanes(settings, &durable, &registry, true);
        let (now, term) = (Duration::from_secs(1000), 1);
        Self {
            settings,
            log,
            lanes,
            registry,
            now,
            term,
            durable,
            done: BTreeSet::new(),
            parked: BTreeSet::new(),
            running: BTreeMap::new(),
            judged: BTreeMap::new(),
            sent: None,
        }
    }

    fn lanes(
        settings: Settings,
        durable: &[LaneProgress],
        registry: &Arc<Parked>,
        is_first: bool,
    ) -> Lanes {
        let stream = super::stream();
        let shard = stream.shards[0].facts;
        Lanes::new(stream, shard, settings, durable, &Bytes::new(), Arc::clone(registry), is_first)
    }

    fn record(&self, index: usize) -> BatchRecord {
        let position = Position { term: Term(1), offset: index as u64 };
        BatchRecord {
            position,
            number: super::stream().shards[0].facts.number(position),
            arrival: Millis(900_000),
            partition_key: Bytes::from_static(KEYS[self.log[index].0].as_bytes()),
            data: Bytes::from_static(b"data"),
        }
    }

    fn time(&self) -> Now {
        let wall = Millis(u64::try_from(self.now.as_millis()).unwrap());
        Now { monotonic: self.now, wall, clock: wall, horizon: Millis(0) }
    }

    fn dispatch(&mut self) {
        let now = self.time();
        while let Some(batch) = self.lanes.next(&now) {
            for record in &batch.records {
                assert!(!self.registry.holds(&record.partition_key), "its key is parked");
                assert!(!self.done.contains(&index(record)), "{} is done", index(record));
            }
            assert!(self.running.insert(batch.lane, batch).is_none());
        }
        for lane in self.lanes.due_emits(&now) {
            self.lanes.finished(lane, 10, None);
        }
        let deadline = self.lanes.deadline(&now);
        assert!(deadline.is_none_or(|at| at > self.now), "{deadline:?} is over, nothing happens");
        assert!(self.lanes.take_discards().is_empty(), "nothing is given up");
    }

    fn judge(&mut self, which: usize) {
        let Some(at) = which.checked_rem(self.running.len()) else { return };
        let lane = *self.running.keys().nth(at).unwrap();
        let batch = self.running.remove(&lane).unwrap();
        let records: Vec<usize> = batch.records.iter().map(index).collect();
        drop(batch);
        if records.iter().any(|it| self.log[*it].1) {
            let failure = Failure { is_attempt: true, retry_after: None, random: 7 };
            self.lanes.failed(lane, &failure, &self.time());
        } else {
            self.lanes.finished(lane, 10, None);
            self.judged.insert(lane, records);
        }
    }

    fn commit(&mut self) {
        let Some(group) = self.lanes.group() else { return };
        let (mut done, mut parked) = (Vec::new(), Vec::new());
        for lane in &group.lanes {
            match self.lanes.parked(*lane) {
                Some(batch) => parked.extend(batch.records.iter().cloned()),
                None => done.extend(self.judged.remove(lane).unwrap()),
            }
        }
        self.sent = Some((group, done, parked));
    }

    fn take_effect(
        &mut self,
        progress: Vec<LaneProgress>,
        done: Vec<usize>,
        parked: &[BatchRecord],
    ) {
        self.durable = progress;
        for index in done {
            assert!(self.done.insert(index), "{index} happens again");
        }
        for record in parked {
            assert!(self.parked.insert(index(record)), "{} is parked again", index(record));
        }
    }

    fn committed(&mut self) {
        let Some((group, done, parked)) = self.sent.take() else { return };
        self.take_effect(group.progress, done, &parked);
        self.registry.settle(&parked);
        self.lanes.committed();
    }

    fn undone(&mut self) {
        let Some((group, done, _)) = self.sent.take() else { return };
        let factor = u16::try_from(self.durable.len().max(group.progress.len())).unwrap();
        for index in done {
            let lane = crate::lane_of::lane_of(KEYS[self.log[index].0].as_bytes(), factor);
            self.judged.entry(lane).or_default().push(index);
        }
        self.lanes.undone(self.now);
    }

    fn crash(&mut self, commit_came: bool) {
        if let Some((group, done, parked)) = self.sent.take().filter(|_| commit_came) {
            self.take_effect(group.progress, done, &parked);
        }
        self.term += 1;
        (self.running, self.judged) = Default::default();
        self.registry = Arc::new(Parked::new());
        let parked: Vec<BatchRecord> = self.parked.iter().map(|it| self.record(*it)).collect();
        self.registry.add(&parked);
        self.registry.settle(&parked);
        self.lanes = Self::lanes(self.settings, &self.durable, &self.registry, false);
    }

    fn read(&mut self, count: usize) {
        let Some(from) = self.lanes.wants() else { return };
        let place = |index: usize| Position { term: Term(1), offset: index as u64 };
        let first = usize::try_from(from.offset).unwrap();
        let last = self.log.len().min(first + count);
        self.lanes.read(from, place(self.log.len()));
        for index in first..last {
            self.lanes.push(self.record(index), self.now);
        }
        if first < last {
            self.lanes.pushed(place(last), 100, last - first);
        }
    }

    fn apply(&mut self, step: &Step) {
        match *step {
            Step::Read(count) => self.read(count),
            Step::Judge(which) => self.judge(which),
            Step::Commit => self.commit(),
            Step::Committed => self.committed(),
            Step::Undone => self.undone(),
            Step::Crash { commit_came } => self.crash(commit_came),
            Step::Advance { ms } => self.now += Duration::from_millis(ms),
        }
        self.dispatch();
    }

    fn run_out(&mut self) {
        for _ in 0..3000 {
            for step in [Step::Read(100), Step::Judge(0), Step::Commit, Step::Committed] {
                self.apply(&step);
            }
            self.now += Duration::from_secs(10);
            if self.done.len() + self.parked.len() == self.log.len() {
                return;
            }
        }
        panic!("{:?} and {:?} of {} are over", self.done, self.parked, self.log.len());
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..20usize).prop_map(Step::Read),
        6 => any::<usize>().prop_map(Step::Judge),
        5 => Just(Step::Commit),
        5 => Just(Step::Committed),
        1 => Just(Step::Undone),
        1 => any::<bool>().prop_map(|commit_came| Step::Crash { commit_came }),
        4 => (1..4000u64).prop_map(|ms| Step::Advance { ms }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn a_key_is_parked_from_the_record_on_that_fails(
        log in prop::collection::vec((0..KEYS.len(), prop::bool::weighted(0.1)), 1..60),
        (batch_records, factor, after) in (1..20u32, 1..=4u16, 1..4u32),
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let park_after = Some(after);
        let settings = Settings { batch_records, factor, park_after, ..Settings::default() };
        let mut world = World::new(settings, log.clone());
        steps.iter().for_each(|step| world.apply(step));
        world.run_out();
        let mut failed = [false; KEYS.len()];
        for (index, (key, fails)) in log.into_iter().enumerate() {
            failed[key] |= fails;
            prop_assert_eq!(world.parked.contains(&index), failed[key], "{}", index);
            prop_assert_eq!(world.done.contains(&index), !failed[key], "{}", index);
        }
    }
}
