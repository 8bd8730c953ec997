//! [`Meta`]: reading facts.

use async_trait::async_trait;
use bytes::Bytes;
use storage::{Fact, Meta, Result, Room, Scope};

use crate::workers::SYSTEM;
use crate::{Sqlite, facts};

#[async_trait]
impl Meta for Sqlite {
    async fn get(&self, scope: &Scope, key: &[u8]) -> Result<Option<Fact>> {
        let (scope, key) = (scope.clone(), key.to_vec());
        self.workers.ask(SYSTEM, move |db| facts::get(db, &scope, &key)).await
    }

    /// One question to a reading thread, whatever the number of keys.
    async fn get_many(
        &self,
        scope: &Scope,
        keys: &[Bytes],
        bytes_max: usize,
    ) -> Result<Vec<Option<Fact>>> {
        let (scope, keys) = (scope.clone(), keys.to_vec());
        self.workers
            .ask(SYSTEM, move |db| facts::get_many(db, &scope, &keys, Room(bytes_max)))
            .await
    }

    async fn scan_within(
        &self,
        scope: &Scope,
        prefix: &[u8],
        after: Option<&[u8]>,
        most: (usize, usize),
    ) -> Result<Vec<Fact>> {
        let (scope, prefix) = (scope.clone(), prefix.to_vec());
        let after = after.map(<[u8]>::to_vec);
        self.workers
            .ask(SYSTEM, move |db| facts::scan(db, &scope, &prefix, after.as_deref(), most))
            .await
    }
}
