//! Warm throughput: how much an on-demand stream takes at any moment because its owner said so.

use std::cmp::Ordering;

use domain::{AccountId, Region, StreamMode, limits};

use crate::error::{Quota, Unfit};
use crate::record_settings::check_active;
use crate::stream::{Stream, StreamFacts, Update};
use crate::{Error, Result, Streams};

impl Streams {
    /// Sets what an on-demand stream is to take at any moment, in MiB/s: what is missing is added now, and what
    /// neither this nor the load of the last day asks for is given up.
    ///
    /// # Errors
    /// If it is too much, the account has no commitment, the stream is not on demand, its shards are being changed,
    /// it was deleted, or the store does not take it.
    pub async fn change_warm_throughput(&self, stream: &Stream, mib: u32) -> Result<()> {
        let StreamFacts { id, account, region, .. } = &stream.facts;
        let needed = self.recent_peak(*id).shards_for_twice();
        let open = u32::try_from(stream.open_shards()).unwrap_or(u32::MAX);
        let change = |facts: &mut StreamFacts| {
            if facts.mode == StreamMode::Provisioned {
                return Err(Error::Unfit(Unfit::OnDemandOnly("UpdateStreamWarmThroughput")));
            }
            self.check_warm(*account, region, mib)?;
            check_active(facts)?;
            facts.scaling.warm_mib = Some(mib);
            let target = on_demand_floor(Some(mib)).max(needed);
            if target != open {
                facts.scaling.update = Some(Update::Resize { target });
            }
            Ok(())
        };
        self.change_facts(stream, change).await?;
        self.forget_peaks(*id);
        Ok(())
    }

    /// Whether a stream of this account may be given so much warm throughput.
    pub(crate) fn check_warm(&self, account: AccountId, region: &Region, mib: u32) -> Result<()> {
        if !self.may_warm(account, region) {
            return Err(Error::Unfit(Unfit::NoCommitment));
        }
        let max =
            if self.settings.limits { limits::WARM_MIB_MAX } else { limits::STREAM_SHARDS_MAX };
        match mib.cmp(&max) {
            Ordering::Greater => Err(Error::Quota(Quota::WarmThroughput { mib, max })),
            Ordering::Less | Ordering::Equal => Ok(()),
        }
    }
}

/// The fewest shards of an on-demand stream.
pub(crate) fn on_demand_floor(warm_mib: Option<u32>) -> u32 {
    // A shard takes 1 MiB/s.
    warm_mib.unwrap_or(0).max(limits::ON_DEMAND_SHARDS)
}

const _: () = assert!(limits::SHARD_WRITE_BYTES_PER_SECOND == 1024 * 1024);
const _: () = assert!(limits::WARM_MIB_MAX <= limits::STREAM_SHARDS_MAX);
