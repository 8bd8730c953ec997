//! Writing down what was used, and deleting what was written long ago.

use std::collections::BTreeMap;

use domain::{AccountId, Millis, StreamId, limits};
use storage::{Kind, LogId, RecordsBuilder};

use super::Quantities;
use super::ledger::Change;
use super::meter::HOUR_MS;
use super::rolled::Rolled;
use crate::{Error, Result, Streams};

/// Streams that one commit writes down.
const WRITTEN_AT_ONCE: usize = 5000;

impl Streams {
    /// Counts what was used since the last time, and writes it down if an hour is over. The program calls it each
    /// minute.
    ///
    /// # Errors
    /// If the store does not take it: then it is kept, and written the next time.
    pub async fn meter_once(&self) -> Result<()> {
        self.meter();
        let hour = self.clock.now().0 / HOUR_MS;
        let is_over = self.meter.lock().hour != hour;
        if !is_over {
            return Ok(());
        }
        self.roll_up().await?;
        self.meter.lock().hour = hour;
        self.trim_usage().await
    }

    /// Writes down what was used, whether an hour is over or not.
    ///
    /// # Errors
    /// As [`Streams::meter_once`].
    pub(crate) async fn roll_up(&self) -> Result<()> {
        let _rolling = self.rolling.lock().await;
        loop {
            let taken = self.take_usage();
            if taken.is_empty() {
                self.meter.lock().forget_ended();
                return Ok(());
            }
            let is_last = taken.len() < WRITTEN_AT_ONCE;
            self.write_usage(taken).await?;
            if is_last {
                self.meter.lock().forget_ended();
                return Ok(());
            }
        }
    }

    /// Counts once more and writes everything down.
    pub(crate) async fn finish_usage(&self) -> Result<()> {
        self.meter();
        self.roll_up().await
    }

    fn take_usage(&self) -> Vec<(AccountId, Rolled)> {
        let mut meter = self.meter.lock();
        let hour = Millis(meter.hour * HOUR_MS);
        let used = meter.streams.iter_mut().filter(|(_, metered)| !metered.since.is_zero());
        let take = |(id, metered): (&StreamId, &mut super::meter::Metered)| {
            let facts = &metered.stream.facts;
            let rolled = Rolled {
                hour,
                stream: *id,
                region: facts.region.clone(),
                name: facts.name.clone(),
                quantities: std::mem::take(&mut metered.since),
            };
            (facts.account, rolled)
        };
        used.map(take).take(WRITTEN_AT_ONCE).collect()
    }

    async fn write_usage(&self, taken: Vec<(AccountId, Rolled)>) -> Result<()> {
        let back: Vec<(StreamId, Quantities)> =
            taken.iter().map(|(_, rolled)| (rolled.stream, rolled.quantities)).collect();
        let mut is_sent = false;
        let Err(error) = self.send_usage(taken, &mut is_sent).await else { return Ok(()) };
        // What may have happened is sent again until it is known, and must not be counted twice.
        let is_doubtful = matches!(&error, Error::Store(it) if it.kind() == Kind::Indefinite);
        if !(is_sent && is_doubtful) {
            let mut meter = self.meter.lock();
            for (id, quantities) in back {
                if let Some(metered) = meter.streams.get_mut(&id) {
                    metered.since.add(&quantities);
                }
            }
        }
        Err(error)
    }

    async fn send_usage(&self, taken: Vec<(AccountId, Rolled)>, is_sent: &mut bool) -> Result<()> {
        // What was in doubt may have begun a log.
        self.usage.settle().await?;
        let change = self.change_of(taken).await?;
        let change = self.usage.change(|_| {
            *is_sent = true;
            Ok(change)
        });
        change.await
    }

    async fn change_of(&self, taken: Vec<(AccountId, Rolled)>) -> Result<Change> {
        let mut accounts: BTreeMap<AccountId, RecordsBuilder> = BTreeMap::new();
        for (account, rolled) in taken {
            accounts.entry(account).or_default().push(b"", &rolled.encode());
        }
        let known = |account| self.usage.look(|logs| logs.of(account));
        let new = accounts.keys().filter(|account| known(**account).is_none()).count();
        let mut number = if new > 0 { self.store.new_ids(new as u64).await? } else { 0 };
        let mut begun = Vec::new();
        let mut records = Vec::new();
        for (account, builder) in accounts {
            let log = known(account).unwrap_or_else(|| {
                let log = LogId(number);
                number += 1;
                begun.push((account, log));
                log
            });
            records.push((log, builder.finish()));
        }
        Ok(Change { at: self.clock.now(), begun, records })
    }

    async fn trim_usage(&self) -> Result<()> {
        let horizon = self.clock.now().minus(limits::USAGE_KEPT_MS);
        for log in self.usage.look(super::UsageLogs::all) {
            let (kept, bounds) =
                (self.store.seek(log, horizon).await?, self.store.bounds(log).await?);
            if kept > bounds.first && bounds.first != bounds.next {
                self.store.trim(log, kept).await?;
            }
        }
        Ok(())
    }
}
