//! The world's types as the engine moves them. What goes in is borrowed from the batch, so that payloads are
//! copied once, into the guest's memory. What comes out is owned, and checked in [`super::reply`].

use wasmtime::component::{ComponentType, Lift, Lower};

use crate::message::{Batch, Record};

/// `types.event`.
#[derive(Clone, Copy, ComponentType, Lower)]
#[component(record)]
pub(super) struct Event<'a> {
    sequence: &'a str,
    #[component(name = "sub-sequence")]
    sub_sequence: u32,
    #[component(name = "partition-key")]
    partition_key: &'a str,
    #[component(name = "arrival-ms")]
    arrival_ms: u64,
    data: &'a [u8],
}

/// `types.batch`.
#[derive(Clone, Copy, ComponentType, Lower)]
#[component(record)]
pub(super) struct BatchIn<'a> {
    stream: &'a str,
    shard: &'a str,
    #[component(name = "first-sequence")]
    first_sequence: &'a str,
    #[component(name = "last-sequence")]
    last_sequence: &'a str,
    attempt: u32,
    replay: bool,
    #[component(name = "behind-ms")]
    behind_ms: u64,
    records: &'a [Event<'a>],
    extra: &'a [(&'a str, &'a str)],
}

/// `types.emit`.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(super) struct EmitOut {
    pub(super) index: u32,
    pub(super) target: Option<String>,
    #[component(name = "partition-key")]
    pub(super) partition_key: String,
    #[component(name = "explicit-hash-key")]
    pub(super) explicit_hash_key: Option<String>,
    pub(super) data: Vec<u8>,
    pub(super) attributes: Vec<(String, String)>,
}

/// `types.disposition`.
#[derive(ComponentType, Lift)]
#[component(variant)]
pub(super) enum DispositionOut {
    #[component(name = "failed")]
    Failed(String),
    #[component(name = "retry-after")]
    RetryAfter(u64),
    #[component(name = "dropped")]
    Dropped(String),
    #[component(name = "extra")]
    Extra((String, String)),
}

/// `types.outcome`.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(super) struct OutcomeOut {
    pub(super) index: u32,
    pub(super) disposition: DispositionOut,
}

/// `types.reply`.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(super) struct ReplyOut {
    pub(super) emits: Vec<EmitOut>,
    pub(super) outcomes: Vec<OutcomeOut>,
}

/// `types.failure`.
#[derive(ComponentType, Lift)]
#[component(variant)]
pub(super) enum FailureOut {
    #[component(name = "failed")]
    Failed(String),
    #[component(name = "retry-after")]
    RetryAfter(u64),
    #[component(name = "extra")]
    Extra((String, String)),
}

/// What `transformer.handle` takes.
pub(super) type Parameters<'a> = (BatchIn<'a>,);

/// What a guest gives for a batch.
pub(super) type Given = Result<ReplyOut, FailureOut>;

/// What `transformer.handle` gives.
pub(super) type Results = (Given,);

impl<'a> Event<'a> {
    /// A record as the guest sees it.
    pub(super) fn of(record: &'a Record) -> Self {
        Self {
            sequence: &record.sequence,
            sub_sequence: record.sub_sequence,
            partition_key: &record.partition_key,
            arrival_ms: record.arrival_ms,
            data: &record.data,
        }
    }
}

impl<'a> BatchIn<'a> {
    /// A batch as the guest sees it; `records` are its records.
    pub(super) fn of(batch: &'a Batch, records: &'a [Event<'a>]) -> Self {
        let first = batch.records.first().map_or("", |record| &record.sequence);
        let last = batch.records.last().map_or("", |record| &record.sequence);
        Self {
            stream: &batch.stream,
            shard: &batch.shard,
            first_sequence: first,
            last_sequence: last,
            attempt: batch.attempt,
            replay: batch.is_replay,
            behind_ms: batch.behind_ms,
            records,
            extra: &[],
        }
    }
}
