//! What Linux tells of this machine and this process in `/proc`; elsewhere nothing is known.

use std::path::Path;

use crate::wiring;

/// A file of `/proc`; empty if there is none.
pub(crate) fn proc_text(name: &str) -> String {
    let bytes = wiring::open_dir(Path::new("/proc")).and_then(|dir| dir.read(name));
    String::from_utf8_lossy(&bytes.ok().flatten().unwrap_or_default()).into_owned()
}

/// How many files and connections this process may have open.
pub(crate) fn open_files_max() -> Option<u64> {
    limit(&proc_text("self/limits"), "Max open files")
}

/// Memory that could be had now, in bytes.
pub(crate) fn memory_available() -> Option<u64> {
    let text = proc_text("meminfo");
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

/// Whether whoever started this process wants it to ignore the signal with this number.
pub(crate) fn is_ignored(signal: u32) -> Option<bool> {
    is_in(&proc_text("self/status"), "SigIgn:", signal)
}

/// Whether a signal is in the set of this name.
fn is_in(text: &str, name: &str, signal: u32) -> Option<bool> {
    let set = text.lines().find_map(|line| line.strip_prefix(name))?;
    let set = u64::from_str_radix(set.trim(), 16).ok()?;
    Some(set >> signal.checked_sub(1)? & 1 == 1)
}

/// The soft limit of this name.
fn limit(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    match rest.split_whitespace().next()? {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_found() {
        let text = "Limit                     Soft Limit           Hard Limit           Units     \n\
            Max processes             unlimited            unlimited            processes \n\
            Max open files            1024                 1048576              files     \n";
        assert_eq!(limit(text, "Max open files"), Some(1024));
        assert_eq!(limit(text, "Max processes"), Some(u64::MAX));
        assert_eq!(limit(text, "Max cpu time"), None);
    }

    #[test]
    fn ignored_signals_are_found() {
        let text = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        let is_ignored = |signal| is_in(text, "SigIgn:", signal);
        assert_eq!([1, 2, 13].map(is_ignored), [Some(true), Some(false), Some(true)]);
        assert_eq!(is_in("", "SigIgn:", 1), None);
    }
}
