//! Whether a backup is whole: every file that the manifest names, byte by byte, and then the store in it.

use stdx::DataDir;
use storage_sqlite::{Progress, Report};

use super::{Manifest, digest};
use crate::refusal::{Code, Refusal};

/// A backup that is whole.
pub(crate) struct Checked {
    pub(crate) manifest: Manifest,
    /// What the store's own check found.
    pub(crate) report: Report,
}

/// Checks the backup in `dir` and writes nothing. Blocks.
///
/// # Errors
/// A refusal with [`Code::Damaged`] that tells everything that is wrong.
pub(crate) fn check(dir: &DataDir, mut tell: impl FnMut(Progress)) -> anyhow::Result<Checked> {
    let manifest = Manifest::read(dir).map_err(|why| damaged(&[why]))?;
    let (mut done, total) = (0, manifest.bytes() * 2);
    let mut findings = Vec::new();
    for file in &manifest.files {
        let seen = digest::of(dir, &file.name, |bytes| {
            done += bytes;
            tell(Progress { done, total });
        });
        findings.extend(finding(file, seen));
    }
    if !findings.is_empty() {
        return Err(damaged(&findings).into());
    }
    let report = storage_sqlite::verify_frozen(dir, &mut |progress: Progress| {
        tell(Progress { done: done + progress.done, total });
    })?;
    confirm(&manifest, &report)?;
    Ok(Checked { manifest, report })
}

/// What is wrong with a file, if anything.
pub(super) fn finding(
    file: &super::FileEntry,
    seen: std::io::Result<Option<(u64, storage::Digest)>>,
) -> Option<String> {
    let name = &file.name;
    match seen {
        Err(error) => Some(format!("{name} cannot be read: {error}")),
        Ok(None) => Some(format!("{name} is missing")),
        Ok(Some((bytes, _))) if bytes != file.bytes => {
            Some(format!("{name} has {bytes} bytes and must have {}", file.bytes))
        }
        Ok(Some((_, digest))) if digest != file.digest => {
            Some(format!("{name} no longer has its digest"))
        }
        Ok(Some(_)) => None,
    }
}

/// Refuses a store that does not check, or is not the one that the manifest tells of.
pub(super) fn confirm(manifest: &Manifest, report: &Report) -> Result<(), Refusal> {
    let mut findings = report.findings.clone();
    if report.version != manifest.commit {
        let (has, must) = (report.version, manifest.commit);
        findings.push(format!("the newest commit is {has} and must be {must}"));
    }
    if findings.is_empty() { Ok(()) } else { Err(damaged(&findings)) }
}

/// How many findings are told.
const TOLD: usize = 20;

pub(super) fn damaged(findings: &[String]) -> Refusal {
    let mut text = findings.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; ");
    if let Some(more @ 1..) = findings.len().checked_sub(TOLD) {
        text.push_str(&format!("; and {more} more"));
    }
    Refusal::new(Code::Damaged, format!("the backup is damaged or incomplete: {text}"))
        .hint("nothing of it was used; take another backup, or fetch this one again")
}
