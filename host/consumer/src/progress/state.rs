//! The state of a shard's window: facts of up to a mebibyte, beside the fact that says how far the shard is.
//!
//! Only the owner of that fact writes them, in the same commit, so they need no condition of their own.

use bytes::{BufMut, Bytes, BytesMut};
use domain::ShardId;
use storage::{Commit, Expect, FactWrite, Store};

use super::scope;
use crate::error::{Error, Result};
use crate::processor::ConsumerId;
use crate::settings::Settings;

/// What keys of states start with.
pub(crate) const STATES: &[u8] = b"w";

/// Bytes of one fact.
const PART_BYTES: usize = Commit::VALUE_BYTES_MAX;
/// Facts of one state.
const PARTS_MAX: usize = Settings::STATE_BYTES_KEPT_MAX.div_ceil(PART_BYTES);

fn key(shard: ShardId, part: usize) -> Bytes {
    let mut key = Vec::from(STATES);
    key.put_u32(shard.0);
    key.put_u8(u8::try_from(part).expect("a state has few parts"));
    key.into()
}

/// What turns the state `old` of a shard into `new`; nothing if they are the same.
pub(crate) fn writes(shard: ShardId, old: &Bytes, new: &Bytes) -> Vec<FactWrite> {
    if old == new {
        return Vec::new();
    }
    let parts = |state: &Bytes| state.len().div_ceil(PART_BYTES);
    let write = |part: usize| {
        let start = part * PART_BYTES;
        let end = new.len().min(start + PART_BYTES);
        let value = (part < parts(new)).then(|| new.slice(start..end));
        FactWrite { key: key(shard, part), value, expect: Expect::Anything }
    };
    (0..parts(old).max(parts(new))).map(write).collect()
}

/// What deletes every state that a shard may have.
pub(crate) fn erase(shard: ShardId) -> impl Iterator<Item = FactWrite> {
    let erase =
        move |part| FactWrite { key: key(shard, part), value: None, expect: Expect::Anything };
    (0..PARTS_MAX).map(erase)
}

/// The state of so many bytes that a shard has.
pub(crate) async fn load(
    store: &dyn Store,
    id: ConsumerId,
    shard: ShardId,
    bytes: usize,
) -> Result<Bytes> {
    let mut state = BytesMut::new();
    for part in 0..bytes.div_ceil(PART_BYTES) {
        let fact = store.get(&scope(id), &key(shard, part)).await?;
        state.extend_from_slice(&fact.map(|fact| fact.value).unwrap_or_default());
    }
    if state.len() != bytes {
        let what = format!("its window has a state of {} bytes instead of {bytes}", state.len());
        return Err(Error::Damaged(shard, what));
    }
    Ok(state.freeze())
}
