//! One open file: a few words of our own, and the system's file right after them.

use std::ffi::{c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::ffi;

use crate::disk::{Call, Disk, Failure, What};

/// What we know of an open file.
pub(super) struct Handle {
    disk: Arc<Disk>,
    name: String,
    /// The first sync is also one of the directory: so the system's VFS makes new journals durable.
    syncs_dir: AtomicBool,
}

/// What SQLite sees as its file.
#[repr(C)]
pub(super) struct Watched {
    base: ffi::sqlite3_file,
    /// A `Box` while the file is open.
    handle: *mut Handle,
}

impl Handle {
    pub(super) fn new(disk: Arc<Disk>, name: String, syncs_dir: bool) -> Self {
        Self { disk, name, syncs_dir: AtomicBool::new(syncs_dir) }
    }

    fn call(&self, what: What<'_>) -> Result<(), Failure> {
        self.disk.call(&Call { name: &self.name, what })
    }

    fn sync(&self) -> Result<(), Failure> {
        self.call(What::Sync)?;
        if self.syncs_dir.swap(false, Ordering::Relaxed) {
            self.disk.call(&Call { name: "", what: What::SyncDir })?;
        }
        Ok(())
    }
}

impl Watched {
    /// Opens the system's file with `open` and ours around it.
    ///
    /// # Safety
    /// `into` must have room for `Watched` and, after it, what `open` fills.
    pub(super) unsafe fn open(
        into: *mut ffi::sqlite3_file,
        handle: Handle,
        open: impl FnOnce(*mut ffi::sqlite3_file) -> c_int,
    ) -> c_int {
        // SAFETY: there is room for it.
        let inner = unsafe { inner(into) };
        // SAFETY: `inner` has room for a file; without methods it would not be closed if `open` fails.
        unsafe { (*inner).pMethods = std::ptr::null() };
        let opened = open(inner);
        let mut watched = Self {
            base: ffi::sqlite3_file { pMethods: std::ptr::null() },
            handle: std::ptr::null_mut(),
        };
        if opened == ffi::SQLITE_OK {
            watched.base.pMethods = &raw const METHODS;
            watched.handle = Box::into_raw(Box::new(handle));
        }
        // SAFETY: there is room for it, and SQLite aligns files for pointers.
        unsafe { into.cast::<Self>().write(watched) };
        opened
    }
}

/// The system's file.
///
/// # Safety
/// `file` must be followed by it, as [`Watched::open`] lays it.
unsafe fn inner(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: promised by the caller; two words keep the alignment.
    unsafe { file.cast::<Watched>().add(1).cast() }
}

/// What we know of the file.
///
/// # Safety
/// `file` must be one that [`Watched::open`] opened and nobody closed meanwhile.
unsafe fn handle<'a>(file: *mut ffi::sqlite3_file) -> &'a Handle {
    // SAFETY: promised by the caller: the box is freed by `close` only, and only shared references are made.
    unsafe { &*(*file.cast::<Watched>()).handle }
}

/// The system's functions for the file.
///
/// # Safety
/// As [`handle`].
unsafe fn methods<'a>(file: *mut ffi::sqlite3_file) -> &'a ffi::sqlite3_io_methods {
    // SAFETY: an open file has methods, which are static.
    unsafe { &*(*inner(file)).pMethods }
}

/// A function that only hands on.
macro_rules! forward {
    ($name:ident, $method:ident, ($($arg:ident: $type:ty),*) $(-> $answer:ty)?) => {
        /// # Safety
        /// As SQLite calls it: the file is open.
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file, $($arg: $type),*) $(-> $answer)? {
            // SAFETY: SQLite calls methods on open files only, with the arguments that they want.
            unsafe { methods(file).$method.expect("the system has it")(inner(file), $($arg),*) }
        }
    };
}

