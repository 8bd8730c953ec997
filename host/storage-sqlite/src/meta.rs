//! [`Meta`]: reading facts.

use async_trait::async_trait;
use storage::{Fact, Meta, Result, Scope};

use crate::{Sqlite, facts};

#[async_trait]
impl Meta for Sqlite {
    async fn get(&self, scope: &Scope, key: &[u8]) -> Result<Option<Fact>> {
        let (scope, key) = (scope.clone(), key.to_vec());
        self.workers.ask(move |db| facts::get(db, &scope, &key)).await
    }

    async fn scan(
        &self,
        scope: &Scope,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Fact>> {
        let (scope, prefix) = (scope.clone(), prefix.to_vec());
        let after = after.map(<[u8]>::to_vec);
        self.workers.ask(move |db| facts::scan(db, &scope, &prefix, after.as_deref(), limit)).await
    }
}
