//! What a function's reply means for the batch of a mapping (pure).
//!
//! A batch is done as a whole or not at all: one record that failed fails the batch, and nothing that was
//! emitted is kept. Where the mapping asks for reports of single records, the first one that failed is where the batch
//! is taken up again: what is before it is done, and what was emitted for that is kept. The texts are for whoever owns
//! the function.

use std::time::Duration;

use consumer::{Due, Emission, Verdict};
use domain::{HashKey, SequenceNumber, limits};
use wasm::message::{Batch, Disposition, Emit, Ended, Fault, Outcome, Reply};

use crate::mapping::MappingFacts;
use crate::targets::Targets;

/// Why a batch of which the function said no such thing failed.
type Why = String;

/// What came of a part of a batch.
#[derive(Debug)]
pub(crate) enum Judged {
    /// All of it is done.
    Done(Vec<Made>),
    /// What is before the record with this index in the part is done.
    Until {
        /// The index.
        index: usize,
        /// What was made of the records before it.
        made: Vec<Made>,
        /// Why the others are tried again.
        why: Why,
        /// When, at the earliest.
        retry_after: Option<Duration>,
    },
    /// Nothing is done.
    Not(Verdict),
}

/// A record that the function made.
#[derive(Debug)]
pub(crate) struct Made {
    /// The index in the part of the record that it was made of.
    pub(crate) index: usize,
    pub(crate) emission: Emission,
}

/// What came of a part of a batch.
pub(crate) fn of(
    mapping: &MappingFacts,
    targets: &dyn Targets,
    part: &Batch,
    ended: Ended,
) -> Judged {
    match ended.result {
        Ok(reply) => of_reply(mapping, targets, part, reply),
        Err(fault) => Judged::Not(of_fault(fault)),
    }
}

/// The index in the batch of the record with this sequence number, which may have come apart in the part. One that is
/// not there counts as the first, so that nothing is taken for done that is not.
pub(crate) fn origin(batch: &consumer::Batch, sequence: &str) -> usize {
    let number = sequence.parse::<SequenceNumber>().ok();
    let found = number.and_then(|number| {
        batch.records.binary_search_by_key(&number, |record| record.number).ok()
    });
    found.unwrap_or(0)
}

/// The verdict over a batch whose call gave no reply.
pub(crate) fn of_fault(fault: Fault) -> Verdict {
    let why = why(&fault);
    match fault {
        Fault::NotRun(why) => Verdict::NotRun { why, retry_after: None },
        Fault::RetryAfter(after) => Verdict::Failed { why, retry_after: Some(after) },
        _ => Verdict::Failed { why, retry_after: None },
    }
}

/// What a fault is told as: in one line, with the functions it was in, the innermost first, in a line each.
fn why(fault: &Fault) -> String {
    let frames = match fault {
        Fault::Trapped { backtrace, .. } => backtrace,
        Fault::Raised(raised) => &raised.stack,
        _ => return fault.to_string(),
    };
    frames.iter().fold(fault.to_string(), |text, frame| text + "\n    at " + frame)
}

/// What a call with timers emits, or the verdict over them: they are done as a whole or not at all.
pub(crate) fn of_timers(
    targets: &dyn Targets,
    timers: &[Due],
    ended: Ended,
) -> Result<Vec<Emission>, Box<Verdict>> {
    let reply = ended.result.map_err(|fault| Box::new(of_fault(fault)))?;
    let name = |index: usize| {
        let row = timers.get(index).map(|due| &due.row);
        row.map_or_else(String::new, |row| format!("timer {:?} of key {:?}", row.name(), row.key()))
    };
    if let Some(Failed { why, retry_after, .. }) = failed(name, &reply.outcomes) {
        return Err(Box::new(Verdict::Failed { why, retry_after }));
    }
    let emits = reply.emits.into_iter().map(|emit| emission(targets, emit));
    let emits = emits.collect::<Result<_, Why>>();
    emits.map_err(|why| Box::new(Verdict::Failed { why, retry_after: None }))
}

fn of_reply(mapping: &MappingFacts, targets: &dyn Targets, part: &Batch, reply: Reply) -> Judged {
    let name = |index: usize| {
        let record = part.records.get(index);
        format!("record {}", record.map_or("", |record| &record.sequence))
    };
    let failed = failed(name, &reply.outcomes);
    let end = match failed {
        Some(Failed { why, retry_after, .. }) if !mapping.knobs.reports => {
            return Judged::Not(Verdict::Failed { why, retry_after });
        }
        Some(Failed { first, .. }) => first,
        None => usize::MAX,
    };
    let emits = reply.emits.into_iter().map(|emit| (usize::try_from(emit.index), emit));
    let made = emits.filter_map(|(index, emit)| {
        let index = index.ok().filter(|index| *index < end)?;
        Some(emission(targets, emit).map(|emission| Made { index, emission }))
    });
    match (made.collect(), failed) {
        (Ok(made), None) => Judged::Done(made),
        (Ok(made), Some(Failed { first, why, retry_after })) => {
            Judged::Until { index: first, made, why, retry_after }
        }
        (Err(why), _) => Judged::Not(Verdict::Failed { why, retry_after: None }),
    }
}

