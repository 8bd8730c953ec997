//! Making a backup of an open store.

use std::io;
use std::sync::Arc;

use anyhow::Context as _;
use domain::AccountId;
use identity::kms::master;
use stdx::{Clock, DataDir};
use storage_sqlite::{Progress, Sqlite};

use super::manifest::is_name;
use super::{FileEntry, MANIFEST, MODE, Manifest, digest};

/// What a backup is made of.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) store: Arc<Sqlite>,
    /// The data directory, for the files beside the store.
    pub(crate) data: DataDir,
    /// Whose root key it has, if any.
    pub(crate) account: Option<AccountId>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// The files that are keys whatever their permissions are.
const KEYS: [&str; 2] = ["host.key", crate::wiring::ROOT_FILE];
/// What lies in a data directory and is no part of a backup: the store copies its own, and the rest is for
/// this process or this machine only.
const OTHERS: [&str; 7] = [
    crate::wiring::MASTER_KEY_FILE,
    "lock",
    "ballast",
    "shardmill.db",
    "shardmill.db-wal",
    "shardmill.db-shm",
    "shardmill.mark",
];
/// The largest file beside the store that is taken along: keys and notes are small.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Writes a backup into the empty directory `to`, durably; the manifest comes last. Blocks. `progress` is told how far
/// it is and says whether to go on.
///
/// # Errors
/// If the store is damaged or closed, or `to` takes no more.
pub(crate) fn make(
    source: &Source,
    to: &DataDir,
    with_keys: bool,
    progress: impl Fn(Progress) -> bool + Send + 'static,
) -> anyhow::Result<Manifest> {
    let made = source.clock.now();
    let copied = source.store.back_up(to, progress).context("cannot copy the store")?;
    copy_beside(&source.data, to, with_keys).context("cannot copy the files beside the store")?;
    let files = list(to).context("cannot read back what was written")?;
    let manifest = Manifest {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made,
        account: source.account,
        keys: with_keys && files.iter().any(|file| KEYS.contains(&file.name.as_str())),
        database: copied.database,
        term: copied.term.0,
        commit: copied.version,
        files,
    };
    to.replace(MANIFEST, manifest.encode().as_bytes(), MODE)
        .context("cannot write the manifest")?;
    Ok(manifest)
}

/// Copies small plain files, durably. Without keys, whatever only its owner may read stays behind.
fn copy_beside(data: &DataDir, to: &DataDir, with_keys: bool) -> io::Result<()> {
    for name in data.names()? {
        let is_ours = is_name(&name) && !OTHERS.contains(&&*name) && !name.ends_with(".new");
        if !is_ours || !data.is_file(&name) {
            continue;
        }
        if data.size(&name) > FILE_BYTES_MAX {
            tracing::warn!(name, "a large file that is none of ours is not in the backup");
            continue;
        }
        let is_secret = data.mode(&name).is_some_and(|mode| mode & 0o077 == 0);
        if !with_keys && (is_secret || KEYS.contains(&&*name)) {
            continue;
        }
        if let Some(bytes) = data.read(&name)? {
            // Whatever it is called: with it, the keys in a backup would be worth nothing.
            let is_master_key = !KEYS.contains(&&*name) && master::read(&bytes).is_ok();
            if is_master_key {
                continue;
            }
            to.replace(&name, &bytes, MODE)?;
        }
    }
    Ok(())
}

/// All files, with their digests, by name.
fn list(dir: &DataDir) -> io::Result<Vec<FileEntry>> {
    let blobs = dir.open_subdir("blobs")?.names()?;
    let blobs = blobs.into_iter().map(|name| format!("blobs/{name}"));
    let mut names: Vec<String> = dir.names()?.into_iter().chain(blobs).collect();
    names.retain(|name| name != "blobs" && name != MANIFEST);
    names.sort();
    let mut files = Vec::with_capacity(names.len());
    for name in names {
        let (bytes, digest) = digest::of(dir, &name, |_| ())?.ok_or(io::ErrorKind::NotFound)?;
        files.push(FileEntry { name, bytes, digest });
    }
    Ok(files)
}
