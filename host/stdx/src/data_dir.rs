//! The data directory as a capability: file names that are made of words from outside cannot lead out of it.

mod overseer;
mod space;
#[cfg(test)]
mod tests;

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cap_std::fs::{Dir, DirBuilder, File, Metadata, OpenOptions};

pub use space::Space;

use overseer::Overseen;
pub use overseer::{InPlace, Overseer, Step};

/// Numbers the files that are written beside what they replace.
static NEXT_BESIDE: AtomicU64 = AtomicU64::new(0);

/// How the names of files end that are written beside what they replace.
const BESIDE: &str = ".new";

/// A directory that can be read and written but not left.
#[derive(Clone, Debug)]
pub struct DataDir {
    dir: Arc<Dir>,
    path: PathBuf,
    overseen: Overseen,
}

/// Held as long as this process may use the directory.
#[derive(Debug)]
pub struct DirLock {
    _file: std::fs::File,
}

impl DataDir {
    /// Wraps an opened directory; `path` is for SQLite, which opens by path, and for messages.
    pub fn new(dir: Dir, path: impl Into<PathBuf>) -> Self {
        Self { dir: Arc::new(dir), path: path.into(), overseen: Overseen::default() }
    }

    /// The same directory, its steps and those of its subdirectories told to `overseer` first.
    #[must_use]
    pub fn overseen_by(self, overseer: Arc<dyn Overseer>) -> Self {
        Self { overseen: Overseen(Some(overseer)), ..self }
    }

