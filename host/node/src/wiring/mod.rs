//! The only place where implementations meet.

mod authority;
mod egress;
mod engine;
mod files;
mod functions;
mod keys;
mod monitoring;
mod operator;
mod partial;
mod sandbox;
mod worker;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::available_parallelism;

use ::egress::Egress;
use ::functions::{Functions, Surroundings};
use ::monitoring::Monitoring;
use anyhow::Context as _;
use domain::{AccountId, Region};
use gateway::{Door, HealthCheck, HealthReport, Limits, Tls};
use identity::kms::Keys;
use identity::trail::{self, Trail};
use identity::{Directory, KeyRing, Root};
use stdx::{Background, DataDir, Entropy, Secret, SystemClock, SystemEntropy, Tasks};
use storage::{Health, Store};
use streams::Streams;
use wasm::Host;
use wire::token::Sealer;

use crate::client::Seams;
use crate::config::{Access, Settings};
use crate::operator::Operator;
use authority::Authority;

pub(crate) use engine::Engine;
pub(crate) use files::{
    check_private, is_own_key_open, open_dir, open_file, open_or_make_dir, read_file, unusable,
    write_file,
};
pub(crate) use operator::source;
pub(crate) use partial::Partial;
pub(crate) use sandbox::LoneSandbox;
pub(crate) use worker::COMPILE_WORKER;

/// Where `identity` keeps the root key, seen from the data directory.
pub(crate) const ROOT_FILE: &str = "root.credentials";
/// Where `identity` keeps the host key.
const HOST_KEY_FILE: &str = "host.key";

/// Where `identity` keeps the master key, unless another one is given.
pub(crate) const MASTER_KEY_FILE: &str = identity::kms::master::FILE;

/// A node with its parts put together; nobody has knocked yet.
pub(crate) struct Parts {
    pub(crate) door: Door,
    pub(crate) directory: Arc<Directory>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) streams: Arc<Streams>,
    pub(crate) functions: Arc<Functions>,
    pub(crate) monitoring: Arc<Monitoring>,
    pub(crate) sandbox: Arc<Host>,
    pub(crate) trail: Arc<Trail>,
    pub(crate) egress: Arc<Egress>,
    pub(crate) operator: Arc<Operator>,
    /// Whether this start made the root key.
    pub(crate) is_new_root: bool,
    /// Accounts of which the new root key, if there is one, is not.
    pub(crate) others: Vec<AccountId>,
}

/// The machine's clock and randomness, and tasks that nobody has stopped yet.
pub(crate) fn seams() -> Seams {
    Seams {
        clock: Arc::new(SystemClock::new()),
        entropy: Arc::new(SystemEntropy),
        tasks: Tasks::new(),
    }
}

