//! One log: its frames are read as readers see them, beside a writer that appends, trims and sweeps.

use rusqlite::Connection;

use super::STEP_BYTES;
use crate::error::{Result, Stop};
use crate::index::LogEntry;
use crate::log_state::{CHAIN_UNKNOWN, LogState, LogView};
use crate::table;
use crate::walk::{Cursor, Seen, finding, walk};

/// One reading of one log.
pub(super) struct Reading {
    cursor: Cursor,
    /// Whether the last step found something, which the next one looks at again.
    suspect: bool,
}

/// What one step came to.
pub(super) struct Step {
    pub(super) ended: bool,
    /// What is believed.
    pub(super) damage: Vec<String>,
}

impl Reading {
    pub(super) fn start(entry: &LogEntry) -> Self {
        Self { cursor: Cursor::start(&entry.state()), suspect: false }
    }

    /// Reads on. What a commit does under our eyes looks like damage until it is published, so only what is found
    /// twice is believed. What was trimmed meanwhile may be gone whenever one looks: that is no reason to believe it.
    pub(super) fn step(&mut self, db: &Connection, entry: &LogEntry) -> Result<Step, Stop> {
        let log = entry.view();
        if log.state.deleted {
            return Ok(Step { ended: true, damage: Vec::new() });
        }
        let mut seen = Seen::default();
        self.skip_hidden(db, &log, &mut seen)?;
        let before = self.cursor;
        // A group in flight may have put frames behind the end that readers know.
        let end = log.state.tail.next;
        let ended = walk(db, &log, &mut self.cursor, end, STEP_BYTES, &mut seen)?;
        let damage = seen.findings;
        if damage.is_empty() {
            self.suspect = false;
            return Ok(Step { ended, damage });
        }
        let overtaken = is_overtaken(entry, &log, before.offset);
        if overtaken || !self.suspect {
            self.suspect = !overtaken;
            self.cursor = before;
            return Ok(Step { ended: false, damage: Vec::new() });
        }
        self.suspect = false;
        Ok(Step { ended, damage })
    }

    /// Goes on to the frames that readers see, if it stands before them: those that are hidden are being removed,
    /// perhaps faster than they are read.
    fn skip_hidden(&mut self, db: &Connection, log: &LogView, seen: &mut Seen) -> Result<(), Stop> {
        let LogState { first, tail, .. } = &log.state;
        if self.cursor.offset >= first.offset {
            return Ok(());
        }
        if first.offset >= tail.next {
            self.cursor = Cursor { offset: tail.next, chain: tail.chain };
            return Ok(());
        }
        match table::place_at(db, log, first.offset) {
            Ok(place) => {
                let offset = place.map_or(first.offset, |place| place.offset);
                if offset > self.cursor.offset {
                    self.cursor = Cursor { offset, chain: CHAIN_UNKNOWN };
                }
            }
            Err(stop) => seen.findings.push(finding(stop)?),
        }
        Ok(())
    }
}

