//! What is done about on-demand streams each minute: look, decide, split or merge, and now and then write down.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{HashKey, Millis, ShardId, StreamId, StreamMode, StreamStatus, limits};

use super::ledger::Change;
use super::load::{Inflow, Load};
use super::on_demand_floor;
use super::policy::Decision;
use super::tracker::{Minute, OpenShard, Tracker};
use crate::error::{Quota, Resize};
use crate::record_settings::check_active;
use crate::shard::Counted;
use crate::stream::{Shard, Stream, StreamFacts, Update};
use crate::{Error, Result, Streams};

/// How often peaks that have changed are written.
const WRITE_EVERY: Duration = Duration::from_secs(3600);
/// Streams whose peaks one commit writes.
const WRITTEN_AT_ONCE: usize = 1000;

/// What is known of the on-demand streams in this life of the process.
#[derive(Debug)]
pub(crate) struct Scaler {
    streams: HashMap<StreamId, Scaled>,
    /// When they were looked at last, and when peaks were written.
    looked: Duration,
    written: Duration,
    /// Whether they were looked at in this life of the process.
    has_looked: bool,
}

#[derive(Debug)]
struct Scaled {
    tracker: Tracker,
    counted: HashMap<ShardId, Counted>,
    /// Whether its peaks are others than what is stored.
    is_changed: bool,
    /// Whether it was said that it has all the shards that it may have.
    is_full: bool,
}

impl Scaler {
    pub(crate) fn new(monotonic: Duration) -> Self {
        Self { streams: HashMap::new(), looked: monotonic, written: monotonic, has_looked: false }
    }
}

impl Streams {
    /// Looks at the traffic of on-demand streams since the last time and changes their shards as it asks for. The
    /// program calls it each minute. What fails for one stream stops no other.
    ///
    /// # Errors
    /// The first, if the store did not take a change.
    pub async fn scale_once(&self) -> Result<()> {
        let mut first = Ok(());
        for (stream, decision) in self.look_at_streams() {
            let done = self.carry_out(&stream, &decision).await;
            let is_full = matches!(done, Err(Error::Quota(Quota::Resize(Resize::Kept))));
            let was_full = self.note_full(stream.facts.id, is_full);
            match done {
                Ok(()) => {}
                // The same each minute until shards have expired: once is enough.
                Err(_) if is_full && was_full => {}
                Err(error) => {
                    let shown = stdx::Chain(&error);
                    tracing::warn!(stream = %stream.arn(), error = %shown, "stream cannot be scaled");
                    first = if is_full { first } else { first.and(Err(error)) };
                }
            }
        }
        let monotonic = self.clock.monotonic();
        let is_due = monotonic.saturating_sub(self.scaler.lock().written) >= WRITE_EVERY;
        let written = if is_due { self.write_peaks().await } else { Ok(()) };
        first.and(written)
    }

    /// Writes the peaks that have changed since they were written last.
    ///
    /// # Errors
    /// If the store does not take them.
    pub(crate) async fn write_peaks(&self) -> Result<()> {
        let stored: Vec<StreamId> = self.loads.look(|loads| loads.streams().collect());
        let mut gone = Vec::new();
        let mut changed = Vec::new();
        {
            let mut scaler = self.scaler.lock();
            scaler.written = self.clock.monotonic();
            gone.extend(stored.into_iter().filter(|id| {
                let stream = self.stream_by_id(*id);
                stream.is_none_or(|it| it.facts.mode == StreamMode::Provisioned)
            }));
            for (id, scaled) in &mut scaler.streams {
                if std::mem::take(&mut scaled.is_changed) {
                    changed.push((*id, scaled.tracker.history.clone()));
                }
            }
        }
        let mut first = Ok(());
        for gone in gone.chunks(WRITTEN_AT_ONCE) {
            let change = Change { kept: Vec::new(), gone: gone.to_vec() };
            first = first.and(self.loads.change(|_| Ok(change)).await);
        }
        for kept in changed.chunks(WRITTEN_AT_ONCE) {
            let change = Change { kept: kept.to_vec(), gone: Vec::new() };
            let written = self.loads.change(|_| Ok(change)).await;
            if written.is_err() {
                self.mark_changed(kept.iter().map(|(id, _)| *id));
            }
            first = first.and(written);
        }
        first
    }

    /// Notes whether a stream has all the shards that it may have; whether it had them the last time.
    fn note_full(&self, id: StreamId, is_full: bool) -> bool {
        let mut scaler = self.scaler.lock();
        let scaled = scaler.streams.get_mut(&id);
        scaled.is_some_and(|scaled| std::mem::replace(&mut scaled.is_full, is_full))
    }

    fn mark_changed(&self, streams: impl Iterator<Item = StreamId>) {
        let mut scaler = self.scaler.lock();
        for id in streams {
            if let Some(scaled) = scaler.streams.get_mut(&id) {
                scaled.is_changed = true;
            }
        }
    }

    /// Takes in what went through the shards since the last time; what is to be done about it.
    fn look_at_streams(&self) -> Vec<(Arc<Stream>, Decision)> {
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        let mut streams = self.catalog.all();
        streams.retain(|stream| stream.facts.mode == StreamMode::OnDemand);
        let mut scaler = self.scaler.lock();
        let elapsed = monotonic.saturating_sub(scaler.looked);
        if elapsed.is_zero() {
            return Vec::new();
        }
        let since = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        scaler.looked = monotonic;
        let has_looked = std::mem::replace(&mut scaler.has_looked, true);
        let mut before = std::mem::take(&mut scaler.streams);
        let mut decisions = Vec::new();
        for stream in streams {
            let id = stream.facts.id;
            let known = before.remove(&id);
            let is_late = known.is_none() && has_looked && now.since(stream.facts.created) > since;
            let mut scaled = known.unwrap_or_else(|| self.begun(id));
            if is_late {
                // It was provisioned: what went through it before is no load of this minute.
                scaled.counted = counted(&stream);
            }
            let minute = self.minute(&stream, &mut scaled, (now, monotonic), elapsed);
            scaled.is_changed |= scaled.tracker.note(&minute);
            if stream.status() == StreamStatus::Active {
                match scaled.tracker.decide(&minute) {
                    Decision::Stay => {}
                    decision => decisions.push((stream, decision)),
                }
            }
            scaler.streams.insert(id, scaled);
        }
        decisions
    }

