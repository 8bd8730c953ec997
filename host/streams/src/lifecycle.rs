//! Making and deleting streams. Either is one commit, so no stream is ever half made or half deleted.

use std::sync::Arc;

use domain::{
    AccountId, HashRange, Millis, Region, ShardId, StreamId, StreamMode, StreamName, limits,
};
use storage::frame::Codec;
use storage::{Commit, Kind, LogId};

use crate::catalog::{Change, Index};
use crate::error::{self, Missing, Named, Quota};
use crate::stream::{
    Monitored, Protection, Scaling, Shard, ShardFacts, Spread, Stream, StreamFacts,
};
use crate::{Error, Result, Streams};

// A stream is deleted by one commit. A shard is a log, and a fact at most: as a rule 64 share one, but those around it
// may have been forgotten. The stream's own fact comes on top.
const _: () = assert!(limits::STREAM_SHARDS_KEPT_MAX * 2 < Commit::ITEMS_MAX);
const _: () = assert!((limits::STREAM_SHARDS_MAX as usize) < limits::STREAM_SHARDS_KEPT_MAX);
// A step touches two chunks for each of its parents and children, at most.
const _: () = assert!(limits::RESHAPE_STEPS_MAX * 10 < Commit::ITEMS_MAX);
const _: () = assert!(limits::ACCOUNT_SHARDS_MAX <= limits::STREAM_SHARDS_MAX);

/// What a stream is to be.
#[derive(Clone, Debug)]
pub struct NewStream {
    /// Who will own it.
    pub account: AccountId,
    /// Where it will live.
    pub region: Region,
    /// Its name.
    pub name: StreamName,
    /// Who decides how many shards it has.
    pub mode: StreamMode,
    /// How many it starts with; at least one.
    pub shards: u32,
    /// The largest record.
    pub record_kib_max: u32,
    /// Who spreads its records.
    pub spread: Spread,
    /// What it is to take at any moment, in MiB/s, if that was said.
    pub warm_mib: Option<u32>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
}

impl Streams {
    /// Makes a stream; it takes records as soon as this returns.
    ///
    /// # Errors
    /// If the name is taken, the account would have too much, or the store does not take it.
    pub async fn create_stream(&self, new: NewStream) -> Result<()> {
        self.catalog.look(|index| self.admit(index, &new))?;
        let first_id = self.store.new_ids(u64::from(new.shards) + 1).await?;
        let stream = Named { account: new.account, stream: new.name.to_string() };
        let changed = self.catalog.change(|index| {
            self.admit(index, &new)?;
            Ok(Some(Change::Add(Arc::new(self.build(index, new, first_id)))))
        });
        match changed.await {
            // Only another process at the same store can have been faster.
            Err(Error::Store(error)) if error.kind() == Kind::Conflict => Err(Error::Taken(stream)),
            other => other,
        }
    }

    fn admit(&self, index: &Index, new: &NewStream) -> Result<()> {
        let NewStream { account, region, name, .. } = new;
        if let Some(taken) = index.by_name(*account, region, name) {
            return Err(Error::Taken(taken.named()));
        }
        if !self.settings.limits {
            return match new.shards {
                shards if shards > limits::STREAM_SHARDS_MAX => {
                    Err(Error::Quota(Quota::StreamShards(shards)))
                }
                _ => Ok(()),
            };
        }
        match new.mode {
            StreamMode::Provisioned => self.check_provisioned(index, *account, region, new.shards),
            StreamMode::OnDemand => self.check_on_demand(index, *account, region),
        }?;
        self.check_room(index, *account, new.shards as usize)
    }

    /// Whether an account may have so many more shards that it counts itself.
    pub(crate) fn check_provisioned(
        &self,
        index: &Index,
        account: AccountId,
        region: &Region,
        more: u32,
    ) -> Result<()> {
        let have = index.provisioned_shards(account);
        if self.settings.limits && have + u64::from(more) > limits::ACCOUNT_SHARDS_MAX.into() {
            let region = region.clone();
            return Err(Error::Quota(Quota::Shards { account, region, have, more }));
        }
        Ok(())
    }

    /// Whether an account may have one more stream on demand.
    pub(crate) fn check_on_demand(
        &self,
        index: &Index,
        account: AccountId,
        region: &Region,
    ) -> Result<()> {
        let (_, on_demand) = index.usage(account);
        if self.settings.limits && on_demand >= limits::ACCOUNT_ON_DEMAND_STREAMS_MAX {
            let region = region.clone();
            return Err(Error::Quota(Quota::OnDemandStreams { account, region }));
        }
        Ok(())
    }

    /// The stream, which takes its own number from `first_id` on, and one for each log.
    fn build(&self, index: &Index, new: NewStream, first_id: u64) -> Stream {
        let facts = StreamFacts {
            id: StreamId(first_id),
            account: new.account,
            region: new.region,
            name: new.name,
            created: self.clock.now(),
            mode: new.mode,
            retention_hours: limits::RETENTION_HOURS_DEFAULT,
            kept_from: Millis(0),
            record_kib_max: new.record_kib_max,
            tags: new.tags,
            scaling: Scaling { warm_mib: new.warm_mib, ..Scaling::default() },
            protection: Protection::default(),
            codec: Codec::None,
            monitored: Monitored::default(),
            spread: new.spread,
            policy: None,
        };
        let creation = index.creation(&facts);
        let monotonic = self.clock.monotonic();
        let shard = |(number, range): (u32, HashRange)| {
            let facts = ShardFacts {
                id: ShardId(number),
                log: LogId(first_id + 1 + u64::from(number)),
                range,
                creation,
                parent: None,
                adjacent_parent: None,
                closed: None,
            };
            Arc::new(Shard::new(facts, monotonic))
        };
        let shards = (0..).zip(HashRange::tile(new.shards)).map(shard).collect();
        // The version is known once the commit is done.
        Stream::new(facts, shards, 0)
    }

    /// Deletes a stream with all its records and consumers; its name is free as soon as this returns.
    ///
    /// # Errors
    /// If it was deleted already, has queues, or the store does not take it.
    pub async fn delete_stream(&self, stream: &Stream) -> Result<()> {
        let gone = || Error::NotFound(Missing::Stream(stream.named()));
        // Not while the catalogue decides: the meter asks the catalogue while it is held.
        let current = self.catalog.by_id(stream.facts.id).ok_or_else(gone)?;
        self.meter.lock().note_end(&current);
        let changed = self.catalog.change(|index| {
            let current = index.by_id(stream.facts.id).ok_or_else(gone)?;
            if self.queues_of(stream.facts.id) > 0 {
                return Err(Error::Queue(error::Queue::OnStream(stream.named())));
            }
            Ok(Some(Change::Remove(current)))
        });
        match changed.await {
            Err(Error::Store(error)) if error.kind() == Kind::Conflict => Err(gone()),
            other => other,
        }?;
        if let Err(error) = self.forget_consumers(stream.facts.id).await {
            // Nobody finds them any more, and the next sweep tries again.
            let error = stdx::Chain(&error);
            tracing::warn!(stream = %stream.arn(), %error, "consumers outlive their stream for now");
        }
        Ok(())
    }
}
