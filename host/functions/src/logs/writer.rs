//! Storing what waits.

use domain::AccountId;
use stdx::{Chain, Shutdown};
use storage::ledger::Index as _;
use storage::{Append, Commit, Kind, LogId, Records};

use super::Logs;
use super::queue::Batch;
use crate::catalog::FunctionIndex;

impl Logs {
    /// Stores what waits until the signal is raised, and then what is left.
    pub(crate) async fn store_all(&self, mut shutdown: Shutdown) {
        loop {
            tokio::select! {
                () = self.filled.notified() => self.flush().await,
                () = shutdown.raised() => break,
            }
        }
        self.flush().await;
    }

    /// Stores what waits now.
    pub(crate) async fn flush(&self) {
        let (at, now) = (self.clock.now(), self.clock.monotonic());
        let batches = self.queue.lock().take(at, now);
        for batch in batches {
            self.store_batch(batch).await;
        }
    }

    async fn store_batch(&self, batch: Batch) {
        let Batch { account, logs } = batch;
        match self.append(account, &logs).await {
            Ok(()) => {}
            // A function was deleted meanwhile: each log by itself, and that one's lines are gone with it.
            Err(error) if error.kind() == Kind::NotFound && logs.len() > 1 => {
                for log in logs {
                    let stored = self.append(account, std::slice::from_ref(&log)).await;
                    self.note(account, &[log], stored);
                }
            }
            failed @ Err(_) => self.note(account, &logs, failed),
        }
    }

    /// Notes what could not be stored, so that the log tells it once it can be.
    fn note(
        &self,
        account: AccountId,
        logs: &[(LogId, Records, usize)],
        stored: storage::Result<()>,
    ) {
        let Err(error) = stored else { return };
        match error.kind() {
            // Nobody will read them.
            Kind::NotFound | Kind::Closed => return,
            Kind::Conflict
            | Kind::Ended
            | Kind::Unavailable
            | Kind::Full
            | Kind::Indefinite
            | Kind::Refused
            | Kind::Damaged
            | Kind::Bug => {}
        }
        tracing::warn!(error = %Chain(&error), logs = logs.len(), "lines of functions are not stored");
        let mut queue = self.queue.lock();
        for (log, records, left_out) in logs {
            // One line stood for all that had been left out before.
            let marker = usize::from(*left_out > 0);
            let lines = records.count() as usize - marker + left_out;
            queue.leave_out(*log, account, lines);
        }
    }

    async fn append(
        &self,
        account: AccountId,
        logs: &[(LogId, Records, usize)],
    ) -> storage::Result<()> {
        let arrival = self.clock.now();
        let mut commit = Commit::new(account.number(), FunctionIndex::SCOPE);
        let appends = logs.iter().map(|(log, records, _)| {
            let records = records.clone();
            Append { log: *log, records, arrival }
        });
        commit.appends = appends.collect();
        self.store.commit(commit).await?;
        let mut measures = self.measures.lock();
        for (log, records, _) in logs {
            measures.add(*log, records.bytes().len() as u64);
        }
        Ok(())
    }
}
