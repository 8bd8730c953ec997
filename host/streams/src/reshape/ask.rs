//! What may be asked for, and noting it.

use std::sync::Arc;

use domain::{HashKey, Millis, ShardId, StreamMode, StreamStatus, limits};

use crate::catalog::Index;
use crate::error::{Invalid, Missing, Quota, Reshape, Resize, Unfit};
use crate::stream::{Scaling, Shard, Stream, Update};
use crate::{Error, Result, Streams};

const DAY_MS: u64 = 24 * 3_600_000;

impl Streams {
    /// Begins to split a shard in two, the second of which takes the keys from `at` on. Until it is done the stream
    /// is `UPDATING`.
    ///
    /// # Errors
    /// If the stream is on demand or not active, the shard is not there or not open, `at` is not inside it, the
    /// account would have too much, or the store does not take it.
    pub async fn split_shard(&self, stream: &Stream, shard: ShardId, at: HashKey) -> Result<()> {
        self.split_at(stream, shard, Ok(at)).await
    }

    /// The same, where the key may be a text beyond the key space.
    pub(crate) async fn split_at(
        &self,
        stream: &Stream,
        shard: ShardId,
        at: Result<HashKey, &str>,
    ) -> Result<()> {
        let noted = self.note(stream, |index, current, scaling| {
            check_provisioned(current, "SplitShard")?;
            check_active(current)?;
            let parent = find(current, shard)?;
            self.check_account(index, current, 1)?;
            let stream = || current.named();
            let range = parent.facts.range;
            // One plus the first key is not enough on AWS.
            let is_inside =
                |at: &HashKey| range.first.0.saturating_add(1) < at.0 && at.0 < range.last.0;
            let Some(at) = at.ok().filter(is_inside) else {
                let at = at.map_or_else(str::to_owned, |at| at.to_string());
                let (stream, range) = (stream(), Box::new(range));
                return Err(invalid(Reshape::Border { at, shard, stream, range }));
            };
            if parent.facts.closed.is_some() {
                return Err(invalid(Reshape::Closed { shard, stream: stream() }));
            }
            scaling.update = Some(Update::Split { shard, at });
            Ok(())
        });
        noted.await
    }

    /// Begins to merge two neighbours, of which the first has the lower keys. Until it is done the stream is
    /// `UPDATING`.
    ///
    /// # Errors
    /// If the stream is on demand or not active, a shard is not there, they are no open neighbours, or the store
    /// does not take it.
    pub async fn merge_shards(
        &self,
        stream: &Stream,
        shard: ShardId,
        adjacent: ShardId,
    ) -> Result<()> {
        let noted = self.note(stream, |_, current, scaling| {
            check_provisioned(current, "MergeShards")?;
            check_active(current)?;
            let (lower, upper) = (&find(current, shard)?.facts, &find(current, adjacent)?.facts);
            let are_open = lower.closed.is_none() && upper.closed.is_none();
            let touch = lower.range.last.0.checked_add(1) == Some(upper.range.first.0);
            if !are_open || !touch {
                let stream = current.named();
                return Err(invalid(Reshape::Apart { shard, adjacent, stream }));
            }
            scaling.update = Some(Update::Merge { shard, adjacent });
            Ok(())
        });
        noted.await
    }

    /// Begins to give a stream `target` shards of the same size, within AWS's limits. Until it is done the stream
    /// is `UPDATING`. How many it has, and how many it will have.
    ///
    /// # Errors
    /// If the stream is on demand or not active, that is too many, too few or too often, or the store does not
    /// take it.
    pub async fn update_shard_count(&self, stream: &Stream, target: u32) -> Result<(u32, u32)> {
        let mut have = 0;
        let noted = self.note(stream, |index, current, scaling| {
            check_provisioned(current, "UpdateShardCount")?;
            check_active(current)?;
            have = count(current);
            let now = self.clock.now();
            let lately = |at: &Millis| now.since(*at) < DAY_MS;
            scaling.resized.retain(lately);
            if self.settings.limits {
                check_count(current, have, target, scaling.resized.len())?;
            }
            check_target(target)?;
            self.check_account(index, current, target.saturating_sub(have))?;
            // What is past the limit is not noted where there is none.
            let over =
                (scaling.resized.len() + 1).saturating_sub(limits::UPDATE_SHARD_COUNTS_PER_DAY);
            scaling.resized.drain(..over);
            scaling.resized.push(now);
            scaling.update = Some(Update::Resize { target });
            Ok(())
        });
        noted.await?;
        Ok((have, target))
    }

