//! A backup of a running server: it is made there and fetched from there.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use indicatif::ProgressBar;
use stdx::DataDir;
use storage_sqlite::Progress;

use super::blocking::show;
use crate::backup::{FileEntry, MANIFEST, Manifest};
use crate::cli::progress;
use crate::client::{Client, Seams};
use crate::operator::PART_BYTES_MAX;
use crate::refusal::Refusal;
use crate::shutdown;
use crate::wiring::Partial;

/// How often to look how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The longest manifest that is fetched.
const MANIFEST_BYTES_MAX: usize = 64 * 1024 * 1024;
/// As the server has it.
const MODE: u32 = 0o600;

/// Lets the server make a backup, fetches it, checks every byte, and gives it its name.
pub(super) async fn run(
    client: &Client,
    to: &Path,
    without_keys: bool,
    _: &Seams,
) -> anyhow::Result<Manifest> {
    let partial = Partial::begin(to)?;
    let id = client.create_backup(without_keys).await?;
    let fetched = tokio::select! {
        fetched = fetch(client, &id, partial.dir()) => fetched,
        () = shutdown::interrupted() => Err(Refusal::failed("interrupted: there is no backup").into()),
    };
    if let Err(error) = client.delete_backup(&id).await {
        // The server removes it by itself, later.
        tracing::debug!(%error, "the server keeps its copy for now");
    }
    let manifest = fetched?;
    partial.finish()?;
    Ok(manifest)
}

async fn fetch(client: &Client, id: &str, dir: &DataDir) -> anyhow::Result<Manifest> {
    let bar = progress::bytes("copying", Some(0));
    loop {
        let state = client.backup_state(id, LOOK_EVERY).await?;
        match state.backup_state.as_str() {
            "READY" => break,
            "RUNNING" => {
                show(&bar, Progress { done: state.bytes_copied, total: state.bytes_total });
            }
            _ => {
                return Err(Refusal::failed(format!(
                    "the server could not make a backup: {}",
                    state.reason
                ))
                .hint("its log tells more; `shardmill doctor --endpoint URL` may know what to do")
                .into());
            }
        }
    }
    bar.finish_and_clear();
    let manifest = manifest(client, id).await?;
    let bar = progress::bytes("fetching", Some(manifest.bytes()));
    let blobs = dir.make_subdir("blobs").context("cannot make a directory")?;
    for file in &manifest.files {
        fetch_file(client, id, dir, file, &bar).await?;
    }
    blobs.sync().context("cannot sync what was fetched")?;
    let text = manifest.encode();
    dir.replace(MANIFEST, text.as_bytes(), MODE).context("cannot write the manifest")?;
    bar.finish_and_clear();
    Ok(manifest)
}

async fn manifest(client: &Client, id: &str) -> anyhow::Result<Manifest> {
    let mut text = Vec::new();
    loop {
        let part = client.backup_part(id, MANIFEST, text.len() as u64).await?;
        text.extend_from_slice(&part);
        if (part.len() as u64) < PART_BYTES_MAX {
            break;
        }
        if text.len() > MANIFEST_BYTES_MAX {
            bail!("the server's manifest has no end");
        }
    }
    Manifest::parse(&text)
        .map_err(|why| anyhow::anyhow!("the server's manifest cannot be used: {why}"))
}

async fn fetch_file(
    client: &Client,
    id: &str,
    dir: &DataDir,
    file: &FileEntry,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    let FileEntry { name, bytes, digest } = file;
    let cannot = || format!("cannot write {name}");
    let mut written = dir.create(name, MODE).with_context(cannot)?;
    let (mut offset, mut hasher) = (0, blake3::Hasher::new());
    while offset < *bytes {
        let part = client.backup_part(id, name, offset).await?;
        if part.is_empty() || part.len() as u64 > bytes - offset {
            bail!("the server's {name} is not as long as its manifest says");
        }
        hasher.update(&part);
        written.write_all(&part).with_context(cannot)?;
        offset += part.len() as u64;
        bar.inc(part.len() as u64);
    }
    if hasher.finalize().as_bytes() != &digest.0 {
        bail!("{name} was changed on its way: it does not have its digest");
    }
    written.sync_all().with_context(cannot)
}
