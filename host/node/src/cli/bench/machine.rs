//! Where the figures come from: the machine, and what processes used of it. Linux tells in `/proc`; elsewhere
//! the fields stay empty.

use std::path::Path;

use serde::Serialize;
use stdx::DataDir;

use crate::wiring;

/// Clock ticks a second in `/proc/<pid>/stat`: 100 on every Linux that programs see.
const TICKS: f64 = 100.0;

/// What the machine is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Machine {
    pub(super) cores: usize,
    pub(super) processor: String,
    pub(super) kernel: String,
    pub(super) memory_mib: u64,
    /// Of the directory that the stores lie in.
    pub(super) filesystem: String,
}

/// Reads `/proc`.
#[derive(Clone, Debug)]
pub(super) struct Proc(Option<DataDir>);

impl Proc {
    pub(super) fn open() -> Self {
        Self(wiring::open_dir(Path::new("/proc")).ok())
    }

    fn text(&self, name: &str) -> String {
        let bytes = self.0.as_ref().and_then(|dir| dir.read(name).ok().flatten());
        String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
    }

    /// What this machine is, seen from `directory`.
    pub(super) fn machine(&self, directory: &Path) -> Machine {
        let absolute = std::path::absolute(directory);
        let directory = absolute.as_deref().unwrap_or(directory);
        Machine {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: field(&self.text("cpuinfo"), "model name").to_owned(),
            kernel: self.text("sys/kernel/osrelease").trim().to_owned(),
            memory_mib: kib(field(&self.text("meminfo"), "MemTotal")) / 1024,
            filesystem: filesystem(&self.text("self/mounts"), directory),
        }
    }

    /// Processor time that a process has used, in seconds; `None` is this process.
    pub(super) fn cpu_seconds(&self, pid: Option<u32>) -> f64 {
        cpu_seconds(&self.text(&of(pid, "stat"))).unwrap_or(0.0)
    }

    /// Memory that a process holds now, in MiB.
    pub(super) fn resident_mib(&self, pid: Option<u32>) -> f64 {
        mib(kib(field(&self.text(&of(pid, "status")), "VmRSS")))
    }
}

fn of(pid: Option<u32>, file: &str) -> String {
    match pid {
        Some(pid) => format!("{pid}/{file}"),
        None => format!("self/{file}"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "memory sizes fit 53 bits")]
fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

/// User and system time from `/proc/<pid>/stat`; the second field, in parentheses, may hold anything.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

/// The value of `name` in lines of `name: value`.
fn field<'a>(text: &'a str, name: &str) -> &'a str {
    let found = text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim())
    });
    found.unwrap_or_default()
}

/// `1024 kB`.
fn kib(value: &str) -> u64 {
    let digits = value.split_whitespace().next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// The type of the file system with the longest mount point above `directory`.
fn filesystem(mounts: &str, directory: &Path) -> String {
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?, fields.next()?))
    });
    let above = mounts.filter(|(point, _)| directory.starts_with(point));
    let nearest = above.max_by_key(|(point, _)| point.len());
    nearest.map(|(_, kind)| kind.to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_behind_any_name() {
        let stat = "12 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0";
        assert_eq!(cpu_seconds(stat), Some(2.0));
        assert_eq!(cpu_seconds(""), None);
    }

    #[test]
    fn fields_are_found() {
        let text = "Name:\tx\nVmRSS:\t    2048 kB\nmodel name\t: Some CPU\n";
        assert_eq!(kib(field(text, "VmRSS")), 2048);
        assert_eq!(field(text, "model name"), "Some CPU");
        assert_eq!(kib(field(text, "absent")), 0);
    }

    #[test]
    fn the_nearest_mount_counts() {
        let mounts = "/dev/vda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\nproc /proc proc rw 0 0\n";
        assert_eq!(filesystem(mounts, Path::new("/tmp/x")), "tmpfs");
        assert_eq!(filesystem(mounts, Path::new("/tmpx")), "ext4");
    }
}
