//! The metrics by who counts them, each registered under its name in the catalogue.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use crate::histogram::Histogram;
use crate::registry::Registrar;

/// What the gateway counts.
#[derive(Debug)]
pub struct Door {
    pub(crate) requests: Family<Answered, Counter>,
    pub(crate) request_seconds: Family<Asked, Histogram>,
    pub(crate) authentication_failures: Family<Code, Counter>,
    /// Bytes of request bodies read.
    pub request_body_bytes: Counter,
    /// Bytes of answers written.
    pub response_body_bytes: Counter,
    /// Requests that ended in a panic.
    pub request_panics: Counter,
    /// Connections open now.
    pub connections_open: Gauge,
    /// Connections accepted.
    pub connections_accepted: Counter,
    /// Connections refused because there were too many.
    pub refused_total: Counter,
    /// Connections refused because their address had too many.
    pub refused_per_address: Counter,
    /// Connections closed because a request's head took too long.
    pub expired_head: Counter,
    /// Connections closed because nothing was asked for too long.
    pub expired_idle: Counter,
    /// Connections closed because answers were read too slowly.
    pub expired_write: Counter,
    /// Connections closed because a frame of a stream was read too slowly.
    pub expired_frame: Counter,
    /// Failures to accept.
    pub accept_errors: Counter,
    /// Handshakes of TLS that came to their end.
    pub tls_handshakes: Counter,
    /// Handshakes that failed.
    pub tls_failed: Counter,
    /// Handshakes that took too long.
    pub tls_expired: Counter,
    /// New certificates that are shown now.
    pub tls_certificates_taken: Counter,
    /// New certificates that cannot be used.
    pub tls_certificates_refused: Counter,
    /// Bytes reserved for request bodies now.
    pub body_in_flight_bytes: Gauge,
    /// Requests refused because the reserve was used up.
    pub body_budget_refusals: Counter,
    /// Bytes reserved for answers that are not written yet.
    pub reply_in_flight_bytes: Gauge,
    /// Answers that are streams and have not ended.
    pub reply_streams_open: Gauge,
    /// Requests refused because that reserve was used up.
    pub reply_budget_refusals: Counter,
}

/// What the store counts.
#[derive(Debug)]
pub struct Storage {
    /// Commits.
    pub commits: Counter,
    /// Records in commits.
    pub commit_records: Counter,
    /// Bytes in commits.
    pub commit_bytes: Counter,
    /// Bytes that those would be if nothing was compressed.
    pub commit_plain_bytes: Counter,
    /// Time of a commit, its sync included.
    pub commit_sync_seconds: Histogram,
    /// Length of the write-ahead log.
    pub wal_bytes: Gauge,
    /// Checkpoints.
    pub checkpoints: Counter,
    /// Time that commits waited for a checkpoint.
    pub checkpoint_pause_seconds: Histogram,
    /// Bytes that wait for a commit.
    pub queue_bytes: Gauge,
    /// Bytes of recent records in memory.
    pub ring_bytes: Gauge,
    /// Reads answered from memory.
    pub ring_hits: Counter,
    /// Reads that went to the disk.
    pub ring_misses: Counter,
    /// Bytes free on the disk.
    pub disk_free_bytes: Gauge,
    /// Whether records are refused because the disk is nearly full.
    pub disk_full: Gauge,
    /// What was refused for that.
    pub disk_full_refusals: Counter,
    /// Bytes held in reserve.
    pub ballast_bytes: Gauge,
    /// Frames removed because their retention ended.
    pub trimmed_frames: Counter,
    /// 1 when stored data was found damaged or missing.
    pub data_loss: Gauge,
}

/// What the streams count.
#[derive(Debug)]
pub struct Streams {
    /// Records put.
    pub records_in: Counter,
    /// Records delivered.
    pub records_out: Counter,
    /// Bytes put, keys included.
    pub bytes_in: Counter,
    /// Bytes delivered, keys included.
    pub bytes_out: Counter,
    /// Puts refused because of a shard's rate.
    pub throttled_puts: Counter,
    /// Reads refused because of a shard's rate.
    pub throttled_reads: Counter,
    /// Records put, in units of 25 KiB.
    pub payload_units: Counter,
    /// Streams that there are.
    pub streams: Gauge,
    /// Those on demand.
    pub on_demand: Gauge,
    /// Shards that take records.
    pub shards: Gauge,
    /// How far the time of day is ahead of the time that retention goes by.
    pub retention_lag: Gauge,
    /// Shards that on-demand streams were given.
    pub grown: Counter,
    /// Shards that they lost.
    pub shrunk: Counter,
    /// Shards that were split.
    pub splits: Counter,
    /// Pairs of shards that were merged.
    pub merges: Counter,
}

/// What the queues count.
#[derive(Debug)]
pub struct Queues {
    /// Records given out.
    pub received: Counter,
    /// Records acknowledged.
    pub acknowledged: Counter,
    /// Receives that brought nothing.
    pub empty_receives: Counter,
    /// Records that became dead letters.
    pub dead_letters: Counter,
}

/// What the audit trail counts.
#[derive(Debug)]
pub struct Audit {
    /// Events stored.
    pub events: Counter,
    /// Refusals that became part of an event that was there.
    pub folded: Counter,
    /// Events that found no room.
    pub dropped: Counter,
    /// Attempts to store events that failed.
    pub failures: Counter,
}