/// Puts a node together on an open store. The directory's lock must be held. `own` is where it listens.
///
/// # Errors
/// If a key file is damaged or the store cannot be read.
pub(crate) async fn assemble(
    settings: &Settings,
    tls: Option<Arc<Tls>>,
    dir: &DataDir,
    engine: &Engine,
    seams: &Seams,
    own: Vec<SocketAddr>,
) -> anyhow::Result<Parts> {
    let store = engine.store();
    let host_key = host_key(dir, &*seams.entropy)?;
    let (root, is_new_root) = root(settings, dir, &*seams.entropy)?;
    let keys = Arc::new(KeyRing::new());
    let directory = open_directory(&root, &keys, &host_key, engine, seams).await?;
    let kms = keys::open(settings, dir, Arc::clone(&store), seams).await?;
    let streams = open_streams(settings, &kms, &host_key, engine, seams).await?;
    let [sealer, of_metrics, of_trail] = [(); 3].map(|()| Sealer::new(host_key.expose()));
    let trail = open_trail(settings, engine, seams, of_trail, &root);
    let trail = trail.await.context("cannot read the audit trail")?;
    let others = if is_new_root { others(&trail, root.account) } else { Vec::new() };
    let (sandbox, interpreters) = functions::start(settings, dir, &store, host_key, seams)?;
    let egress = egress::open(settings, own, engine.metrics().clone())?;
    let around = Surroundings {
        store: Arc::clone(&store),
        streams: Arc::clone(&streams),
        directory: Arc::clone(&directory),
        sandbox: Arc::clone(&sandbox) as Arc<dyn wasm::Sandbox>,
        interpreters,
        egress: Arc::clone(&egress),
        clock: Arc::clone(&seams.clock),
        entropy: Arc::clone(&seams.entropy),
        // Its own: functions stop after requests and before the store.
        tasks: Tasks::new(),
        metrics: engine.metrics().clone(),
    };
    let functions = open_functions(settings, around, sealer).await?;
    let monitoring = monitoring::open(engine, seams, of_metrics);
    let watched = Arc::clone(&trail);
    let operator = operator::open(settings, dir, engine, &root, seams)?;
    let door = Door {
        apis: vec![
            Arc::new(trail::ops::table(Arc::clone(&trail))),
            Arc::new(trail::ops::own_table(Arc::clone(&trail))),
            Arc::new(streams::table(Arc::clone(&streams))),
            Arc::new(streams::own_table(Arc::clone(&streams), root.account)),
            Arc::new(::functions::table(Arc::clone(&functions))),
            Arc::new(::monitoring::table(Arc::clone(&monitoring))),
            Arc::new(::functions::own_table(Arc::clone(&functions))),
            Arc::new(identity::table(Arc::clone(&directory))),
            Arc::new(identity::kms::table(Arc::clone(&kms))),
            Arc::new(crate::operator::table(Arc::clone(&operator))),
        ],
        keys,
        trail: Arc::clone(&trail),
        authorizer: Arc::new(Authority::new(Arc::clone(&directory), settings.limits, &seams.clock)),
        clock: Arc::clone(&seams.clock),
        entropy: Arc::clone(&seams.entropy),
        metrics: engine.metrics().clone(),
        health: Arc::new(move || health(&*store, &watched)),
        regions: listed(&settings.regions),
        metrics_token: settings.metrics_token.clone(),
        tls,
        limits: limits(settings),
    };
    Ok(Parts {
        door,
        directory,
        keys: kms,
        streams,
        functions,
        monitoring,
        sandbox,
        trail,
        egress,
        operator,
        is_new_root,
        others,
    })
}

/// Accounts that were there before an account got a root key.
fn others(trail: &Trail, root: AccountId) -> Vec<AccountId> {
    let mut others = trail.accounts();
    others.retain(|account| *account != root);
    others
}

/// Who there is, with the keys that the door knows.
async fn open_directory(
    root: &Root,
    keys: &Arc<KeyRing>,
    host_key: &Secret<[u8; 32]>,
    engine: &Engine,
    seams: &Seams,
) -> anyhow::Result<Arc<Directory>> {
    keys.insert(root.access_key_id.clone(), root.key());
    let around = identity::Surroundings {
        store: engine.store(),
        keys: Arc::clone(keys),
        clock: Arc::clone(&seams.clock),
        entropy: Arc::clone(&seams.entropy),
        operator: root.account,
    };
    let directory = Directory::open(around, host_key.expose()).await;
    directory.context("cannot load the accounts")
}

async fn open_streams(
    settings: &Settings,
    kms: &Arc<Keys>,
    host_key: &Secret<[u8; 32]>,
    engine: &Engine,
    seams: &Seams,
) -> anyhow::Result<Arc<Streams>> {
    // Half of the processors are left to those who put.
    let threads = (available_parallelism().map_or(1, usize::from) / 2).max(1);
    let background = Background::start(&seams.tasks, "large-pages", threads);
    let background = background.context("cannot start a thread")?;
    let around = streams::Surroundings {
        store: engine.store(),
        clock: Arc::clone(&seams.clock),
        entropy: Arc::clone(&seams.entropy),
        sealer: Sealer::new(host_key.expose()),
        metrics: engine.metrics().clone(),
        keys: Some(Arc::clone(kms)),
        background: Some(background),
    };
    let streams = Streams::open(around, streams::Settings { limits: settings.limits });
    let streams = Arc::new(streams.await.context("cannot load the streams")?);
    if settings.accept_time {
        streams.accept_time();
    }
    Ok(streams)
}

