//! This program and the machine under it.

use super::report::Report;
use crate::cli::progress::{grouped, size};
use crate::client::Seams;
use crate::machine;

const PROGRAM: &str = "program";
const MACHINE: &str = "machine";
/// Connections, the store's files and compile workers all need some.
const OPEN_FILES_MIN: u64 = 4096;
/// What a busy server wants beside what it holds in memory.
const MEMORY_MIN: u64 = 512 << 20;
/// 2026-01-01 and 2100-01-01: a clock outside is not set.
const YEARS_MS: std::ops::Range<u64> = 1_767_225_600_000..4_102_444_800_000;

/// Looks at versions, limits and the clock.
pub(super) fn look(report: &mut Report, seams: &Seams) {
    report.good(PROGRAM, "shardmill", env!("CARGO_PKG_VERSION"));
    report.good(PROGRAM, "SQLite", format!("{}, compiled in", storage_sqlite::sqlite_version()));
    let isolation =
        "guests run on threads of the server, uploads are compiled in a child process with limits";
    report.good(PROGRAM, "isolation", isolation);
    let kernel = machine::proc_text("sys/kernel/osrelease");
    if !kernel.trim().is_empty() {
        report.good(MACHINE, "kernel", kernel.trim());
    }
    if let Some(files) = machine::open_files_max() {
        open_files(report, MACHINE, files);
    }
    if let Some(memory) = machine::memory_available() {
        let advice =
            "a busy server holds more: free some, or lower --body-budget-mib and --connections-max";
        report.expect(
            memory >= MEMORY_MIN,
            MACHINE,
            "memory",
            format!("{} to be had", size(memory)),
            advice,
        );
    }
    let now = seams.clock.now();
    let advice = "set the clock: signatures, arrival times and retention depend on it";
    let shown = crate::backup::date(now);
    report.expect(YEARS_MS.contains(&now.0), MACHINE, "clock", shown, advice);
}

/// Judges a limit of open files.
pub(super) fn open_files(report: &mut Report, area: &'static str, files: u64) {
    let shown = if files == u64::MAX { "unlimited".to_owned() } else { grouped(files) };
    let advice = "each connection takes one: raise it with `ulimit -n 65536`, or LimitNOFILE= of the service";
    report.expect(files >= OPEN_FILES_MIN, area, "open files", shown, advice);
}
