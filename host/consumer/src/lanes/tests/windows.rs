//! Windows under any order of events: each record is in the state of one window that ended, once and in order.

use std::time::Duration;

use bytes::Bytes;
use domain::Millis;
use proptest::prelude::*;
use std::sync::Arc;
use storage::{Position, Term};

use crate::lanes::{Failure, Group, Lanes, Now};
use crate::parked::Parked;
use crate::processor::{Batch, BatchRecord};
use crate::progress::{self, LaneProgress, Owner, Progress};
use crate::settings::Settings;

const LENGTH: Duration = Duration::from_secs(10);
const FOR_EVER: Duration = Duration::from_secs(1_000_000);

#[derive(Clone, Debug)]
enum Step {
    Put(usize),
    Read(usize),
    Say(Said),
    Commit,
    Committed,
    Crash { commit_came: bool },
    Advance { ms: u64 },
}

#[derive(Clone, Copy, Debug)]
enum Said {
    Done,
    Failed,
    /// So many are done, modulo how many there are.
    Partly(usize),
}

/// A window that ended: its end, and the records that its state tells of.
type Ended = (Millis, Vec<usize>);

/// What a commit makes durable.
#[derive(Clone, Default)]
struct Effects {
    state: Option<Bytes>,
    ended: Option<Ended>,
}

struct World {
    settings: Settings,
    lanes: Lanes,
    log: Vec<Millis>,
    now: Duration,
    term: u32,
    durable: (Vec<LaneProgress>, Bytes),
    ended: Vec<Ended>,
    running: Option<Arc<Batch>>,
    done: Effects,
    sent: Option<(Group, Effects)>,
}

/// A state: the records that it tells of, by their places in the log.
fn told(state: &[u8]) -> Vec<usize> {
    let text = std::str::from_utf8(state).unwrap();
    text.split_terminator(' ').map(|it| it.parse().unwrap()).collect()
}

impl World {
    fn new(settings: Settings) -> Self {
        let durable = (vec![LaneProgress::at(Position::START)], Bytes::new());
        let lanes = Self::lanes(settings, &durable, true);
        Self {
            settings,
            lanes,
            log: Vec::new(),
            now: Duration::from_secs(1000),
            term: 1,
            durable,
            ended: Vec::new(),
            running: None,
            done: Effects::default(),
            sent: None,
        }
    }

    fn lanes(settings: Settings, durable: &(Vec<LaneProgress>, Bytes), is_first: bool) -> Lanes {
        let stream = super::stream();
        let shard = stream.shards[0].facts;
        let owner = Owner { producer: 1, generation: 1, claim: 1 };
        let value = progress::encode(&Progress { owner, lanes: durable.0.clone() });
        let progress = progress::decode(&value).unwrap().lanes;
        let bytes = progress[0].window.map_or(0, |window| window.state_bytes);
        assert_eq!(bytes as usize, durable.1.len());
        Lanes::new(
            stream,
            shard,
            settings,
            &progress,
            &durable.1,
            Arc::new(Parked::new()),
            is_first,
        )
    }

    fn wall(&self) -> Millis {
        Millis(u64::try_from(self.now.as_millis()).unwrap())
    }

    fn time(&self) -> Now {
        Now { monotonic: self.now, wall: self.wall(), clock: self.wall(), horizon: Millis(0) }
    }

    fn read(&mut self, count: usize) {
        let Some(from) = self.lanes.wants() else { return };
        let first = usize::try_from(from.offset).unwrap();
        let last = self.log.len().min(first + count);
        let place = |index: usize| Position { term: Term(self.term), offset: index as u64 };
        self.lanes.read(from, place(self.log.len()));
        for index in first..last {
            let record = BatchRecord {
                position: place(index),
                number: super::stream().shards[0].facts.number(place(index)),
                arrival: self.log[index],
                partition_key: Bytes::from_static(b"k"),
                data: Bytes::new(),
            };
            self.lanes.push(record, self.now);
        }
        if first < last {
            self.lanes.pushed(place(last), 100, last - first);
        }
    }

    fn dispatch(&mut self) {
        let is_caught_up =
            self.lanes.has_read(Position { term: Term(0), offset: self.log.len() as u64 });
        self.lanes.caught_up(is_caught_up);
        let now = self.time();
        if let Some(batch) = self.lanes.next(&now) {
            self.check(&batch);
            self.running = Some(batch);
        }
        let deadline = self.lanes.deadline(&now);
        assert!(deadline.is_none_or(|at| at > self.now), "{deadline:?} is over, nothing happens");
    }

    fn check(&self, batch: &Batch) {
        assert!(self.running.is_none());
        let window = batch.window.as_ref().unwrap();
        assert_eq!(window.end.0 - window.start.0, 10_000);
        assert_eq!((window.start.0 % 10_000, window.is_early), (0, false));
        assert_eq!(window.is_final, batch.records.is_empty());
        assert_eq!(window.state, self.durable.1, "the state is not what was committed");
        for record in &batch.records {
            assert!((window.start..window.end).contains(&record.arrival));
        }
    }