    /// A stream that was not looked at yet in this life of the process.
    fn begun(&self, id: StreamId) -> Scaled {
        let tracker = Tracker::with(self.loads.look(|loads| loads.of(id)));
        Scaled { tracker, counted: HashMap::new(), is_changed: false, is_full: false }
    }

    /// The highest load of a stream since yesterday.
    pub(crate) fn recent_peak(&self, id: StreamId) -> Load {
        let now = self.clock.now();
        let scaler = self.scaler.lock();
        let known = scaler.streams.get(&id).map(|scaled| scaled.tracker.history.clone());
        let mut history = known.unwrap_or_else(|| self.loads.look(|loads| loads.of(id)));
        history.forget(now);
        history.peak(now)
    }

    /// Forgets what a stream took before yesterday.
    pub(crate) fn forget_peaks(&self, id: StreamId) {
        let mut scaler = self.scaler.lock();
        let scaled = scaler.streams.entry(id).or_insert_with(|| self.begun(id));
        scaled.tracker.history.forget(self.clock.now());
        scaled.is_changed = true;
    }

    fn minute(
        &self,
        stream: &Stream,
        scaled: &mut Scaled,
        (now, monotonic): (Millis, Duration),
        elapsed: Duration,
    ) -> Minute {
        let after = counted(stream);
        let inflow = |shard: &Shard| {
            let of = |counted: &HashMap<ShardId, Counted>| counted.get(&shard.facts.id).copied();
            let before = of(&scaled.counted).unwrap_or_default();
            Inflow::between(&before, &of(&after).unwrap_or_default())
        };
        let mut total = Inflow::default();
        let mut open = Vec::with_capacity(stream.open_shards());
        for shard in &stream.shards {
            let inflow = inflow(shard);
            total = total.plus(inflow);
            let facts = &shard.facts;
            if facts.closed.is_none() {
                open.push((
                    facts.range.first,
                    OpenShard {
                        id: facts.id,
                        parent: facts.parent.filter(|_| facts.adjacent_parent.is_none()),
                        width: facts.range.last.0 - facts.range.first.0,
                        load: inflow.load(elapsed),
                    },
                ));
            }
        }
        scaled.counted = after;
        open.sort_unstable_by_key(|(first, _)| *first);
        let StreamFacts { account, region, scaling, .. } = &stream.facts;
        let warm = scaling.warm_mib.filter(|_| self.may_warm(*account, region));
        Minute {
            now,
            monotonic,
            floor: on_demand_floor(warm),
            ceiling: limits::ON_DEMAND_SHARDS_MAX.max(warm.unwrap_or(0)),
            total: total.load(elapsed),
            open: open.into_iter().map(|(_, shard)| shard).collect(),
        }
    }

    async fn carry_out(&self, stream: &Stream, decision: &Decision) -> Result<()> {
        match decision {
            Decision::Stay => {}
            Decision::Resize(target) => {
                self.begin(stream, |_| Some(Update::Resize { target: *target })).await?;
                self.reshape_all().await?;
            }
            Decision::Split(shards) => {
                for shard in shards {
                    self.begin(stream, |current| middle(current, *shard)).await?;
                    self.reshape_all().await?;
                }
            }
            Decision::Merge(pairs) => {
                for (shard, adjacent) in pairs.iter().copied() {
                    self.begin(stream, |_| Some(Update::Merge { shard, adjacent })).await?;
                    self.reshape_all().await?;
                }
            }
        }
        let shards = stream.open_shards();
        tracing::info!(stream = %stream.arn(), shards, ?decision, "stream is scaled");
        Ok(())
    }

    /// Begins a change of the shards, if the stream is still on demand and nothing else is under way.
    async fn begin(
        &self,
        stream: &Stream,
        update: impl FnOnce(&Stream) -> Option<Update>,
    ) -> Result<()> {
        let current = self.stream_by_id(stream.facts.id);
        let begun = self.change_facts(stream, |facts| {
            if facts.mode == StreamMode::OnDemand {
                check_active(facts)?;
                facts.scaling.update = current.and_then(|current| update(&current));
            }
            Ok(())
        });
        match begun.await {
            // It was deleted, or its owner was faster: the next minute sees what is.
            Err(Error::NotFound(_) | Error::NotActive { .. }) => Ok(()),
            other => other,
        }
    }
}

/// What went through the shards of a stream so far.
fn counted(stream: &Stream) -> HashMap<ShardId, Counted> {
    let counted = |shard: &Arc<Shard>| (shard.facts.id, shard.traffic.counted());
    stream.shards.iter().map(counted).collect()
}

/// A split in the middle.
fn middle(stream: &Stream, shard: ShardId) -> Option<Update> {
    let facts = &stream.shard(shard)?.facts;
    let (first, last) = (facts.range.first.0, facts.range.last.0);
    let half = (last - first).div_ceil(2);
    let at = HashKey(first + half);
    (half > 0 && facts.closed.is_none()).then_some(Update::Split { shard, at })
}
