//! The service as other Rust code sees it. It speaks domain types; [`crate::ops`] puts AWS's words on it.

use std::fmt;
use std::sync::Arc;

use consumer::Engine;
use domain::{AccountId, FunctionName, Millis, Region};
use egress::Egress;
use identity::Directory;
use metering::Metrics;
use stdx::{Clock, Entropy, Tasks};
use storage::ledger::Ledger;
use storage::{Health, Store};
use streams::Streams;
use tokio::sync::RwLock;
use wasm::Sandbox;
use wire::token::{Opened, Purpose, Sealer};

use crate::catalog::{EventConfigIndex, FunctionChange, FunctionIndex, MappingIndex};
use crate::concurrency::Concurrency;
use crate::delivery::Buckets;
use crate::events::Queues;
use crate::function::Function;
use crate::intake::Intake;
use crate::interpreters::Interpreters;
use crate::lifecycle::existing;
use crate::logs::Logs;
use crate::mapping_measures::MappingMeasures;
use crate::measures::Measures;
use crate::source::Sources;
use crate::supervisor::Supervisors;
use crate::totals::Totals;
use crate::unattended::Unattended;
use crate::{Error, Result};

/// What the operator may decide.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether the quotas of an account are those of AWS (calls at one moment, bytes of uploads), or unbounded.
    pub limits: bool,
    /// Whether a role that does not exist may do everything in its account: for development, where whoever asks is
    /// the account's root anyway. Otherwise it may do nothing.
    pub absent_roles_allow: bool,
    /// Where the buckets of destinations are.
    pub buckets: Buckets,
}

impl Default for Settings {
    fn default() -> Self {
        Self { limits: true, absent_roles_allow: false, buckets: Buckets::default() }
    }
}

/// What functions need of their surroundings.
#[derive(Clone)]
pub struct Surroundings {
    /// Where facts, components and logs are kept; the store of the streams.
    pub store: Arc<dyn Store>,
    /// Where mappings read, and where what functions emit goes.
    pub streams: Arc<Streams>,
    /// Who may do what: asked for the roles of functions.
    pub directory: Arc<Directory>,
    /// Where functions run.
    pub sandbox: Arc<dyn Sandbox>,
    /// What runs functions that are source code.
    pub interpreters: Arc<Interpreters>,
    /// The way to others, for what functions fetch and for destinations that are not on this server.
    pub egress: Arc<Egress>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The tasks of this service alone: [`Functions::stop`] stops and drains them.
    pub tasks: Tasks,
    /// Where it counts.
    pub metrics: Metrics,
}

/// All functions and mappings of all accounts.
pub struct Functions {
    pub(crate) around: Surroundings,
    pub(crate) settings: Settings,
    pub(crate) sealer: Sealer,
    pub(crate) functions: Ledger<FunctionIndex>,
    pub(crate) mappings: Ledger<MappingIndex>,
    pub(crate) event_configs: Ledger<EventConfigIndex>,
    pub(crate) events: Arc<Queues>,
    pub(crate) logs: Logs,
    pub(crate) running: Concurrency,
    pub(crate) unattended: Unattended,
    pub(crate) measures: Measures,
    pub(crate) mapping_measures: MappingMeasures,
    pub(crate) totals: Totals,
    /// Since when the totals count.
    pub(crate) started_at: Millis,
    pub(crate) intake: Intake,
    pub(crate) sources: Sources,
    /// Held by whoever stores a component until a fact names it, and by the sweep that deletes components
    /// which no fact names.
    pub(crate) uploads: Arc<RwLock<()>>,
    pub(crate) supervisors: Supervisors,
}

impl Functions {
    /// Loads functions and mappings. Nothing runs before [`Functions::start`].
    ///
    /// # Errors
    /// If the store cannot be read, or what it says of them is damaged.
    pub async fn open(
        around: Surroundings,
        settings: Settings,
        sealer: Sealer,
    ) -> Result<Arc<Self>> {
        let functions = Ledger::load(Arc::clone(&around.store)).await?;
        let mappings = Ledger::load(Arc::clone(&around.store)).await?;
        let event_configs = Ledger::load(Arc::clone(&around.store)).await?;
        let Surroundings { store, clock, metrics, .. } = &around;
        let logs = Logs::new(Arc::clone(store), Arc::clone(clock), metrics.clone());
        let service = Arc::new(Self {
            sealer,
            functions,
            mappings,
            event_configs,
            events: Arc::default(),
            logs,
            running: Concurrency::default(),
            unattended: Unattended::default(),
            measures: Measures::default(),
            mapping_measures: MappingMeasures::default(),
            totals: Totals::default(),
            started_at: around.clock.now(),
            settings,
            intake: Intake::default(),
            sources: Sources::default(),
            uploads: Arc::default(),
            supervisors: Supervisors::default(),
            around,
        });
        service.load_events().await?;
        Ok(service)
    }