forward!(file_size, xFileSize, (size: *mut i64) -> c_int);
forward!(lock, xLock, (level: c_int) -> c_int);
forward!(unlock, xUnlock, (level: c_int) -> c_int);
forward!(check_reserved, xCheckReservedLock, (answer: *mut c_int) -> c_int);
forward!(control, xFileControl, (op: c_int, arg: *mut c_void) -> c_int);
forward!(sector_size, xSectorSize, () -> c_int);
forward!(characteristics, xDeviceCharacteristics, () -> c_int);
forward!(shm_lock, xShmLock, (offset: c_int, count: c_int, flags: c_int) -> c_int);
forward!(shm_barrier, xShmBarrier, ());
forward!(shm_unmap, xShmUnmap, (delete: c_int) -> c_int);

/// # Safety
/// As SQLite calls `xClose`: the file is open and not used afterwards.
unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: the handle was boxed by `Watched::open`, and a file is closed once.
    drop(unsafe { Box::from_raw((*file.cast::<Watched>()).handle) });
    // SAFETY: the system's file is open.
    unsafe { methods(file).xClose.expect("the system closes")(inner(file)) }
}

/// # Safety
/// As SQLite calls `xRead`.
unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    count: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: the file is open.
    if unsafe { handle(file) }.call(What::Read).is_err() {
        return ffi::SQLITE_IOERR_READ;
    }
    // SAFETY: the arguments are SQLite's own.
    unsafe { methods(file).xRead.expect("the system reads")(inner(file), into, count, offset) }
}

/// # Safety
/// As SQLite calls `xWrite`: `from` has `count` bytes.
unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    count: c_int,
    offset: i64,
) -> c_int {
    let length = usize::try_from(count).expect("SQLite writes forwards");
    let place = u64::try_from(offset).expect("SQLite writes into files");
    // SAFETY: SQLite gives that many bytes and leaves them alone meanwhile.
    let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), length) };
    // SAFETY: the file is open.
    let called = unsafe { handle(file) }.call(What::Write(place, bytes));
    // SAFETY: an open file has methods.
    let write = unsafe { methods(file) }.xWrite.expect("the system writes");
    let (written, code) = match called {
        Ok(()) => (length, ffi::SQLITE_OK),
        Err(Failure::Full(written)) => (written, ffi::SQLITE_FULL),
        Err(Failure::Io(written)) => (written, ffi::SQLITE_IOERR_WRITE),
    };
    let count = c_int::try_from(written.min(length)).expect("no more than were asked for");
    // SAFETY: the bytes are SQLite's own, and not more than there are.
    let done = if count > 0 { unsafe { write(inner(file), from, count, offset) } } else { 0 };
    if code == ffi::SQLITE_OK { done } else { code }
}

/// # Safety
/// As SQLite calls `xTruncate`.
unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    let length = u64::try_from(size).expect("SQLite asks for a size");
    // SAFETY: the file is open.
    if unsafe { handle(file) }.call(What::Truncate(length)).is_err() {
        return ffi::SQLITE_IOERR_TRUNCATE;
    }
    // SAFETY: the arguments are SQLite's own.
    unsafe { methods(file).xTruncate.expect("the system truncates")(inner(file), size) }
}

/// # Safety
/// As SQLite calls `xSync`.
unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: the file is open.
    if unsafe { handle(file) }.sync().is_err() {
        return ffi::SQLITE_IOERR_FSYNC;
    }
    // SAFETY: the arguments are SQLite's own.
    unsafe { methods(file).xSync.expect("the system syncs")(inner(file), flags) }
}

/// # Safety
/// As SQLite calls `xShmMap`.
unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    page: c_int,
    page_bytes: c_int,
    extend: c_int,
    into: *mut *mut c_void,
) -> c_int {
    // SAFETY: the file is open.
    if unsafe { handle(file) }.call(What::Map).is_err() {
        // SAFETY: SQLite gives a place for the answer, which is null where there is none.
        unsafe { *into = std::ptr::null_mut() };
        return ffi::SQLITE_IOERR_SHMSIZE;
    }
    // SAFETY: the arguments are SQLite's own.
    unsafe {
        methods(file).xShmMap.expect("the system maps")(inner(file), page, page_bytes, extend, into)
    }
}

/// Version 2: without memory mapping, which the store forbids.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};
