//! Records of several shards in one order.

use crate::client::{ClientError, GotRecord, decode_data};

/// A record as read, on its own.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Got {
    pub(super) shard: String,
    pub(super) sequence_number: String,
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
            partition_key: record.partition_key.to_string(),
            arrival: record.approximate_arrival_timestamp,
            data: decode_data(&record.data)?,
        })
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
    use super::*;

    fn got(shard: &str, arrival: f64, data: &str) -> Got {
        Got {
            shard: shard.into(),
            sequence_number: String::new(),
            partition_key: String::new(),
            arrival,
            data: data.into(),
        }
    }

    #[test]
    fn arrival_rules_and_a_shards_order_holds() {
        let one = vec![got("1", 1.0, "a"), got("1", 3.0, "c"), got("1", 3.0, "d")];
        let two = vec![got("2", 2.0, "b"), got("2", 4.0, "e")];
        let merged: Vec<u8> = merge(vec![one, two]).into_iter().flat_map(|got| got.data).collect();
        assert_eq!(merged, b"abcde");
    }
}
