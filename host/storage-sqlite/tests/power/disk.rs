//! The disk as tests see it: an account of all that was done to the files of one directory, by SQLite and
//! by the data directory alike, and a say in what happens.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::{Mutex, RwLock};
use stdx::{Overseer, Step};

use crate::vfs;

/// Something that is about to be done to a file, named from the directory on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) name: &'a str,
    pub(crate) what: What<'a>,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What<'a> {
    /// A file that is there is opened.
    Open,
    /// A file is opened, and made if it is not there.
    Create,
    MakeDir,
    Read,
    Write(u64, &'a [u8]),
    Truncate(u64),
    Sync,
    Rename(&'a str),
    Remove,
    SyncDir,
    /// A part of the memory that SQLite's connections share is mapped.
    Map,
}

/// How a call fails; a write writes so many bytes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The disk is full.
    Full(usize),
    /// The device fails.
    Io(usize),
}

/// What was done, in order, and what tests say between.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Changed(String, Change),
    /// From here on, this is known.
    Known(Known),
}

/// A change of a file or a name.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Create,
    MakeDir,
    Write(u64, Bytes),
    Truncate(u64),
    Sync,
    /// What was to be synced is lost for good, whatever is synced later: the kernel may take it for clean.
    SyncFailed,
    Rename(String),
    Remove,
    SyncDir,
}

/// What must be found after a crash: one of the states from the one that was acknowledged last to the one
/// that was asked for last, and a term above the last one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) acknowledged: usize,
    pub(crate) asked: usize,
    pub(crate) term: u32,
}

/// Decides about calls: may fail them, hold them up or panic in the data directory's.
pub(crate) type Say = dyn Fn(&Call<'_>) -> Result<(), Failure> + Send + Sync;

/// One directory's disk.
pub(crate) struct Disk {
    root: PathBuf,
    account: Mutex<Option<Vec<Event>>>,
    say: RwLock<Option<Arc<Say>>>,
}

impl Disk {
    /// Watches the directory from now on.
    pub(crate) fn watch(root: &Path) -> Arc<Self> {
        let (account, say) = (Mutex::new(None), RwLock::new(None));
        let disk = Arc::new(Self { root: root.to_owned(), account, say });
        vfs::watch(root, Arc::clone(&disk));
        disk
    }

    /// Stops watching.
    pub(crate) fn forget(&self) {
        vfs::forget(&self.root);
    }

    /// Keeps account from now on.
    pub(crate) fn record(&self) {
        *self.account.lock() = Some(Vec::new());
    }

    /// The account so far; none is kept any more.
    pub(crate) fn recorded(&self) -> Vec<Event> {
        self.account.lock().take().unwrap_or_default()
    }

    /// The account so far.
    pub(crate) fn so_far(&self) -> Vec<Event> {
        self.account.lock().clone().unwrap_or_default()
    }

    /// Notes what is known from now on.
    pub(crate) fn note(&self, known: Known) {
        if let Some(account) = &mut *self.account.lock() {
            account.push(Event::Known(known));
        }
    }

    /// Lets `say` decide from now on.
    pub(crate) fn obey(
        &self,
        say: impl Fn(&Call<'_>) -> Result<(), Failure> + Send + Sync + 'static,
    ) {
        *self.say.write() = Some(Arc::new(say));
    }

    /// Everything succeeds from now on.
    pub(crate) fn mend(&self) {
        *self.say.write() = None;
    }

    /// What becomes of a call: `Ok` if it is to be carried out. A sync is noted before it is carried out:
    /// whoever waits for it goes on only afterwards, and what is written meanwhile is not covered.
    pub(crate) fn call(&self, call: &Call<'_>) -> Result<(), Failure> {
        let makes = matches!(call.what, What::Create | What::MakeDir);
        let opens = Call { name: call.name, what: What::Open };
        let call = if makes && self.root.join(call.name).exists() { &opens } else { call };
        let say = self.say.read().clone();
        let said = say.map_or(Ok(()), |say| say(call));
        if let Some(account) = &mut *self.account.lock()
            && let Some(change) = call.what.change(said)
        {
            account.push(Event::Changed(call.name.to_owned(), change));
        }
        said
    }
}

impl What<'_> {
    /// What is left of it, if anything.
    fn change(self, said: Result<(), Failure>) -> Option<Change> {
        if let (Self::Write(at, bytes), Err(Failure::Full(written) | Failure::Io(written))) =
            (self, said)
        {
            let bytes = bytes.get(..written).unwrap_or(bytes);
            return (written > 0).then(|| Change::Write(at, Bytes::copy_from_slice(bytes)));
        }
        if said.is_err() {
            return (self == Self::Sync).then_some(Change::SyncFailed);
        }
        Some(match self {
            Self::Open | Self::Read | Self::Map => return None,
            Self::Create => Change::Create,
            Self::MakeDir => Change::MakeDir,
            Self::Write(at, bytes) => Change::Write(at, Bytes::copy_from_slice(bytes)),
            Self::Truncate(length) => Change::Truncate(length),
            Self::Sync => Change::Sync,
            Self::Rename(to) => Change::Rename(to.to_owned()),
            Self::Remove => Change::Remove,
            Self::SyncDir => Change::SyncDir,
        })
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "disk at {}", self.root.display())
    }
}

impl Overseer for Disk {
    fn before(&self, path: &Path, step: Step<'_>) -> io::Result<()> {
        let name = path.strip_prefix(&self.root).expect("a path in the directory");
        let name = name.to_str().expect("names are text");
        let dir = name.rsplit_once('/').map_or("", |(dir, _)| dir);
        let renamed;
        let what = match step {
            Step::MakeDir => What::MakeDir,
            Step::Create => What::Create,
            Step::Read => What::Read,
            Step::Write(at, bytes) => What::Write(at, bytes),
            Step::Sync => What::Sync,
            Step::Rename(to) => {
                renamed = Path::new(dir).join(to).to_string_lossy().into_owned();
                What::Rename(&renamed)
            }
            Step::Remove => What::Remove,
            Step::SyncDir => What::SyncDir,
        };
        let name = name.trim_end_matches('/');
        self.call(&Call { name, what }).map_err(|failure| match failure {
            Failure::Full(_) => io::ErrorKind::StorageFull.into(),
            Failure::Io(_) => io::Error::other("input/output error"),
        })
    }
}
