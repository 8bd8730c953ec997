//! Warm throughput: how much an on-demand stream takes at any moment because its owner said so.

use domain::{AccountId, Region, limits};

use crate::error::{Quota, Unfit};
use crate::{Error, Result, Streams};

impl Streams {
    /// Whether a stream of this account may be given so much warm throughput.
    pub(crate) fn check_warm(&self, account: AccountId, region: &Region, mib: u32) -> Result<()> {
        if !self.may_warm(account, region) {
            return Err(Error::Unfit(Unfit::NoCommitment));
        }
        let max =
            if self.settings.limits { limits::WARM_MIB_MAX } else { limits::STREAM_SHARDS_MAX };
        match mib > max {
            true => Err(Error::Quota(Quota::WarmThroughput { mib, max })),
            false => Ok(()),
        }
    }
}

/// The fewest shards of an on-demand stream.
pub(crate) fn on_demand_floor(warm_mib: Option<u32>) -> u32 {
    // A shard takes 1 MiB/s.
    warm_mib.unwrap_or(0).max(limits::ON_DEMAND_SHARDS)
}

const _: () =
    assert!(limits::SHARD_WRITE_BYTES_PER_SECOND == 1024 * 1024, "shards are counted in MiB/s");
const _: () = assert!(limits::WARM_MIB_MAX <= limits::STREAM_SHARDS_MAX);
