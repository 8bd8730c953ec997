//! What goes in arrives, and what comes out is what was meant.

use std::time::Duration;

use bytes::Bytes;
use wasm::message::{Disposition, Emit, Level, Outcome};
use wasm::{Fault, Sandbox};

use crate::program;
use crate::support::{Bed, LIMITS, batch, call, run};

#[test]
fn identity_gives_every_record_back() {
    run(async {
        let bed = Bed::new();
        let id = bed.admit(program!("identity")).await;
        for (count, bytes) in [(1, 0), (3, 100), (100, 1024), (2000, 10), (1, 600_000)] {
            let mut call = call(id, LIMITS);
            call.input = batch(count, bytes).into();
            let ended = bed.host.call(call.clone()).await;
            let emits = ended.result.unwrap().emits;
            assert_eq!(emits.len(), count);
            for (at, (emit, record)) in emits.iter().zip(&call.input.records).enumerate() {
                assert_eq!(emit.index as usize, at);
                assert_eq!(emit.partition_key, record.partition_key);
                assert_eq!(emit.data, record.data);
                assert_eq!((&emit.target, &emit.explicit_hash_key), (&None, &None));
            }
            assert!(ended.log.is_empty());
            assert!(ended.usage.wall > Duration::ZERO && ended.usage.cpu > Duration::ZERO);
        }
    });
}

#[test]
fn every_field_of_a_batch_arrives() {
    run(async {
        let bed = Bed::new();
        let id = bed.admit(program!("mirror")).await;
        let call = call(id, LIMITS);
        let reply = bed.host.call(call.clone()).await.result.unwrap();
        let [emit] = &reply.emits[..] else { panic!("{reply:?}") };
        let batch = &call.input;
        let (first, last) = (&batch.records[0], &batch.records[2]);
        let texts = [
            (batch.stream.clone(), batch.shard.clone()),
            (first.sequence.clone(), last.sequence.clone()),
            (first.sequence.clone(), first.partition_key.clone()),
        ];
        assert_eq!(emit.attributes, texts);
        let numbers = [
            &2_u32.to_le_bytes()[..],
            &1_u32.to_le_bytes(),
            &(1_u64 << 40).to_le_bytes(),
            &3_u32.to_le_bytes(),
            &3_u32.to_le_bytes(),
            &1_700_000_000_123_u64.to_le_bytes(),
            &100_u32.to_le_bytes(),
            &0_u32.to_le_bytes(),
        ];
        assert_eq!(emit.data, numbers.concat());
    });
}

#[test]
fn every_kind_of_outcome_and_every_field_of_an_emit_come_back() {
    run(async {
        let bed = Bed::new();
        let reply = bed.run(program!("outcomes"), LIMITS).await.result.unwrap();
        let emit = Emit {
            index: 1,
            target: Some("stream".to_owned()),
            partition_key: "key".to_owned(),
            explicit_hash_key: Some("42".to_owned()),
            data: Bytes::from_static(b"data"),
            attributes: vec![("name".to_owned(), "value".to_owned())],
        };
        assert_eq!(reply.emits, [emit]);
        let outcomes = [
            (0, Disposition::Failed("reason".to_owned())),
            (1, Disposition::RetryAfter(Duration::from_secs(1))),
            (0, Disposition::Dropped("reason".to_owned())),
            (1, Disposition::Extra("name".to_owned(), "value".to_owned())),
        ];
        let outcomes = outcomes.map(|(index, disposition)| Outcome { index, disposition });
        assert_eq!(reply.outcomes, outcomes);
    });
}

#[test]
fn a_guests_own_failure_is_told_and_its_instance_stays() {
    run(async {
        let bed = Bed::new();
        let ended = bed.run(program!("bad_failure"), LIMITS).await;
        assert_eq!(ended.result, Err(Fault::Failed("no weather".to_owned())));
        let ended = bed.run(program!("bad_later"), LIMITS).await;
        assert_eq!(ended.result, Err(Fault::RetryAfter(Duration::from_millis(1500))));
        assert!(ended.usage.is_cold);
        let ended = bed.run(program!("bad_later"), LIMITS).await;
        assert!(!ended.usage.is_cold);
    });
}

#[test]
fn variables_are_told() {
    run(async {
        let bed = Bed::new();
        let id = bed.admit(program!("variables")).await;
        let mut call = call(id, LIMITS);
        let variables = |pairs: &[(&str, &str)]| {
            let owned = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            owned.collect::<Vec<_>>()
        };
        for given in [variables(&[("A", ""), ("NAME", "väl")]), variables(&[("A", "1")]), vec![]] {
            call.environment = given.clone().into();
            let ended = bed.host.call(call.clone()).await;
            assert!(ended.usage.is_cold, "an instance is of one environment");
            let emit = ended.result.unwrap().emits.remove(0);
            let value =
                given.iter().find(|(name, _)| name == "NAME").map(|(_, value)| value.clone());
            assert_eq!((emit.target, emit.attributes), (value, given));
        }
    });
}

#[test]
fn what_is_logged_is_lines_without_control_characters() {
    run(async {
        let bed = Bed::new();
        let ended = bed.run(program!("log_lines"), LIMITS).await;
        let lines: Vec<_> = ended.log.iter().map(|line| (line.level, &line.text[..])).collect();
        assert_eq!(lines, [(Level::Error, "\\u{1b}[31mred"), (Level::Error, "two\\u{0}\\u{0}")]);
    });
}
