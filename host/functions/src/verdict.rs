//! What a function's reply means for the batch of a mapping (pure).
//!
//! A batch is done as a whole or not at all: one record that failed fails the batch, and nothing that was
//! emitted is kept. The texts are for whoever owns the function.

use consumer::{Emission, Verdict};
use domain::{HashKey, limits};
use wasm::message::{Batch, Disposition, Emit, Ended, Fault, Outcome, Reply};

use crate::mapping::{MappingFacts, StreamRef};

/// Why a batch of which the function said no such thing failed.
type Why = String;

/// The verdict over a batch.
pub(crate) fn of(mapping: &MappingFacts, batch: &Batch, ended: Ended) -> Verdict {
    match ended.result {
        Ok(reply) => of_reply(mapping, batch, reply),
        Err(fault) => of_fault(fault),
    }
}

/// The verdict over a batch whose call gave no reply.
pub(crate) fn of_fault(fault: Fault) -> Verdict {
    match fault {
        Fault::NotRun(why) => Verdict::NotRun { why, retry_after: None },
        Fault::RetryAfter(after) => {
            Verdict::Failed { why: fault.to_string(), retry_after: Some(after) }
        }
        fault => Verdict::Failed { why: fault.to_string(), retry_after: None },
    }
}

fn of_reply(mapping: &MappingFacts, batch: &Batch, reply: Reply) -> Verdict {
    if let Some(failed) = failed(batch, &reply.outcomes) {
        return failed;
    }
    let emissions = reply.emits.into_iter().map(|emit| emission(mapping, emit));
    match emissions.collect() {
        Ok(emits) => Verdict::Done { emits },
        Err(why) => Verdict::Failed { why, retry_after: None },
    }
}

/// The verdict that the records decide, if one of them failed: the first one's reason, the longest wait.
fn failed(batch: &Batch, outcomes: &[Outcome]) -> Option<Verdict> {
    let mut why = None;
    let mut retry_after = None;
    for Outcome { index, disposition } in outcomes {
        let reason = match disposition {
            Disposition::Dropped(_) => continue,
            Disposition::Failed(text) => text.clone(),
            Disposition::RetryAfter(after) => {
                retry_after = retry_after.max(Some(*after));
                format!("to be tried again after {} ms", after.as_millis())
            }
            Disposition::Extra(kind, _) => {
                format!("an outcome that this server does not know, {kind:?}")
            }
        };
        let record = usize::try_from(*index).ok().and_then(|index| batch.records.get(index));
        let sequence = record.map_or("", |record| &record.sequence);
        why.get_or_insert_with(|| format!("record {sequence}: {reason}"));
    }
    why.map(|why| Verdict::Failed { why, retry_after })
}

fn emission(mapping: &MappingFacts, emit: Emit) -> Result<Emission, Why> {
    let stream = target(mapping, emit.target.as_deref())?.id;
    let chars = emit.partition_key.chars().count();
    if !(1..=limits::PARTITION_KEY_CHARS_MAX).contains(&chars) {
        return Err(format!(
            "function emitted a record with a partition key of {chars} characters; there must be 1 to {}",
            limits::PARTITION_KEY_CHARS_MAX
        ));
    }
    let hash_key = emit.explicit_hash_key.map(|text| {
        text.parse::<HashKey>().map_err(|invalid| {
            format!("function emitted a record with hash key {text:?}: {invalid}")
        })
    });
    Ok(Emission {
        stream,
        partition_key: emit.partition_key,
        hash_key: hash_key.transpose()?,
        data: emit.data,
    })
}

