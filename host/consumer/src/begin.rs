//! Noting where a consumer starts, finding it again, and forgetting it.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::ShardId;
use storage::{Commit, CommitId, Expect, Fact, FactWrite, Kind, Store};
use streams::{Start, Stream, Streams};

use crate::error::{Error, Result};
use crate::processor::ConsumerId;
use crate::progress::{self, LaneProgress, Owner, Progress};

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
    let shards = stream.shards.len() as u64;
    // One for each shard's commits, and one for this.
    let first = store.new_ids(shards + 1).await?;
    let mut commit = Commit::new(stream.facts.account.number(), progress::scope(id));
    commit.id = Some(CommitId { producer: first, generation: 0, ordinal: 0 });
    for (producer, shard) in (first + 1..).zip(&stream.shards) {
        let wanted = streams.position(stream, shard, start).await?;
        // What has expired already is not missed.
        let done = wanted.max(streams.oldest(stream, shard).await?);
        let owner = Owner { producer, generation: 0, claim: 0 };
        let progress = Progress { owner, lanes: vec![LaneProgress::at(done)] };
        commit.facts.push(FactWrite {
            key: progress::key(shard.facts.id),
            value: Some(progress::encode(&progress)),
            expect: Expect::Absent,
        });
    }
    match store.commit(commit).await {
        Err(error) if error.kind() == Kind::Conflict => Err(Error::Begun),
        other => other.map(drop).map_err(Error::Store),
    }
}

/// The progress of `id` by shard.
pub(crate) async fn find(store: &dyn Store, id: ConsumerId) -> Result<BTreeMap<ShardId, Found>> {
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
            None => return Ok(found),
        }
    }
}

/// Deletes the progress of `id`, some facts with each commit.
pub(crate) async fn forget(store: &dyn Store, id: ConsumerId) -> Result<()> {
    loop {
        let facts = scan(store, id, None).await?;
        if facts.is_empty() {
            return Ok(());
        }
        let erase = |fact: Fact| FactWrite {
            key: fact.key,
            value: None,
            // Somebody else may forget the same consumer.
            expect: Expect::Anything,
        };
        let mut commit = Commit::new(0, progress::scope(id));
        commit.facts = facts.into_iter().map(erase).collect();
        store.commit(commit).await?;
    }
}

async fn scan(store: &dyn Store, id: ConsumerId, after: Option<&[u8]>) -> Result<Vec<Fact>> {
    let scope = progress::scope(id);
    Ok(store.scan(&scope, progress::SHARDS, after, FACTS_AT_ONCE).await?)
}
