//! The one table of metrics. A metric that is not here cannot be registered, and a test holds the converse.

/// What a metric does over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows; shown with `_total`.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How often values of which size were seen.
    Histogram,
}

/// What a metric counts in; stands at the end of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things; not part of the name.
    Count,
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name, without prefix and unit.
    pub name: &'static str,
    /// What it does over time.
    pub kind: Kind,
    /// What it counts in.
    pub unit: Unit,
    /// The labels of its series, if it has several.
    pub labels: &'static [&'static str],
    /// What it tells, without a full stop.
    pub meaning: &'static str,
}

/// What stands before every name.
pub(crate) const PREFIX: &str = "shardmill";

impl Metric {
    /// The name as it is shown in the `# TYPE` line.
    pub fn shown_name(&self) -> String {
        let Self { name, .. } = self;
        match self.unit {
            Unit::Count => format!("{PREFIX}_{name}"),
            Unit::Bytes => format!("{PREFIX}_{name}_bytes"),
            Unit::Seconds => format!("{PREFIX}_{name}_seconds"),
        }
    }
}

const fn counter(name: &'static str, unit: Unit, meaning: &'static str) -> Metric {
    metric(name, Kind::Counter, unit, &[], meaning)
}

const fn gauge(name: &'static str, unit: Unit, meaning: &'static str) -> Metric {
    metric(name, Kind::Gauge, unit, &[], meaning)
}

const fn metric(
    name: &'static str,
    kind: Kind,
    unit: Unit,
    labels: &'static [&'static str],
    meaning: &'static str,
) -> Metric {
    Metric { name, kind, unit, labels, meaning }
}

