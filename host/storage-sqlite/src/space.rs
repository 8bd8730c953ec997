//! Room on the disk: records are refused before it is full, and a file holds some of it in reserve.
//!
//! Even a deletion needs room, in the write-ahead log. So records are refused while less than the low-water mark
//! is free, and the ballast, a file that holds room and nothing else, is given up when half of that is gone, too.
//! While it is missing, what it held counts as used: its room is for trimming, deleting and checkpoints, not for
//! records. Once there is room for both again, it is made anew. [`Levels`] decides; [`Space`] looks and acts.

use std::fmt::Debug;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use metering::Metrics;
use parking_lot::Mutex;
use stdx::DataDir;

use crate::shared::level;

/// The file that holds the reserve.
pub(crate) const BALLAST: &str = "ballast";

/// With less the writer would finish after every larger group.
const WAL_BYTES_MIN: u64 = 1024 * 1024;

/// How much of the disk is kept free, and held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reserve {
    /// Records are refused while less is free.
    pub low_water_bytes: u64,
    /// Held by a file until it is needed.
    pub ballast_bytes: u64,
}

impl Reserve {
    /// What suits most disks: 128 MiB and 64 MiB, on small ones a twentieth and a fortieth.
    #[must_use]
    pub fn suiting(total_bytes: u64) -> Self {
        Self {
            low_water_bytes: (total_bytes / 20).min(128 << 20),
            ballast_bytes: (total_bytes / 40).min(64 << 20),
        }
    }
}

/// Tells how many bytes are free: the file system, or a test.
pub trait FreeSpace: Debug + Send + Sync {
    /// How many this process may still write.
    ///
    /// # Errors
    /// If that cannot be told.
    fn free_bytes(&self) -> io::Result<u64>;
}

impl FreeSpace for DataDir {
    fn free_bytes(&self) -> io::Result<u64> {
        self.space().map(|space| space.free_bytes)
    }
}

/// What is to be done about the ballast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ballast {
    Leave,
    GiveUp,
    Make,
}

/// How it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Levels {
    reserve: Reserve,
    /// Whether records are refused.
    is_short: bool,
    /// Whether the ballast is there.
    is_held: bool,
}

impl Levels {
    /// Decides anew, now that so much is free.
    fn decide(&mut self, free: u64) -> Ballast {
        let Reserve { low_water_bytes: low, ballast_bytes: ballast } = self.reserve;
        let used = if self.is_held { 0 } else { ballast };
        let room = free.saturating_sub(used);
        // Some more than where it began, so that it does not begin again at once.
        let enough = low + low / 8;
        self.is_short = if self.is_short { room < enough } else { room < low };
        if self.is_held && free < low / 2 {
            self.is_held = false;
            Ballast::GiveUp
        } else if !self.is_held && ballast > 0 && room >= enough {
            self.is_held = true;
            Ballast::Make
        } else {
            Ballast::Leave
        }
    }
}

/// The disk under a store.
#[derive(Debug)]
pub(crate) struct Space {
    dir: DataDir,
    free: Arc<dyn FreeSpace>,
    levels: Mutex<Levels>,
    /// [`Levels::is_short`], for who asks often.
    is_short: AtomicBool,
    metrics: Metrics,
}

impl Space {
    /// Looks for the first time, and makes the ballast if there is room.
    pub(crate) fn open(
        dir: &DataDir,
        reserve: Reserve,
        free: Arc<dyn FreeSpace>,
        metrics: Metrics,
    ) -> Self {
        let is_held = reserve.ballast_bytes > 0 && dir.size(BALLAST) == reserve.ballast_bytes;
        let levels = Levels { reserve, is_short: false, is_held };
        let (levels, is_short) = (Mutex::new(levels), AtomicBool::new(false));
        let space = Self { dir: dir.clone(), free, levels, is_short, metrics };
        if !is_held && dir.exists(BALLAST) {
            // Of another size than is asked for now, or of a start that ended in the middle.
            space.report(dir.remove(BALLAST), "ballast cannot be removed");
        }
        space.look();
        space
    }

    /// Whether records are refused.
    pub(crate) fn is_short(&self) -> bool {
        self.is_short.load(Ordering::Relaxed)
    }

    /// Why records are refused, if they are.
    pub(crate) fn shortage(&self) -> Option<String> {
        let is_short = self.is_short();
        is_short.then(|| {
            let Levels { reserve, is_held, .. } = *self.levels.lock();
            let free = self.free.free_bytes().unwrap_or(0);
            let (asked, ballast) = (reserve.low_water_bytes, reserve.ballast_bytes);
            let more = match (is_held, ballast) {
                (true, _) | (false, 0) => String::new(),
                (false, ballast) => format!(", besides {ballast} for the ballast"),
            };
            format!("{free} bytes are free and {asked} are asked for{more}")
        })
    }

