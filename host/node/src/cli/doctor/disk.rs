//! The disk of a data directory: what kind it is, how much room it has, and how long a sync takes there.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use stdx::{Clock, DataDir, Space};

use super::report::Report;
use crate::cli::progress::size;

const AREA: &str = "disk";
/// What is written and removed again.
const PROBE: &str = "doctor.new";
const SYNCS: u64 = 20;
const BLOCK_BYTES: usize = 16 * 1024;
/// Beyond this a single put takes longer than most clients like.
const SYNC_SLOW: Duration = Duration::from_millis(30);
/// No disk syncs as fast as this: it is memory, or a disk that promises without doing.
const SYNC_TOO_FAST: Duration = Duration::from_micros(20);
/// By how much the two clocks may differ over the measurement.
const CLOCKS_APART_MS: u64 = 200;

/// Looks at the disk under `dir`; measures it if `dir` may be written to.
pub(super) fn look(report: &mut Report, dir: &DataDir, clock: &Arc<dyn Clock>) {
    match dir.space() {
        Ok(space) => {
            let low_water = storage_sqlite::Reserve::suiting(space.total_bytes).low_water_bytes;
            room(report, AREA, &space, low_water);
        }
        Err(error) => {
            report.attention(AREA, "room", error.to_string(), "free space cannot be told")
        }
    }
    let (wall, start) = (clock.now(), clock.monotonic());
    match measure(dir, clock) {
        Ok(median) => sync_time(report, median),
        Err(error) => {
            let advice = "the directory must be writable for the user that runs shardmill";
            report.attention(AREA, "sync", format!("cannot be measured: {error}"), advice);
        }
    }
    let passed = clock.monotonic().saturating_sub(start);
    let passed = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
    let apart = clock.now().0.abs_diff(wall.0.saturating_add(passed));
    let advice = "the time of day jumps: let one service set it, slowly";
    report.expect(
        apart < CLOCKS_APART_MS,
        AREA,
        "clocks",
        format!("{apart} ms apart after {passed} ms"),
        advice,
    );
}

/// Judges kind and room.
pub(super) fn room(report: &mut Report, area: &'static str, space: &Space, low_water: u64) {
    let kind = space.kind.unwrap_or("unknown kind");
    let advice = "syncs and locks may not hold over a network: use a disk of this machine";
    // A server tells its kind in a line of its own.
    if space.kind.is_some() || space.is_remote {
        report.expect(!space.is_remote, area, "file system", kind, advice);
    }
    if kind == "tmpfs" || kind == "ramfs" {
        report.note(
            area,
            "durability",
            "this file system is memory",
            "it is gone with the machine's power",
        );
    }
    let (free, total) = (size(space.free_bytes), size(space.total_bytes));
    let asked = size(low_water);
    let advice =
        format!("records are refused below {asked}: delete or trim streams, or give it more room");
    let enough = space.free_bytes >= low_water.saturating_mul(2);
    report.expect(enough, area, "room", format!("{free} of {total} are free"), &advice);
}

fn sync_time(report: &mut Report, median: Duration) {
    let shown =
        format!("{:.2} ms for {BLOCK_BYTES} bytes (median of {SYNCS})", median.as_secs_f64() * 1e3);
    if median > SYNC_SLOW {
        let advice = "each group commit waits for one: a faster disk, or larger batches, give more";
        report.note(AREA, "sync", shown, advice);
    } else if median < SYNC_TOO_FAST {
        let advice =
            "that is no disk that syncs: what is acknowledged may not survive a power loss";
        report.note(AREA, "sync", shown, advice);
    } else {
        report.good(AREA, "sync", shown);
    }
}

/// The median time of a small durable write.
fn measure(dir: &DataDir, clock: &Arc<dyn Clock>) -> io::Result<Duration> {
    let file = dir.open_in_place(PROBE)?;
    let block = [0x5a; BLOCK_BYTES];
    let mut times = Vec::new();
    let measured = (0..SYNCS).try_for_each(|at| {
        let start = clock.monotonic();
        file.write_all_at(&block, at * BLOCK_BYTES as u64)?;
        file.sync_data()?;
        times.push(clock.monotonic().saturating_sub(start));
        Ok(())
    });
    drop(file);
    dir.remove(PROBE)?;
    measured.map(|()| {
        times.sort();
        times.get(times.len() / 2).copied().unwrap_or_default()
    })
}
