//! Making a data directory of a backup.

use std::sync::Arc;

use anyhow::Context as _;
use domain::AccountId;
use stdx::{Clock, DataDir, Entropy};
use storage::Term;
use storage_sqlite::{Progress, Report};

use super::check::{confirm, damaged, finding};
use super::{MODE, Manifest, digest};

/// What became of a backup.
pub(crate) struct Restored {
    pub(crate) manifest: Manifest,
    /// What the store's own check found.
    pub(crate) report: Report,
    /// The term that the store starts above.
    pub(crate) term: Term,
    /// The account, if a new root key was drawn for it.
    pub(crate) new_root: Option<AccountId>,
}

/// The note that is left in the data directory.
pub(crate) const NOTE: &str = "restored.txt";

/// Copies the backup in `from` into the empty directory `to`, checks all of it there, and makes it a store of
/// its own. Blocks. `tell` is told how far it is and says whether to go on with the copy. What is in `to` after an error
/// is worth nothing.
///
/// # Errors
/// A refusal with `Code::Damaged` if the backup is not whole; what the disk says otherwise.
pub(crate) fn restore(
    from: &DataDir,
    to: &DataDir,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
    mut tell: impl FnMut(Progress) -> bool,
) -> anyhow::Result<Restored> {
    let manifest = Manifest::read(from).map_err(|why| damaged(&[why]))?;
    let (mut done, total) = (0, manifest.bytes() * 2);
    let mut findings = Vec::new();
    to.make_subdir("blobs").context("cannot make a directory")?.sync()?;
    for file in &manifest.files {
        let seen = copy(from, to, &file.name, |bytes| {
            done += bytes;
            tell(Progress { done, total })
        })?;
        findings.extend(finding(file, seen));
    }
    if !findings.is_empty() {
        return Err(damaged(&findings).into());
    }
    let report = storage_sqlite::verify(to, false, &mut |progress: Progress| {
        tell(Progress { done: done + progress.done, total });
    })?;
    confirm(&manifest, &report)?;
    let term = storage_sqlite::make_own(to, clock, entropy)
        .context("cannot make it a store of its own")?;
    let new_root = match manifest.account {
        Some(account) if !manifest.keys => {
            identity::Root::open(to, &**entropy, Some(account))
                .context("cannot draw a root key")?;
            Some(account)
        }
        _ => None,
    };
    leave_note(&manifest, term, clock, to).context("cannot leave a note")?;
    to.open_subdir("blobs")?.sync()?;
    to.sync()?;
    Ok(Restored { manifest, report, term, new_root })
}

/// Copies a file durably. What goes wrong when reading is a finding, what goes wrong when writing an error.
fn copy(
    from: &DataDir,
    to: &DataDir,
    name: &str,
    tell: impl FnMut(u64) -> bool,
) -> anyhow::Result<std::io::Result<Option<(u64, storage::Digest)>>> {
    let mut source = match from.open(name) {
        Ok(Some(source)) => source,
        Ok(None) => return Ok(Ok(None)),
        Err(error) => return Ok(Err(error)),
    };
    let cannot = || format!("cannot write {name}");
    let mut file = to.create(name, MODE).with_context(cannot)?;
    let seen = digest::copy(&mut source, &mut file, tell)
        .with_context(|| format!("cannot copy {name}"))?;
    file.sync_all().with_context(cannot)?;
    Ok(Ok(Some(seen)))
}

fn leave_note(
    manifest: &Manifest,
    term: Term,
    clock: &Arc<dyn Clock>,
    to: &DataDir,
) -> std::io::Result<()> {
    let (now, made) = (date(clock.now()), date(manifest.made));
    let text = format!(
        "This data directory was restored on {now} from a backup made on {made}.\n\
         It holds everything up to commit {} of that store, and gives sequence numbers of terms above {}.\n",
        manifest.commit, term.0
    );
    to.replace(NOTE, text.as_bytes(), 0o644)
}

/// `2026-11-27T12:00:00Z`.
pub(crate) fn date(at: domain::Millis) -> String {
    let seconds = i64::try_from(at.0 / 1000).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX).to_string()
}