    /// At how many bytes of the write-ahead log commits wait until they are copied: it lies on the same disk, and what it
    /// keeps there, twice as much, must fit below the low-water mark.
    pub(crate) fn wal_bytes(&self, usual: u64) -> u64 {
        match self.levels.lock().reserve.low_water_bytes {
            0 => usual,
            low => (low / 2).min(usual).max(WAL_BYTES_MIN.min(usual)),
        }
    }

    /// Looks how much is free, and does what follows from it.
    pub(crate) fn look(&self) {
        let free = match self.free.free_bytes() {
            Ok(free) => free,
            Err(error) => return tracing::warn!(%error, "free space cannot be told"),
        };
        self.metrics.storage.disk_free_bytes.set(level(free));
        let mut levels = self.levels.lock();
        let was_short = levels.is_short;
        match levels.decide(free) {
            Ballast::Leave => {}
            Ballast::GiveUp => self.give_up(),
            Ballast::Make => levels.is_held = self.make(levels.reserve.ballast_bytes),
        }
        self.tell(&levels, was_short, free);
    }

    /// The disk took no more: whatever was believed, it is full.
    pub(crate) fn filled(&self) {
        let mut levels = self.levels.lock();
        if levels.reserve.low_water_bytes == 0 {
            // Nobody wants to hear of it before it happens, and it has.
            return;
        }
        let was_short = std::mem::replace(&mut levels.is_short, true);
        if std::mem::take(&mut levels.is_held) {
            self.give_up();
        }
        self.tell(&levels, was_short, self.free.free_bytes().unwrap_or(0));
    }

    fn tell(&self, levels: &Levels, was_short: bool, free: u64) {
        let Levels { reserve, is_short, is_held } = *levels;
        self.is_short.store(is_short, Ordering::Relaxed);
        let storage = &self.metrics.storage;
        storage.disk_full.set(i64::from(is_short));
        storage.ballast_bytes.set(if is_held { level(reserve.ballast_bytes) } else { 0 });
        let low_water = reserve.low_water_bytes;
        match (was_short, is_short) {
            (false, true) => {
                tracing::error!(free, low_water, "disk is nearly full: records are refused");
            }
            (true, false) => {
                tracing::info!(free, low_water, "there is room: records are taken again")
            }
            _ => {}
        }
    }

    fn give_up(&self) {
        tracing::warn!("ballast is given up, so that records can be trimmed and deleted");
        self.report(self.dir.remove(BALLAST), "ballast cannot be removed");
    }

    fn make(&self, bytes: u64) -> bool {
        let made = self.dir.hold(BALLAST, bytes);
        let is_made = made.is_ok();
        self.report(made, "ballast cannot be made");
        is_made
    }

    fn report(&self, done: io::Result<()>, what: &'static str) {
        if let Err(error) = done {
            tracing::warn!(%error, "{what}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESERVE: Reserve = Reserve { low_water_bytes: 800, ballast_bytes: 400 };

    #[test]
    fn records_stop_early_the_ballast_goes_late_and_both_come_back() {
        let mut levels = Levels { reserve: RESERVE, is_short: false, is_held: true };
        let mut step = |free: u64| (levels.decide(free), levels.is_short, levels.is_held);
        assert_eq!(step(10_000), (Ballast::Leave, false, true));
        assert_eq!(step(800), (Ballast::Leave, false, true));
        assert_eq!(step(799), (Ballast::Leave, true, true));
        assert_eq!(step(399), (Ballast::GiveUp, true, false));
        // What the ballast held is not for records.
        assert_eq!(step(799), (Ballast::Leave, true, false));
        assert_eq!(step(1299), (Ballast::Leave, true, false));
        assert_eq!(step(1300), (Ballast::Make, false, true));
        assert_eq!(step(900), (Ballast::Leave, false, true));
    }

    #[test]
    fn it_does_not_flutter() {
        let mut levels = Levels { reserve: RESERVE, is_short: true, is_held: true };
        levels.decide(850);
        assert!(levels.is_short, "room came back, but not enough");
        levels.decide(900);
        assert!(!levels.is_short);
        levels.decide(850);
        assert!(!levels.is_short, "room went, but not enough");
    }

    #[test]
    fn without_a_reserve_nothing_is_refused_or_held() {
        let mut levels = Levels::default();
        for free in [0, 1, u64::MAX] {
            assert_eq!(levels.decide(free), Ballast::Leave);
            assert!(!levels.is_short);
        }
    }

    #[test]
    fn small_disks_keep_less() {
        let reserve = Reserve::suiting(1 << 40);
        assert_eq!(reserve, Reserve { low_water_bytes: 128 << 20, ballast_bytes: 64 << 20 });
        let reserve = Reserve::suiting(200 << 20);
        assert_eq!(reserve, Reserve { low_water_bytes: 10 << 20, ballast_bytes: 5 << 20 });
    }
}
