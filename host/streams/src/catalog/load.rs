//! Reading the catalogue when the service starts.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::StreamId;
use parking_lot::RwLock;
use storage::{Fact, Kind, Position, Producer, Store};
use tokio::sync::{Mutex, watch};

use super::{Catalog, Changes, Index, SCOPE, fact};
use crate::stream::{Closed, Shard, ShardFacts, Stream};
use crate::{Error, Result};

/// Facts read at once.
const SCAN_FACTS: usize = 256;

impl Catalog {
    /// Reads all streams; their limits start unused.
    pub(crate) async fn load(store: Arc<dyn Store>, monotonic: Duration) -> Result<Self> {
        let producer = Producer::noted(&*store, &SCOPE).await?;
        let mut shards: HashMap<StreamId, Vec<Arc<Shard>>> = HashMap::new();
        for_each(&*store, fact::CHUNKS, |it| {
            let id = fact::chunk_stream(&it.key)?;
            let held = |facts: ShardFacts| Arc::new(Shard::new(facts, monotonic));
            let chunk = fact::decode_shards(&it.value)?;
            shards.entry(id).or_default().extend(chunk.into_iter().map(held));
            Ok(())
        })
        .await?;
        let mut streams = Vec::new();
        for_each(&*store, fact::NAMES, |it| {
            let (facts, count) = fact::decode_stream(&it.key, &it.value)?;
            let mut shards = shards.remove(&facts.id).unwrap_or_default();
            shards.sort_unstable_by_key(|shard| shard.facts.id);
            if shards.len() != count {
                let found = shards.len();
                let name = &facts.name;
                return Err(format!("stream {name} has {found} of {count} shards"));
            }
            streams.push((facts, shards, it.version));
            Ok(())
        })
        .await?;
        if let Some(id) = shards.keys().next() {
            return Err(Error::DamagedCatalog(format!("shards of no stream, id {id}")));
        }
        let mut index = Index::default();
        for (facts, mut shards, version) in streams {
            find_ends(&*store, &mut shards).await?;
            index.insert(Arc::new(Stream::new(facts, shards, version)));
        }
        Ok(Self {
            store,
            index: RwLock::new(index),
            changed: watch::Sender::new(0),
            changes: Mutex::new(Changes { producer, pending: None }),
        })
    }
}

/// Notes where closed shards end, which their logs tell. One whose log is lost ends where it begins: it gives
/// nothing, and who reads it is told so.
async fn find_ends(store: &dyn Store, shards: &mut [Arc<Shard>]) -> Result<()> {
    for shard in shards {
        let Some(closed) = shard.facts.closed else { continue };
        let end = match store.bounds(shard.facts.log).await {
            Ok(bounds) => bounds.next,
            Err(error) if error.kind() == Kind::NotFound => Position::START,
            Err(error) => return Err(error.into()),
        };
        *shard = Arc::new(shard.closed(Closed { end, ..closed }));
    }
    Ok(())
}

/// Shows all facts whose keys start with `prefix` to `take`.
async fn for_each(
    store: &dyn Store,
    prefix: &[u8],
    mut take: impl FnMut(&Fact) -> Result<(), String>,
) -> Result<()> {
    let mut after: Option<bytes::Bytes> = None;
    loop {
        let facts = store.scan(&SCOPE, prefix, after.as_deref(), SCAN_FACTS).await?;
        for fact in &facts {
            take(fact).map_err(Error::DamagedCatalog)?;
        }
        match facts.last() {
            Some(last) => after = Some(last.key.clone()),
            None => return Ok(()),
        }
    }
}