/// Whether frames from `offset` on were hidden or the log was deleted since it looked like `log`, so that they may
/// have been removed while they were read.
fn is_overtaken(entry: &LogEntry, log: &LogView, offset: u64) -> bool {
    let now = entry.state();
    now.deleted || now.first.offset > log.state.first.offset.max(offset)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use domain::Millis;
    use metering::Metrics;
    use storage::frame::{Origin, Press};
    use storage::{Append, Frame, Health, LogId, RecordsBuilder, Term};

    use super::*;
    use crate::ahead::Row;
    use crate::connection;
    use crate::log_state::{Place, Slot};
    use crate::scrub::{FIRST_REST, Scrub};
    use crate::shared::Shared;

    const LOG: LogId = LogId(7);
    const SLOT: Slot = Slot(0);
    const FRAMES: usize = 4;

    /// A database with one log of some frames, of one record each, and the log.
    struct Scene {
        _temp: tempfile::TempDir,
        dir: stdx::DataDir,
        db: Connection,
        frames: Vec<Arc<Frame>>,
        log: LogView,
    }

    impl Scene {
        fn make() -> Self {
            let temp = tempfile::tempdir().unwrap();
            let dir = crate::testing::data_dir(temp.path());
            let db = connection::writer(&dir).unwrap();
            let mut state = LogState::new(LOG);
            let origin = Origin { log: LOG, term: Term(1), version: 1, id: None };
            let mut frames = Vec::new();
            for _ in 0..FRAMES {
                let mut records = RecordsBuilder::default();
                records.push(b"key", b"data");
                let append = Append { log: LOG, records: records.finish(), arrival: Millis(5) };
                let mut press = Press::expecting(1, 100);
                frames.extend(state.tail.append(&mut press, origin, [&append]).0);
            }
            let places = (0..).zip(1..).take(FRAMES);
            let places: Vec<_> = places.map(|(offset, frame)| Place { offset, frame }).collect();
            let mut put = table::PutFrame::new(&db).unwrap();
            places
                .iter()
                .zip(&frames)
                .for_each(|(place, frame)| put.put(place.frame, frame).unwrap());
            drop(put);
            table::put_places(&db, SLOT, &places).unwrap();
            let log = LogView { slot: SLOT, state, places: Vec::new() };
            Self { _temp: temp, dir, db, frames, log }
        }

        /// The log without its first frames: as it is when they are hidden, and when they are removed.
        fn trimmed(&self, count: usize) -> [LogState; 2] {
            let mut hidden = self.log.state;
            hidden.first = self.frames[count - 1].end();
            let mut swept = hidden;
            swept.trimmed = hidden.first.offset;
            swept.trimmed_chain = self.frames[count - 1].chain();
            [hidden, swept]
        }

        /// The log as it is published.
        fn entry(&self, state: LogState) -> Arc<LogEntry> {
            let log = LogView { state, ..self.log.clone() };
            let row = Row::of(&log);
            Arc::new(LogEntry::new(log, row, Term(1)))
        }
    }

    fn publish(entry: &LogEntry, state: LogState) {
        entry.publish(state, entry.row(), |_| {}, &[], Term(1));
    }

    /// Removes the first frames, as a sweep does.
    fn sweep(db: &Connection, count: usize) {
        for frame in (1..).take(count) {
            table::delete_frame(db, frame).unwrap();
        }
        table::delete_places(db, SLOT, count as u64).unwrap();
    }

    /// What is believed to be damaged, and how many steps it took.
    fn scrub(scene: &Scene, entry: &LogEntry, mut before: impl FnMut()) -> (Vec<String>, usize) {
        let (mut reading, mut damage) = (Reading::start(entry), Vec::new());
        for steps in 1..20 {
            before();
            let step = reading.step(&scene.db, entry).unwrap();
            damage.extend(step.damage);
            if step.ended {
                return (damage, steps);
            }
        }
        panic!("it does not end");
    }

    #[test]
    fn a_sound_log_is_read_once() {
        let scene = Scene::make();
        assert_eq!(scrub(&scene, &scene.entry(scene.log.state), || {}), (Vec::new(), 1));
    }

    #[test]
    fn what_is_found_twice_is_damage_and_shown() {
        let scene = Scene::make();
        table::delete_frame(&scene.db, 2).unwrap();
        let entry = scene.entry(scene.log.state);
        let (damage, steps) = scrub(&scene, &entry, || {});
        assert_eq!((damage.len(), steps), (2, 2), "{damage:?}");
        let temp = tempfile::tempdir().unwrap();
        let dir = crate::testing::data_dir(temp.path());
        let (free, metrics) = (Arc::new(dir.clone()), Metrics::new());
        let space =
            crate::space::Space::open(&dir, crate::Reserve::default(), free, metrics.clone());
        let shared = Shared::new(1024, Health::Ready, space, metrics);
        shared.index.insert(LogEntry::new(scene.log.clone(), Row::of(&scene.log), Term(1)));
        let found =
            Scrub::new(FIRST_REST).run_once(&scene.db, &dir.subdir("blobs").unwrap(), &shared);
        assert!(damage.iter().all(|finding| found.contains(finding)), "{found:?}");
        assert!(matches!(shared.health(), Health::Damaged(_)));
    }

    #[test]
    fn what_nobody_sees_may_be_gone_before_it_is_said() {
        for count in 1..=FRAMES {
            let scene = Scene::make();
            let [hidden, _] = scene.trimmed(count);
            sweep(&scene.db, count);
            let found = scrub(&scene, &scene.entry(hidden), || {});
            assert_eq!(found, (Vec::new(), 1), "{count} frames");
        }
    }

    #[test]
    fn a_beginning_that_is_missing_is_damage() {
        let scene = Scene::make();
        let [hidden, _] = scene.trimmed(2);
        sweep(&scene.db, 3);
        let (damage, _) = scrub(&scene, &scene.entry(hidden), || {});
        assert_eq!(damage, ["log 7 has no frame for offset 2"]);
    }

    #[test]
    fn a_step_has_room_for_some_findings() {
        let scene = Scene::make();
        let mut state = scene.log.state;
        let missing = (state.tail.next..).zip(1000..).take(400);
        let places: Vec<_> = missing.map(|(offset, frame)| Place { offset, frame }).collect();
        table::put_places(&scene.db, SLOT, &places).unwrap();
        state.tail.next += 400;
        let entry = scene.entry(state);
        let mut reading = Reading::start(&entry);
        assert!(reading.step(&scene.db, &entry).unwrap().damage.is_empty());
        let Step { ended, damage } = reading.step(&scene.db, &entry).unwrap();
        assert!(!ended && (10..100).contains(&damage.len()), "{} findings", damage.len());
        assert!(scrub(&scene, &entry, || {}).0.len() >= 400);
    }

    #[test]
    fn a_log_that_is_swept_faster_than_it_is_read_is_not_damaged() {
        let mut scene = Scene::make();
        let entry = scene.entry(scene.log.state);
        let states: Vec<_> = (1..FRAMES).map(|count| scene.trimmed(count)).collect();
        let sweeper = connection::writer(&scene.dir).unwrap();
        // The scrub has looked at the state already when it asks the database for the first time.
        let is_next = Arc::new(AtomicBool::new(false));
        let (asked, published, mut count) = (Arc::clone(&is_next), Arc::clone(&entry), 0);
        let trim = move || {
            if let Some([hidden, swept]) = states.get(count)
                && asked.swap(false, Ordering::SeqCst)
            {
                count += 1;
                publish(&published, *hidden);
                sweep(&sweeper, count);
                publish(&published, *swept);
            }
            false
        };
        scene.db.progress_handler(1, Some(trim)).unwrap();
        let (damage, steps) = scrub(&scene, &entry, || is_next.store(true, Ordering::SeqCst));
        assert_eq!(damage, Vec::<String>::new());
        assert!(steps > 2, "nothing was swept under its eyes");
        assert_eq!(entry.state().trimmed, FRAMES as u64 - 1);
    }

    #[test]
    fn a_log_that_is_deleted_under_its_eyes_is_not_damaged() {
        let mut scene = Scene::make();
        let entry = scene.entry(scene.log.state);
        let sweeper = connection::writer(&scene.dir).unwrap();
        let (published, mut deleted) = (Arc::clone(&entry), scene.log.state);
        deleted.deleted = true;
        let delete = move || {
            publish(&published, deleted);
            sweep(&sweeper, FRAMES);
            false
        };
        scene.db.progress_handler(1, Some(delete)).unwrap();
        let (damage, _) = scrub(&scene, &entry, || {});
        assert_eq!(damage, Vec::<String>::new());
    }
}