    /// Begins to store log lines and to run the mappings, and sweeps for the first time. Once.
    ///
    /// # Panics
    /// Outside a runtime.
    pub fn start(self: &Arc<Self>) {
        let tasks = &self.around.tasks;
        let (service, shutdown) = (Arc::clone(self), tasks.shutdown());
        tasks.spawn("function logs", async move { service.logs.store_all(shutdown).await });
        self.supervise_all();
        tasks.spawn("events", Arc::clone(self).run_events(tasks.shutdown()));
        let service = Arc::clone(self);
        tasks.spawn("function sweep", async move { service.sweep().await });
        let service = Arc::clone(self);
        tasks.spawn("interpreters", async move { service.prepare_interpreters().await });
        let (service, mut shutdown) = (Arc::clone(self), tasks.shutdown());
        tasks.spawn("code at hand", async move {
            tokio::select! {
                () = service.bring_to_hand() => {}
                () = shutdown.raised() => {}
            }
        });
    }

    /// Lets calls that wait for something to happen answer at once: the server is about to stop, and waits for
    /// them.
    pub fn hurry(&self) {
        self.logs.leave();
    }

    /// Stops: batches in hand are finished, no other begins, lines that wait are stored.
    pub async fn stop(&self) {
        self.supervisors.stop().await;
        self.around.tasks.stop();
        self.around.tasks.drained().await;
        // Whatever was written while the writer ended.
        self.logs.flush().await;
    }

    /// What is due from time to time, each minute for example: finishes changes whose callers went away,
    /// deletes components that no function names, trims logs.
    pub async fn sweep(self: &Arc<Self>) {
        let settled = [
            self.functions.settle().await,
            self.mappings.settle().await,
            self.event_configs.settle().await,
        ];
        for error in settled.into_iter().filter_map(Result::err) {
            tracing::warn!(error = %stdx::Chain(&error), "a change of functions is still not stored");
        }
        self.supervise_all();
        if let Err(error) = self.sweep_components().await {
            tracing::warn!(error = %stdx::Chain(&error), "components without a function stay for now");
        }
        if let Err(error) = self.sweep_event_configs().await {
            tracing::warn!(error = %stdx::Chain(&error), "configurations without a function stay for now");
        }
        self.sweep_logs().await;
    }

    /// Deletes components that no function names. Only what was noted as a component is looked at: the store
    /// may hold blobs of others.
    async fn sweep_components(&self) -> Result<()> {
        // Facts may be missing: nothing is deleted because of that.
        if !matches!(self.around.store.health(), Health::Ready | Health::Full(_)) {
            return Ok(());
        }
        // Whoever is uploading now keeps the sweep away until the next time.
        let Ok(_alone) = self.uploads.try_write() else {
            return Ok(());
        };
        self.functions.settle().await?;
        for component in self.functions.look(FunctionIndex::litter) {
            self.around.store.delete_blob(component).await?;
            self.functions.change(|_| Ok(FunctionChange::Forget(component))).await?;
        }
        Ok(())
    }

    async fn sweep_logs(&self) {
        let functions = self.functions.look(FunctionIndex::all);
        for function in &functions {
            let log = function.facts.log;
            match self.logs.trim(log).await {
                Ok(()) => {}
                // Deleted meanwhile.
                Err(error) if error.kind() == storage::Kind::NotFound => {}
                Err(error) => {
                    tracing::warn!(error = %stdx::Chain(&error), "log of a function is not trimmed");
                }
            }
        }
        let logs: std::collections::HashSet<_> = functions.iter().map(|it| it.facts.log).collect();
        self.logs.keep_measures(|log| logs.contains(&log));
        let ids: std::collections::HashSet<_> = functions.iter().map(|it| it.facts.id).collect();
        self.totals.keep(|id| ids.contains(&id));
    }

    /// The function with this name.
    ///
    /// # Errors
    /// If there is none.
    pub fn function(
        &self,
        account: AccountId,
        region: &Region,
        name: &FunctionName,
    ) -> Result<Arc<Function>> {
        self.functions.look(|index| existing(index, (account, region), name))
    }

    /// What consumers need.
    pub(crate) fn engine(&self) -> Engine {
        let Surroundings { store, streams, clock, entropy, tasks, metrics, .. } = &self.around;
        Engine {
            streams: Arc::clone(streams),
            store: Arc::clone(store),
            tasks: tasks.clone(),
            clock: Arc::clone(clock),
            entropy: Arc::clone(entropy),
            metrics: metrics.clone(),
        }
    }

    /// What a token carries. Tokens of listings and logs do not expire: they hold no more than a place.
    pub(crate) fn open_token(&self, purpose: Purpose, token: &str) -> Result<Vec<u8>> {
        let opened = self.sealer.open(purpose, token).ok();
        opened.map(|Opened { content, .. }| content).ok_or(Error::Token)
    }

    /// Seals `content` for `purpose`, as of now.
    pub(crate) fn seal(&self, purpose: Purpose, content: &[u8]) -> String {
        let nonce = self.around.entropy.bytes();
        self.sealer.seal(purpose, nonce, self.around.clock.now(), content)
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Functions").finish_non_exhaustive()
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}
