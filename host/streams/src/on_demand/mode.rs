//! Switching between the two modes: who counts the shards from now on.

use domain::{Millis, StreamMode, limits};

use super::on_demand_floor;
use crate::catalog::Index;
use crate::error::{self, Missing, Quota, Setting};
use crate::record_settings::check_active;
use crate::stream::{Spread, Stream, StreamFacts, Update};
use crate::{Error, Result, Streams};

const DAY_MS: u64 = 24 * 3_600_000;

impl Streams {
    /// Switches the mode of a stream. Its shards stay; one that becomes on demand may be given warm throughput, one
    /// that becomes provisioned has neither that nor a distribution strategy any more. Nothing happens if it has the
    /// mode already, but for the warm throughput.
    ///
    /// # Errors
    /// If it has queues and would be provisioned, was switched too often, the account would have too much, the
    /// stream's shards are being changed, it was deleted, or the store does not take it.
    pub async fn change_mode(
        &self,
        stream: &Stream,
        mode: StreamMode,
        warm_mib: Option<u32>,
    ) -> Result<()> {
        let gone = || Error::NotFound(Missing::Stream(stream.named()));
        let changed = self.catalog.change(|index| {
            let current = index.by_id(stream.facts.id).ok_or_else(gone)?;
            let mut facts = current.facts.clone();
            check_active(&facts)?;
            if facts.mode != mode {
                self.switch(index, &current, &mut facts, mode)?;
            }
            if let Some(mib) = warm_mib {
                self.check_warm(facts.account, &facts.region, mib)?;
                facts.scaling.warm_mib = Some(mib);
                let target = on_demand_floor(warm_mib);
                if (target as usize) > current.open_shards() {
                    facts.scaling.update = Some(Update::Resize { target });
                }
            }
            self.updated(index, &current, facts)
        });
        changed.await
    }

    fn switch(
        &self,
        index: &Index,
        stream: &Stream,
        facts: &mut StreamFacts,
        mode: StreamMode,
    ) -> Result<()> {
        let now = self.clock.now();
        let switched = &mut facts.scaling.switched;
        switched.retain(|at: &Millis| now.since(*at) < DAY_MS);
        if self.settings.limits && switched.len() >= limits::MODE_SWITCHES_PER_DAY {
            return Err(Error::Quota(Quota::Setting(Setting::SwitchedOften(stream.named()))));
        }
        // What is past the limit is not noted where there is none.
        let over = (switched.len() + 1).saturating_sub(limits::MODE_SWITCHES_PER_DAY);
        switched.drain(..over);
        switched.push(now);
        let (account, region) = (facts.account, facts.region.clone());
        facts.mode = mode;
        match mode {
            StreamMode::OnDemand => self.check_on_demand(index, account, &region)?,
            StreamMode::Provisioned => {
                if self.queues_of(facts.id) > 0 {
                    return Err(Error::Queue(error::Queue::OnStream(stream.named())));
                }
                let more = u32::try_from(stream.open_shards()).unwrap_or(u32::MAX);
                self.check_provisioned(index, account, &region, more)?;
                facts.spread = Spread::PartitionKey;
                facts.scaling.warm_mib = None;
            }
        }
        Ok(())
    }
}
