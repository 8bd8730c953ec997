//! A running server, by what it tells of itself.

use stdx::Space;

use super::report::Report;
use super::{data, disk, machine};
use crate::backup::date;
use crate::client::{Client, Seams};

const AREA: &str = "server";
/// Signatures are refused from fifteen minutes on; long before that something is wrong.
const SKEW_MS_MAX: u64 = 30_000;

/// Asks the server and judges what it tells.
///
/// # Errors
/// If it does not answer, or not to this key.
pub(super) async fn look(
    report: &mut Report,
    client: &Client,
    seams: &Seams,
) -> anyhow::Result<()> {
    let before = seams.clock.now();
    let told = client.describe_server().await?;
    let after = seams.clock.now();
    let advice = "this command and the server are of different versions";
    let same = told.version == env!("CARGO_PKG_VERSION");
    report.expect(same, AREA, "shardmill", told.version.clone(), advice);
    report.good(AREA, "SQLite", format!("{}, compiled in", told.sqlite_version));
    match &told.problem {
        None => report.good(AREA, "store", format!("in order, term {}", told.term)),
        Some(problem) => {
            let advice = "its log tells more; `shardmill verify` checks all of it once the server is stopped";
            report.attention(AREA, "store", problem.clone(), advice);
        }
    }
    let middle = before.0 + after.0.saturating_sub(before.0) / 2;
    let skew = middle.abs_diff(told.now_milliseconds);
    let shown =
        format!("{}, {skew} ms from this machine's", date(domain::Millis(told.now_milliseconds)));
    let advice = "set both clocks: signatures that are fifteen minutes off are refused";
    report.expect(skew <= SKEW_MS_MAX, AREA, "clock", shown, advice);
    if let Some(files) = told.open_files_max {
        machine::open_files(report, AREA, files);
    }
    let space = Space {
        free_bytes: told.free_bytes,
        total_bytes: told.total_bytes,
        kind: None,
        is_remote: told.is_remote,
    };
    report.good(AREA, "disk", told.file_system.clone());
    disk::room(report, AREA, &space, told.low_water_bytes);
    data::pragmas(report, AREA, told.pragmas.into_iter().map(|it| (it.name, it.value, it.wanted)));
    Ok(())
}
