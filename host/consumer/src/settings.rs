//! How a consumer forms and repeats batches.

use std::time::Duration;

/// What the owner of a consumer decides; may change while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Records of a batch at most: 1 to 10,000.
    pub batch_records: u32,
    /// What a batch may take as Lambda's event at most, at most [`Settings::BATCH_BYTES_MAX`]; a record that
    /// takes more stands alone.
    pub batch_bytes: usize,
    /// How long a batch may wait for more records since its first was seen; zero sends whatever is there.
    pub window: Duration,
    /// Lanes of a shard: 1 to 10; 1 where there are tumbling windows.
    pub factor: u16,
    /// How long tumbling windows are, where there are some: at most [`Settings::TUMBLING_MAX`]. They begin at whole
    /// multiples of it since 1970, and records belong to them by their arrival.
    pub tumbling: Option<Duration>,
    /// How often a failed batch is tried again at most; `None` is for ever.
    pub retries_max: Option<u32>,
    /// Records that arrived longer ago are not tried (again); `None` leaves it to the stream's retention.
    pub age_max: Option<Duration>,
    /// Whether a batch that failed is halved, and each half tried on its own, down to single records. Halving does
    /// not count towards `retries_max`.
    pub bisects: bool,
    /// After how many attempts a record that fails alone is parked, and with it what comes behind it with the same
    /// partition key, so that nothing else waits: 1 to [`Settings::PARK_AFTER_MAX`]; never if `None`. A batch that failed is
    /// halved then, whatever `bisects` says. Not with tumbling windows, whose states would have gaps.
    pub park_after: Option<u32>,
    /// Whether the processor reports records that are given up (discarded). Those that are too old come to it in batches
    /// then.
    pub tells_given_up: bool,
    /// Whether they are reported outside of the commit that gives them up. Then it is committed before that which records
    /// they are, so that a report that is repeated after a crash is about the same ones and can be recognised.
    pub notes_given_up: bool,
}

/// Which setting is out of bounds, or contradicts another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSettings {
    /// `batch_records`
    #[error("a batch has 1 to {max} records, not {0}", max = Settings::BATCH_RECORDS_MAX)]
    BatchRecords(u32),
    /// `batch_bytes`
    #[error("a batch has 1 to {max} bytes, not {0}", max = Settings::BATCH_BYTES_MAX)]
    BatchBytes(usize),
    /// `window`
    #[error("a window lasts at most {max} seconds, not {0:?}", max = Settings::WINDOW_MAX.as_secs())]
    Window(Duration),
    /// `factor`
    #[error("a shard has 1 to {max} lanes, not {0}", max = Settings::FACTOR_MAX)]
    Factor(u16),
    /// `tumbling`
    #[error("a tumbling window lasts 1 to {max} seconds, not {0:?}", max = Settings::TUMBLING_MAX.as_secs())]
    Tumbling(Duration),
    /// `park_after`
    #[error("a record is parked after 1 to {max} attempts, not {0}", max = Settings::PARK_AFTER_MAX)]
    ParkAfter(u32),
    /// `park_after` with `tumbling`
    #[error("records are not parked where there are tumbling windows")]
    ParkTumbling,
    /// `tumbling` with another `factor` than 1
    #[error("a shard with tumbling windows has 1 lane, not {0}")]
    TumblingFactor(u16),
}

/// What a record takes in Lambda's event besides its key and data: names, quotes, sequence number, event id,
/// ARNs of stream and role.
const RECORD_JSON_BYTES: usize = 512;

impl Settings {
    /// Records of a batch (Lambda API reference, CreateEventSourceMapping, BatchSize).
    pub const BATCH_RECORDS_MAX: u32 = 10_000;
    /// Bytes of a batch (Lambda developer guide, quotas: 6 MB for a synchronous invocation).
    pub const BATCH_BYTES_MAX: usize = 6 * 1024 * 1024;
    /// The longest window (Lambda API reference, MaximumBatchingWindowInSeconds).
    pub const WINDOW_MAX: Duration = Duration::from_secs(300);
    /// Lanes of a shard (Lambda API reference, ParallelizationFactor).
    pub const FACTOR_MAX: u16 = 10;
    /// The longest tumbling window (Lambda API reference, TumblingWindowInSeconds).
    pub const TUMBLING_MAX: Duration = Duration::from_secs(900);
    /// The most attempts before a record is parked.
    pub const PARK_AFTER_MAX: u32 = 1000;
    /// A state beyond which a window ends early (Lambda developer guide, tumbling windows: 1 MB per shard).
    pub const STATE_BYTES_MAX: usize = 1024 * 1024;
    /// The largest state that a window may end with.
    pub const STATE_BYTES_KEPT_MAX: usize = Self::BATCH_BYTES_MAX;

