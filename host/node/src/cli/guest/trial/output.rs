//! What became of each line, as lines of JSON, and whether it is what was expected.

use serde::Serialize;
use wasm::message::{Disposition, Emit, Outcome, Reply};

/// Something that became of a line of the input.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    line: u64,
    #[serde(flatten)]
    what: What<'a>,
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum What<'a> {
    Emit {
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<&'a str>,
        partition_key: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        explicit_hash_key: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        data_base64: Option<String>,
    },
    Failed {
        failed: &'a str,
    },
    RetryAfterMs {
        retry_after_ms: u128,
    },
    Dropped {
        dropped: &'a str,
    },
    Extra {
        extra: (&'a str, &'a str),
    },
}

/// What `reply` says of the lines `numbers`, in their order; of one line, what it emits comes first.
pub(super) fn told(reply: &Reply, numbers: &[u64]) -> Vec<String> {
    let emits = reply.emits.iter().map(|emit| (emit.index, emitted(emit)));
    let outcomes = reply.outcomes.iter().map(|outcome| (outcome.index, become_of(outcome)));
    let mut all: Vec<(u32, What<'_>)> = emits.chain(outcomes).collect();
    // Stable: what is said of one record stays in order.
    all.sort_by_key(|(index, _)| *index);
    let line = |(index, what): (u32, What<'_>)| {
        let told = Told { line: numbers.get(index as usize).copied().unwrap_or_default(), what };
        serde_json::to_string(&told).expect("its keys are text, and it is written to memory")
    };
    all.into_iter().map(line).collect()
}

fn emitted(emit: &Emit) -> What<'_> {
    let text = std::str::from_utf8(&emit.data).ok();
    What::Emit {
        target: emit.target.as_deref(),
        partition_key: &emit.partition_key,
        explicit_hash_key: emit.explicit_hash_key.as_deref(),
        data: text,
        data_base64: text.is_none().then(|| base64_simd::STANDARD.encode_to_string(&emit.data)),
    }
}

fn become_of(outcome: &Outcome) -> What<'_> {
    match &outcome.disposition {
        Disposition::Failed(failed) => What::Failed { failed },
        Disposition::RetryAfter(time) => What::RetryAfterMs { retry_after_ms: time.as_millis() },
        Disposition::Dropped(dropped) => What::Dropped { dropped },
        Disposition::Extra(kind, value) => What::Extra { extra: (kind, value) },
    }
}

/// The first line in which `found` is not `expected`, for a person.
pub(super) fn difference(found: &[String], expected: &str) -> Option<String> {
    let mut expected = expected.lines();
    for (at, found) in (1..).zip(found) {
        match expected.next() {
            Some(line) if line == found => {}
            Some(line) => return Some(format!("line {at} is\n  {found}\nand should be\n  {line}")),
            None => return Some(format!("line {at} is too much:\n  {found}")),
        }
    }
    expected.next().map(|line| format!("line {} is missing:\n  {line}", found.len() + 1))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn emit(index: u32, data: &'static [u8]) -> Emit {
        Emit {
            index,
            target: None,
            partition_key: "k".to_owned(),
            explicit_hash_key: None,
            data: data.into(),
            attributes: Vec::new(),
        }
    }

    #[test]
    fn everything_is_told_in_the_order_of_the_lines() {
        let named = Emit {
            target: Some("t".to_owned()),
            explicit_hash_key: Some("7".to_owned()),
            ..emit(0, b"x")
        };
        let outcome = |index, disposition| Outcome { index, disposition };
        let reply = Reply {
            emits: vec![emit(2, b"two"), named, emit(2, &[0xff])],
            outcomes: vec![
                outcome(2, Disposition::Failed("bad".to_owned())),
                outcome(1, Disposition::Dropped("small".to_owned())),
                outcome(3, Disposition::RetryAfter(Duration::from_secs(1))),
                outcome(4, Disposition::Extra("a".to_owned(), "b".to_owned())),
            ],
        };
        let expected = [
            r#"{"line":10,"target":"t","partitionKey":"k","explicitHashKey":"7","data":"x"}"#,
            r#"{"line":11,"dropped":"small"}"#,
            r#"{"line":13,"partitionKey":"k","data":"two"}"#,
            r#"{"line":13,"partitionKey":"k","dataBase64":"/w=="}"#,
            r#"{"line":13,"failed":"bad"}"#,
            r#"{"line":14,"retryAfterMs":1000}"#,
            r#"{"line":15,"extra":["a","b"]}"#,
        ];
        assert_eq!(told(&reply, &[10, 11, 13, 14, 15]), expected);
    }

    #[test]
    fn the_first_difference_is_shown() {
        let found = ["a".to_owned(), "b".to_owned()];
        assert_eq!(difference(&found, "a\nb\n"), None);
        assert_eq!(difference(&found, "a\nb"), None);
        assert!(difference(&found, "a\nc\n").unwrap().starts_with("line 2 is\n  b\nand should"));
        assert!(difference(&found, "a\n").unwrap().starts_with("line 2 is too much"));
        assert!(difference(&found, "a\nb\nc\n").unwrap().starts_with("line 3 is missing"));
    }
}
