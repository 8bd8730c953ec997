//! The service as other Rust code sees it. It speaks domain types; [`crate::ops`] puts AWS's words on it.

use std::fmt;
use std::sync::Arc;

use domain::{AccountId, Region, ShardId, StreamId, StreamName};
use identity::kms::Keys;
use metering::Metrics;
use parking_lot::Mutex;
use stdx::{Background, Clock, Entropy, Page};
use storage::Store;
use storage::ledger::Ledger;
use tokio::sync::watch;
use wire::token::{Purpose, Sealer};

use crate::account::Accounts;
use crate::catalog::{Catalog, Index};
use crate::error::{Invalid, Missing, Named};
use crate::fanout::Fanout;
use crate::measure::Seen;
use crate::on_demand::{Loads, Scaler};
use crate::queues::Queues;
use crate::retention::time::RetentionTime;
use crate::sealing::Sealing;
use crate::stream::{Shard, Stream};
use crate::usage::{Meter, UsageLogs};
use crate::{Error, Result};

/// What the operator may decide.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Whether the throughput of a shard and the quotas of an account are those of AWS, or unbounded.
    pub limits: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { limits: true }
    }
}

/// What the streams need of the program around them.
pub struct Surroundings {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Seals iterators and page tokens.
    pub sealer: Sealer,
    /// Where they count.
    pub metrics: Metrics,
    /// The key service, which encrypts streams; without it none can be.
    pub keys: Option<Arc<Keys>>,
    /// The threads that encode large pages of records; without them, the task that was asked does it.
    pub background: Option<Background>,
}

impl Surroundings {
    /// With metrics that nobody else sees.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        sealer: Sealer,
    ) -> Self {
        Self {
            store,
            clock,
            entropy,
            sealer,
            metrics: Metrics::new(),
            keys: None,
            background: None,
        }
    }
}

/// All data streams of all accounts.
///
/// Methods that take a [`Stream`] were preceded by a look-up, so a stream that is deleted in between is
/// noticed by the store and told as not found.
pub struct Streams {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) settings: Settings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) sealer: Sealer,
    pub(crate) catalog: Catalog,
    pub(crate) accounts: Ledger<Accounts>,
    pub(crate) loads: Ledger<Loads>,
    pub(crate) scaler: Mutex<Scaler>,
    pub(crate) usage: Ledger<UsageLogs>,
    pub(crate) meter: Mutex<Meter>,
    /// Held while usage is written.
    pub(crate) rolling: tokio::sync::Mutex<()>,
    pub(crate) fanout: Fanout,
    pub(crate) metrics: Metrics,
    pub(crate) sealing: Sealing,
    pub(crate) queues: Queues,
    pub(crate) background: Option<Background>,
    /// What retention believes of the time of day.
    pub(crate) time: RetentionTime,
    /// What single shards had counted when metrics were last taken.
    pub(crate) seen: Mutex<Seen>,
}

impl Streams {
    /// Loads the catalogue.
    ///
    /// # Errors
    /// If the store cannot be read, or what it says of the streams is damaged.
    pub async fn open(around: Surroundings, settings: Settings) -> Result<Self> {
        let Surroundings { store, clock, entropy, sealer, metrics, keys, background } = around;
        let sealing = Sealing::new(keys, Arc::clone(&entropy));
        let monotonic = clock.monotonic();
        let time = RetentionTime::load(&*store, &*clock).await?;
        let catalog = Catalog::load(Arc::clone(&store), monotonic).await?;
        let accounts = Ledger::load(Arc::clone(&store)).await?;
        let loads = Ledger::load(Arc::clone(&store)).await?;
        let scaler = Mutex::new(Scaler::new(monotonic));
        let usage = Ledger::load(Arc::clone(&store)).await?;
        let meter = Mutex::new(Meter::new(clock.now(), monotonic));
        let queues = Queues::load(Arc::clone(&store)).await?;
        let fanout = Fanout::load(Arc::clone(&store)).await?;
        let seen = Mutex::default();
        Ok(Self {
            store,
            settings,
            clock,
            entropy,
            sealer,
            catalog,
            accounts,
            loads,
            scaler,
            usage,
            meter,
            rolling: tokio::sync::Mutex::new(()),
            fanout,
            metrics,
            sealing,
            queues,
            background,
            time,
            seen,
        })
    }

    /// Changes after each change of a stream or of its shards.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.catalog.changed()
    }

    /// The stream with this name.
    ///
    /// # Errors
    /// If there is none.
    pub fn stream(
        &self,
        account: AccountId,
        region: &Region,
        name: &StreamName,
    ) -> Result<Arc<Stream>> {
        let found = self.catalog.by_name(account, region, name);
        found.ok_or_else(|| {
            let stream = name.to_string();
            Error::NotFound(Missing::Stream(Named { account, stream }))
        })
    }

    /// The stream with this number, if it still exists.
    pub fn stream_by_id(&self, id: StreamId) -> Option<Arc<Stream>> {
        self.catalog.by_id(id)
    }

    /// Changes after each time that a stream was deleted.
    pub fn streams_gone(&self) -> watch::Receiver<u64> {
        self.catalog.look(Index::gone)
    }

    /// The streams of an account in a region whose names are greater than `after`, by name, at most `limit`
    /// of them.
    pub fn list_streams(
        &self,
        account: AccountId,
        region: &Region,
        after: Option<&StreamName>,
        limit: usize,
    ) -> Page<Arc<Stream>> {
        self.catalog.look(|index| Page::first(limit, index.list(account, region, after).cloned()))
    }

    /// How many open shards and how many on-demand streams an account has, in all regions, as its quotas count them.
    pub(crate) fn counts(&self, account: AccountId) -> (u64, u32) {
        self.catalog.look(|index| index.usage(account))
    }

    /// What a page token carries.
    pub(crate) fn open_page_token(&self, purpose: Purpose, token: &str) -> Result<Vec<u8>> {
        let opened = self.sealer.open(purpose, token).ok();
        let opened = opened.ok_or(Error::Invalid(Invalid::NextToken))?;
        if opened.is_expired(self.clock.now()) {
            return Err(Error::ExpiredNextToken);
        }
        Ok(opened.content)
    }

    /// Seals `content` for `purpose`, as of now.
    pub(crate) fn seal(&self, purpose: Purpose, content: &[u8]) -> String {
        let nonce = self.entropy.bytes();
        self.sealer.seal(purpose, nonce, self.clock.now(), content)
    }
}

/// The shard of `stream` with this number.
pub(crate) fn shard(stream: &Stream, id: ShardId) -> Result<&Arc<Shard>> {
    stream.shard(id).ok_or_else(|| {
        let stream = stream.named();
        Error::NotFound(Missing::Shard { shard: id, stream })
    })
}

impl fmt::Debug for Streams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams").field("settings", &self.settings).finish_non_exhaustive()
    }
}
