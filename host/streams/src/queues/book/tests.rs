//! The book against a model that is obviously right: a list of records, each with all that is known of it.

mod killed;
mod model;
mod undone;

use std::time::Duration;

use domain::{Millis, ShardId};
use proptest::prelude::*;
use storage::{Position, Term};

use super::{Book, Bounds, Clocks, Place, Side, Stale, decode_chunk, decode_cursor};
use model::Model;

const BOUNDS: Bounds = Bounds { in_flight: 12, dead: 5 };
const WALL: Millis = Millis(1_790_068_000_000);

/// What may happen to a queue.
#[derive(Clone, Debug)]
enum Step {
    Pass {
        seconds: u64,
    },
    Take {
        side: Side,
        count: usize,
        seconds: u64,
    },
    TakeNew {
        shard: u32,
        count: usize,
        seconds: u64,
    },
    Acknowledge {
        side: Side,
        receipt: usize,
    },
    Hide {
        side: Side,
        receipt: usize,
        seconds: u64,
    },
    Restore {
        receipt: usize,
    },
    UndoLast,
    Expire {
        shard: u32,
        records: u64,
    },
    Forget {
        shard: u32,
    },
    DeadAfter(Option<u32>),
    /// What was written is read again; the time of day goes on.
    Restart,
}

fn steps() -> impl Strategy<Value = Step> {
    let side = || prop_oneof![Just(Side::Live), Just(Side::Dead)];
    prop_oneof![
        3 => (0..20u64).prop_map(|seconds| Step::Pass { seconds }),
        4 => (side(), 1..6usize, 0..15u64)
            .prop_map(|(side, count, seconds)| Step::Take { side, count, seconds }),
        4 => (0..3u32, 1..6usize, 0..15u64)
            .prop_map(|(shard, count, seconds)| Step::TakeNew { shard, count, seconds }),
        4 => (side(), any::<usize>())
            .prop_map(|(side, receipt)| Step::Acknowledge { side, receipt }),
        3 => (side(), any::<usize>(), 0..15u64)
            .prop_map(|(side, receipt, seconds)| Step::Hide { side, receipt, seconds }),
        2 => any::<usize>().prop_map(|receipt| Step::Restore { receipt }),
        1 => Just(Step::UndoLast),
        1 => (0..3u32, 0..4u64).prop_map(|(shard, records)| Step::Expire { shard, records }),
        1 => (0..3u32).prop_map(|shard| Step::Forget { shard }),
        1 => prop::option::of(1..4u32).prop_map(Step::DeadAfter),
        2 => Just(Step::Restart),
    ]
}

proptest! {
    #[test]
    fn does_what_the_model_does(steps in prop::collection::vec(steps(), 1..120)) {
        let mut world = World::new();
        for step in steps {
            world.step(&step);
            world.compare(&step);
        }
    }

    #[test]
    fn no_fact_makes_it_panic(key in any::<Vec<u8>>(), mut value in any::<Vec<u8>>(), kind in prop_oneof![Just(b'r'), Just(b'c')]) {
        let key = [&[kind], &key[..]].concat();
        if let Some(version) = value.first_mut() {
            *version = 1;
        }
        let _ = decode_cursor(&key, &value);
        let _ = decode_chunk(&key, &value);
    }
}

struct World {
    book: Book,
    model: Model,
    now: Duration,
    receipts: Vec<(Place, u32)>,
    store: std::collections::BTreeMap<bytes::Bytes, bytes::Bytes>,
    dead_after: Option<u32>,
}

impl World {
    fn new() -> Self {
        let dead_after = Some(2);
        Self {
            book: Book::new(BOUNDS, dead_after),
            model: Model::new(BOUNDS, dead_after),
            now: Duration::from_secs(100),
            receipts: Vec::new(),
            store: std::collections::BTreeMap::new(),
            dead_after,
        }
    }

    fn until(&self, seconds: u64) -> Duration {
        self.now + Duration::from_secs(seconds)
    }

    fn wall(&self) -> Millis {
        WALL.plus(u64::try_from(self.now.as_millis()).unwrap())
    }

    fn receipt(&self, at: usize) -> (Place, u32) {
        let nowhere = Place { shard: ShardId(9), position: Position::START };
        let count = self.receipts.len().max(1);
        self.receipts.get(at % count).copied().unwrap_or((nowhere, 1))
    }