/// Records that failed.
struct Failed {
    /// The lowest index of one.
    first: usize,
    /// The reason of the one that was told first.
    why: Why,
    /// The longest wait.
    retry_after: Option<Duration>,
}

/// What the outcomes say of records that failed, if there are some.
fn failed(name: impl Fn(usize) -> String, outcomes: &[Outcome]) -> Option<Failed> {
    let mut why = None;
    let mut retry_after = None;
    let mut first = usize::MAX;
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
        let index = usize::try_from(*index).unwrap_or_default();
        first = first.min(index);
        why.get_or_insert_with(|| format!("{}: {reason}", name(index)));
    }
    why.map(|why| Failed { first, why, retry_after })
}

fn emission(targets: &dyn Targets, emit: Emit) -> Result<Emission, Why> {
    let stream = targets.find(emit.target.as_deref())?;
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use consumer::Effects;
    use domain::{MappingId, Millis, StreamId};
    use wasm::message::{Record, Usage};

    use super::*;
    use crate::filters::Filters;
    use crate::mapping::{Knobs, Phase, Start, StreamRef};
    use crate::targets;

    impl Targets for MappingFacts {
        fn find(&self, named: Option<&str>) -> Result<StreamId, String> {
            targets::own(self, named).map(|target| target.id)
        }
    }

    fn mapping(target: Option<&str>) -> MappingFacts {
        let stream = |id, name: &str| StreamRef { id: StreamId(id), name: name.parse().unwrap() };
        MappingFacts {
            id: MappingId([0; 16]),
            number: 1,
            account: "123456789012".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            source: stream(1, "in"),
            reads_as: None,
            function: "f".parse().unwrap(),
            qualifier: None,
            filters: Filters::default(),
            target: target.map(|name| stream(2, name)),
            on_failure: None,
            start: Start::TrimHorizon,
            knobs: Knobs::default(),
            phase: Phase::Enabled,
            created: Millis(0),
            modified: Millis(0),
            tags: Vec::new(),
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

    fn judged(target: Option<&str>, result: Result<Reply, Fault>) -> Judged {
        let ended = Ended { result, log: Vec::new(), usage: Usage::default() };
        of(&mapping(target), &mapping(target), &batch(), ended)
    }

    fn verdict(target: Option<&str>, result: Result<Reply, Fault>) -> Verdict {
        match judged(target, result) {
            Judged::Done(made) => Verdict::Done(Effects {
                emits: made.into_iter().map(|it| it.emission).collect(),
                ..Effects::default()
            }),
            Judged::Not(verdict) => verdict,
            until @ Judged::Until { .. } => panic!("nobody asked for {until:?}"),
        }
    }

    fn emitting(target: Option<&str>, emit: Emit) -> Result<Emission, String> {
        let reply = Reply { emits: vec![emit], outcomes: Vec::new() };
        match verdict(target, Ok(reply)) {
            Verdict::Done(Effects { mut emits, .. }) => Ok(emits.remove(0)),
            Verdict::Failed { why, retry_after: None } => Err(why),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_trap_is_told_with_where_it_was() {
        let backtrace = vec!["parse".to_owned(), "handle".to_owned()];
        let fault = Fault::Trapped { what: "unreachable".to_owned(), backtrace };
        let Verdict::Failed { why, .. } = verdict(None, Err(fault)) else { panic!("it failed") };
        assert_eq!(why, "unreachable\n    at parse\n    at handle");
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
        assert!(
            matches!(verdict(None, Ok(reply)), Verdict::Done(Effects { emits, .. }) if emits.is_empty())
        );
    }

    #[test]
    fn a_report_keeps_what_is_before_the_first_record_that_failed() {
        let mut mapping = mapping(Some("out"));
        mapping.knobs.reports = true;
        let failed = |index| Outcome { index, disposition: Disposition::Failed("bad".to_owned()) };
        let later = Disposition::RetryAfter(Duration::from_secs(2));
        let emits =
            || vec![emit(None, "b", None), Emit { index: 1, ..emit(Some("wrong"), "", None) }];
        for (outcomes, index, made) in [
            (vec![failed(1)], 1, 1),
            (vec![failed(1), failed(0)], 0, 0),
            (vec![Outcome { index: 1, disposition: later }], 1, 1),
        ] {
            let reply = Reply { emits: emits(), outcomes };
            let ended = Ended { result: Ok(reply), log: Vec::new(), usage: Usage::default() };
            let Judged::Until { index: at, made: kept, .. } =
                of(&mapping, &mapping, &batch(), ended)
            else {
                panic!("records failed");
            };
            assert_eq!((at, kept.len()), (index, made), "what is wrong is behind it");
        }
        let ended =
            Ended { result: Ok(Reply::default()), log: Vec::new(), usage: Usage::default() };
        assert!(
            matches!(of(&mapping, &mapping, &batch(), ended), Judged::Done(made) if made.is_empty())
        );
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