    fn say(&mut self, said: Said) {
        let Some(batch) = self.running.take() else { return };
        let failure = Failure { is_attempt: true, retry_after: None, random: 7 };
        let window = batch.window.as_ref().unwrap();
        let places = batch.records.iter().map(|it| usize::try_from(it.position.offset).unwrap());
        let mut all = told(&window.state);
        all.extend(places);
        let count = match said {
            Said::Failed => {
                drop(batch);
                self.lanes.failed(0, &failure, &self.time());
                return;
            }
            Said::Partly(done) if batch.records.len() > 1 => {
                let done = 1 + done % (batch.records.len() - 1);
                self.lanes.partly(0, done, &failure, &self.time());
                all.len() - batch.records.len() + done
            }
            Said::Partly(_) | Said::Done => all.len(),
        };
        let ended = window.is_final.then(|| (window.end, all.clone()));
        let state: String = all[..count].iter().map(|it| format!("{it} ")).collect();
        let state = Bytes::from(state);
        self.lanes.finished(0, state.len(), Some(state.clone()));
        self.done = Effects { state: Some(state), ended };
    }

    fn commit(&mut self) {
        let Some(group) = self.lanes.group() else { return };
        assert!(self.sent.is_none());
        let effects = if group.lanes.is_empty() {
            Effects::default()
        } else {
            std::mem::take(&mut self.done)
        };
        self.sent = Some((group, effects));
    }

    fn take_effect(&mut self, (group, Effects { state, ended }): (Group, Effects)) {
        // Nothing but a batch that is done changes the state, and the last one ends it.
        let expected = state.filter(|_| ended.is_none()).unwrap_or_default();
        if !group.lanes.is_empty() {
            assert_eq!(group.state, expected);
        }
        self.ended.extend(ended);
        self.durable = (group.progress, group.state);
    }

    fn committed(&mut self) {
        let Some(sent) = self.sent.take() else { return };
        self.take_effect(sent);
        self.lanes.committed();
    }

    fn crash(&mut self, commit_came: bool) {
        if let Some(sent) = self.sent.take().filter(|_| commit_came) {
            self.take_effect(sent);
        }
        self.term += 1;
        (self.running, self.done) = (None, Effects::default());
        self.lanes = Self::lanes(self.settings, &self.durable, false);
    }

    fn apply(&mut self, step: &Step) {
        match *step {
            Step::Put(count) => self.log.extend(std::iter::repeat_n(self.wall(), count)),
            Step::Read(count) => self.read(count),
            Step::Say(said) => self.say(said),
            Step::Commit => self.commit(),
            Step::Committed => self.committed(),
            Step::Crash { commit_came } => self.crash(commit_came),
            Step::Advance { ms } => self.now += Duration::from_millis(ms),
        }
        self.dispatch();
    }

    /// From now on everything works, and time passes: every window comes to its end.
    fn run_out(&mut self) {
        for _ in 0..500 {
            for step in [Step::Read(100), Step::Say(Said::Done), Step::Commit, Step::Committed] {
                self.apply(&step);
            }
            self.now += Duration::from_millis(700);
        }
        assert!(self.durable.0[0].window.is_none() && self.running.is_none());
    }
}

fn step() -> impl Strategy<Value = Step> {
    let said = prop_oneof![
        4 => Just(Said::Done),
        2 => Just(Said::Failed),
        1 => any::<usize>().prop_map(Said::Partly),
    ];
    prop_oneof![
        4 => (1..9usize).prop_map(Step::Put),
        4 => (1..12usize).prop_map(Step::Read),
        6 => said.prop_map(Step::Say),
        5 => Just(Step::Commit),
        5 => Just(Step::Committed),
        1 => any::<bool>().prop_map(|commit_came| Step::Crash { commit_came }),
        4 => (1..4000u64).prop_map(|ms| Step::Advance { ms }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn every_record_counts_in_its_window_once(
        batch_records in 1..20u32,
        window_ms in prop_oneof![Just(0), 1..20_000u64],
        bisects in any::<bool>(),
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let window = Duration::from_millis(window_ms);
        let tumbling = Some(LENGTH);
        let settings = Settings { batch_records, window, bisects, tumbling, ..Settings::default() };
        let mut world = World::new(settings);
        steps.iter().for_each(|step| world.apply(step));
        world.run_out();
        let all: Vec<usize> = world.ended.iter().flat_map(|(_, records)| records.clone()).collect();
        prop_assert_eq!(&all, &(0..world.log.len()).collect::<Vec<_>>());
        for (end, records) in &world.ended {
            prop_assert!(!records.is_empty());
            for record in records {
                let arrival = world.log[*record];
                prop_assert!(arrival < *end && arrival.0 + 10_000 >= end.0);
            }
        }
        // A window that was over is not opened once more.
        prop_assert!(world.ended.is_sorted_by(|a, b| a.0 < b.0));
    }
}

#[test]
fn a_window_waits_for_its_end_and_for_what_is_under_way() {
    let settings = Settings { tumbling: Some(LENGTH), ..Settings::default() };
    let mut world = World::new(settings);
    for step in [Step::Put(1), Step::Read(1), Step::Say(Said::Done), Step::Commit, Step::Committed]
    {
        world.apply(&step);
    }
    // It began with 1000 s; a second of grace follows its end.
    assert_eq!(world.lanes.deadline(&world.time()), Some(Duration::from_secs(1011)));
    world.now = Duration::from_secs(1012);
    world.log.push(Millis(1_009_999));
    world.apply(&Step::Advance { ms: 0 });
    assert!(world.running.is_none(), "there is more to be read");
    world.apply(&Step::Read(9));
    assert_eq!(world.running.as_ref().unwrap().records.len(), 1);
    assert!(world.lanes.deadline(&world.time()).is_none_or(|at| at < FOR_EVER));
}