    fn step(&mut self, step: &Step) {
        let Self { book, model, now, .. } = self;
        book.advance(*now);
        model.advance(*now);
        match *step {
            Step::Pass { seconds } => {
                self.now = self.until(seconds);
                self.book.advance(self.now);
                self.model.advance(self.now);
            }
            Step::Take { side, count, seconds } => {
                let (until, wall) = (self.until(seconds), self.wall());
                let taken = self.book.take(side, count, until, wall);
                let places: Vec<_> = taken.iter().map(|it| (it.place, it.entry.handout)).collect();
                assert_eq!(places, self.model.take(side, count, until, wall));
                self.receipts.extend(places);
            }
            Step::TakeNew { shard, count, seconds } => {
                self.take_new(ShardId(shard), count, seconds)
            }
            Step::Acknowledge { side, receipt } => {
                let (place, handout) = self.receipt(receipt);
                let done = self.book.acknowledge(side, place, handout).map(drop);
                assert_eq!(done, self.model.acknowledge(side, place, handout));
            }
            Step::Hide { side, receipt, seconds } => {
                let (place, handout) = self.receipt(receipt);
                let until = (seconds > 0).then(|| self.until(seconds));
                let done = self.book.hide(side, place, handout, until).map(drop);
                assert_eq!(done, self.model.hide(side, place, handout, until));
            }
            Step::Restore { receipt } => {
                let (place, handout) = self.receipt(receipt);
                let done = self.book.restore(place, handout).map(drop);
                assert_eq!(done, self.model.restore(place, handout));
            }
            Step::UndoLast => self.acknowledge_and_undo(),
            Step::Expire { shard, records } => {
                let shard = ShardId(shard);
                let before = Model::position(records);
                let gone = self.book.expire(shard, before);
                assert_eq!(gone, self.model.expire(shard, before));
            }
            Step::Forget { shard } => {
                self.book.forget(ShardId(shard));
                self.model.forget(ShardId(shard));
            }
            Step::DeadAfter(dead_after) => {
                self.dead_after = dead_after;
                self.book.set_dead_after(dead_after);
                self.model.set_dead_after(dead_after);
            }
            Step::Restart => self.restart(),
        }
    }

    fn take_new(&mut self, shard: ShardId, count: usize, seconds: u64) {
        let (until, wall) = (self.until(seconds), self.wall());
        for _ in 0..count {
            assert_eq!(self.book.room_for_new(), self.model.room_for_new());
            if self.book.room_for_new() == 0 {
                return;
            }
            let place = self.model.take_new(shard, until, wall);
            let taken = self.book.take_new(place, until, wall);
            assert_eq!(taken.entry.handout, 1);
            self.receipts.push((place, 1));
        }
    }

    /// What is taken back leaves no trace.
    fn acknowledge_and_undo(&mut self) {
        let Some((place, handout)) = self.receipts.last().copied() else { return };
        for side in [Side::Live, Side::Dead] {
            if let Ok(undo) = self.book.acknowledge(side, place, handout) {
                assert_eq!(self.book.acknowledge(side, place, handout), Err(Stale::Gone));
                self.book.undo(undo);
            }
        }
    }

    fn clocks(&self) -> Clocks {
        Clocks { wall: self.wall(), monotonic: self.now }
    }

    /// Commits as small as can be: the process may be killed after each.
    fn write(&mut self) {
        loop {
            let (dirty, is_all) = self.book.take_dirty(1);
            for write in self.book.encode(&dirty, self.clocks()) {
                match write.value {
                    Some(value) => self.store.insert(write.key, value),
                    None => self.store.remove(&write.key),
                };
            }
            let stored = self.stored();
            for place in self.book.entries.keys() {
                let is_given = stored.cursor(place.shard).is_some_and(|it| place.position < it);
                assert!(!is_given || stored.entries.contains_key(place), "{place:?} is lost");
            }
            if is_all {
                return;
            }
        }
    }

    fn stored(&self) -> Book {
        let mut book = Book::new(BOUNDS, self.dead_after);
        // The new process has a monotonic clock of its own.
        let clocks = Clocks { monotonic: self.now, ..self.clocks() };
        for (key, value) in &self.store {
            match decode_cursor(key, value).unwrap() {
                Some((shard, position)) => book.load_cursor(shard, position),
                None => {
                    for record in decode_chunk(key, value).unwrap() {
                        book.load(record, clocks).unwrap();
                    }
                }
            }
        }
        book
    }

