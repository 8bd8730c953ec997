//! Giving up what is old: events after 90 days, as CloudTrail's history does, and of strangers the oldest beyond
//! a count, so that nobody without a key can fill the disk.

use domain::limits::{AUDIT_KEPT_MS, AUDIT_STRANGERS_EVENTS_MAX};
use stdx::Chain;

use super::{Owner, Trail};

impl Trail {
    /// What is due from time to time, each minute for example.
    pub async fn sweep(&self) {
        for owner in self.owners() {
            if let Err(error) = self.trim(owner).await {
                tracing::warn!(error = %Chain(&error), %owner, "old events of the audit trail stay for now");
            }
        }
    }

    async fn trim(&self, owner: Owner) -> storage::Result<()> {
        let Some(state) = self.state(owner) else {
            return Ok(());
        };
        let store = &self.around.store;
        let horizon = self.around.clock.now().minus(AUDIT_KEPT_MS);
        let mut kept = store.seek(state.log, horizon).await?;
        if owner == Owner::Strangers {
            kept = kept.max(state.position(state.next.saturating_sub(AUDIT_STRANGERS_EVENTS_MAX)));
        }
        let bounds = store.bounds(state.log).await?;
        if kept > bounds.first { store.trim(state.log, kept).await } else { Ok(()) }
    }
}
