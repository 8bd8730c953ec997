//! Facts: small values under (scope, key), written by commits.

use async_trait::async_trait;
use bytes::Bytes;

use crate::Result;

/// The namespace that facts are committed in: the catalogue, one mapping and shard, one job ... All facts of
/// one commit lie in one scope, so a replicated engine can place a scope as a whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(pub &'static str, pub u64);

/// One fact as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its key in the scope.
    pub key: Bytes,
    /// Its value.
    pub value: Bytes,
    /// The number of the commit that wrote it: rises with every write, so it serves to compare and set.
    pub version: u64,
}

/// How many bytes of values may still be read together.
#[derive(Debug)]
pub struct Room(pub usize);

impl Room {
    /// Takes the room for a fact, if there is enough.
    pub fn takes(&mut self, fact: Option<&Fact>) -> bool {
        let bytes = fact.map_or(0, |fact| fact.value.len());
        let left = self.0.checked_sub(bytes);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

/// Reading facts. Writing goes through [`crate::Store::commit`].
///
/// Promises: a read that begins after a commit was acknowledged sees its writes; values come back as they
/// were written or as [`crate::Kind::Damaged`].
#[async_trait]
pub trait Meta: Send + Sync {
    /// The fact under `key`, if there is one.
    ///
    /// # Errors
    /// `Damaged` if the stored bytes fail their check.
    async fn get(&self, scope: &Scope, key: &[u8]) -> Result<Option<Fact>>;

    /// The facts under `keys`, in their order, with `None` where there is none. Where their values together take more than
    /// `bytes_max`, only as many of the first as do not, but at least one if there are keys.
    ///
    /// # Errors
    /// As [`Meta::get`].
    async fn get_many(
        &self,
        scope: &Scope,
        keys: &[Bytes],
        bytes_max: usize,
    ) -> Result<Vec<Option<Fact>>> {
        let mut room = Room(bytes_max);
        let mut facts = Vec::with_capacity(keys.len());
        for key in keys {
            let fact = self.get(scope, key).await?;
            if !room.takes(fact.as_ref()) && !facts.is_empty() {
                break;
            }
            facts.push(fact);
        }
        Ok(facts)
    }

    /// Up to `limit` facts whose keys start with `prefix` and are greater than `after`, in key order.
    ///
    /// # Errors
    /// `Damaged` if stored bytes fail their check.
    async fn scan(
        &self,
        scope: &Scope,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Fact>> {
        self.scan_within(scope, prefix, after, (limit, usize::MAX)).await
    }

    /// The same, up to `limit` facts and up to the one with which their values take `bytes_max` or more: so whoever
    /// gets fewer facts, and fewer bytes, has got all. At least one is answered, if there are some and `limit` is not 0.
    ///
    /// # Errors
    /// As [`Meta::scan`].
    async fn scan_within(
        &self,
        scope: &Scope,
        prefix: &[u8],
        after: Option<&[u8]>,
        (limit, bytes_max): (usize, usize),
    ) -> Result<Vec<Fact>>;
}
