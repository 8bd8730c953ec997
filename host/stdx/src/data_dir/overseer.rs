//! What is done to a data directory, one step at a time, for whoever wants to see it or to forbid it: tests
//! of a power loss keep an account of the steps, tests of a failing disk refuse them.

use std::io;
use std::path::Path;
use std::sync::Arc;

use cap_std::fs::{File, FileExt};

/// One step; each is told of a file or directory by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// The directory is made.
    MakeDir,
    /// The file is made, unless it is there.
    Create,
    /// The file is read.
    Read,
    /// The bytes are written into the file at this place.
    Write(u64, &'a [u8]),
    /// What was written into the file is synced.
    Sync,
    /// The file takes another name in its directory, and the place of whatever has it.
    Rename(&'a str),
    /// The file is removed.
    Remove,
    /// Names that were made, changed or removed in the directory are synced.
    SyncDir,
}

/// Is told of every step before it is taken.
pub trait Overseer: std::fmt::Debug + Send + Sync {
    /// Whether the step may be taken.
    ///
    /// # Errors
    /// What the step fails with instead of being taken.
    fn before(&self, path: &Path, step: Step<'_>) -> io::Result<()>;
}

/// The overseer of a directory, if there is one; mostly there is none.
#[derive(Clone, Debug, Default)]
pub(super) struct Overseen(pub(super) Option<Arc<dyn Overseer>>);

impl Overseen {
    pub(super) fn before(&self, dir: &Path, name: &str, step: Step<'_>) -> io::Result<()> {
        match &self.0 {
            None => Ok(()),
            Some(overseer) => overseer.before(&dir.join(name), step),
        }
    }
}

/// How much of a file is in memory while it is written over itself.
const PIECE_BYTES: usize = 1024 * 1024;

/// A file that is written in place.
#[derive(Debug)]
pub struct InPlace {
    pub(super) file: File,
    pub(super) dir: std::path::PathBuf,
    pub(super) name: String,
    pub(super) overseen: Overseen,
}

impl InPlace {
    /// Writes all of `bytes` at `offset`.
    ///
    /// # Errors
    /// If they cannot be written; some may have been.
    pub fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.overseen.before(&self.dir, &self.name, Step::Write(offset, bytes))?;
        self.file.write_all_at(bytes, offset)
    }

    /// Writes all that is in the file over itself and makes it durable: after a sync that failed the system may
    /// take for written what it has in memory only, and no later sync would write it.
    ///
    /// # Errors
    /// If it cannot be read, written or synced; the file is as it was, but no more durable than before.
    pub fn write_over(&self) -> io::Result<()> {
        let mut piece = vec![0; PIECE_BYTES];
        let mut at = 0;
        loop {
            self.overseen.before(&self.dir, &self.name, Step::Read)?;
            let read = match self.file.read_at(&mut piece, at) {
                Ok(0) => return self.sync_data(),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.write_all_at(&piece[..read], at)?;
            at += read as u64;
        }
    }

    /// Makes what was written durable.
    ///
    /// # Errors
    /// If it cannot be synced; then what was written may be lost although it can be read.
    pub fn sync_data(&self) -> io::Result<()> {
        self.overseen.before(&self.dir, &self.name, Step::Sync)?;
        self.file.sync_data()
    }
}
