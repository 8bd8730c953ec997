//! Who sees to it that each mapping is what it is to be.
//!
//! A mapping has a supervisor: a task that starts, changes and stops its consumer when the mapping's facts
//! say so, tells how it stands, and removes the mapping once it is drained. It is told by [`Functions::supervise`]
//! after every change, and the sweep does the same for changes whose callers went away.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use consumer::{ConsumerId, Handle, Settings};
use domain::MappingId;
use parking_lot::Mutex;
use stdx::Chain;
use tokio::sync::watch;

use crate::catalog::{MappingChange, MappingIndex};
use crate::destination::Destination;
use crate::mapping::{Mapping, MappingFacts, Phase, Start};
use crate::processor::MappingProcessor;
use crate::standing::{Live, NO_RESULT, Standing};
use crate::{Error, Functions, Result};

/// How long a supervisor waits before it tries again what the store or a stream refused.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// What batches of tumbling windows leave of an event for the state, and for what tells of the window.
const STATE_BYTES: usize = Settings::STATE_BYTES_MAX + 64 * 1024;

/// All supervisors.
#[derive(Default)]
pub(crate) struct Supervisors {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_stopped: bool,
    running: HashMap<MappingId, Supervisor>,
}

struct Supervisor {
    orders: watch::Sender<Order>,
    live: Arc<Mutex<Live>>,
    /// Closed when the task has ended.
    ended: watch::Receiver<()>,
}

#[derive(Clone)]
struct Order {
    mapping: Arc<Mapping>,
    is_stopped: bool,
}

impl Supervisors {
    /// How a mapping is, if anybody sees to it.
    pub(crate) fn live(&self, id: MappingId) -> Option<Live> {
        let state = self.state.lock();
        state.running.get(&id).map(|it| it.live.lock().clone())
    }

    /// Whether a mapping reads now.
    pub(crate) fn reads(&self, id: MappingId) -> bool {
        self.live(id).is_some_and(|live| live.status.is_some())
    }

    /// Stops all: batches in hand are finished.
    pub(crate) async fn stop(&self) {
        let ended: Vec<_> = {
            let mut state = self.state.lock();
            state.is_stopped = true;
            let each = state.running.values();
            each.map(|it| {
                it.orders.send_modify(|order| order.is_stopped = true);
                it.ended.clone()
            })
            .collect()
        };
        for mut ended in ended {
            while ended.changed().await.is_ok() {}
        }
    }
}

impl Functions {
    /// Sees to it that the mapping becomes what its newest facts say.
    pub(crate) fn supervise(self: &Arc<Self>, mapping: &Arc<Mapping>, is_new: bool) {
        let mut state = self.supervisors.state.lock();
        let id = mapping.facts.id;
        if let Some(supervisor) = state.running.get(&id) {
            let before = supervisor.orders.borrow().mapping.clone();
            // Tellers may overtake each other.
            if before.version < mapping.version {
                if !mapping.facts.works_as(&before.facts) {
                    let standing = Standing::between(before.facts.phase, mapping.facts.phase);
                    supervisor.live.lock().standing = standing;
                }
                supervisor.orders.send_modify(|order| order.mapping = Arc::clone(mapping));
            }
            return;
        }
        if state.is_stopped {
            return;
        }
        let standing = match mapping.facts.phase {
            _ if is_new => Standing::Creating,
            Phase::Enabled => Standing::Enabling,
            resting @ (Phase::Disabled | Phase::Deleting) => Standing::at_rest(resting),
        };
        let live = Arc::new(Mutex::new(Live::new(standing)));
        let order = Order { mapping: Arc::clone(mapping), is_stopped: false };
        let (orders, told) = watch::channel(order);
        let (alive, ended) = watch::channel(());
        let task = Task::new(Arc::clone(self), mapping, told, Arc::clone(&live));
        state.running.insert(id, Supervisor { orders, live, ended });
        drop(state);
        self.around.tasks.spawn("mapping", async move {
            let _alive = alive;
            task.run().await;
        });
    }

    /// Sees to all mappings.
    pub(crate) fn supervise_all(self: &Arc<Self>) {
        for mapping in self.mappings.look(MappingIndex::all) {
            self.supervise(&mapping, false);
        }
    }
}

/// What a supervisor works with.
struct Task {
    functions: Arc<Functions>,
    id: MappingId,
    told: watch::Receiver<Order>,
    live: Arc<Mutex<Live>>,
    /// The mapping as the processor sees it.
    current: watch::Sender<Arc<Mapping>>,
    consumer: Option<Handle>,
}

/// What became of an attempt to make a mapping what it is to be.
enum Pursued {
    /// It is.
    Settled,
    /// It will not be until it is changed, for this reason.
    Stuck(String),
    /// It is gone.
    Gone,
}

impl Task {
    fn new(
        functions: Arc<Functions>,
        mapping: &Arc<Mapping>,
        told: watch::Receiver<Order>,
        live: Arc<Mutex<Live>>,
    ) -> Self {
        let current = watch::Sender::new(Arc::clone(mapping));
        Self { functions, id: mapping.facts.id, told, live, current, consumer: None }
    }