/// What the consumers count.
#[derive(Debug)]
pub struct Consumer {
    /// Batches finished.
    pub batches: Counter,
    /// Records in them.
    pub records: Counter,
    /// Attempts that failed or were not run.
    pub failures: Counter,
    /// Attempts that were not the first of their batch.
    pub retries: Counter,
    /// Records given up after too many attempts or because of their age.
    pub discarded: Counter,
    /// Records that were parked.
    pub parked: Counter,
    /// Records that were gone before they were read.
    pub lost: Counter,
    /// Shards with a batch that is tried again.
    pub shards_blocked: Gauge,
    /// Age of the last record of a batch when it was finished.
    pub iterator_age_seconds: Histogram,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Answered {
    pub(crate) service: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) code: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Asked {
    pub(crate) service: &'static str,
    pub(crate) operation: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Code {
    pub(crate) code: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Direction {
    direction: &'static str,
}

impl Door {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        let refused: Family<Reason, Counter> = registrar.add("connections_refused");
        let expired: Family<Reason, Counter> = registrar.add("connections_expired");
        let handshakes: Family<Reason, Counter> = registrar.add("tls_handshake_failures");
        let reason = |family: &Family<Reason, Counter>, reason| {
            family.get_or_create_owned(&Reason { reason })
        };
        Self {
            requests: registrar.add("requests"),
            request_seconds: registrar.add("request"),
            authentication_failures: registrar.add("authentication_failures"),
            request_body_bytes: registrar.add("request_body"),
            response_body_bytes: registrar.add("response_body"),
            request_panics: registrar.add("request_panics"),
            connections_open: registrar.add("connections_open"),
            connections_accepted: registrar.add("connections_accepted"),
            refused_total: reason(&refused, "total"),
            refused_per_address: reason(&refused, "address"),
            expired_head: reason(&expired, "head"),
            expired_idle: reason(&expired, "idle"),
            expired_write: reason(&expired, "write"),
            expired_frame: reason(&expired, "frame"),
            accept_errors: registrar.add("accept_errors"),
            tls_handshakes: registrar.add("tls_handshakes"),
            tls_failed: reason(&handshakes, "failed"),
            tls_expired: reason(&handshakes, "slow"),
            tls_certificates_taken: registrar.add("tls_certificates_taken"),
            tls_certificates_refused: registrar.add("tls_certificates_refused"),
            body_in_flight_bytes: registrar.add("body_in_flight"),
            body_budget_refusals: registrar.add("body_budget_refusals"),
            reply_in_flight_bytes: registrar.add("reply_in_flight"),
            reply_streams_open: registrar.add("reply_streams_open"),
            reply_budget_refusals: registrar.add("reply_budget_refusals"),
        }
    }
}

impl Storage {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        Self {
            commits: registrar.add("commits"),
            commit_records: registrar.add("commit_records"),
            commit_bytes: registrar.add("commit_payload"),
            commit_plain_bytes: registrar.add("commit_plain"),
            commit_sync_seconds: registrar.add("commit_sync"),
            wal_bytes: registrar.add("wal"),
            checkpoints: registrar.add("checkpoints"),
            checkpoint_pause_seconds: registrar.add("checkpoint_pause"),
            queue_bytes: registrar.add("commit_queue"),
            ring_bytes: registrar.add("ring"),
            ring_hits: registrar.add("ring_hits"),
            ring_misses: registrar.add("ring_misses"),
            disk_free_bytes: registrar.add("disk_free"),
            disk_full: registrar.add("disk_full"),
            disk_full_refusals: registrar.add("disk_full_refusals"),
            ballast_bytes: registrar.add("ballast"),
            trimmed_frames: registrar.add("trimmed_frames"),
            data_loss: registrar.add("data_loss"),
        }
    }
}

impl Audit {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        Self {
            events: registrar.add("audit_events"),
            folded: registrar.add("audit_folded"),
            dropped: registrar.add("audit_dropped"),
            failures: registrar.add("audit_failures"),
        }
    }
}

impl Consumer {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        Self {
            batches: registrar.add("consumer_batches"),
            records: registrar.add("consumer_records"),
            failures: registrar.add("consumer_failures"),
            retries: registrar.add("consumer_retries"),
            discarded: registrar.add("consumer_records_discarded"),
            parked: registrar.add("consumer_records_parked"),
            lost: registrar.add("consumer_records_lost"),
            shards_blocked: registrar.add("consumer_shards_blocked"),
            iterator_age_seconds: registrar.add("consumer_iterator_age"),
        }
    }
}

impl Streams {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        let throttled: Family<Direction, Counter> = registrar.add("stream_throttled");
        let direction = |direction| throttled.get_or_create_owned(&Direction { direction });
        let scalings: Family<Direction, Counter> = registrar.add("stream_scalings");
        let scaled = |direction| scalings.get_or_create_owned(&Direction { direction });
        Self {
            records_in: registrar.add("stream_records_in"),
            records_out: registrar.add("stream_records_out"),
            bytes_in: registrar.add("stream_in"),
            bytes_out: registrar.add("stream_out"),
            throttled_puts: direction("put"),
            throttled_reads: direction("read"),
            payload_units: registrar.add("stream_payload_units"),
            streams: registrar.add("streams_open"),
            on_demand: registrar.add("streams_on_demand"),
            shards: registrar.add("shards_open"),
            retention_lag: registrar.add("retention_lag"),
            grown: scaled("larger"),
            shrunk: scaled("smaller"),
            splits: registrar.add("shard_splits"),
            merges: registrar.add("shard_merges"),
        }
    }
}

impl Queues {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        Self {
            received: registrar.add("queue_records_received"),
            acknowledged: registrar.add("queue_records_acknowledged"),
            empty_receives: registrar.add("queue_empty_receives"),
            dead_letters: registrar.add("queue_dead_letters"),
        }
    }
}