    fn restart(&mut self) {
        self.write();
        let mut book = self.stored();
        book.advance(self.now);
        self.book = book;
        // Who is in line for how long is not kept: a restart lines up anew.
        // Those for which there was no room among the dead letters may have found some.
        let entries = &self.book.entries;
        self.model.bury_if(|place| entries.get(&place).is_some_and(|it| it.side == Side::Dead));
        let line = [self.book.live.all(), self.book.dead.all()].concat();
        self.model.line_up(&line);
    }

    fn compare(&self, step: &Step) {
        let (book, model) = (&self.book, &self.model);
        for side in [Side::Live, Side::Dead] {
            assert_eq!(book.visible(side), model.visible(side), "{side:?} after {step:?}");
        }
        assert_eq!(book.in_flight(), model.in_flight(), "after {step:?}");
        assert_eq!(book.next_due(), model.next_due(), "after {step:?}");
        assert_eq!(book.room(), BOUNDS.in_flight - model.in_flight());
        for shard in [ShardId(0), ShardId(1), ShardId(2)] {
            assert_eq!(book.cursor(shard), model.cursor(shard), "after {step:?}");
            assert_eq!(book.keeps(shard), model.keeps(shard), "after {step:?}");
        }
        for (place, known) in model.all() {
            let entry =
                book.entries.get(&place).unwrap_or_else(|| panic!("{place:?} after {step:?}"));
            let told = (entry.side, entry.receives, entry.handout, entry.first_received);
            assert_eq!(told, known, "{place:?} after {step:?}");
        }
        assert_eq!(book.entries.len(), model.all().count());
    }
}

#[test]
fn reads_what_version_one_wrote() {
    let mut value = vec![1, 5];
    value.extend(9u32.to_le_bytes());
    value.push(1);
    value.extend(3u32.to_le_bytes());
    value.extend(4u32.to_le_bytes());
    value.extend(1_790_068_000_000u64.to_le_bytes());
    value.extend(1_790_068_030_000u64.to_le_bytes());
    let key = [&b"r\0\0\0\x02"[..], &7u64.to_be_bytes()].concat();
    let read = decode_chunk(&key, &value).unwrap();
    let position = Position { term: Term(9), offset: 7 * 64 + 5 };
    let (place, entry, until) = read[0];
    assert_eq!(place, Place { shard: ShardId(2), position });
    assert_eq!((entry.side, entry.receives, entry.handout), (Side::Dead, 3, 4));
    assert_eq!(entry.first_received, Millis(1_790_068_000_000));
    assert_eq!(until, Millis(1_790_068_030_000));
    let clocks = Clocks { wall: Millis(1_790_068_000_000), monotonic: Duration::from_secs(1) };
    let mut book = Book::new(BOUNDS, None);
    assert!(book.load(read[0], clocks).is_err(), "it lies behind the cursor");
    book.load_cursor(place.shard, position.next());
    book.load(read[0], clocks).unwrap();
    assert_eq!(book.next_due(), Some(Duration::from_secs(31)));
    assert!(book.load(read[0], clocks).is_err(), "it is there already");
    book.drop_record(place);
    book.load(read[0], clocks).unwrap();
    let (dirty, _) = book.take_dirty(1);
    let writes = book.encode(&dirty, clocks);
    assert_eq!(writes[0].key, key);
    assert_eq!(writes[0].value.as_deref(), Some(&value[..]));
    value[0] = 2;
    assert!(decode_chunk(&key, &value).is_err());
    let cursor = [&[1][..], &9u32.to_le_bytes(), &453u64.to_le_bytes()].concat();
    let read = decode_cursor(b"c\0\0\0\x02", &cursor).unwrap();
    assert_eq!(read, Some((ShardId(2), position)));
}

#[test]
fn a_time_of_day_that_went_back_hides_nothing_for_longer_than_anybody_asked_for() {
    let position = Position { term: Term(1), offset: 0 };
    let place = Place { shard: ShardId(0), position };
    let mut book = Book::new(BOUNDS, None);
    book.take_new(place, Duration::from_secs(30), WALL);
    let (dirty, _) = book.take_dirty(1);
    let clocks = Clocks { wall: WALL, monotonic: Duration::ZERO };
    let writes = book.encode(&dirty, clocks);
    let chunk = writes.last().unwrap();
    let record = decode_chunk(&chunk.key, chunk.value.as_ref().unwrap()).unwrap()[0];
    let mut again = Book::new(BOUNDS, None);
    again.load_cursor(place.shard, position.next());
    again.load(record, Clocks { wall: Millis(0), monotonic: Duration::ZERO }).unwrap();
    assert_eq!(again.next_due(), Some(Duration::from_secs(43_200)));
}