/// The stream that a record is for.
fn target<'m>(mapping: &'m MappingFacts, named: Option<&str>) -> Result<&'m StreamRef, Why> {
    let id = mapping.id;
    match (&mapping.target, named) {
        (Some(target), None) => Ok(target),
        (Some(target), Some(named)) => {
            let arn = mapping.stream_arn(target).to_string();
            if named == target.name.as_str() || named == arn {
                return Ok(target);
            }
            let named: String = named.chars().take(256).collect();
            Err(format!(
                "function emitted a record for {named:?}, but mapping {id} sends to {arn}: emit without a target, or \
                 set DestinationConfig.OnSuccess.Destination to the stream that is meant"
            ))
        }
        (None, _) => Err(format!(
            "function emitted a record, but mapping {id} has no stream for it: set \
             DestinationConfig.OnSuccess.Destination to the ARN of one"
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use domain::{MappingId, Millis, StreamId};
    use wasm::message::{Record, Usage};

    use super::*;
    use crate::filters::Filters;
    use crate::mapping::{Knobs, Phase, Start};

    fn mapping(target: Option<&str>) -> MappingFacts {
        let stream = |id, name: &str| StreamRef { id: StreamId(id), name: name.parse().unwrap() };
        MappingFacts {
            id: MappingId([0; 16]),
            number: 1,
            account: "123456789012".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            source: stream(1, "in"),
            function: "f".parse().unwrap(),
            qualifier: None,
            filters: Filters::default(),
            target: target.map(|name| stream(2, name)),
            start: Start::TrimHorizon,
            knobs: Knobs::default(),
            phase: Phase::Enabled,
            created: Millis(0),
            modified: Millis(0),
        }
    }

    fn batch() -> Batch {
        let record = |sequence: &str| Record {
            sequence: sequence.to_owned(),
            sub_sequence: 0,
            partition_key: "k".to_owned(),
            arrival_ms: 0,
            data: Bytes::new(),
        };
        Batch {
            stream: String::new(),
            shard: String::new(),
            attempt: 1,
            is_replay: false,
            behind_ms: 0,
            records: vec![record("100"), record("101")],
        }
    }

    fn emit(target: Option<&str>, key: &str, hash_key: Option<&str>) -> Emit {
        Emit {
            index: 0,
            target: target.map(str::to_owned),
            partition_key: key.to_owned(),
            explicit_hash_key: hash_key.map(str::to_owned),
            data: Bytes::from_static(b"d"),
            attributes: Vec::new(),
        }
    }

    fn verdict(target: Option<&str>, result: Result<Reply, Fault>) -> Verdict {
        let ended = Ended { result, log: Vec::new(), usage: Usage::default() };
        of(&mapping(target), &batch(), ended)
    }

    fn emitting(target: Option<&str>, emit: Emit) -> Result<Emission, String> {
        let reply = Reply { emits: vec![emit], outcomes: Vec::new() };
        match verdict(target, Ok(reply)) {
            Verdict::Done { mut emits } => Ok(emits.remove(0)),
            Verdict::Failed { why, retry_after: None } => Err(why),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_emitted_goes_to_the_mapping_s_stream() {
        let arn = "arn:aws:kinesis:us-east-1:123456789012:stream/out";
        for named in [None, Some("out"), Some(arn)] {
            let emission = emitting(Some("out"), emit(named, "k", Some("5"))).unwrap();
            assert_eq!(emission.stream, StreamId(2));
            assert_eq!(emission.hash_key, Some(HashKey(5)));
        }
        let told = emitting(Some("out"), emit(Some("other"), "k", None)).unwrap_err();
        assert!(told.contains("\"other\"") && told.contains(arn), "{told}");
        for named in [None, Some("out")] {
            let told = emitting(None, emit(named, "k", None)).unwrap_err();
            assert!(told.contains("set DestinationConfig.OnSuccess.Destination"), "{told}");
        }
    }

    #[test]
    fn keys_are_checked() {
        for (key, hash_key) in [("", None), ("k", Some("01")), ("k", Some("-1")), ("k", Some(""))] {
            assert!(
                emitting(Some("out"), emit(None, key, hash_key)).is_err(),
                "{key} {hash_key:?}"
            );
        }
        let long = "x".repeat(257);
        assert!(emitting(Some("out"), emit(None, &long, None)).is_err());
    }

    #[test]
    fn one_record_that_failed_fails_the_batch() {
        let outcomes = vec![
            Outcome { index: 0, disposition: Disposition::Dropped("x".to_owned()) },
            Outcome { index: 1, disposition: Disposition::Failed("bad".to_owned()) },
            Outcome { index: 0, disposition: Disposition::RetryAfter(Duration::from_secs(2)) },
        ];
        let reply = Reply { emits: vec![emit(None, "k", None)], outcomes };
        let Verdict::Failed { why, retry_after } = verdict(Some("out"), Ok(reply)) else {
            panic!("the batch failed");
        };
        assert_eq!(why, "record 101: bad");
        assert_eq!(retry_after, Some(Duration::from_secs(2)));
        let dropped = vec![Outcome { index: 0, disposition: Disposition::Dropped("x".to_owned()) }];
        let reply = Reply { emits: Vec::new(), outcomes: dropped };
        assert!(matches!(verdict(None, Ok(reply)), Verdict::Done { emits } if emits.is_empty()));
    }

    #[test]
    fn a_call_that_did_not_run_is_no_failure() {
        let not_run = verdict(None, Err(Fault::NotRun("full".to_owned())));
        assert!(matches!(not_run, Verdict::NotRun { why, .. } if why == "full"));
        let timed_out = verdict(None, Err(Fault::TimedOut(Duration::from_secs(3))));
        assert!(matches!(timed_out, Verdict::Failed { retry_after: None, .. }));
        let later = verdict(None, Err(Fault::RetryAfter(Duration::from_millis(7))));
        let after = Some(Duration::from_millis(7));
        assert!(matches!(later, Verdict::Failed { retry_after, .. } if retry_after == after));
    }
}