    fn before(&self, name: &str, step: Step<'_>) -> io::Result<()> {
        self.overseen.before(&self.path, name, step)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the directory for this process; `None` if another one has it. The lock goes with the process.
    ///
    /// # Errors
    /// If the lock file cannot be made.
    pub fn try_lock(&self, name: &str) -> io::Result<Option<DirLock>> {
        let mut options = OpenOptions::new();
        let file = self.dir.open_with(name, options.read(true).write(true).create(true))?;
        let file = file.into_std();
        match file.try_lock() {
            Ok(()) => Ok(Some(DirLock { _file: file })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// The subdirectory `name`, made if it is not there. Its own name is durable: what is synced in it later
    /// can be found.
    ///
    /// # Errors
    /// If it cannot be made or opened.
    pub fn subdir(&self, name: &str) -> io::Result<Self> {
        self.before(name, Step::MakeDir)?;
        self.dir.create_dir_all(name)?;
        // Also if it was there: an earlier run may have ended between the two.
        self.sync()?;
        let (dir, path) = (self.dir.open_dir(name)?, self.path.join(name));
        Ok(Self { dir: Arc::new(dir), path, overseen: self.overseen.clone() })
    }

    /// A new subdirectory `name`, for its owner only; it must not be there yet.
    ///
    /// # Errors
    /// If it is there, or cannot be made.
    pub fn make_subdir(&self, name: &str) -> io::Result<Self> {
        self.before(name, Step::MakeDir)?;
        self.dir.create_dir_with(name, &private_dir())?;
        self.sync()?;
        self.open_subdir(name)
    }

    /// The subdirectory `name`, which must be there.
    ///
    /// # Errors
    /// If it is not, or cannot be opened.
    pub fn open_subdir(&self, name: &str) -> io::Result<Self> {
        let (dir, path) = (self.dir.open_dir(name)?, self.path.join(name));
        Ok(Self { dir: Arc::new(dir), path, overseen: self.overseen.clone() })
    }

    /// Removes the directory `name` with all that is in it, if it is there.
    ///
    /// # Errors
    /// If it is there and cannot be removed.
    pub fn remove_subdir(&self, name: &str) -> io::Result<()> {
        self.before(name, Step::Remove)?;
        match self.dir.remove_dir_all(name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Gives the file or directory `from` the name `to`, durably. What has that name is replaced, if it is a
    /// file or an empty directory.
    ///
    /// # Errors
    /// If it cannot be renamed.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.before(from, Step::Rename(to))?;
        self.dir.rename(from, &self.dir, to)?;
        self.sync()
    }

    /// A new file `name` with these permission bits; it must not be there yet.
    ///
    /// # Errors
    /// If it is there, or cannot be made.
    pub fn create(&self, name: &str, mode: u32) -> io::Result<File> {
        self.before(name, Step::Create)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        set_mode(&mut options, mode);
        self.dir.open_with(name, &options)
    }

    /// The file `name` for reading; `None` if there is none.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open(&self, name: &str) -> io::Result<Option<File>> {
        self.before(name, Step::Read)?;
        match self.dir.open(name) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The whole file `name`; `None` if there is none.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.before(name, Step::Read)?;
        let mut bytes = Vec::new();
        match self.dir.open(name) {
            Ok(mut file) => file.read_to_end(&mut bytes).map(|_read| Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts `bytes` under `name` so that a crash leaves the old content or the new, durably: written beside,
    /// synced, renamed, and the directory synced. `mode` is the file's permission bits. Several may replace
    /// the same name at a time; the last to be renamed stays.
    ///
    /// A crash may also leave a file `{name}.{number}.new`, which is never read: see
    /// [`DataDir::remove_leftovers`].
    ///
    /// # Errors
    /// If any of it fails; the old content is then still there.
    pub fn replace(&self, name: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
        let (beside, mut file) = self.create_beside(name, mode)?;
        let written = self.write_and_sync(&beside, &mut file, bytes);
        // Some systems rename and remove no open files.
        drop(file);
        let renamed = written.and_then(|()| {
            self.before(&beside, Step::Rename(name))?;
            self.dir.rename(&beside, &self.dir, name)
        });
        if renamed.is_err() {
            // That it stays is no worse than a crash, and the first error says more.
            let _ = self.remove(&beside);
        }
        renamed?;
        self.sync()
    }

    fn write_and_sync(&self, name: &str, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        self.before(name, Step::Write(0, bytes))?;
        file.write_all(bytes)?;
        self.before(name, Step::Sync)?;
        file.sync_all()
    }

    /// Removes what [`DataDir::replace`] left when it was cut short. Only while nobody replaces files here.
    ///
    /// # Errors
    /// If the directory cannot be listed or a file cannot be removed.
    pub fn remove_leftovers(&self) -> io::Result<()> {
        let is_leftover = |name: &&String| name.ends_with(BESIDE);
        self.names()?.iter().filter(is_leftover).try_for_each(|name| self.remove(name))
    }

    /// Removes what [`DataDir::replace`] left of the files of these names, and nothing else: for a directory in
    /// which others keep files, too. Only while nobody replaces those files.
    ///
    /// # Errors
    /// If the directory cannot be listed or a file cannot be removed.
    pub fn remove_leftovers_of(&self, names: &[&str]) -> io::Result<()> {
        let is_leftover = |found: &&String| names.iter().any(|name| is_beside(name, found));
        self.names()?.iter().filter(is_leftover).try_for_each(|name| self.remove(name))
    }

    /// A new file to become `name`, which nobody else has: neither another thread nor an earlier run.
    fn create_beside(&self, name: &str, mode: u32) -> io::Result<(String, File)> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        set_mode(&mut options, mode);
        loop {
            let number = NEXT_BESIDE.fetch_add(1, Ordering::Relaxed);
            let beside = format!("{name}.{number}{BESIDE}");
            self.before(&beside, Step::Create)?;
            match self.dir.open_with(&beside, &options) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                opened => return opened.map(|file| (beside, file)),
            }
        }
    }

    /// Makes names that were made or removed here durable.
    ///
    /// # Errors
    /// If the directory cannot be synced.
    pub fn sync(&self) -> io::Result<()> {
        self.before("", Step::SyncDir)?;
        self.dir.open(".")?.sync_all()
    }

    /// The file `name` for reading and writing in place, made if it is not there.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open_in_place(&self, name: &str) -> io::Result<InPlace> {
        self.before(name, Step::Create)?;
        let mut options = OpenOptions::new();
        let file = self.dir.open_with(name, options.read(true).write(true).create(true))?;
        let (dir, overseen) = (self.path.clone(), self.overseen.clone());
        Ok(InPlace { file, dir, name: name.to_owned(), overseen })
    }

    /// How long the file `name` is; 0 if there is none.
    pub fn size(&self, name: &str) -> u64 {
        self.dir.metadata(name).map_or(0, |metadata| metadata.len())
    }

    /// Whether `name` is a plain file.
    pub fn is_file(&self, name: &str) -> bool {
        self.dir.symlink_metadata(name).is_ok_and(|metadata| metadata.is_file())
    }

    /// The permission bits of the file or directory `name`; `None` if there is none or they are not known.
    pub fn mode(&self, name: &str) -> Option<u32> {
        self.dir.metadata(name).ok().and_then(|metadata| mode_of(&metadata))
    }

    /// Whether there is a file or directory `name`.
    pub fn exists(&self, name: &str) -> bool {
        self.dir.exists(name)
    }

    /// Removes the file `name` if it is there.
    ///
    /// # Errors
    /// If it is there and cannot be removed.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        self.before(name, Step::Remove)?;
        match self.dir.remove_file(name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The names in the directory, sorted.
    ///
    /// # Errors
    /// If it cannot be listed.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in self.dir.entries()? {
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }
}

/// Whether `found` is what was written beside `name`.
fn is_beside(name: &str, found: &str) -> bool {
    let rest = found.strip_prefix(name).and_then(|rest| rest.strip_prefix('.'));
    let number = rest.and_then(|rest| rest.strip_suffix(BESIDE));
    number.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(unix)]
fn set_mode(options: &mut OpenOptions, mode: u32) {
    use cap_std::fs::OpenOptionsExt;
    options.mode(mode);
}

#[cfg(not(unix))]
fn set_mode(_options: &mut OpenOptions, _mode: u32) {}

#[cfg(unix)]
fn mode_of(metadata: &Metadata) -> Option<u32> {
    use cap_std::fs::MetadataExt;
    Some(metadata.mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode_of(_metadata: &Metadata) -> Option<u32> {
    None
}

#[cfg(unix)]
fn private_dir() -> DirBuilder {
    use cap_std::fs::DirBuilderExt;
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private_dir() -> DirBuilder {
    DirBuilder::new()
}
