//! From what the guest gave to what callers may believe.

use std::time::Duration;

use bytes::Bytes;

use super::shape::{DispositionOut, EmitOut, FailureOut, OutcomeOut, ReplyOut};
use crate::message::{Disposition, Emit, Fault, Outcome, Reply};
use crate::unfit::cut;

/// Bytes of an emit and of an outcome besides what they refer to, as they lie in the guest's memory.
const EMIT_BYTES: usize = 52;
const OUTCOME_BYTES: usize = 32;

/// Bytes of a guest's reason for a failure.
const REASON_BYTES_MAX: usize = 4096;

/// How many bytes the guest handed over with a reply.
pub(super) fn bytes(reply: &ReplyOut) -> usize {
    let emits = reply.emits.iter().map(emit_bytes);
    emits.chain(reply.outcomes.iter().map(outcome_bytes)).fold(0, usize::saturating_add)
}

/// Checks a reply to a batch of `records` records.
pub(super) fn checked(reply: ReplyOut, records: usize) -> Result<Reply, Fault> {
    let check = |what: &str, at: usize, index: u32| {
        if (index as usize) < records {
            return Ok(());
        }
        let text = format!("{what} {at} names record {index} of a batch of {records}");
        Err(Fault::Malformed(text))
    };
    for (at, emit) in reply.emits.iter().enumerate() {
        check("emit", at, emit.index)?;
    }
    for (at, outcome) in reply.outcomes.iter().enumerate() {
        check("outcome", at, outcome.index)?;
    }
    Ok(Reply {
        emits: reply.emits.into_iter().map(emit).collect(),
        outcomes: reply.outcomes.into_iter().map(outcome).collect(),
    })
}

/// What a guest's own failure is.
pub(super) fn failure(failure: FailureOut) -> Fault {
    match failure {
        FailureOut::Failed(reason) => Fault::Failed(cut(&reason, REASON_BYTES_MAX)),
        FailureOut::RetryAfter(ms) => Fault::RetryAfter(Duration::from_millis(ms)),
        FailureOut::Extra((kind, value)) => {
            Fault::Failed(cut(&format!("{kind}: {value}"), REASON_BYTES_MAX))
        }
    }
}

fn emit(emit: EmitOut) -> Emit {
    Emit {
        index: emit.index,
        target: emit.target,
        partition_key: emit.partition_key,
        explicit_hash_key: emit.explicit_hash_key,
        data: Bytes::from(emit.data),
        attributes: emit.attributes,
    }
}

fn outcome(outcome: OutcomeOut) -> Outcome {
    let disposition = match outcome.disposition {
        DispositionOut::Failed(reason) => Disposition::Failed(reason),
        DispositionOut::RetryAfter(ms) => Disposition::RetryAfter(Duration::from_millis(ms)),
        DispositionOut::Dropped(reason) => Disposition::Dropped(reason),
        DispositionOut::Extra((kind, value)) => Disposition::Extra(kind, value),
    };
    Outcome { index: outcome.index, disposition }
}

fn emit_bytes(emit: &EmitOut) -> usize {
    let attributes = emit.attributes.iter().map(|(name, value)| 16 + name.len() + value.len());
    EMIT_BYTES
        + emit.target.as_ref().map_or(0, String::len)
        + emit.partition_key.len()
        + emit.explicit_hash_key.as_ref().map_or(0, String::len)
        + emit.data.len()
        + attributes.sum::<usize>()
}

fn outcome_bytes(outcome: &OutcomeOut) -> usize {
    let text = match &outcome.disposition {
        DispositionOut::Failed(reason) | DispositionOut::Dropped(reason) => reason.len(),
        DispositionOut::RetryAfter(_) => 0,
        DispositionOut::Extra((kind, value)) => kind.len() + value.len(),
    };
    OUTCOME_BYTES + text
}
