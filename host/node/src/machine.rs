//! What Linux tells of this machine and this process in `/proc` and `/sys`; elsewhere nothing is known.

use std::path::Path;

use crate::wiring;

/// Where control groups are.
const CGROUPS: &str = "/sys/fs/cgroup";

/// A file of `/proc`; empty if there is none.
pub(crate) fn proc_text(name: &str) -> String {
    text(Path::new("/proc"), name)
}

/// A file; empty if there is none.
fn text(dir: &Path, name: &str) -> String {
    let bytes = wiring::open_dir(dir).and_then(|dir| dir.read(name));
    String::from_utf8_lossy(&bytes.ok().flatten().unwrap_or_default()).into_owned()
}

/// How many files and connections this process may have open.
pub(crate) fn open_files_max() -> Option<u64> {
    limit(&proc_text("self/limits"), "Max open files")
}

/// Memory that could be had now, in bytes.
pub(crate) fn memory_available() -> Option<u64> {
    meminfo(&proc_text("meminfo"), "MemAvailable:")
}

/// Memory that this process may use at most, in bytes: the machine's, or less if its control group, as of a container,
/// has less.
pub(crate) fn memory_max() -> Option<u64> {
    let machine = meminfo(&proc_text("meminfo"), "MemTotal:");
    let group = cgroup_memory_max(&proc_text("self/cgroup"), |group| {
        text(&Path::new(CGROUPS).join(group), "memory.max")
    });
    machine.into_iter().chain(group).min()
}

/// The value of this name, in bytes.
fn meminfo(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

/// The least that the process's group (version 2), and those that it is in, may have; `limit` reads what one may.
fn cgroup_memory_max(groups: &str, limit: impl Fn(&Path) -> String) -> Option<u64> {
    let path = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let limits = Path::new(path).ancestors().map(limit);
    limits.filter_map(|limit| limit.trim().parse().ok()).min()
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
    fn memory_is_that_of_the_machine_or_of_the_group() {
        let text = "MemTotal:       24682504 kB\nMemAvailable:   1000 kB\n";
        assert_eq!(meminfo(text, "MemTotal:"), Some(24_682_504 * 1024));
        assert_eq!(meminfo(text, "MemAvailable:"), Some(1_024_000));
        assert_eq!(meminfo("", "MemTotal:"), None);
        let limit = |group: &Path| match group.to_str() {
            Some("a") => "1000\n".to_owned(),
            Some("a/b") => "max\n".to_owned(),
            _ => String::new(),
        };
        assert_eq!(cgroup_memory_max("1:cpu:/x\n0::/a/b\n", limit), Some(1000));
        assert_eq!(cgroup_memory_max("0::/\n", limit), None);
        assert_eq!(cgroup_memory_max("0::/\n", |_root| "500".to_owned()), Some(500));
    }

    #[test]
    fn ignored_signals_are_found() {
        let text = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        let is_ignored = |signal| is_in(text, "SigIgn:", signal);
        assert_eq!([1, 2, 13].map(is_ignored), [Some(true), Some(false), Some(true)]);
        assert_eq!(is_in("", "SigIgn:", 1), None);
    }
}
