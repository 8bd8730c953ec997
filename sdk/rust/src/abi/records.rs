//! Batches and replies, which the worlds `transform` and `consumer` share: each has types of its own for them.

/// The way from a world's batches and replies to ours, where its `types`, `Batch`, `Reply` and `Failure` are known.
macro_rules! conversions {
    () => {
        impl From<Batch> for batch::Batch {
            fn from(from: Batch) -> Self {
                let record = |(index, event): (u32, types::Event)| batch::Record {
                    index,
                    sequence: event.sequence,
                    sub_sequence: event.sub_sequence,
                    partition_key: event.partition_key,
                    arrival_ms: event.arrival_ms,
                    data: event.data,
                };
                Self {
                    stream: from.stream,
                    shard: from.shard,
                    first_sequence: from.first_sequence,
                    last_sequence: from.last_sequence,
                    attempt: from.attempt,
                    is_replay: from.replay,
                    behind_ms: from.behind_ms,
                    records: (0..).zip(from.records).map(record).collect(),
                    extra: from.extra,
                }
            }
        }

        impl From<reply::Reply> for Reply {
            fn from(from: reply::Reply) -> Self {
                let emit = |emit: reply::Emit| types::Emit {
                    index: emit.index,
                    target: emit.target,
                    partition_key: emit.partition_key,
                    explicit_hash_key: emit.explicit_hash_key.map(|key| key.to_string()),
                    data: emit.data,
                    attributes: emit.attributes,
                };
                let outcome = |outcome: reply::Outcome| types::Outcome {
                    index: outcome.index,
                    disposition: match outcome.disposition {
                        Disposition::Failed(why) => types::Disposition::Failed(why),
                        Disposition::RetryAfter(ms) => types::Disposition::RetryAfter(ms),
                        Disposition::Dropped(why) => types::Disposition::Dropped(why),
                    },
                };
                Self {
                    emits: from.emits.into_iter().map(emit).collect(),
                    outcomes: from.outcomes.into_iter().map(outcome).collect(),
                }
            }
        }

        impl From<failure::Failure> for Failure {
            fn from(from: failure::Failure) -> Self {
                match from {
                    failure::Failure::Failed(why) => Self::Failed(why),
                    failure::Failure::RetryAfter(time) => {
                        Self::RetryAfter(failure::milliseconds(time))
                    }
                }
            }
        }
    };
}

pub(super) use conversions;
