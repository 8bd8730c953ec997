//! The backup that a running server makes for somebody who then fetches it: one at a time, in a folder of its
//! own, gone when it was fetched or nobody asks for it any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use stdx::{DataDir, Entropy, Tasks};
use storage_sqlite::Progress;
use tokio::sync::watch;

use super::{MANIFEST, Manifest, Source, make};

/// A backup that nobody asked for so long is removed.
const KEPT: Duration = Duration::from_secs(600);
/// What stands behind a backup's id in the name of its folder.
const SUFFIX: &str = ".spool";

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpoolError {
    /// There is another one.
    #[error(
        "another backup, {0}, is being made or fetched; one that nobody fetches is given up after ten minutes, or by `shardmill backup cancel {0}`"
    )]
    Busy(String),
    /// There is none with this id (any more).
    #[error("there is no backup {0}: it was fetched, removed, or not asked for during ten minutes")]
    Absent(String),
    /// It is not ready yet, or failed.
    #[error("backup {0} is not ready")]
    NotReady(String),
    /// It has no such file.
    #[error("the backup has no file {0}")]
    NoFile(String),
    /// There is too little room.
    #[error(
        "a backup takes about {needed} bytes, and {free} bytes are free where this server makes it"
    )]
    NoRoom {
        /// What it takes.
        needed: u64,
        /// What there is.
        free: u64,
    },
    /// The folder cannot be used.
    #[error("the folder for backups cannot be used")]
    Folder(#[source] std::io::Error),
}

/// How a backup is.
#[derive(Clone, Debug)]
pub(crate) enum State {
    Running(Progress),
    Ready(Arc<Manifest>),
    Failed(String),
}

/// One backup at most.
pub(crate) struct Spool {
    source: Source,
    /// Where backups are made.
    folder: DataDir,
    /// Bytes that a backup must leave free there.
    reserve_bytes: u64,
    entropy: Arc<dyn Entropy>,
    tasks: Tasks,
    current: Mutex<Option<Current>>,
}

struct Current {
    id: String,
    state: watch::Receiver<State>,
    asked: Duration,
    given_up: Arc<AtomicBool>,
}