    /// Whether every value lies within its bounds.
    ///
    /// # Errors
    /// With the first that does not.
    pub fn check(&self) -> Result<(), InvalidSettings> {
        let Self { batch_records, batch_bytes, window, factor, tumbling, park_after, .. } = *self;
        if !(1..=Self::BATCH_RECORDS_MAX).contains(&batch_records) {
            return Err(InvalidSettings::BatchRecords(batch_records));
        }
        if !(1..=Self::BATCH_BYTES_MAX).contains(&batch_bytes) {
            return Err(InvalidSettings::BatchBytes(batch_bytes));
        }
        if window > Self::WINDOW_MAX {
            return Err(InvalidSettings::Window(window));
        }
        if !(1..=Self::FACTOR_MAX).contains(&factor) {
            return Err(InvalidSettings::Factor(factor));
        }
        if let Some(after) = park_after
            && !(1..=Self::PARK_AFTER_MAX).contains(&after)
        {
            return Err(InvalidSettings::ParkAfter(after));
        }
        let Some(tumbling) = tumbling else { return Ok(()) };
        if park_after.is_some() {
            return Err(InvalidSettings::ParkTumbling);
        }
        if !(Duration::from_secs(1)..=Self::TUMBLING_MAX).contains(&tumbling) {
            return Err(InvalidSettings::Tumbling(tumbling));
        }
        if factor != 1 {
            return Err(InvalidSettings::TumblingFactor(factor));
        }
        Ok(())
    }

    /// What a record counts towards `batch_bytes`: as in Lambda's event, with the data in base64.
    pub const fn payload_bytes(key_bytes: usize, data_bytes: usize) -> usize {
        RECORD_JSON_BYTES + key_bytes + data_bytes.div_ceil(3) * 4
    }
}

impl Default for Settings {
    /// Lambda's defaults.
    fn default() -> Self {
        Self {
            batch_records: 100,
            batch_bytes: Self::BATCH_BYTES_MAX,
            window: Duration::ZERO,
            factor: 1,
            tumbling: None,
            retries_max: None,
            age_max: None,
            bisects: false,
            park_after: None,
            tells_given_up: false,
            notes_given_up: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_bounds() {
        let good = Settings::default();
        assert_eq!(good.check(), Ok(()));
        let (second, long) = (Duration::from_secs(1), Duration::from_secs(301));
        let cases = [
            (Settings { batch_records: 0, ..good }, InvalidSettings::BatchRecords(0)),
            (Settings { batch_records: 10_001, ..good }, InvalidSettings::BatchRecords(10_001)),
            (Settings { batch_bytes: 0, ..good }, InvalidSettings::BatchBytes(0)),
            (Settings { batch_bytes: usize::MAX, ..good }, InvalidSettings::BatchBytes(usize::MAX)),
            (Settings { window: long, ..good }, InvalidSettings::Window(long)),
            (Settings { factor: 0, ..good }, InvalidSettings::Factor(0)),
            (Settings { factor: 11, ..good }, InvalidSettings::Factor(11)),
            (Settings { park_after: Some(0), ..good }, InvalidSettings::ParkAfter(0)),
            (Settings { park_after: Some(1001), ..good }, InvalidSettings::ParkAfter(1001)),
            (
                Settings { tumbling: Some(second), park_after: Some(1), ..good },
                InvalidSettings::ParkTumbling,
            ),
            (
                Settings { tumbling: Some(Duration::ZERO), ..good },
                InvalidSettings::Tumbling(Duration::ZERO),
            ),
            (
                Settings { tumbling: Some(901 * second), ..good },
                InvalidSettings::Tumbling(901 * second),
            ),
            (
                Settings { tumbling: Some(second), factor: 2, ..good },
                InvalidSettings::TumblingFactor(2),
            ),
        ];
        for (settings, expected) in cases {
            assert_eq!(settings.check(), Err(expected));
        }
    }

    #[test]
    fn a_record_counts_at_least_what_it_takes_in_an_event() {
        let role = "arn:aws:iam::123456789012:role/service-role/a-role";
        let event = format!(
            r#"{{"kinesis":{{"kinesisSchemaVersion":"1.0","partitionKey":"key","sequenceNumber":"{0:056}","data":"YWJjZA==","approximateArrivalTimestamp":1790068000.123}},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"shardId-000000000006:{0:056}","eventName":"aws:kinesis:record","invokeIdentityArn":"{role}","awsRegion":"us-east-1","eventSourceARN":"arn:aws:kinesis:us-east-1:123456789012:stream/a-stream-with-a-name"}},"#,
            0
        );
        let counted = Settings::payload_bytes(3, 4);
        assert!(event.len() > 480 && event.len() <= counted + 64, "{} {counted}", event.len());
    }
}