/// Every metric there is: door, storage, streams, queues, consumers, functions.
#[rustfmt::skip]
pub const CATALOG: &[Metric] = &[
    metric("requests", Kind::Counter, Unit::Count, &["service", "operation", "code"],
        "Requests answered, by exception or OK"),
    metric("request", Kind::Histogram, Unit::Seconds, &["service", "operation"],
        "Time from a request's head to its answer"),
    counter("request_body", Unit::Bytes, "Bytes of request bodies read"),
    counter("response_body", Unit::Bytes, "Bytes of answers written"),
    counter("request_panics", Unit::Count, "Requests that ended in a panic, each a 500"),
    metric("authentication_failures", Kind::Counter, Unit::Count, &["code"],
        "Requests whose signature or key was refused"),
    gauge("connections_open", Unit::Count, "Connections open now"),
    counter("connections_accepted", Unit::Count, "Connections accepted"),
    metric("connections_refused", Kind::Counter, Unit::Count, &["reason"],
        "Connections closed on arrival because a cap was reached"),
    metric("connections_expired", Kind::Counter, Unit::Count, &["reason"],
        "Connections closed because the client was too slow or idle"),
    counter("accept_errors", Unit::Count, "Failures to accept a connection"),
    counter("tls_handshakes", Unit::Count, "Connections that TLS protects"),
    metric("tls_handshake_failures", Kind::Counter, Unit::Count, &["reason"],
        "Handshakes of TLS that failed, or took too long"),
    counter("tls_certificates_taken", Unit::Count, "Certificates that came while the server ran and are shown since"),
    counter("tls_certificates_refused", Unit::Count,
        "Certificates that came while the server ran and cannot be used"),
    gauge("body_in_flight", Unit::Bytes, "Bytes reserved for request bodies now"),
    counter("body_budget_refusals", Unit::Count, "Requests refused because too many bytes were in flight"),
    gauge("reply_in_flight", Unit::Bytes, "Bytes reserved for answers that are not written yet"),
    gauge("reply_streams_open", Unit::Count, "Answers that are streams and have not ended"),
    counter("reply_budget_refusals", Unit::Count, "Requests refused because too many bytes of answers waited"),
    counter("commits", Unit::Count, "Commits of the store"),
    counter("commit_records", Unit::Count, "Records in those commits"),
    counter("commit_payload", Unit::Bytes, "Bytes in those commits"),
    counter("commit_plain", Unit::Bytes, "Bytes that those would be if nothing was compressed"),
    metric("commit_sync", Kind::Histogram, Unit::Seconds, &[], "Time of a commit, its sync included"),
    gauge("wal", Unit::Bytes, "Bytes of the write-ahead log that are in use"),
    counter("checkpoints", Unit::Count, "Checkpoints that commits waited for"),
    metric("checkpoint_pause", Kind::Histogram, Unit::Seconds, &[], "Time that commits waited for a checkpoint"),
    gauge("commit_queue", Unit::Bytes, "Bytes that wait for a commit"),
    gauge("ring", Unit::Bytes, "Bytes of recent records kept in memory"),
    counter("ring_hits", Unit::Count, "Reads answered from memory"),
    counter("ring_misses", Unit::Count, "Reads that went to the disk"),
    gauge("disk_free", Unit::Bytes, "Bytes free on the disk of the data directory"),
    gauge("disk_full", Unit::Count, "1 while records are refused because the disk is nearly full"),
    counter("disk_full_refusals", Unit::Count, "Commits and blobs refused because the disk was nearly full"),
    gauge("ballast", Unit::Bytes, "Bytes of the disk held in reserve"),
    counter("trimmed_frames", Unit::Count, "Frames removed because their retention ended"),
    gauge("data_loss", Unit::Count, "1 when stored data was found damaged or missing"),
    counter("stream_records_in", Unit::Count, "Records put"),
    counter("stream_records_out", Unit::Count, "Records delivered"),
    counter("stream_in", Unit::Bytes, "Bytes put, keys included"),
    counter("stream_out", Unit::Bytes, "Bytes delivered, keys included"),
    metric("stream_throttled", Kind::Counter, Unit::Count, &["direction"],
        "Puts and reads refused because a shard's rate was exceeded"),
    counter("stream_payload_units", Unit::Count, "Records put, each in units of 25 KiB of key and data, rounded up"),
    gauge("streams_open", Unit::Count, "Streams that there are"),
    gauge("streams_on_demand", Unit::Count, "Streams among them that are on demand"),
    gauge("shards_open", Unit::Count, "Shards that take records"),
    gauge("retention_lag", Unit::Seconds,
        "How far the time of day is ahead of the time that retention goes by, since it jumped or the server was down"),
    metric("stream_scalings", Kind::Counter, Unit::Count, &["direction"],
        "Shards by which on-demand streams were made larger or smaller"),
    counter("shard_splits", Unit::Count, "Shards that were split, whoever wanted it"),
    counter("shard_merges", Unit::Count, "Pairs of shards that were merged, whoever wanted it"),
    counter("queue_records_received", Unit::Count, "Records that queues gave out, dead letters included"),
    counter("queue_records_acknowledged", Unit::Count, "Records of queues that were acknowledged"),
    counter("queue_empty_receives", Unit::Count, "Receives of queues that brought nothing"),
    counter("queue_dead_letters", Unit::Count, "Records of queues that became dead letters"),
    gauge("subscriptions_open", Unit::Count, "Subscriptions to shards that have not ended"),
    counter("subscriptions_taken_over", Unit::Count, "Subscriptions that ended because a later one took their place"),
    counter("subscription_events", Unit::Count, "Events delivered to subscriptions, empty ones included"),
    counter("subscription_events_shared", Unit::Count,
        "Events of these that were read and written for another subscription already"),
    counter("subscription_records", Unit::Count, "Records in these events"),
    counter("subscription_out", Unit::Bytes, "Bytes in these events, keys included"),
    counter("consumer_batches", Unit::Count, "Batches that consumers inside finished"),
    counter("consumer_records", Unit::Count, "Records in those batches"),
    counter("consumer_failures", Unit::Count, "Attempts at batches that failed or could not be made"),
    counter("consumer_retries", Unit::Count, "Attempts at batches that were not the first"),
    counter("consumer_records_discarded", Unit::Count,
        "Records given up after too many attempts or because of their age"),
    counter("consumer_records_parked", Unit::Count,
        "Records put aside because they, or one of their key before them, failed too often"),
    counter("consumer_records_lost", Unit::Count, "Records whose retention ended before a consumer read them"),
    gauge("consumer_shards_blocked", Unit::Count,
        "Shards of consumers with a batch that failed, or could not be run or told of, and is tried again"),
    metric("consumer_iterator_age", Kind::Histogram, Unit::Seconds, &[],
        "Age of the last record of a batch when the batch was finished"),
    metric("function_calls", Kind::Counter, Unit::Count, &["source"],
        "Calls of functions that ran, by who called: invoke or mapping"),
    counter("function_errors", Unit::Count, "Calls of functions that the function failed"),
    counter("function_filtered_records", Unit::Count, "Records that filters of mappings kept from functions"),
    counter("function_throttles", Unit::Count, "Calls of functions refused because an account or a function ran too many"),
    counter("function_not_run", Unit::Count, "Calls of functions that could not be run, through no fault of theirs"),
    gauge("function_running", Unit::Count, "Calls of functions that run now"),
    gauge("function_memory", Unit::Bytes, "Memory that the calls that run now may use"),
    metric("function_duration", Kind::Histogram, Unit::Seconds, &[], "Time of a function's call"),
    counter("function_cpu", Unit::Seconds, "Processor time of functions"),
    counter("function_emitted", Unit::Count, "Records that functions emitted"),
    counter("function_log_lines", Unit::Count, "Lines that functions wrote"),
    counter("function_log_lines_left_out", Unit::Count, "Lines of functions that were not stored"),
    counter("audit_events", Unit::Count, "Events stored in the audit trail"),
    counter("audit_folded", Unit::Count, "Refusals that became part of an event of the audit trail that was there"),
    counter("audit_dropped", Unit::Count, "Events that found no room in the audit trail, which tells their number"),
    counter("audit_failures", Unit::Count, "Attempts to store events in the audit trail that failed"),
    metric("egress_requests", Kind::Counter, Unit::Count, &["outcome"],
        "Requests sent to others, for functions and destinations, by what became of them"),
    counter("egress_sent", Unit::Bytes, "Bytes of bodies in those that were answered"),
    counter("egress_received", Unit::Bytes, "Bytes of bodies in the answers"),
    gauge("egress_connections_open", Unit::Count, "Connections to others that are open now"),
];
