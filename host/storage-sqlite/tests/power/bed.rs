//! A directory in memory, if the system has such, with or without a disk that watches it, and the store in it.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cap_std::fs::Dir;
use domain::Millis;
use stdx::{Clock, DataDir, Entropy, ManualClock, SeededEntropy, Tasks};
use storage::Result;
use storage_sqlite::{Options, Report, Sqlite, verify};

use crate::disk::Disk;
use crate::platter::Image;

/// A file system in memory on Linux: a sync there costs nothing, and thousands of crashes need many.
const MEMORY: &str = "/dev/shm";

pub(crate) struct Bed {
    _temp: tempfile::TempDir,
    path: PathBuf,
    pub(crate) dir: DataDir,
    pub(crate) disk: Option<Arc<Disk>>,
    pub(crate) options: Options,
    pub(crate) clock: ManualClock,
}

/// A store that is open.
pub(crate) struct Opened {
    pub(crate) store: Arc<Sqlite>,
    tasks: Tasks,
}

impl Bed {
    /// An empty directory that nobody watches.
    pub(crate) fn plain() -> Self {
        let place = tempfile::Builder::new().prefix("shardmill-power").to_owned();
        let temp = place.tempdir_in(MEMORY).or_else(|_| place.tempdir()).unwrap();
        let path = temp.path().canonicalize().unwrap();
        // A copy could meet a fault that is meant for a commit, so small commits bring none on.
        let options = Options { wal_bytes: 8 * 1024 * 1024, ..Options::default() };
        let clock = ManualClock::at(Millis(1_790_000_000_000));
        Self { dir: data_dir(&path), _temp: temp, path, disk: None, options, clock }
    }

    /// An empty directory whose disk is watched.
    pub(crate) fn watched() -> Self {
        Self::plain().watch()
    }

    /// Pages are copied with nearly every commit, and by the writer now and then.
    pub(crate) fn copying(mut self) -> Self {
        self.options.wal_bytes = 1024 * 1024;
        self
    }

    /// What a crash left, unwatched.
    pub(crate) fn from(image: &Image) -> Self {
        let bed = Self::plain();
        for (name, content) in image {
            let (dir, name) = match name.split_once('/') {
                None => (bed.dir.clone(), name.as_str()),
                Some((dir, name)) => (bed.dir.subdir(dir).unwrap(), name),
            };
            match content {
                None => drop(dir.subdir(name).unwrap()),
                Some(bytes) => dir.open_in_place(name).unwrap().write_all_at(bytes, 0).unwrap(),
            }
        }
        bed
    }

    /// What lies there now.
    pub(crate) fn image(&self) -> Image {
        let mut image = Image::new();
        for name in self.dir.names().unwrap() {
            if self.path.join(&name).is_dir() {
                let dir = self.dir.subdir(&name).unwrap();
                for file in dir.names().unwrap() {
                    image.insert(format!("{name}/{file}"), dir.read(&file).unwrap());
                }
                image.insert(name, None);
            } else if !name.ends_with("-shm") {
                image.insert(name.clone(), self.dir.read(&name).unwrap());
            }
        }
        image
    }

    /// The same directory, watched from now on.
    pub(crate) fn watch(mut self) -> Self {
        let disk = Disk::watch(&self.path);
        self.dir = data_dir(&self.path).overseen_by(Arc::clone(&disk) as _);
        self.disk = Some(disk);
        self
    }

    /// The disk of a watched bed.
    pub(crate) fn disk(&self) -> &Arc<Disk> {
        self.disk.as_ref().expect("this bed is watched")
    }

    pub(crate) fn open(&self) -> Result<Opened> {
        self.open_with(&Tasks::new())
    }

    pub(crate) fn open_with(&self, tasks: &Tasks) -> Result<Opened> {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(1));
        let opened = Sqlite::open(&self.dir, &self.options, &clock, &entropy, tasks);
        Ok(Opened { store: opened?, tasks: tasks.clone() })
    }

    pub(crate) fn verify(&self) -> Result<Report> {
        verify(&self.dir, false, &mut |_| {})
    }
}

impl Opened {
    /// Closes the store and waits until its threads are gone; whether none of them panicked.
    pub(crate) async fn close(self) -> bool {
        let Self { store, tasks } = self;
        store.close();
        tasks.drained().await;
        drop(store);
        tasks.panics() == 0
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        if let Some(disk) = &self.disk {
            disk.forget();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test opens its own temporary directory")]
fn data_dir(path: &Path) -> DataDir {
    let dir = Dir::open_ambient_dir(path, cap_std::ambient_authority()).unwrap();
    DataDir::new(dir, path)
}

/// Runs a test; one that hangs has failed.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    const PATIENCE: Duration = Duration::from_secs(300);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let done = runtime.block_on(async { tokio::time::timeout(PATIENCE, test).await });
    done.expect("a test is done within minutes")
}

/// Lets a future go on as far as it comes now.
pub(crate) fn poll<T>(future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
