//! Giving up what is old: minutes after 15 days, metrics of which nothing was put as long, and the memory of
//! accounts that nobody asks for.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::{AccountId, limits};
use stdx::Chain;
use storage::{Commit, Expect, FactWrite};

use crate::account::{Account, NOTED_EVERY_MINUTES};
use crate::block::MetricId;
use crate::writer::{ACCOUNTS, LOGS, metric_key, scope, stored_log};
use crate::{Minute, Monitoring, Result};

/// After how long without a call an account leaves memory.
const IDLE: Duration = Duration::from_secs(3600);
/// Facts read at once.
const SCAN_FACTS: usize = 256;

impl Monitoring {
    /// What is due from time to time, each hour for example.
    pub async fn sweep(&self) {
        let accounts = match self.stored_accounts().await {
            Ok(accounts) => accounts,
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "it is not known whose metrics there are");
                return;
            }
        };
        for account in accounts {
            if let Err(error) = self.trim(account).await {
                tracing::warn!(error = %Chain(&error), %account, "old metrics stay for now");
            }
        }
        self.unload();
    }

    async fn trim(&self, id: AccountId) -> Result<()> {
        let store = &self.around.store;
        let Some(log) = stored_log(&**store, id).await? else {
            return Ok(());
        };
        let horizon = self.around.clock.now().minus(limits::METRIC_KEPT_MS);
        let kept = store.seek(log, horizon).await?;
        let bounds = store.bounds(log).await?;
        if kept > bounds.first {
            store.trim(log, kept).await?;
        }
        let known = self.accounts.lock().get(&id).cloned();
        match known {
            Some(account) => self.forget(&account).await,
            // One that is not in memory is looked at only when something of it goes.
            None if kept > bounds.first => {
                let account = self.account(id).await?;
                self.forget(&account).await
            }
            None => Ok(()),
        }
    }

    /// Forgets metrics of which nothing is kept.
    async fn forget(&self, account: &Account) -> Result<()> {
        let horizon = self.around.clock.now().minus(limits::METRIC_KEPT_MS);
        // The last call is noted now and then only.
        let before = Minute::of(horizon).minus(NOTED_EVERY_MINUTES);
        let gone = account.state.lock().forget(before);
        if gone.is_empty() {
            return Ok(());
        }
        let mut commit = Commit::new(account.id.number(), scope(account.id));
        let erase = |id: &MetricId| FactWrite {
            key: metric_key(*id),
            value: None,
            expect: Expect::Anything,
        };
        commit.facts = gone.iter().map(erase).collect();
        self.around.store.commit(commit).await?;
        Ok(())
    }

    async fn stored_accounts(&self) -> Result<Vec<AccountId>> {
        let mut accounts = Vec::new();
        let mut after: Option<Bytes> = None;
        loop {
            let store = &self.around.store;
            let facts = store.scan(&ACCOUNTS, LOGS, after.as_deref(), SCAN_FACTS).await?;
            let id = |key: &Bytes| -> Option<AccountId> {
                str::from_utf8(key.strip_prefix(LOGS)?).ok()?.parse().ok()
            };
            accounts.extend(facts.iter().filter_map(|fact| id(&fact.key)));
            match facts.last() {
                Some(last) => after = Some(last.key.clone()),
                None => return Ok(accounts),
            }
        }
    }

    /// Lets go of accounts that nobody asks for and that nobody holds.
    fn unload(&self) {
        let now = self.around.clock.monotonic();
        self.accounts.lock().retain(|_, account| {
            let is_held = Arc::strong_count(account) > 1;
            let state = account.state.lock();
            is_held || !state.is_settled() || now.saturating_sub(state.used) < IDLE
        });
    }
}