async fn open_functions(
    settings: &Settings,
    around: Surroundings,
    sealer: Sealer,
) -> anyhow::Result<Arc<Functions>> {
    let absent_roles_allow = match settings.access {
        Access::Keys => false,
        Access::DevLocal | Access::DevRemote => true,
    };
    let buckets = settings.buckets.clone();
    let limits = settings.limits;
    let chosen = ::functions::Settings { limits, absent_roles_allow, buckets };
    let functions = Functions::open(around, chosen, sealer).await;
    functions.context("cannot load the functions")
}

/// The root key, and whether it was made now.
fn root(settings: &Settings, dir: &DataDir, entropy: &dyn Entropy) -> anyhow::Result<(Root, bool)> {
    match settings.access {
        Access::Keys => Root::open(dir, entropy, None).context("cannot get the root key"),
        Access::DevLocal | Access::DevRemote => Ok((Root::dev(), false)),
    }
}

async fn open_trail(
    settings: &Settings,
    engine: &Engine,
    seams: &Seams,
    sealer: Sealer,
    root: &Root,
) -> storage::Result<Arc<Trail>> {
    let around = trail::Surroundings {
        store: engine.store(),
        clock: Arc::clone(&seams.clock),
        entropy: Arc::clone(&seams.entropy),
        metrics: engine.metrics().clone(),
    };
    let decided = trail::Settings {
        data_events: settings.audit_data_events,
        limits: settings.limits,
        operator: root.account,
    };
    Trail::open(around, decided, sealer).await
}

fn health(store: &dyn Store, trail: &Trail) -> HealthReport {
    let storage = HealthCheck { name: "storage", problem: problem(&store.health()) };
    let stuck = trail.is_stuck().then(|| "cannot be written".to_owned());
    let audit = HealthCheck { name: "audit", problem: stuck };
    HealthReport { checks: vec![storage, audit] }
}

/// The host key; what an interrupted first start left beside it and the root key, secrets too, goes.
fn host_key(dir: &DataDir, entropy: &dyn Entropy) -> anyhow::Result<Secret<[u8; 32]>> {
    dir.remove_leftovers_of(&[ROOT_FILE, HOST_KEY_FILE, MASTER_KEY_FILE])
        .context("cannot remove what an interrupted start left")?;
    identity::host_key(dir, entropy).context("cannot get the host key")
}

/// What is wrong with a store, if anything.
pub(crate) fn problem(health: &Health) -> Option<String> {
    match health {
        Health::Ready => None,
        Health::Damaged(what) => Some(format!("stored bytes are damaged: {what}")),
        Health::DataLossDetected(what) => Some(format!("data loss detected: {what}")),
        Health::Full(what) => Some(format!("disk is nearly full: {what}")),
        Health::Failed(what) => Some(format!("failed: {what}")),
    }
}

fn listed(regions: &[Region]) -> Option<Vec<Region>> {
    (!regions.is_empty()).then(|| regions.to_vec())
}

fn limits(settings: &Settings) -> Limits {
    let default = Limits::default();
    Limits {
        connections_max: settings.connections_max.unwrap_or(default.connections_max),
        connections_per_address_max: settings
            .connections_per_address_max
            .unwrap_or(default.connections_per_address_max),
        body_budget_bytes: settings.body_budget_bytes.unwrap_or(default.body_budget_bytes),
        ..default
    }
}
