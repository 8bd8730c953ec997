//! A VFS between SQLite and the system's own: every call on a file in a directory that a [`Disk`] watches is
//! told to it first, and is carried out, cut short or failed as it says. Files elsewhere are opened by the
//! system's VFS as if this one were not there.
//!
//! It is the process's default VFS, so the store opens its files through it without knowing.

#![expect(unsafe_code, reason = "SQLite calls a VFS through pointers to functions")]

mod file;

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once, OnceLock};

use parking_lot::Mutex;
use rusqlite::ffi;

use crate::disk::{Call, Disk, Failure, What};

/// Directories that are watched.
static DISKS: Mutex<BTreeMap<PathBuf, Arc<Disk>>> = Mutex::new(BTreeMap::new());
static REGISTERED: Once = Once::new();
static REAL: OnceLock<Real> = OnceLock::new();

/// The system's VFS.
struct Real(*mut ffi::sqlite3_vfs);

// SAFETY: SQLite's own VFS objects are made to be used by all threads at once; what is behind the pointer is
// static in SQLite and written only by `sqlite3_vfs_register`, which takes SQLite's own lock.
unsafe impl Send for Real {}
// SAFETY: as above.
unsafe impl Sync for Real {}

/// Lets `disk` see and decide what SQLite does to files in `dir`, which must be a canonical path.
pub(crate) fn watch(dir: &Path, disk: Arc<Disk>) {
    REGISTERED.call_once(register);
    DISKS.lock().insert(dir.to_owned(), disk);
}

/// Forgets the directory.
pub(crate) fn forget(dir: &Path) {
    DISKS.lock().remove(dir);
}

fn register() {
    // SAFETY: a null name asks for the default VFS, which SQLite makes on the first call and never frees.
    let real = unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) };
    assert!(!real.is_null(), "SQLite has a VFS");
    // SAFETY: not null, so it points to a VFS that nobody changes: it was registered already.
    let mut vfs = unsafe { *real };
    // Everything else is the system's: its functions find what they need in the copied `pAppData`.
    vfs.zName = c"watched".as_ptr();
    vfs.pNext = std::ptr::null_mut();
    vfs.szOsFile += c_int::try_from(size_of::<file::Watched>()).expect("a few words");
    vfs.xOpen = Some(open);
    vfs.xDelete = Some(delete);
    let known = REAL.set(Real(real));
    assert!(known.is_ok(), "it is registered once");
    let vfs = Box::leak(Box::new(vfs));
    // SAFETY: the VFS and its name live as long as the process, and its functions keep SQLite's contract.
    let registered = unsafe { ffi::sqlite3_vfs_register(vfs, 1) };
    assert_eq!(registered, ffi::SQLITE_OK, "SQLite takes the VFS");
}

fn real() -> *mut ffi::sqlite3_vfs {
    REAL.get().expect("set before SQLite knows this VFS").0
}

/// The disk that watches the file of this name, and the name in its directory.
///
/// # Safety
/// `name` must be null or end with a zero byte.
unsafe fn watched(name: *const c_char) -> Option<(Arc<Disk>, String)> {
    if name.is_null() {
        return None;
    }
    // SAFETY: promised by the caller.
    let path = Path::new(unsafe { CStr::from_ptr(name) }.to_str().ok()?);
    let disk = DISKS.lock().get(path.parent()?).map(Arc::clone)?;
    Some((disk, path.file_name()?.to_str()?.to_owned()))
}

/// # Safety
/// As SQLite calls `xOpen`: `into` has room for `szOsFile` bytes.
unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    into: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: the system's VFS has an `xOpen`.
    let real_open = unsafe { (*real()).xOpen }.expect("every VFS opens");
    // SAFETY: SQLite gives a path that ends with a zero byte, or null.
    let Some((disk, name_there)) = (unsafe { watched(name) }) else {
        // SAFETY: the arguments are SQLite's own, and `into` has more room than the system's VFS needs.
        return unsafe { real_open(real(), name, into, flags, flags_out) };
    };
    let creates = flags & ffi::SQLITE_OPEN_CREATE != 0;
    let call = Call { name: &name_there, what: if creates { What::Create } else { What::Open } };
    if let Err(failure) = disk.call(&call) {
        // SAFETY: `into` points to a file that SQLite gave; without methods it will not be closed.
        unsafe { (*into).pMethods = std::ptr::null() };
        return match failure {
            Failure::Full(_) => ffi::SQLITE_FULL,
            Failure::Io(_) => ffi::SQLITE_CANTOPEN,
        };
    }
    let journals = ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_WAL;
    let syncs_dir = creates && flags & journals != 0;
    let handle = file::Handle::new(disk, name_there, syncs_dir);
    // SAFETY: `into` has room for what `Watched` adds and for the system's file after it.
    unsafe {
        file::Watched::open(into, handle, |file| real_open(real(), name, file, flags, flags_out))
    }
}

/// # Safety
/// As SQLite calls `xDelete`.
unsafe extern "C" fn delete(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_dir: c_int,
) -> c_int {
    // SAFETY: SQLite gives a path that ends with a zero byte.
    if let Some((disk, name)) = unsafe { watched(name) } {
        let remove = Call { name: &name, what: What::Remove };
        let sync = Call { name: "", what: What::SyncDir };
        let synced = if sync_dir == 0 { Ok(()) } else { disk.call(&sync) };
        if disk.call(&remove).and(synced).is_err() {
            return ffi::SQLITE_IOERR_DELETE;
        }
    }
    // SAFETY: the arguments are SQLite's own.
    unsafe { (*real()).xDelete.expect("every VFS deletes")(real(), name, sync_dir) }
}
