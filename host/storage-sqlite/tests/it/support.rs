//! A store in a temporary directory that tests open, close, damage and open again.

use std::sync::Arc;

use cap_std::fs::Dir;
use domain::Millis;
use stdx::{Clock, DataDir, Entropy, ManualClock, SeededEntropy, Tasks};
use storage::{ReadLimits, Result, Scope};
use storage_sqlite::{Options, Sqlite};

pub(crate) const SCOPE: Scope = Scope("test", 1);
pub(crate) const ALL: ReadLimits = ReadLimits { tenant: 0, records: usize::MAX, bytes: usize::MAX };

/// Runs a test; one that hangs has failed.
pub(crate) fn run(test: impl Future<Output = ()>) {
    storage_conformance::run(test);
}

/// Runs SQL on the closed database, as damage that SQLite itself would not notice.
pub(crate) fn meddle(bed: &Bed, sql: &str) {
    let db = rusqlite::Connection::open(bed.dir.path().join("shardmill.db")).unwrap();
    db.execute_batch(sql).unwrap();
}

pub(crate) struct Bed {
    _temp: tempfile::TempDir,
    pub(crate) dir: DataDir,
    pub(crate) clock: ManualClock,
    pub(crate) options: Options,
}

/// A store that is open.
pub(crate) struct Opened {
    pub(crate) store: Arc<Sqlite>,
    pub(crate) tasks: Tasks,
}

impl Bed {
    #[expect(clippy::disallowed_methods, reason = "a test opens its own temporary directory")]
    pub(crate) fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let dir = Dir::open_ambient_dir(temp.path(), cap_std::ambient_authority()).unwrap();
        let dir = DataDir::new(dir, temp.path());
        let clock = ManualClock::at(Millis(1_790_000_000_000));
        Self { _temp: temp, dir, clock, options: Options::default() }
    }

    pub(crate) fn try_open(&self) -> Result<Opened> {
        let tasks = Tasks::new();
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(1));
        let store = Sqlite::open(&self.dir, &self.options, &clock, &entropy, &tasks)?;
        Ok(Opened { store, tasks })
    }

    pub(crate) fn open(&self) -> Opened {
        self.try_open().unwrap()
    }
}

impl Opened {
    /// Closes the store and waits until its threads are gone.
    pub(crate) async fn close(self) {
        let Self { store, tasks } = self;
        store.close();
        tasks.drained().await;
        drop(store);
        assert_eq!(tasks.panics(), 0);
    }
}
