//! The key service and its master key: where that comes from, and what is said if it is not the right one.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use identity::kms::master::{self, MasterKeyError, OpenError};
use identity::kms::{self, Keys};
use stdx::{DataDir, Entropy, Secret};
use storage::Store;
use zeroize::Zeroizing;

use super::{check_private, is_own_key_open, open_file};
use crate::client::Seams;
use crate::config::{Settings, variable};
use crate::refusal::Refusal;

/// The variable that may hold the master key.
const VARIABLE: &str = "SHARDMILL_MASTER_KEY";
/// Far more than a key has.
const FILE_BYTES_MAX: u64 = 4096;
/// What to do if the right one is missing.
const WANTED: &str = "give the master key that this data directory had: as master.key in it (mode 0600), with \
                      --master-key-file, or in SHARDMILL_MASTER_KEY";

/// Opens the key service.
///
/// # Errors
/// If the master key cannot be had, or is not the one that the keys were sealed with.
pub(super) async fn open(
    settings: &Settings,
    dir: &DataDir,
    store: Arc<dyn Store>,
    seams: &Seams,
) -> anyhow::Result<Arc<Keys>> {
    let master = match given(settings)? {
        Some(given) => given,
        None => own(dir, &*store, &*seams.entropy).await?,
    };
    let around = kms::Surroundings {
        store,
        clock: Arc::clone(&seams.clock),
        entropy: Arc::clone(&seams.entropy),
    };
    match Keys::open(around, master.expose()).await {
        Ok(keys) => Ok(keys),
        Err(wrong @ OpenError::OtherMasterKey { .. }) => {
            Err(Refusal::failed("this is not the master key of the keys that are here")
                .because(wrong)
                .hint(WANTED)
                .into())
        }
        Err(error @ OpenError::Store(_)) => Err(error).context("cannot load the keys"),
    }
}

/// The master key that the operator gave, if any: in the environment, or as a file.
fn given(settings: &Settings) -> Result<Option<Secret<[u8; 32]>>, Refusal> {
    let hint = "make one with: openssl rand -hex 32";
    if let Some(text) = variable(VARIABLE).map(Zeroizing::new) {
        let key = master::read(text.as_bytes());
        return key.map(Some).map_err(|wrong| {
            Refusal::usage(format!("cannot use {VARIABLE}")).because(wrong).hint(hint)
        });
    }
    let Some(path) = &settings.master_key_file else { return Ok(None) };
    let refuse = || Refusal::usage(format!("cannot use master key `{}`", path.display()));
    let text = read(path)?;
    master::read(&text).map(Some).map_err(|wrong| refuse().because(wrong).hint(hint))
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let refuse = || Refusal::usage(format!("cannot read master key `{}`", path.display()));
    let file = open_file(path).map_err(|error| {
        refuse().because(error).hint("make one with: (umask 077; openssl rand -hex 32 > FILE)")
    })?;
    check_private(path, &file)?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(|error| refuse().because(error))?;
    Ok(bytes)
}

/// The master key of the data directory. One is made only if there are no keys that it could not open.
async fn own(
    dir: &DataDir,
    store: &dyn Store,
    entropy: &dyn Entropy,
) -> anyhow::Result<Secret<[u8; 32]>> {
    let is_there = dir.is_file(master::FILE);
    if is_there && is_own_key_open(dir.mode(master::FILE)) {
        let shown = dir.path().join(master::FILE);
        let refusal = Refusal::failed(format!("`{}` is open to other users", shown.display()));
        return Err(refusal.hint(format!("chmod 600 {}", shown.display())).into());
    }
    if !is_there && kms::has_keys(store).await.context("cannot look for keys")? {
        return Err(Refusal::failed("there are keys here, and the master key is missing")
            .hint(WANTED)
            .into());
    }
    let (key, is_new) = master::own(dir, entropy).map_err(|error| match error {
        MasterKeyError::Damaged => anyhow::Error::from(
            Refusal::failed("cannot use master.key").because(error).hint(WANTED),
        ),
        MasterKeyError::Io(_) => anyhow::Error::from(error),
    })?;
    if is_new {
        tracing::info!(
            file = %dir.path().join(master::FILE).display(),
            "made a master key, which no backup contains: keep it elsewhere, and give it with --master-key-file"
        );
    }
    Ok(key)
}
