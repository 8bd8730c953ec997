//! A shard, what is durable of its consumer, and everything that is true of both.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Millis;
use storage::{Position, Term};

use crate::lane_of::lane_of;
use crate::lanes::{Group, Lanes, Now};
use crate::parked::Parked;
use crate::processor::{Batch, BatchRecord};
use crate::progress::{self, LaneProgress, Owner, Progress};
use crate::settings::Settings;

/// What one read takes in memory: fourteen fill a shard.
const READ_BYTES: usize = 600 * 1024;

pub(super) struct Record {
    pub(super) key: &'static str,
    pub(super) arrival: Millis,
    pub(super) position: Position,
}

/// Records that are tried together, by places in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) attempt: u32,
    pub(super) records: Vec<usize>,
    pub(super) not_before: Duration,
}

/// What a lane has in hand: the first piece, and what waits behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hand {
    /// Whether it came back before, so that it is noted.
    pub(super) is_again: bool,
    pub(super) pieces: VecDeque<Piece>,
}

/// A commit on its way.
pub(super) struct Sent {
    group: Group,
    /// What it finishes, apart from what was given up.
    done: Vec<usize>,
    /// What lanes have in hand once it is durable.
    hands: BTreeMap<u16, Hand>,
}

pub(super) struct World {
    pub(super) log: Vec<Record>,
    pub(super) lanes: Lanes,
    pub(super) settings: Settings,
    pub(super) now: Duration,
    /// How long records are kept.
    pub(super) retention: Duration,
    term: u32,
    /// The progress that is committed.
    pub(super) durable: Vec<LaneProgress>,
    /// What lanes have in hand according to it.
    noted: BTreeMap<u16, Hand>,
    pub(super) sent: Option<Sent>,
    /// With the processor.
    pub(super) running: BTreeMap<u16, Arc<Batch>>,
    /// Done and not committed.
    pub(super) done: BTreeMap<u16, Vec<usize>>,
    pub(super) hands: BTreeMap<u16, Hand>,
    pub(super) given_up: BTreeSet<usize>,
    pub(super) lost: BTreeSet<usize>,
    pub(super) handed_before: BTreeSet<usize>,
    pub(super) handed: BTreeSet<usize>,
    /// Records whose effect is committed.
    pub(super) effects: BTreeSet<usize>,
}

fn new_lanes(settings: Settings, durable: &[LaneProgress], is_first: bool) -> Lanes {
    let stream = super::stream();
    let shard = stream.shards[0].facts;
    Lanes::new(stream, shard, settings, durable, &Bytes::new(), Arc::new(Parked::new()), is_first)
}

/// As the store gives it back.
fn stored(lanes: Vec<LaneProgress>) -> Vec<LaneProgress> {
    let owner = Owner { producer: 1, generation: 1, claim: 1 };
    progress::decode(&progress::encode(&Progress { owner, lanes })).unwrap().lanes
}

impl World {
    pub(super) fn new(settings: Settings, retention: Duration) -> Self {
        let durable = vec![LaneProgress::at(Position::START)];
        Self {
            log: Vec::new(),
            lanes: new_lanes(settings, &durable, true),
            settings,
            now: Duration::from_secs(1000),
            retention,
            term: 1,
            durable,
            noted: BTreeMap::new(),
            sent: None,
            running: BTreeMap::new(),
            done: BTreeMap::new(),
            hands: BTreeMap::new(),
            given_up: BTreeSet::new(),
            lost: BTreeSet::new(),
            handed_before: BTreeSet::new(),
            handed: BTreeSet::new(),
            effects: BTreeSet::new(),
        }
    }

    fn wall(&self) -> Millis {
        Millis(u64::try_from(self.now.as_millis()).unwrap())
    }

    fn before(&self, age: Duration) -> Millis {
        self.wall().minus(u64::try_from(age.as_millis()).unwrap())
    }

    pub(super) fn time(&self) -> Now {
        Now {
            monotonic: self.now,
            wall: self.wall(),
            clock: self.wall(),
            horizon: self.before(self.retention),
        }
    }

    /// What arrived before this must not be handed over.
    pub(super) fn oldest(&self) -> Millis {
        let age = self.settings.age_max.map(|age| self.before(age));
        age.unwrap_or_default().max(self.before(self.retention))
    }

    pub(super) fn factor(&self) -> u16 {
        u16::try_from(self.lanes.lanes.len()).unwrap()
    }

    pub(super) fn lane(&self, index: usize) -> u16 {
        lane_of(self.log[index].key.as_bytes(), self.factor())
    }

    /// Whether `progress` says that a record is finished.
    pub(super) fn is_passed(&self, progress: &[LaneProgress], index: usize) -> bool {
        let Record { key, position, .. } = &self.log[index];
        let lane = lane_of(key.as_bytes(), u16::try_from(progress.len()).unwrap());
        *position < progress[usize::from(lane)].done
    }

    pub(super) fn put(&mut self, key: &'static str) {
        let offset = self.log.len() as u64;
        let position = Position { term: Term(self.term), offset };
        self.log.push(Record { key, arrival: self.wall(), position });
    }

