//! The audit trail: what was asked, by whom, from where and with what outcome, in CloudTrail's event format.
//!
//! Promises: a call whose event belongs into the trail is answered after the event is durable; nobody but the
//! one task of [`Trail::run`] writes, so an owner's events have numbers without gaps; what waits is bounded, and
//! what found no room is counted by an event. When the trail cannot be written, calls that change something are
//! refused before they begin, others are answered. Payloads and secrets are kept out by allow-lists: see
//! [`wire::trail`]. Left to others: telling what happened (the gateway), and who may read it (the authorizer).

mod check;
mod error;
mod event;
mod events;
mod fold;
mod log_state;
mod lookup;
pub mod ops;
mod owner;
mod queue;
mod read;
mod record;
mod trim;
mod who;
mod writer;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::{AccountId, Region};
use metering::Metrics;
use parking_lot::{Mutex, RwLock};
use stdx::{Bucket, Clock, Entropy, Tasks};
use storage::Store;
use tokio::sync::{Notify, Semaphore, oneshot, watch};
use wire::token::Sealer;

pub use check::{Checked, check};
pub use error::Error;
pub use event::{Event, Happened, Who, event_name};
pub use events::Events;
pub use owner::Owner;
pub use queue::Slot;

use fold::Became;
use log_state::LogState;
use queue::{Queue, SLOTS};
use writer::Writing;

/// What the operator decides.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Whether calls that are about data are events as well.
    pub data_events: bool,
    /// Whether reading has the rate of AWS's.
    pub limits: bool,
    /// The account that may read what is of others, and of strangers.
    pub operator: AccountId,
}

/// What the trail needs of its surroundings.
#[derive(Clone)]
pub struct Surroundings {
    /// Where events are kept.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Where it counts.
    pub metrics: Metrics,
}

/// The events of all accounts.
pub struct Trail {
    around: Surroundings,
    settings: Settings,
    sealer: Sealer,
    queue: Mutex<Queue>,
    /// Told when there is something in the queue.
    filled: Notify,
    slots: Arc<Semaphore>,
    /// Whether the last attempt to store events failed.
    is_stuck: AtomicBool,
    states: RwLock<BTreeMap<Owner, LogState>>,
    /// Changes when events were stored.
    stored: watch::Sender<u64>,
    /// Whether those who wait for events should rather go.
    leaving: watch::Sender<bool>,
    writing: tokio::sync::Mutex<Writing>,
    lookups: Mutex<HashMap<(AccountId, Region), Bucket>>,
}

/// The trail cannot be written now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audit trail cannot be written")]
pub struct Unwritten;

impl Trail {
    /// The trail that lies in the store; nothing is written before [`Trail::run`].
    ///
    /// # Errors
    /// If the store cannot be read or says what cannot be.
    pub async fn open(
        around: Surroundings,
        settings: Settings,
        sealer: Sealer,
    ) -> storage::Result<Arc<Self>> {
        let states = read::states(&*around.store).await?;
        Ok(Arc::new(Self {
            around,
            settings,
            sealer,
            queue: Mutex::default(),
            filled: Notify::new(),
            slots: Arc::new(Semaphore::new(SLOTS)),
            is_stuck: AtomicBool::new(false),
            states: RwLock::new(states),
            stored: watch::Sender::new(0),
            leaving: watch::Sender::new(false),
            writing: tokio::sync::Mutex::default(),
            lookups: Mutex::default(),
        }))
    }

    /// Begins to write. Once. The tasks are its own: they stop after whatever has events to tell of.
    ///
    /// # Panics
    /// Outside a runtime.
    pub fn start(self: &Arc<Self>, tasks: &Tasks) {
        let (trail, shutdown) = (Arc::clone(self), tasks.shutdown());
        tasks.spawn("audit trail", async move { trail.run(shutdown).await });
    }

    /// Whether calls of this kind are events even if they succeed.
    pub fn takes(&self, trail: wire::Trail) -> bool {
        match trail {
            wire::Trail::Write | wire::Trail::Read => true,
            wire::Trail::DataWrite | wire::Trail::DataRead => self.settings.data_events,
            wire::Trail::Itself => false,
        }
    }

    /// Whether the last attempt to store events failed.
    pub fn is_stuck(&self) -> bool {
        self.is_stuck.load(Ordering::Relaxed)
    }

    /// The accounts that have a history here, in order of their numbers.
    pub fn accounts(&self) -> Vec<AccountId> {
        let states = self.states.read();
        let account = |owner: &Owner| match owner {
            Owner::Account(account) => Some(*account),
            Owner::Strangers => None,
        };
        states.keys().filter_map(account).collect()
    }

    /// An id for an event.
    pub fn event_id(&self) -> String {
        self.around.entropy.uuid()
    }

    /// Room for the event of a call that is about to begin. Waits while there are too many, unless the trail
    /// cannot be written.
    ///
    /// # Errors
    /// If it cannot.
    pub async fn reserve(&self) -> Result<Slot, Unwritten> {
        if self.is_stuck() {
            return Err(Unwritten);
        }
        let permit = Arc::clone(&self.slots).acquire_owned().await;
        permit.map(Slot::held).map_err(|_closed| Unwritten)
    }

    /// The same without waiting, and whether or not the trail can be written.
    pub fn try_reserve(&self) -> Option<Slot> {
        Arc::clone(&self.slots).try_acquire_owned().ok().map(Slot::held)
    }

    /// Queues what is told of a call and waits until it is durable. It is kept, and stored later, whatever
    /// becomes of the caller and of this attempt.
    ///
    /// # Errors
    /// If it could not be stored yet.
    pub async fn write(&self, events: impl Into<Events>, slot: Slot) -> Result<(), Unwritten> {
        let (told, durable) = oneshot::channel();
        self.queue.lock().push(events.into(), self.around.clock.now(), slot, Some(told));
        self.filled.notify_one();
        match durable.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(Unwritten),
        }
    }

    /// Queues what nobody waits for.
    pub fn leave(&self, events: impl Into<Events>, slot: Slot) {
        self.queue.lock().push(events.into(), self.around.clock.now(), slot, None);
        self.filled.notify_one();
    }

    /// Notes a refusal that nobody waits for: identical ones within a second are one event, and when there are
    /// too many they are only counted.
    pub fn note(&self, event: Event) {
        let became = self.queue.lock().fold(event, self.around.clock.now());
        let numbers = &self.around.metrics.audit;
        match became {
            Became::Event => self.filled.notify_one(),
            Became::Folded => {
                numbers.folded.inc();
            }
            Became::Dropped => {
                numbers.dropped.inc();
            }
        }
    }

    /// An event had no room. The log says how many there were as soon as it can be written.
    pub fn lose(&self, owner: Owner) {
        self.queue.lock().lose(owner);
        self.around.metrics.audit.dropped.inc();
    }

    /// Lets calls that wait for events answer at once: the server is about to stop.
    pub fn hurry(&self) {
        self.leaving.send_replace(true);
    }
}

impl fmt::Debug for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trail").finish_non_exhaustive()
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}