impl Spool {
    /// A spool in `folder`, in which leftovers of an earlier life are removed.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub(crate) fn open(
        source: Source,
        folder: DataDir,
        reserve_bytes: u64,
        entropy: Arc<dyn Entropy>,
        tasks: Tasks,
    ) -> std::io::Result<Self> {
        for name in folder.names()?.iter().filter(|name| name.ends_with(SUFFIX)) {
            folder.remove_subdir(name)?;
        }
        Ok(Self { source, folder, reserve_bytes, entropy, tasks, current: Mutex::new(None) })
    }

    /// Begins a backup; its id.
    ///
    /// # Errors
    /// `Busy`, `NoRoom` or `Folder`.
    pub(crate) fn begin(&self, with_keys: bool) -> Result<String, SpoolError> {
        self.sweep();
        let mut current = self.current.lock();
        if let Some(current) = &*current {
            return Err(SpoolError::Busy(current.id.clone()));
        }
        self.check_room()?;
        let id = stdx::hex(&self.entropy.bytes::<8>());
        let dir = self.folder.make_subdir(&folder_of(&id)).map_err(SpoolError::Folder)?;
        let (tell, state) = watch::channel(State::Running(Progress { done: 0, total: 0 }));
        let source = self.source.clone();
        let given_up = Arc::new(AtomicBool::new(false));
        let is_given_up = Arc::clone(&given_up);
        let work = move || {
            let tell = Arc::new(tell);
            let shown = Arc::clone(&tell);
            let progress = move |progress| {
                shown.send_replace(State::Running(progress));
                !is_given_up.load(Ordering::Relaxed)
            };
            let state = match make(&source, &dir, with_keys, progress) {
                Ok(manifest) => State::Ready(Arc::new(manifest)),
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "backup failed");
                    State::Failed(format!("{error:#}"))
                }
            };
            tell.send_replace(state);
        };
        self.tasks.thread("backup", work).map_err(SpoolError::Folder)?;
        let asked = self.source.clock.monotonic();
        *current = Some(Current { id: id.clone(), state, asked, given_up });
        Ok(id)
    }

    fn check_room(&self) -> Result<(), SpoolError> {
        let data = &self.source.data;
        let blobs = data.subdir("blobs").map_err(SpoolError::Folder)?;
        let names = blobs.names().map_err(SpoolError::Folder)?;
        let blobs: u64 = names.iter().map(|name| blobs.size(name)).sum();
        let needed = data.size("shardmill.db") + data.size("shardmill.db-wal") + blobs;
        let free = self.folder.space().map_err(SpoolError::Folder)?.free_bytes;
        if free < needed.saturating_add(self.reserve_bytes) {
            return Err(SpoolError::NoRoom { needed, free });
        }
        Ok(())
    }

    /// How the backup is; waits up to `wait` while it is being made.
    ///
    /// # Errors
    /// `Absent`.
    pub(crate) async fn state(&self, id: &str, wait: Duration) -> Result<State, SpoolError> {
        let mut state = self.asked(id)?;
        let is_over = |state: &State| !matches!(state, State::Running(_));
        // Whether it came to an end in time is what is told then.
        let _ = tokio::time::timeout(wait, state.wait_for(is_over)).await;
        let now = state.borrow().clone();
        // A thread that ended without a word panicked.
        if state.has_changed().is_err() && !is_over(&now) {
            return Ok(State::Failed("the backup ended without a result".to_owned()));
        }
        Ok(now)
    }

    /// The folder and the manifest of a backup that is ready, for reading `name`.
    ///
    /// # Errors
    /// `Absent`, `NotReady` or `NoFile`.
    pub(crate) fn file(&self, id: &str, name: &str) -> Result<DataDir, SpoolError> {
        let state = self.asked(id)?.borrow().clone();
        let State::Ready(manifest) = state else {
            return Err(SpoolError::NotReady(id.to_owned()));
        };
        let is_there = name == MANIFEST || manifest.files.iter().any(|file| file.name == name);
        if !is_there {
            return Err(SpoolError::NoFile(name.to_owned()));
        }
        self.folder.open_subdir(&folder_of(id)).map_err(SpoolError::Folder)
    }

    /// Removes the backup; one that is being made is given up.
    ///
    /// # Errors
    /// `Absent`, `Folder` if it cannot be removed.
    pub(crate) fn remove(&self, id: &str) -> Result<(), SpoolError> {
        let mut current = self.current.lock();
        let found = current.take_if(|current| current.id == id);
        let found = found.ok_or_else(|| SpoolError::Absent(id.to_owned()))?;
        found.given_up.store(true, Ordering::Relaxed);
        self.folder.remove_subdir(&folder_of(id)).map_err(SpoolError::Folder)
    }

    /// Removes a backup that nobody has asked for during ten minutes.
    pub(crate) fn sweep(&self) {
        let now = self.source.clock.monotonic();
        let mut current = self.current.lock();
        let is_old = |current: &Current| {
            let is_over = !matches!(*current.state.borrow(), State::Running(_))
                || current.state.has_changed().is_err();
            is_over && now.saturating_sub(current.asked) > KEPT
        };
        if let Some(old) = current.take_if(|current| is_old(current)) {
            tracing::warn!(id = old.id, "a backup that nobody fetched is removed");
            if let Err(error) = self.folder.remove_subdir(&folder_of(&old.id)) {
                tracing::warn!(%error, "it cannot be removed");
            }
        }
    }

    fn asked(&self, id: &str) -> Result<watch::Receiver<State>, SpoolError> {
        let mut current = self.current.lock();
        match &mut *current {
            Some(current) if current.id == id => {
                current.asked = self.source.clock.monotonic();
                Ok(current.state.clone())
            }
            _ => Err(SpoolError::Absent(id.to_owned())),
        }
    }
}

fn folder_of(id: &str) -> String {
    format!("{id}{SUFFIX}")
}
