//! Taking what was measured in a minute.

use std::collections::HashMap;

use metering::cloud::{Datum, Statistics, Unit};
use storage::LogId;

use super::monitoring::{AGE, COUNTED};
use crate::stream::{Monitored, Shard, Stream};
use crate::{Counted, Streams};

/// The namespace of all these metrics.
pub(crate) const NAMESPACE: &str = "AWS/Kinesis";

/// What the counters of single shards said the last time. A shard that is not here had counted nothing, or nobody
/// asked.
#[derive(Debug, Default)]
pub(crate) struct Seen(HashMap<LogId, Counted>);

impl Streams {
    /// What was measured since the last time, of all streams: to be called once a minute, by one caller.
    pub fn metrics_of_minute(&self) -> Vec<Datum> {
        let mut data = Vec::new();
        let mut seen = self.seen.lock();
        let mut kept = HashMap::new();
        for stream in self.catalog.all() {
            stream.measures.take(|name, unit, statistics| {
                data.push(datum(&stream, None, (name, unit), statistics));
            });
            let monitored = stream.facts.monitored;
            if monitored == Monitored::default() {
                continue;
            }
            for shard in &stream.shards {
                let log = shard.facts.log;
                let before = seen.0.get(&log).copied().unwrap_or_default();
                let now = shard.traffic.counted();
                kept.insert(log, now);
                of_shard(&stream, shard, (&before, &now), &mut data);
            }
        }
        seen.0 = kept;
        data
    }

    /// Notes what the shards of a stream counted before its owner asked for their metrics.
    pub(super) fn begin_watching(&self, stream: &Stream) {
        let mut seen = self.seen.lock();
        for shard in &stream.shards {
            shard.traffic.age.take();
            seen.0.insert(shard.facts.log, shard.traffic.counted());
        }
    }
}

/// The metrics of a shard that its owner asked for, of which something happened.
fn of_shard(
    stream: &Stream,
    shard: &Shard,
    (before, now): (&Counted, &Counted),
    data: &mut Vec<Datum>,
) {
    let monitored = stream.facts.monitored;
    for (at, unit, count) in COUNTED {
        let more = count(now).saturating_sub(count(before));
        if monitored.has(at) && more > 0 {
            let metric = (Monitored::NAMES[at], unit);
            data.push(datum(stream, Some(shard), metric, sample(more)));
        }
    }
    if monitored.has(AGE)
        && let Some(ages) = shard.traffic.age.take()
    {
        let metric = (Monitored::NAMES[AGE], Unit::MILLISECONDS);
        data.push(datum(stream, Some(shard), metric, ages));
    }
}

/// What a minute's difference is worth: nobody counted in how many calls it came about.
#[expect(clippy::cast_precision_loss, reason = "as all numbers of CloudWatch")]
fn sample(count: u64) -> Statistics {
    Statistics::of(count as f64)
}

fn datum(
    stream: &Stream,
    shard: Option<&Shard>,
    (name, unit): (&'static str, Unit),
    statistics: Statistics,
) -> Datum {
    let facts = &stream.facts;
    let shard = shard.map(|shard| ("ShardId", shard.facts.id.to_string()));
    let mut dimensions = vec![("StreamName", facts.name.to_string())];
    dimensions.extend(shard);
    let (account, region) = (facts.account, facts.region.clone());
    Datum { account, region, namespace: NAMESPACE, name, dimensions, unit, statistics }
}
