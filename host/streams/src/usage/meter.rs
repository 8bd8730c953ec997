//! What was counted of each stream since it was written down last.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{AccountId, Millis, ShardId, StreamId, StreamMode, limits};

use super::Quantities;
use super::quantities::Standing;
use crate::Streams;
use crate::shard::Counted;
use crate::stream::Stream;

/// Deleted streams whose last quantities are kept until they are written: a bound on what is held in memory, beyond
/// which they are lost.
const ENDED_MAX: usize = 100_000;

/// The quantities that are not written yet. Whoever holds them may ask the catalogue, so nobody who holds the catalogue
/// may ask for them.
#[derive(Debug)]
pub(crate) struct Meter {
    pub(super) streams: HashMap<StreamId, Metered>,
    /// Streams among them that are gone.
    ended: usize,
    /// When they were counted last.
    looked: Duration,
    /// The hour in which they were.
    pub(super) hour: u64,
}

/// A stream as it is metered.
#[derive(Debug)]
pub(super) struct Metered {
    pub(super) stream: Arc<Stream>,
    counted: HashMap<ShardId, Counted>,
    pub(super) since: Quantities,
    pub(super) is_gone: bool,
}

pub(super) const HOUR_MS: u64 = 3_600_000;

impl Meter {
    /// Nothing counted yet.
    pub(crate) fn new(now: Millis, monotonic: Duration) -> Self {
        Self { streams: HashMap::new(), ended: 0, looked: monotonic, hour: now.0 / HOUR_MS }
    }

    /// A stream is about to be deleted: what went through it since the last time is still to be counted.
    pub(crate) fn note_end(&mut self, stream: &Arc<Stream>) {
        let id = stream.facts.id;
        // One that is metered already costs no more, however often its deletion is asked for.
        if self.ended < ENDED_MAX && !self.streams.contains_key(&id) {
            self.ended += 1;
            self.streams.insert(id, Metered::new(Arc::clone(stream)));
        }
    }

    /// Forgets the streams that are gone and written.
    pub(super) fn forget_ended(&mut self) {
        self.streams.retain(|_, metered| !metered.is_gone || !metered.since.is_zero());
        self.ended = self.streams.values().filter(|metered| metered.is_gone).count();
    }
}

impl Metered {
    fn new(stream: Arc<Stream>) -> Self {
        let (counted, since) = (HashMap::new(), Quantities::default());
        Self { stream, counted, since, is_gone: false }
    }

    /// Counts on to this moment; how many payload units came in. `consumers` is for how long each consumer was
    /// registered meanwhile, summed over them.
    fn count(&mut self, elapsed: Duration, consumers: Duration) -> u64 {
        let after = counters(&self.stream);
        let more = used(&self.stream, &self.counted, &after, elapsed, consumers);
        self.since.add(&more);
        self.counted = after;
        more.payload_units_in
    }

    /// What `count` would make of what is not written, with `stream` as the stream that it is now.
    fn counted_on(&self, stream: &Stream, elapsed: Duration, consumers: Duration) -> Quantities {
        let mut all = self.since;
        all.add(&used(stream, &self.counted, &counters(stream), elapsed, consumers));
        all
    }
}

/// What the counters of the shards say.
fn counters(stream: &Stream) -> HashMap<ShardId, Counted> {
    stream.shards.iter().map(|shard| (shard.facts.id, shard.traffic.counted())).collect()
}

/// What was used between two readings of the counters.
fn used(
    stream: &Stream,
    before: &HashMap<ShardId, Counted>,
    after: &HashMap<ShardId, Counted>,
    elapsed: Duration,
    consumers: Duration,
) -> Quantities {
    let facts = &stream.facts;
    let standing = Standing {
        shards: stream.open_shards(),
        is_on_demand: facts.mode == StreamMode::OnDemand,
        is_extended: facts.retention_hours > limits::RETENTION_HOURS_DEFAULT,
        consumers,
    };
    let mut used = Quantities::lasting(elapsed, standing);
    for (shard, after) in after {
        let before = before.get(shard).copied().unwrap_or_default();
        used.add(&Quantities::between(&before, after));
    }
    used
}

impl Streams {
    /// Counts what was used since the last time.
    pub(super) fn meter(&self) {
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        let streams = self.catalog.all();
        let mut meter = self.meter.lock();
        let elapsed = monotonic.saturating_sub(meter.looked);
        meter.looked = monotonic;
        let Meter { streams: metered, ended, .. } = &mut *meter;
        let mut gone: Vec<StreamId> =
            metered.iter().filter(|(_, it)| !it.is_gone).map(|(id, _)| *id).collect();
        let mut units = 0;
        self.show(&streams);
        for stream in streams {
            let id = stream.facts.id;
            let age = Duration::from_millis(now.since(stream.facts.created));
            let new = || Metered::new(Arc::clone(&stream));
            let entry = metered.entry(id).or_insert_with(new);
            entry.stream = Arc::clone(&stream);
            let consumers = self.registered_for(id, now, elapsed);
            units += entry.count(elapsed.min(age), consumers);
        }
        gone.retain(|id| self.stream_by_id(*id).is_none());
        for id in gone {
            if let Some(entry) = metered.get_mut(&id) {
                let age = Duration::from_millis(now.since(entry.stream.facts.created));
                // Its consumers went before it.
                units += entry.count(elapsed.min(age), Duration::ZERO);
                entry.is_gone = true;
            }
        }
        *ended = metered.values().filter(|it| it.is_gone).count();
        self.metrics.streams.payload_units.inc_by(units);
    }

    /// What an account used that is not written yet, stream by stream, and the hour that it is of. Nothing of others is
    /// counted for that, and nothing is noted: each call may be one of many.
    pub(super) fn unwritten(&self, account: AccountId) -> (Millis, Vec<(Arc<Stream>, Quantities)>) {
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        let streams: HashMap<StreamId, Arc<Stream>> = self.catalog.look(|index| {
            index.of_account(account).map(|it| (it.facts.id, Arc::clone(it))).collect()
        });
        let meter = self.meter.lock();
        let elapsed = monotonic.saturating_sub(meter.looked);
        let lasted =
            |stream: &Stream| elapsed.min(Duration::from_millis(now.since(stream.facts.created)));
        let mut found = Vec::new();
        for (id, stream) in &streams {
            let consumers = self.registered_for(*id, now, elapsed);
            let quantities = match meter.streams.get(id) {
                Some(metered) => metered.counted_on(stream, lasted(stream), consumers),
                None => {
                    let new = Metered::new(Arc::clone(stream));
                    new.counted_on(stream, lasted(stream), consumers)
                }
            };
            found.push((Arc::clone(stream), quantities));
        }
        for (id, metered) in &meter.streams {
            let stream = &metered.stream;
            if stream.facts.account != account || streams.contains_key(id) {
                continue;
            }
            let quantities = match metered.is_gone {
                true => metered.since,
                // Its consumers went before it.
                false => metered.counted_on(stream, lasted(stream), Duration::ZERO),
            };
            found.push((Arc::clone(stream), quantities));
        }
        (Millis(meter.hour * HOUR_MS), found)
    }

    /// Shows in the metrics what there is.
    fn show(&self, streams: &[Arc<Stream>]) {
        let gauge = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let on_demand = streams.iter().filter(|it| it.facts.mode == StreamMode::OnDemand);
        let numbers = &self.metrics.streams;
        numbers.streams.set(gauge(streams.len()));
        numbers.on_demand.set(gauge(on_demand.count()));
        numbers.shards.set(gauge(streams.iter().map(|it| it.open_shards()).sum()));
    }
}