    /// Reads up to `count` records, if any are wanted.
    pub(super) fn read(&mut self, count: usize) -> bool {
        let Some(from) = self.lanes.wants() else { return false };
        let asked = self.log.partition_point(|record| record.position < from);
        let horizon = self.before(self.retention);
        let kept = self.log.partition_point(|record| record.arrival < horizon);
        self.lost.extend(asked..kept);
        let first = asked.max(kept);
        let next = Position { term: Term(self.term), offset: self.log.len() as u64 };
        let at = self.log.get(first).map_or(next, |record| record.position);
        self.lanes.read(if kept > asked { at } else { from }, next);
        let last = self.log.len().min(first + count);
        for index in first..last {
            self.lanes.push(self.record(index), self.now);
        }
        if first < last {
            let end = self.log[last - 1].position.next();
            self.lanes.pushed(end, READ_BYTES, last - first);
        }
        last < self.log.len()
    }

    fn record(&self, index: usize) -> BatchRecord {
        let Record { key, arrival, position } = self.log[index];
        BatchRecord {
            position,
            number: super::stream().shards[0].facts.number(position),
            arrival,
            partition_key: Bytes::from_static(key.as_bytes()),
            data: Bytes::from_static(b"data"),
        }
    }

    /// Sends what is to be committed.
    pub(super) fn commit(&mut self) {
        let is_first = self.sent.is_none();
        let Some(group) = self.lanes.group() else { return };
        assert!(is_first, "two commits in flight");
        let done = group.lanes.iter().flat_map(|lane| self.done.remove(lane).unwrap_or_default());
        let done = done.collect();
        let mut hands = self.hands.clone();
        for lane in &group.lanes {
            if let Some(hand) = hands.get_mut(lane) {
                hand.pieces.pop_front();
                hand.is_again = true;
            }
        }
        for (lane, hand) in &mut hands {
            // What was no longer there when it was read again is noted until then.
            let lane = self.lanes.lanes.get(usize::from(*lane));
            if lane.is_none_or(|lane| lane.resume.is_empty()) {
                hand.pieces.retain(|it| it.records.iter().any(|it| !self.lost.contains(it)));
            }
        }
        hands.retain(|_, hand| hand.is_again && !hand.pieces.is_empty());
        for (lane, progress) in (0..).zip(&group.progress) {
            let pieces = hands.get(&lane).map(|hand| &hand.pieces);
            let last = |piece: &Piece| *piece.records.last().unwrap();
            let expected = pieces.into_iter().flatten().map(|it| (it.attempt, last(it)));
            let place = |position: Position| usize::try_from(position.offset).unwrap();
            let noted = progress.retries.iter().map(|it| (it.attempt, place(it.last)));
            assert_eq!(noted.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        }
        self.sent = Some(Sent { group, done, hands });
    }

    /// The commit that was sent became durable; its sender may not know.
    fn take_effect(&mut self, sent: Sent) {
        let Sent { group, done, hands } = sent;
        let new = group.progress;
        let done: BTreeSet<usize> = done.into_iter().collect();
        for index in 0..self.log.len() {
            let was_passed = self.is_passed(&self.durable, index);
            let is_passed = self.is_passed(&new, index);
            assert!(is_passed || !was_passed, "{index} is unfinished again");
            assert!(!done.contains(&index) || (is_passed && !was_passed), "{index} happens again");
            let is_over = self.given_up.contains(&index) || self.lost.contains(&index);
            let is_new = is_passed && !was_passed;
            assert!(!is_new || is_over || done.contains(&index), "{index} was passed over");
        }
        for index in done {
            assert!(self.effects.insert(index), "{index} has two effects");
        }
        self.durable = stored(new);
        self.noted = hands;
    }

    pub(super) fn committed(&mut self) {
        let Some(sent) = self.sent.take() else { return };
        for lane in &sent.group.lanes {
            let Some(mut hand) = self.hands.remove(lane) else { continue };
            hand.pieces.pop_front();
            hand.is_again = true;
            if !hand.pieces.is_empty() {
                self.hands.insert(*lane, hand);
            }
        }
        self.take_effect(sent);
        self.lanes.committed();
    }

    /// A target was deleted before the commit came.
    pub(super) fn undone(&mut self) {
        let Some(sent) = self.sent.take() else { return };
        self.lanes.undone(self.now);
        for index in sent.done {
            self.done.entry(self.lane(index)).or_default().push(index);
        }
    }

    /// The process ends and starts again; a commit that was sent may have come or not.
    pub(super) fn crash(&mut self, commit_came: bool) {
        if let Some(sent) = self.sent.take()
            && commit_came
        {
            self.take_effect(sent);
        }
        self.term += 1;
        self.lanes = new_lanes(self.settings, &self.durable, false);
        self.running.clear();
        self.done.clear();
        self.given_up.clear();
        self.lost.clear();
        self.handed_before.append(&mut self.handed);
        self.hands = self.noted.clone();
        let pieces = self.hands.values_mut().flat_map(|hand| &mut hand.pieces);
        pieces.for_each(|it| it.not_before = Duration::ZERO);
    }

    pub(super) fn update(&mut self, settings: Settings) {
        if settings.notes_given_up {
            // What was given up to be told with its commit is noted from now on.
            let is_over =
                |hand: &Hand| hand.pieces[0].records.iter().all(|it| self.given_up.contains(it));
            let over = self.hands.values_mut().filter(|hand| is_over(hand));
            over.for_each(|hand| hand.is_again = true);
        }
        self.settings = settings;
        self.lanes.update(settings, &self.time());
    }
}
