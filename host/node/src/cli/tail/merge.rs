//! Records of several shards in one order.

use domain::HashRange;
use wire::aggregation::Aggregate;

use crate::client::{ClientError, GotRecord, decode_data};

/// A record as read, on its own, or a user record of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Got {
    pub(super) shard: String,
    pub(super) sequence_number: String,
    /// Its place in the aggregated record that it came in.
    pub(super) sub_sequence: Option<u32>,
    pub(super) partition_key: String,
    /// Unix seconds.
    pub(super) arrival: f64,
    pub(super) data: Vec<u8>,
}

impl Got {
    /// The record, with its data decoded.
    ///
    /// # Errors
    /// If the data is not base64.
    pub(super) fn new(shard: &str, record: &GotRecord<'_>) -> Result<Self, ClientError> {
        Ok(Self {
            shard: shard.to_owned(),
            sequence_number: record.sequence_number.to_string(),
            sub_sequence: None,
            partition_key: record.partition_key.to_string(),
            arrival: record.approximate_arrival_timestamp,
            data: decode_data(&record.data)?,
        })
    }

    /// The user records of an aggregated record, or the record itself; nothing, with the number of user records,
    /// if they are for another shard than that with this range.
    pub(super) fn apart(self, range: HashRange) -> Result<Vec<Self>, usize> {
        let Some(aggregate) = Aggregate::read(&self.data) else { return Ok(vec![self]) };
        if !aggregate.is_within(range) {
            return Err(aggregate.records.len());
        }
        let user_record = |(place, record): (u32, wire::aggregation::UserRecord<'_>)| Self {
            shard: self.shard.clone(),
            sequence_number: self.sequence_number.clone(),
            sub_sequence: Some(place),
            partition_key: record.partition_key.to_owned(),
            arrival: self.arrival,
            data: record.data.to_vec(),
        };
        Ok((0..).zip(aggregate.records).map(user_record).collect())
    }
}

/// One round's records by arrival. Each shard's own order holds, since arrival never falls in a shard and
/// the sort is stable.
pub(super) fn merge(shards: Vec<Vec<Got>>) -> Vec<Got> {
    let mut records: Vec<Got> = shards.into_iter().flatten().collect();
    records.sort_by(|one, other| one.arrival.total_cmp(&other.arrival));
    records
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use domain::HashKey;
    use wire::aggregation::Aggregator;

    use super::*;

    fn got(shard: &str, arrival: f64, data: &str) -> Got {
        Got { shard: shard.into(), arrival, data: data.into(), ..Got::default() }
    }

    #[test]
    fn arrival_rules_and_a_shards_order_holds() {
        let one = vec![got("1", 1.0, "a"), got("1", 3.0, "c"), got("1", 3.0, "d")];
        let two = vec![got("2", 2.0, "b"), got("2", 4.0, "e")];
        let merged: Vec<u8> = merge(vec![one, two]).into_iter().flat_map(|got| got.data).collect();
        assert_eq!(merged, b"abcde");
    }

    #[test]
    fn aggregated_records_come_apart() {
        let mut aggregator = Aggregator::new(1000);
        for data in ["1", "2"] {
            let data = Bytes::from_static(data.as_bytes());
            assert!(aggregator.push("k", Some(HashKey(5)), &data));
        }
        let data = aggregator.take().unwrap().data.to_vec();
        let record = Got { sequence_number: "49".into(), data, ..Got::default() };
        let parts = record.clone().apart(HashRange::ALL).unwrap();
        let shown: Vec<_> = parts.iter().map(|it| (it.sub_sequence, &it.data[..])).collect();
        assert_eq!(shown, [(Some(0), &b"1"[..]), (Some(1), &b"2"[..])]);
        assert!(parts.iter().all(|it| it.partition_key == "k" && it.sequence_number == "49"));
        let upper = HashRange { first: HashKey(6), last: HashKey(9) };
        assert_eq!(record.apart(upper), Err(2));
        let plain = got("1", 0.0, "plain");
        assert_eq!(plain.clone().apart(upper), Ok(vec![plain]));
    }
}