    async fn run(mut self) {
        loop {
            let Order { mapping, is_stopped } = self.told.borrow_and_update().clone();
            if is_stopped {
                self.drain().await;
                break;
            }
            self.current.send_replace(Arc::clone(&mapping));
            let is_retried = match self.pursue(&mapping.facts).await {
                Ok(Pursued::Gone) => break,
                Ok(Pursued::Settled) => {
                    self.tell(mapping.facts.phase, None);
                    false
                }
                Ok(Pursued::Stuck(why)) => {
                    self.tell(mapping.facts.phase, Some(why));
                    false
                }
                Err(error) => {
                    let shown = Chain(&error).to_string();
                    tracing::warn!(mapping = %self.id, error = shown, "mapping is not as it should be");
                    self.live.lock().problem = Some(format!("PROBLEM: {error}"));
                    true
                }
            };
            // What is drained has been told already.
            let is_reading = self.consumer.is_some();
            tokio::select! {
                // The sender lives as long as this task is registered.
                _ = self.told.changed() => {}
                () = self.functions.source_gone(&mapping.facts), if is_reading => {}
                () = tokio::time::sleep(RETRY_AFTER), if is_retried => {}
            }
        }
    }

    /// Tells where the mapping stands, unless it is already told to be something else.
    fn tell(&self, phase: Phase, problem: Option<String>) {
        let mut live = self.live.lock();
        live.problem = problem.map(|why| format!("PROBLEM: {why}"));
        if !self.told.has_changed().unwrap_or(true) {
            live.standing = Standing::at_rest(phase);
        }
    }

    async fn pursue(&mut self, facts: &MappingFacts) -> Result<Pursued> {
        match facts.phase {
            Phase::Enabled => self.enable(facts).await,
            Phase::Disabled => {
                self.drain().await;
                Ok(Pursued::Settled)
            }
            Phase::Deleting => {
                self.drain().await;
                self.remove(facts).await?;
                Ok(Pursued::Gone)
            }
        }
    }

    async fn enable(&mut self, facts: &MappingFacts) -> Result<Pursued> {
        let stream = match self.functions.read_from(facts) {
            Ok(stream) => stream,
            Err(gone) => {
                self.drain().await;
                return Ok(Pursued::Stuck(gone.to_string()));
            }
        };
        let settings = settings(facts);
        if let Some(consumer) = &self.consumer {
            consumer.update(settings).map_err(Error::Consumer)?;
            return Ok(Pursued::Settled);
        }
        self.functions.begin(facts, &stream).await?;
        let processor =
            MappingProcessor::new(Arc::clone(&self.functions), self.current.subscribe());
        let engine = self.functions.engine();
        let id = ConsumerId(facts.number);
        let started = engine.start(id, stream, settings, Arc::new(processor)).await;
        let consumer = started.map_err(Error::Consumer)?;
        let mut live = self.live.lock();
        live.status = Some(consumer.watch());
        live.redrive = Some(consumer.redrive());
        drop(live);
        self.consumer = Some(consumer);
        Ok(Pursued::Settled)
    }

    /// Stops the consumer; batches in hand are finished. What it told last is kept.
    async fn drain(&mut self) {
        let Some(consumer) = self.consumer.take() else { return };
        self.live.lock().redrive = None;
        consumer.stop().await;
        let last = consumer.status().last_result;
        let mut live = self.live.lock();
        live.status = None;
        // One that was just started had none yet.
        if last != NO_RESULT {
            live.last = Some(last);
        }
    }

    /// Removes what is left of a drained mapping: its progress first, so that nothing is left that nobody
    /// knows of.
    async fn remove(&self, facts: &MappingFacts) -> Result<()> {
        let functions = &self.functions;
        let engine = functions.engine();
        engine.forget(ConsumerId(facts.number)).await.map_err(Error::Consumer)?;
        let changed = functions.mappings.change(|index| {
            let found = index.by_id(facts.account, &facts.region, facts.id);
            let gone = Error::NotFound(crate::error::Missing::Mapping);
            found.map(MappingChange::Remove).ok_or(gone)
        });
        match changed.await {
            // Removed by an attempt whose answer was lost.
            Ok(()) | Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
        functions.supervisors.state.lock().running.remove(&self.id);
        Ok(())
    }
}

impl Functions {
    /// Notes where a mapping begins to read, unless that was done before.
    pub(crate) async fn begin(&self, facts: &MappingFacts, stream: &streams::Stream) -> Result<()> {
        let start = match facts.start {
            Start::TrimHorizon => streams::Start::TrimHorizon,
            Start::Latest => streams::Start::Latest,
            Start::AtTimestamp(at) => streams::Start::AtTimestamp(at),
        };
        match self.engine().begin(ConsumerId(facts.number), stream, start).await {
            Ok(()) | Err(consumer::Error::Begun) => Ok(()),
            Err(error) => Err(Error::Consumer(error)),
        }
    }
}

fn settings(facts: &MappingFacts) -> Settings {
    let knobs = facts.knobs;
    let tumbling = knobs.tumbling_seconds;
    // The state of a window comes along with the records.
    let kept_free = if tumbling > 0 { STATE_BYTES } else { 0 };
    Settings {
        batch_records: knobs.batch,
        batch_bytes: Settings::BATCH_BYTES_MAX - kept_free,
        window: Duration::from_secs(knobs.window_seconds.into()),
        factor: u16::try_from(knobs.parallel).unwrap_or(Settings::FACTOR_MAX),
        tumbling: (tumbling > 0).then(|| Duration::from_secs(tumbling.into())),
        retries_max: knobs.retries,
        age_max: knobs.age_seconds.map(|seconds| Duration::from_secs(seconds.into())),
        bisects: knobs.bisects,
        park_after: (knobs.park_after > 0).then_some(knobs.park_after),
        tells_given_up: facts.on_failure.is_some(),
        notes_given_up: facts.on_failure.as_ref().is_some_and(Destination::is_elsewhere),
    }
}
