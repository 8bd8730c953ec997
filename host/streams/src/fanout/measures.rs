//! What is measured of each consumer: CloudWatch's metrics of `AWS/Kinesis` that name a consumer.

use metering::cloud::{Datum, Tally, Unit};

use super::index::Consumers;
use crate::measure::NAMESPACE;
use crate::{Error, Result, Streams};

/// A metric of a consumer, by its place in [`METRICS`].
#[derive(Clone, Copy, Debug)]
enum Of {
    CallRefused,
    CallSuccess,
    EventBytes,
    EventBehind,
    EventRecords,
    EventSuccess,
}

const COUNT: usize = Of::EventSuccess as usize + 1;

/// The names of the metrics and their units (Kinesis developer guide, monitoring with CloudWatch).
const METRICS: [(&str, Unit); COUNT] = [
    ("SubscribeToShard.RateExceeded", Unit::COUNT),
    ("SubscribeToShard.Success", Unit::COUNT),
    ("SubscribeToShardEvent.Bytes", Unit::BYTES),
    ("SubscribeToShardEvent.MillisBehindLatest", Unit::MILLISECONDS),
    ("SubscribeToShardEvent.Records", Unit::COUNT),
    ("SubscribeToShardEvent.Success", Unit::COUNT),
];

/// The tallies of one consumer over all shards.
#[derive(Debug, Default)]
pub(super) struct Measures([Tally; COUNT]);

impl Measures {
    fn add(&self, metric: Of, value: u64) {
        self.0[metric as usize].add(value);
    }

    /// A call that began a subscription, or did not.
    pub(super) fn called<T>(&self, result: &Result<T>) {
        let is_refused = matches!(result, Err(Error::Fanout(_)));
        self.add(Of::CallRefused, is_refused.into());
        self.add(Of::CallSuccess, result.is_ok().into());
    }

    /// An event that was given out.
    pub(super) fn delivered(&self, records: usize, bytes: usize, behind_ms: u64) {
        self.add(Of::EventSuccess, 1);
        self.add(Of::EventRecords, records as u64);
        self.add(Of::EventBytes, bytes as u64);
        self.add(Of::EventBehind, behind_ms);
    }

    /// A subscription that an error ended. That somebody took its place, or that its stream or consumer went, is
    /// no failure of an event.
    pub(super) fn ended(&self, error: &Error) {
        if !matches!(error, Error::Fanout(_) | Error::NotFound(_)) {
            self.add(Of::EventSuccess, 0);
        }
    }
}

impl Streams {
    /// What was measured of all consumers since the last time: to be called once a minute, by one caller. What is
    /// left of a consumer that was deregistered meanwhile is not told.
    pub fn consumer_metrics_of_minute(&self) -> Vec<Datum> {
        let mut data = Vec::new();
        for consumer in self.fanout.consumers.look(Consumers::all) {
            let Some(stream) = self.stream_by_id(consumer.facts.stream) else { continue };
            for (tally, (name, unit)) in consumer.measures.0.iter().zip(METRICS) {
                let Some(statistics) = tally.take() else { continue };
                let stream = &stream.facts;
                let dimensions = vec![
                    ("StreamName", stream.name.to_string()),
                    ("ConsumerName", consumer.facts.name.to_string()),
                ];
                let (account, region) = (stream.account, stream.region.clone());
                let namespace = NAMESPACE;
                let datum =
                    Datum { account, region, namespace, name, dimensions, unit, statistics };
                data.push(datum);
            }
        }
        data
    }
}
