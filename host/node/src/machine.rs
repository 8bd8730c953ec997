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
}
