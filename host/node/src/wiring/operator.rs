//! The part of a node that its operator speaks to.

use std::sync::Arc;

use anyhow::Context as _;
use domain::AccountId;
use identity::Root;
use stdx::{DataDir, Tasks};

use super::{Engine, ROOT_FILE, open_or_make_dir};
use crate::backup::{Source, Spool};
use crate::client::Seams;
use crate::config::Settings;
use crate::operator::Operator;

/// Where backups are made if the configuration says nothing, seen from the data directory.
const BACKUPS: &str = "backups";

/// The operator's API on an open store.
///
/// # Errors
/// If the folder for backups cannot be used, or the root key is damaged.
pub(super) fn open(
    settings: &Settings,
    dir: &DataDir,
    engine: &Engine,
    root: &Root,
    seams: &Seams,
) -> anyhow::Result<Arc<Operator>> {
    let folder = match &settings.backup_dir {
        Some(path) => open_or_make_dir(path)?,
        None => own_folder(dir).context("cannot use the folder for backups")?,
    };
    // Nobody waits for them at the end: a backup that is not whole is removed at the next start.
    let tasks = Tasks::new();
    let source = source(dir, engine, seams)?;
    let reserve = settings.reserve(dir);
    let spool = Spool::open(
        source,
        folder,
        reserve.low_water_bytes,
        Arc::clone(&seams.entropy),
        tasks.clone(),
    );
    let spool = spool.context("cannot use the folder for backups")?;
    Ok(Arc::new(Operator {
        account: root.account,
        spool,
        store: engine.sqlite(),
        data: dir.clone(),
        reserve,
        clock: Arc::clone(&seams.clock),
        tasks,
    }))
}

fn own_folder(dir: &DataDir) -> std::io::Result<DataDir> {
    if dir.exists(BACKUPS) { dir.open_subdir(BACKUPS) } else { dir.make_subdir(BACKUPS) }
}

/// What backups of an open store are made of.
///
/// # Errors
/// If the root key is damaged.
pub(crate) fn source(dir: &DataDir, engine: &Engine, seams: &Seams) -> anyhow::Result<Source> {
    Ok(Source {
        store: engine.sqlite(),
        data: dir.clone(),
        account: account(dir, seams)?,
        clock: Arc::clone(&seams.clock),
    })
}

/// Whose root key lies in the directory: none, if it has only served the development key.
fn account(dir: &DataDir, seams: &Seams) -> anyhow::Result<Option<AccountId>> {
    if !dir.exists(ROOT_FILE) {
        return Ok(None);
    }
    let root = Root::open(dir, &*seams.entropy, None).context("cannot get the root key")?;
    Ok(Some(root.0.account))
}
