//! Reading a store that may be damaged, and judging what it says.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use domain::Millis;
use stdx::DataDir;
use storage::{
    Append, Commit, Health, Kind, Log, LogId, Meta, Position, ReadLimits, RecordsBuilder, Store,
};
use storage_sqlite::Sqlite;

use super::original::{History, Opened, Original, SCOPES, Written, block_on, open};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All is there, as it was written.
    Unharmed,
    /// Something is wrong, and was said to be, when opening or reading.
    Reported(Vec<String>),
    /// Something is wrong that nobody read, and the scrub says so.
    Scrubbed(Vec<String>),
    /// Something is missing, and only verify says so.
    Verified,
}

impl Verdict {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Unharmed => "unharmed",
            Self::Reported(_) => "reported",
            Self::Scrubbed(_) => "found by the scrub",
            Self::Verified => "found by verify",
        }
    }
}

/// What was noticed while reading.
#[derive(Default)]
struct Notes {
    reports: Vec<String>,
    /// What the scrub found.
    scrubbed: Vec<String>,
    /// What is not as it was written, though no byte of it is wrong.
    missing: Vec<String>,
}

/// What verify finds; empty if all is well.
pub(super) fn verified(dir: &DataDir) -> Vec<String> {
    match storage_sqlite::verify(dir, false, &mut |_progress| {}) {
        Ok(report) => report.findings,
        Err(error) => vec![error.to_string()],
    }
}

/// Opens, reads everything, scrubs, writes if it may.
///
/// # Errors
/// A broken promise: wrong bytes, silent loss, a panic, a write where none may be.
pub(super) fn examine(dir: &DataDir, original: &Original) -> Result<Verdict> {
    let opened = match open(dir) {
        Ok(opened) => opened,
        Err(error) => {
            ensure!(error.kind() != Kind::Bug, "opening: {error}");
            return Ok(Verdict::Reported(vec![error.to_string()]));
        }
    };
    let read = block_on(look(&opened, original));
    let panics = opened.close();
    ensure!(panics == 0, "{panics} threads panicked");
    let Notes { reports, scrubbed, missing } = read?;
    if !reports.is_empty() {
        Ok(Verdict::Reported(reports))
    } else if !scrubbed.is_empty() {
        Ok(Verdict::Scrubbed(scrubbed))
    } else if missing.is_empty() {
        Ok(Verdict::Unharmed)
    } else if verified(dir).is_empty() {
        bail!("lost without a word: {missing:?}");
    } else {
        Ok(Verdict::Verified)
    }
}

async fn look(opened: &Opened, original: &Original) -> Result<Notes> {
    let store = &*opened.store;
    let mut notes = Notes::default();
    let is_writable = match store.health() {
        Health::Ready | Health::Full(_) => true,
        Health::Damaged(what) => {
            notes.reports.push(what);
            true
        }
        Health::DataLossDetected(what) | Health::Failed(what) => {
            notes.reports.push(what);
            false
        }
    };
    for (log, written) in &original.logs {
        read_log(store, *log, written, original, &mut notes).await?;
    }
    for log in &original.deleted {
        if store.bounds(*log).await.is_ok() {
            notes.missing.push(format!("the deletion of {log:?}"));
        }
    }
    for (scope, history) in SCOPES.iter().zip(&original.facts) {
        match store.scan(scope, b"", None, 1000).await {
            Ok(facts) => {
                let found = facts.into_iter().map(|fact| (fact.key.to_vec(), fact.value.to_vec()));
                compare_facts(&found.collect(), history, &mut notes)?;
            }
            Err(error) => notes.reports.push(error.to_string()),
        }
    }
    notes.scrubbed = store.scrub_once().await.context("scrubbing")?;
    write(store, is_writable, original, &mut notes).await?;
    Ok(notes)
}

async fn read_log(
    store: &Sqlite,
    log: LogId,
    written: &BTreeMap<Position, Written>,
    original: &Original,
    notes: &mut Notes,
) -> Result<()> {
    const LIMITS: ReadLimits = ReadLimits { tenant: 0, records: 500, bytes: 256 * 1024 };
    let mut from = Position::START;
    let mut count = 0;
    loop {
        let chunk = match store.read(log, from, LIMITS).await {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == Kind::NotFound => break,
            Err(error) => {
                ensure!(error.kind() != Kind::Bug, "reading {log:?}: {error}");
                notes.reports.push(error.to_string());
                return Ok(());
            }
        };
        for frame in &chunk.frames {
            if let Err(error) = frame.open(&*original.cipher) {
                ensure!(error.kind() == Kind::Damaged, "opening {log:?}: {error}");
                notes.reports.push(error.to_string());
                return Ok(());
            }
        }
        let mut last = None;
        for (position, record) in chunk.records() {
            let Some((key, data, arrival)) = written.get(&position) else {
                // Records that were trimmed come back when the trimming is lost.
                notes.missing.push(format!("the end of {log:?} before {position}"));
                last = Some(position);
                continue;
            };
            let is_same = record.key == key && record.data == data && record.arrival == *arrival;
            ensure!(is_same, "wrong bytes: {log:?} at {position}");
            count += 1;
            last = Some(position);
        }
        match last {
            Some(position) => from = position.next(),
            None => break,
        }
    }
    if count != written.len() {
        notes.missing.push(format!("{log:?} has {count} of {} records", written.len()));
    }
    Ok(())
}

fn compare_facts(
    found: &BTreeMap<Vec<u8>, Vec<u8>>,
    history: &History,
    notes: &mut Notes,
) -> Result<()> {
    for key in found.keys() {
        ensure!(history.contains_key(key), "a fact that was never written: {key:?}");
    }
    for (key, values) in history {
        let value = found.get(key);
        let was_held = values.iter().any(|held| held.as_ref() == value);
        ensure!(was_held || value.is_none(), "a value that {key:?} never had");
        let newest = values.last().and_then(Option::as_ref);
        if newest != value {
            notes.missing.push(format!("the newest value of {key:?}"));
        }
    }
    Ok(())
}

/// A store that says nothing takes a write, gives no number twice; one that lost something takes none.
async fn write(
    store: &Sqlite,
    is_writable: bool,
    original: &Original,
    notes: &mut Notes,
) -> Result<()> {
    let Some((log, written)) = original.logs.iter().next_back() else {
        bail!("the original has logs");
    };
    let mut builder = RecordsBuilder::default();
    builder.push(b"new", b"record");
    let mut commit = Commit::new(0, SCOPES[0].clone());
    commit.appends = vec![Append { log: *log, records: builder.finish(), arrival: Millis(0) }];
    let (ids, done) = (store.new_ids(1).await, store.commit(commit).await);
    if !is_writable {
        ensure!(ids.is_err() && done.is_err(), "a store that lost data takes writes");
        return Ok(());
    }
    match ids {
        Ok(id) => ensure!(id > original.last_id, "id {id} was given before"),
        Err(error) => notes.reports.push(error.to_string()),
    }
    match done {
        Ok(done) => {
            let (newest, _) = written.iter().next_back().expect("it has records");
            let first = done.appends[0].first;
            ensure!(first > *newest, "position {first} was given before");
            ensure!(first.term > original.term, "the term did not rise");
        }
        Err(error) => notes.reports.push(error.to_string()),
    }
    Ok(())
}
