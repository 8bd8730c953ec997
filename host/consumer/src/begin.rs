//! Noting where a consumer starts, finding it again, and forgetting it.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::ShardId;
use storage::{Commit, CommitId, Expect, Fact, FactWrite, Kind, Position, Store};
use streams::{Start, Stream, Streams};

use crate::error::{Error, Result};
use crate::keyed;
use crate::parked;
use crate::processor::ConsumerId;
use crate::progress::{self, LaneProgress, Owner, Progress, state};

/// The layout of the note that a consumer has begun.
const BEGUN_VERSION: u8 = 1;
/// Facts read or deleted at once.
const FACTS_AT_ONCE: usize = 1024;

/// Progress of a shard as found, with the version of its fact.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) progress: Progress,
    pub(crate) version: u64,
}

/// Notes where `id` starts in each shard of `stream`.
pub(crate) async fn begin(
    streams: &Streams,
    store: &dyn Store,
    id: ConsumerId,
    stream: &Stream,
    start: Start,
) -> Result<()> {
    if find(store, id).await?.is_some() {
        return Err(Error::Begun);
    }
    let shards = stream.shards.len() as u64;
    // One for each shard's commits, and one for this.
    let first = store.new_ids(shards + 1).await?;
    let mut commit = Commit::new(stream.facts.account.number(), progress::scope(id));
    commit.id = Some(CommitId { producer: first, generation: 0, ordinal: 0 });
    commit.facts.push(FactWrite {
        key: Bytes::from_static(progress::BEGUN),
        value: Some(Bytes::from_static(&[BEGUN_VERSION])),
        expect: Expect::Absent,
    });
    for (producer, shard) in (first + 1..).zip(&stream.shards) {
        let wanted = streams.position(stream, shard, start).await?;
        // What has expired already is not missed.
        let done = wanted.max(streams.oldest(stream, shard).await?);
        commit.facts.push(first_write(shard.facts.id, &fresh(producer, done)));
    }
    match store.commit(commit).await {
        Err(error) if error.kind() == Kind::Conflict => Err(Error::Begun),
        other => other.map(drop).map_err(Error::Store),
    }
}

/// Notes that `id` starts in `shard`, which came into being after the consumer, with its first record.
pub(crate) async fn begin_child(
    store: &dyn Store,
    id: ConsumerId,
    stream: &Stream,
    shard: ShardId,
) -> Result<Found> {
    let producer = store.new_ids(1).await?;
    let progress = fresh(producer, Position::START);
    let mut commit = Commit::new(stream.facts.account.number(), progress::scope(id));
    commit.id = Some(CommitId { producer, generation: 0, ordinal: 0 });
    commit.facts.push(first_write(shard, &progress));
    match store.commit(commit).await {
        Ok(committed) => Ok(Found { progress, version: committed.version }),
        // An attempt whose answer was lost may have noted it.
        Err(error) if error.kind() == Kind::Conflict => {
            let found = find(store, id).await?.and_then(|mut found| found.remove(&shard));
            found.ok_or(Error::Store(error))
        }
        Err(error) => Err(error.into()),
    }
}

fn fresh(producer: u64, done: Position) -> Progress {
    let owner = Owner { producer, generation: 0, claim: 0 };
    Progress { owner, lanes: vec![LaneProgress::at(done)] }
}

fn first_write(shard: ShardId, progress: &Progress) -> FactWrite {
    let value = Some(progress::encode(progress));
    FactWrite { key: progress::key(shard), value, expect: Expect::Absent }
}

/// The progress of `id` by shard; `None` if it has not begun.
pub(crate) async fn find(
    store: &dyn Store,
    id: ConsumerId,
) -> Result<Option<BTreeMap<ShardId, Found>>> {
    let begun = store.get(&progress::scope(id), progress::BEGUN).await?;
    let mut found = BTreeMap::new();
    let mut after: Option<Bytes> = None;
    loop {
        let facts = scan(store, id, after.as_deref()).await?;
        for Fact { key, value, version } in &facts {
            let shard = progress::shard_of(key);
            let shard = shard
                .ok_or_else(|| Error::Damaged(ShardId(0), "its key names no shard".to_owned()))?;
            let progress = progress::decode(value);
            let progress = progress.map_err(|what| Error::Damaged(shard, what))?;
            found.insert(shard, Found { progress, version: *version });
        }
        match facts.last() {
            Some(last) => after = Some(last.key.clone()),
            // Those who began before there was a note have progress.
            None => return Ok((begun.is_some() || !found.is_empty()).then_some(found)),
        }
    }
}

/// Deletes the progress of `id` in shards that are gone.
pub(crate) async fn forget_shards(
    store: &dyn Store,
    id: ConsumerId,
    shards: &[ShardId],
) -> Result<()> {
    for shards in shards.chunks(FACTS_AT_ONCE) {
        let mut commit = Commit::new(0, progress::scope(id));
        commit.facts = shards.iter().flat_map(|shard| erase_shard(*shard)).collect();
        store.commit(commit).await?;
    }
    Ok(())
}

/// Deletes what is kept for partition keys and the progress of `id`, some facts with each commit, and at last the note
/// that it has begun.
pub(crate) async fn forget(store: &dyn Store, id: ConsumerId) -> Result<()> {
    let scope = progress::scope(id);
    for prefix in [
        &[keyed::STATE][..],
        &[keyed::TIMERS],
        &[parked::HEADS],
        &[parked::DATA],
        state::STATES,
        progress::SHARDS,
    ] {
        loop {
            let facts = store.scan(&scope, prefix, None, FACTS_AT_ONCE).await?;
            if facts.is_empty() {
                break;
            }
            let mut commit = Commit::new(0, scope.clone());
            commit.facts = facts.into_iter().map(|fact| erase(fact.key)).collect();
            store.commit(commit).await?;
        }
    }
    let mut commit = Commit::new(0, scope);
    commit.facts.push(erase(Bytes::from_static(progress::BEGUN)));
    store.commit(commit).await?;
    Ok(())
}

/// What deletes all that is kept of a shard.
fn erase_shard(shard: ShardId) -> impl Iterator<Item = FactWrite> {
    state::erase(shard).chain([erase(progress::key(shard))])
}

/// Whatever it is now: somebody else may forget the same.
fn erase(key: Bytes) -> FactWrite {
    FactWrite { key, value: None, expect: Expect::Anything }
}

async fn scan(store: &dyn Store, id: ConsumerId, after: Option<&[u8]>) -> Result<Vec<Fact>> {
    let scope = progress::scope(id);
    Ok(store.scan(&scope, progress::SHARDS, after, FACTS_AT_ONCE).await?)
}
