//! The power goes at every point of a workload where anything was written, synced or renamed, and at every
//! acknowledgement: what is left must open `Ready` and hold what was acknowledged.
//!
//! One seed in a usual run. `SHARDMILL_POWER_SEEDS=first..end` plays others.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

use parking_lot::Mutex;

use crate::bed::{Bed, run};
use crate::check::{Promise, check};
use crate::disk::{Change, Event, Known};
use crate::draw::Draw;
use crate::platter::{Image, Kind, Platter};
use crate::workload::{Story, play};

const SEED: u64 = 20_261_127;
const STEPS: usize = 300;
/// How often the opening after a crash is itself cut short.
const AGAIN_PERCENT: u64 = 4;
/// Crashes on crashes on crashes.
const DEPTH_MAX: usize = 3;

/// One crash.
struct Crash {
    at: usize,
    kind: Kind,
    image: Image,
    known: Known,
}

#[test]
fn the_power_may_go_at_any_point() {
    for seed in seeds() {
        let story = run(play(seed, STEPS));
        let (points, images) = crash_everywhere(seed, &story);
        eprintln!("seed {seed}: {points} points, {images} images");
        assert!(points > 2000 && images > points, "the workload must write");
    }
}

#[expect(clippy::disallowed_methods, reason = "seeds are chosen by hand, for long runs")]
fn seeds() -> Range<u64> {
    let Ok(text) = std::env::var("SHARDMILL_POWER_SEEDS") else { return SEED..SEED + 1 };
    let ends = text.split_once("..").expect("SHARDMILL_POWER_SEEDS is first..end");
    ends.0.parse().expect("a number")..ends.1.parse().expect("a number")
}

/// What the threads that check share.
struct Checks<'a> {
    seed: u64,
    story: &'a Story,
    crashes: Mutex<Receiver<Crash>>,
    images: AtomicUsize,
    /// The first failure: the rest is not checked any more.
    failure: Mutex<Option<String>>,
}

/// Checks all crashes on as many threads as there are cores; how many points and images there were.
fn crash_everywhere(seed: u64, story: &Story) -> (usize, usize) {
    let (to, crashes) = sync_channel::<Crash>(4);
    let (crashes, images, failure) = (Mutex::new(crashes), AtomicUsize::new(0), Mutex::new(None));
    let checks = Checks { seed, story, crashes, images, failure };
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let points = std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                // Whoever gives out crashes would wait for ever for a thread that is gone.
                let work = std::panic::AssertUnwindSafe(|| checks.work());
                if std::panic::catch_unwind(work).is_err() {
                    checks.fail("a check panicked".to_owned());
                    checks.drain();
                }
            });
        }
        let points = crash_points(seed, story, &mut |crash| {
            to.send(crash).is_ok() && checks.failure.lock().is_none()
        });
        drop(to);
        points
    });
    if let Some(failure) = checks.failure.into_inner() {
        panic!("seed {seed}, {failure}");
    }
    (points, checks.images.into_inner())
}

impl Checks<'_> {
    fn work(&self) {
        loop {
            let next = self.crashes.lock().recv();
            let Ok(crash) = next else { return };
            if self.failure.lock().is_some() {
                continue;
            }
            if let Err(error) = self.check(&crash) {
                self.fail(format!("event {}, {:?}: {error}", crash.at, crash.kind));
            }
        }
    }

    fn fail(&self, text: String) {
        self.failure.lock().get_or_insert(text);
    }

    /// Takes what is still given out.
    fn drain(&self) {
        while self.crashes.lock().recv().is_ok() {}
    }

    fn check(&self, crash: &Crash) -> Result<(), String> {
        let mut draw = Draw::new(self.seed ^ crash.at as u64);
        let Story { states, logs, .. } = self.story;
        let promise = Promise { states, known: crash.known, logs };
        self.images.fetch_add(1, Ordering::Relaxed);
        check(&crash.image, &promise, &mut draw)?;
        let first_start = crash.known.term == 0;
        if first_start || draw.percent(AGAIN_PERCENT) {
            let count = crash_again(&crash.image, &promise, &mut draw, DEPTH_MAX)?;
            self.images.fetch_add(count, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// The opening after a crash is cut short, too; how many images that made.
fn crash_again(
    image: &Image,
    promise: &Promise<'_>,
    draw: &mut Draw,
    depth: usize,
) -> Result<usize, String> {
    let bed = Bed::from(image).watch().copying();
    bed.disk().record();
    let opened = bed.open().map_err(|error| format!("opening again: {error}"))?;
    run(opened.close());
    let events = bed.disk().recorded();
    let until = draw.below(events.len());
    let platter = Platter::after(image, &events[..until]);
    let kinds = [Kind::Dropped, Kind::Kept, Kind::Random(draw.number()), Kind::Torn(draw.number())];
    let kind = kinds[draw.below(kinds.len())];
    let next = platter.image(kind);
    let here = format!("then {until} of {} events, {kind:?}", events.len());
    check(&next, promise, draw).map_err(|error| format!("{here}: {error}"))?;
    if depth == 1 {
        return Ok(1);
    }
    let deeper = crash_again(&next, promise, draw, depth - 1);
    deeper.map(|count| count + 1).map_err(|error| format!("{here}, {error}"))
}

/// Gives every crash to `to`, until it wants no more; how many points there are.
fn crash_points(seed: u64, story: &Story, to: &mut dyn FnMut(Crash) -> bool) -> usize {
    let mut draw = Draw::new(seed);
    let mut platter = Platter::default();
    let mut known = Known::default();
    let mut dropped = None;
    let mut points = 0;
    for (at, event) in story.events.iter().enumerate() {
        let changed = match event {
            Event::Changed(name, change) => platter.apply(name, change),
            Event::Known(now) => {
                let more = now.acknowledged != known.acknowledged || now.term != known.term;
                known = *now;
                more
            }
        };
        if !changed {
            continue;
        }
        points += 1;
        let mut kinds = vec![Kind::Random(draw.number())];
        // Everything is kept when more was promised, and all but sectors of a write that has several: one is
        // there or not, as at the points before and after.
        let tears = match event {
            Event::Changed(_, Change::Write(_, bytes)) => bytes.len() > 512,
            Event::Changed(..) => false,
            Event::Known(_) => true,
        };
        if tears {
            kinds.push(Kind::Torn(draw.number()));
        }
        // Nothing else can come of losing everything until more was synced or promised.
        let now = (platter.synced, known.acknowledged, known.term);
        if dropped.replace(now) != Some(now) {
            kinds.push(Kind::Dropped);
        }
        for kind in kinds {
            if !to(Crash { at, kind, image: platter.image(kind), known }) {
                return points;
            }
        }
    }
    points
}
