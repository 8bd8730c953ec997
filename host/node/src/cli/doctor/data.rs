//! A data directory: who may read it, who uses it, and what its store says.

use std::path::Path;

use anyhow::Context as _;
use stdx::DataDir;
use storage_sqlite::{Inspection, Pragma, inspect};

use super::report::Report;
use crate::cli::data::holds_store;
use crate::cli::progress::{grouped, size};
use crate::refusal::Refusal;
use crate::wiring::{self, MASTER_KEY_FILE};

const AREA: &str = "data directory";
const STORE: &str = "store";
/// Files that only their owner may read.
const SECRET: [&str; 3] = ["root.credentials", "host.key", MASTER_KEY_FILE];

/// Looks at `path`.
///
/// # Errors
/// If it cannot be opened.
pub(super) fn open(path: &Path) -> anyhow::Result<DataDir> {
    let refuse = || Refusal::failed(format!("cannot open data directory `{}`", path.display()));
    let dir = wiring::open_dir(path);
    Ok(dir.map_err(|error| refuse().because(error).hint("name it with --data"))?)
}

/// Looks at files and, if no server has it, at the store.
///
/// # Errors
/// If the directory cannot be read.
pub(super) fn look(report: &mut Report, dir: &DataDir) -> anyhow::Result<()> {
    report.good(AREA, "path", dir.path().display().to_string());
    modes(report, dir);
    let names = dir.names().context("cannot list the data directory")?;
    let left: Vec<&str> =
        names.iter().filter(|name| name.ends_with(".new")).map(String::as_str).collect();
    if !left.is_empty() {
        let advice =
            "left by writes that were interrupted; they may be removed while no server runs";
        report.note(AREA, "leftovers", left.join(", "), advice);
    }
    if let Ok(Some(note)) = dir.read("restored.txt") {
        let note = String::from_utf8_lossy(&note);
        let advice = "retire the original, if it still runs";
        report.note(AREA, "restored", note.lines().next().unwrap_or_default(), advice);
    }
    // A lock is made by taking it, and where there is neither it nor a store, no server was ever started.
    if !dir.exists("lock") && !holds_store(dir) {
        store(report, dir);
        return Ok(());
    }
    match dir.try_lock("lock") {
        Ok(Some(_lock)) => store(report, dir),
        Ok(None) => report.note(
            AREA,
            "lock",
            "a server uses it",
            "its store is not looked at: ask it with `shardmill doctor --endpoint URL`",
        ),
        Err(error) => {
            let advice = "the directory must be writable for the user that runs shardmill";
            report.attention(AREA, "lock", format!("cannot be taken: {error}"), advice);
        }
    }
    Ok(())
}

fn modes(report: &mut Report, dir: &DataDir) {
    let is_private = |mode: Option<u32>| mode.is_none_or(|mode| mode & 0o077 == 0);
    let shown =
        |mode: Option<u32>| mode.map_or_else(|| "unknown".to_owned(), |mode| format!("{mode:04o}"));
    let mode = dir.mode(".");
    if is_private(mode) {
        report.good(AREA, "permissions", shown(mode));
    } else {
        let advice = "others may look in: chmod 700 it";
        report.note(AREA, "permissions", shown(mode), advice);
    }
    for name in SECRET.iter().filter(|name| dir.exists(name)) {
        let mode = dir.mode(name);
        let close = format!("chmod 600 {}", dir.path().join(name).display());
        if wiring::is_own_key_open(mode) {
            report.attention(AREA, *name, shown(mode), format!("others may read a key: {close}"));
        } else if is_private(mode) {
            report.good(AREA, *name, shown(mode));
        } else {
            let advice = format!("its group may read a key; unless a volume wants that: {close}");
            report.note(AREA, *name, shown(mode), &advice);
        }
    }
    if dir.exists("shardmill.db") && !dir.exists(MASTER_KEY_FILE) {
        let advice = "if keys were made here, a start wants the master key: in this file, with --master-key-file, or in \
                      SHARDMILL_MASTER_KEY; no backup has it";
        report.note(AREA, MASTER_KEY_FILE, "is not there", advice);
    }
}

fn store(report: &mut Report, dir: &DataDir) {
    match inspect(dir) {
        Ok(inspection) => inspected(report, dir, &inspection),
        Err(error) if error.kind() == storage::Kind::NotFound => {
            let advice = "the first start makes one";
            report.note(STORE, "database", "there is none", advice);
        }
        Err(error) => {
            let advice = "check it with `shardmill verify`, or restore a backup";
            report.attention(STORE, "database", stdx::Chain(&error).to_string(), advice);
        }
    }
}

fn inspected(report: &mut Report, dir: &DataDir, inspection: &Inspection) {
    let Inspection { findings, commit, term, logs, spare_bytes, .. } = inspection;
    let (bytes, logs) = (size(dir.size("shardmill.db")), grouped(*logs as u64));
    let shown = format!(
        "{bytes} ({} spare), {logs} logs, commit {commit}, term {}",
        size(*spare_bytes),
        term.0
    );
    report.good(STORE, "database", shown);
    if findings.is_empty() {
        report.good(STORE, "mark and sums", "nothing is missing or altered");
    }
    for finding in findings {
        let advice = "check it with `shardmill verify`; restore a backup, or give up what is lost with --accept-loss";
        report.attention(STORE, "damage", finding.clone(), advice);
    }
    pragmas(report, STORE, inspection.pragmas.iter().map(told));
}

fn told(pragma: &Pragma) -> (String, String, String) {
    (pragma.name.to_owned(), pragma.value.clone(), pragma.wanted.to_owned())
}

/// Judges settings: name, value, what is wanted.
pub(super) fn pragmas(
    report: &mut Report,
    area: &'static str,
    pragmas: impl Iterator<Item = (String, String, String)>,
) {
    let mut well = Vec::new();
    for (name, value, wanted) in pragmas {
        if value == wanted {
            well.push(format!("{name}={value}"));
        } else {
            let advice =
                "the store would not be durable: this is a fault of the program or of the file";
            report.attention(area, name, format!("{value}, not {wanted}"), advice);
        }
    }
    report.good(area, "pragmas", well.join(" "));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_where_no_server_was_ever_started() {
        let temp = tempfile::tempdir().unwrap();
        let dir = wiring::open_dir(temp.path()).unwrap();
        let mut report = Report::default();
        look(&mut report, &dir).unwrap();
        assert!(dir.names().unwrap().is_empty(), "{:?}", dir.names());
        dir.replace("shardmill.mark", b"", 0o600).unwrap();
        look(&mut report, &dir).unwrap();
        assert!(dir.exists("lock"), "a store is looked at under its lock");
    }
}
