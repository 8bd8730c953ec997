//! What a change of the catalogue is in the store: one commit.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use domain::ShardId;
use storage::{Commit, CommitId, Expect, FactWrite, LogId};

use super::{Change, SCOPE, fact};
use crate::stream::{Shard, ShardFacts, Stream};

/// Shards whose facts share one stored fact, those whose numbers divided by this are the same: few enough that
/// a change of one shard rewrites little, many enough that 20,000 shards are some hundred facts.
const SHARDS_OF_CHUNK: u32 = 64;

/// What `change` is in the store.
pub(super) fn commit(change: &Change, id: CommitId) -> Commit {
    let stream = match change {
        Change::Add(stream) | Change::Update(stream) | Change::Remove(stream) => stream,
        Change::Reshape(reshaped) => &reshaped.stream,
    };
    let mut commit = Commit::new(stream.facts.account.number(), SCOPE);
    commit.id = Some(id);
    let name_key = fact::name_key(&stream.facts);
    let value = || fact::encode_stream(&stream.facts, stream.shards.len());
    let expect = Expect::Version(stream.version);
    match change {
        Change::Add(_) => {
            commit.create_logs = logs(stream).collect();
            commit.facts.push(write(name_key, value(), Expect::Absent));
            for (number, chunk) in chunks(stream) {
                let key = fact::chunk_key(stream.facts.id, number);
                commit.facts.push(write(key, encode(chunk), Expect::Absent));
            }
        }
        Change::Update(_) => commit.facts.push(write(name_key, value(), expect)),
        Change::Reshape(reshaped) => {
            commit.end_logs = reshaped.closed.iter().map(|(_, log)| *log).collect();
            commit.create_logs.clone_from(&reshaped.created);
            commit.delete_logs = reshaped.removed.iter().map(|(_, log)| *log).collect();
            commit.facts.push(write(name_key, value(), expect));
            commit.facts.extend(changed_chunks(stream, reshaped.changed()));
        }
        Change::Remove(_) => {
            commit.delete_logs = logs(stream).collect();
            commit.facts.push(erase(name_key, expect));
            for (number, _) in chunks(stream) {
                let key = fact::chunk_key(stream.facts.id, number);
                commit.facts.push(erase(key, Expect::Anything));
            }
        }
    }
    commit
}

fn logs(stream: &Stream) -> impl Iterator<Item = LogId> {
    stream.shards.iter().map(|shard| shard.facts.log)
}

fn chunk_of(shard: ShardId) -> u32 {
    shard.0 / SHARDS_OF_CHUNK
}

/// The shards by chunk.
fn chunks(stream: &Stream) -> impl Iterator<Item = (u32, &[Arc<Shard>])> {
    let chunks = stream.shards.chunk_by(|a, b| chunk_of(a.facts.id) == chunk_of(b.facts.id));
    chunks.filter_map(|chunk| Some((chunk_of(chunk.first()?.facts.id), chunk)))
}

/// The facts of the chunks that these shards belong to, or belonged to. That they are as they were when the
/// change was decided on follows from the fact of the stream: no change leaves that out.
fn changed_chunks(
    stream: &Stream,
    shards: impl Iterator<Item = ShardId>,
) -> impl Iterator<Item = FactWrite> {
    let numbers: BTreeSet<u32> = shards.map(chunk_of).collect();
    numbers.into_iter().map(|number| {
        let at = |number| stream.shards.partition_point(|it| chunk_of(it.facts.id) < number);
        let chunk = stream.shards.get(at(number)..at(number + 1)).unwrap_or_default();
        let key = fact::chunk_key(stream.facts.id, number);
        match chunk {
            [] => erase(key, Expect::Anything),
            chunk => write(key, encode(chunk), Expect::Anything),
        }
    })
}

fn encode(chunk: &[Arc<Shard>]) -> Bytes {
    let shards: Vec<ShardFacts> = chunk.iter().map(|shard| shard.facts).collect();
    fact::encode_shards(&shards)
}

fn write(key: Bytes, value: Bytes, expect: Expect) -> FactWrite {
    let value = Some(value);
    FactWrite { key, value, expect }
}

fn erase(key: Bytes, expect: Expect) -> FactWrite {
    let value = None;
    FactWrite { key, value, expect }
}