    /// Begins to give a stream `target` shards of the same size, whoever asks for it: without the limits of
    /// [`Streams::update_shard_count`].
    ///
    /// # Errors
    /// If the stream is not active, no stream has so many, or the store does not take it.
    pub async fn resize(&self, stream: &Stream, target: u32) -> Result<()> {
        let noted = self.note(stream, |_, current, scaling| {
            check_active(current)?;
            check_target(target)?;
            scaling.update = Some(Update::Resize { target });
            Ok(())
        });
        noted.await
    }

    /// Begins to split a shard in the middle, whoever asks for it. One that takes a single key stays as it is.
    ///
    /// # Errors
    /// If the stream is not active, the shard is not there or not open, or the store does not take it.
    pub async fn split_hot(&self, stream: &Stream, shard: ShardId) -> Result<()> {
        let noted = self.note(stream, |_, current, scaling| {
            check_active(current)?;
            let parent = &find(current, shard)?.facts;
            if parent.closed.is_some() {
                let stream = current.named();
                return Err(invalid(Reshape::Closed { shard, stream }));
            }
            check_target(count(current).saturating_add(1))?;
            let (first, last) = (parent.range.first.0, parent.range.last.0);
            let half = (last - first).div_ceil(2);
            if half > 0 {
                scaling.update = Some(Update::Split { shard, at: HashKey(first + half) });
            }
            Ok(())
        });
        noted.await
    }

    async fn note(
        &self,
        stream: &Stream,
        ask: impl FnOnce(&Index, &Stream, &mut Scaling) -> Result<()>,
    ) -> Result<()> {
        let gone = || Error::NotFound(Missing::Stream(stream.named()));
        let changed = self.catalog.change(|index| {
            let current = index.by_id(stream.facts.id).ok_or_else(gone)?;
            let mut facts = current.facts.clone();
            ask(index, &current, &mut facts.scaling)?;
            self.updated(index, &current, facts)
        });
        changed.await
    }

    /// Whether the account may have so many open shards more.
    fn check_account(&self, index: &Index, stream: &Stream, more: u32) -> Result<()> {
        let (account, region) = (stream.facts.account, stream.facts.region.clone());
        if more > 0 {
            self.check_provisioned(index, account, &region, more)?;
        }
        Ok(())
    }
}

fn check_target(target: u32) -> Result<()> {
    match target {
        1..=limits::STREAM_SHARDS_MAX => Ok(()),
        _ => Err(Error::Quota(Quota::StreamShards(target))),
    }
}

/// The limits of UpdateShardCount, but for those of the account.
fn check_count(stream: &Stream, have: u32, target: u32, lately: usize) -> Result<()> {
    let limit = if lately >= limits::UPDATE_SHARD_COUNTS_PER_DAY {
        Resize::Often(stream.named())
    } else if target > have.saturating_mul(2) {
        Resize::Double { have, target }
    } else if target < have.div_ceil(2) {
        Resize::Half { have, target }
    } else if target > limits::UPDATE_SHARD_COUNT_MAX {
        Resize::Most(target)
    } else {
        return Ok(());
    };
    Err(Error::Quota(Quota::Resize(limit)))
}

fn check_provisioned(stream: &Stream, operation: &'static str) -> Result<()> {
    match stream.facts.mode {
        StreamMode::Provisioned => Ok(()),
        StreamMode::OnDemand => Err(Error::Unfit(Unfit::ProvisionedOnly(operation))),
    }
}

fn check_active(stream: &Stream) -> Result<()> {
    match stream.status() {
        StreamStatus::Active => Ok(()),
        status => Err(Error::NotActive { stream: stream.named(), status }),
    }
}

fn find(stream: &Stream, shard: ShardId) -> Result<&Arc<Shard>> {
    stream.shard(shard).ok_or_else(|| {
        let (text, stream) = (shard.to_string(), stream.named());
        Error::NotFound(Missing::ShardText { text, stream })
    })
}

fn count(stream: &Stream) -> u32 {
    u32::try_from(stream.open_shards()).unwrap_or(u32::MAX)
}

fn invalid(reshape: Reshape) -> Error {
    Error::Invalid(Invalid::Reshape(reshape))
}
