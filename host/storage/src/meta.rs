//! Facts: small values under (scope, key), written by commits.

use async_trait::async_trait;
use bytes::Bytes;

use crate::Result;

/// The group that facts are committed in: the catalogue, one mapping and shard, one job ... All facts of
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

    /// The facts under `keys`, in their order, with `None` where there is none. They are of one moment where the store
    /// can do so; nothing relies on it.
    ///
    /// # Errors
    /// As [`Meta::get`].
    async fn get_many(&self, scope: &Scope, keys: &[Bytes]) -> Result<Vec<Option<Fact>>> {
        let mut facts = Vec::with_capacity(keys.len());
        for key in keys {
            facts.push(self.get(scope, key).await?);
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
    ) -> Result<Vec<Fact>>;
}
