//! Consumers: state and what a role grants.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{HashKey, limits};
use serde_json::json;
use stdx::Clock as _;
use streams::PutEntry;
use wasm::message::{KeyedWork, ROW_READ_BYTES};

use crate::mapped::{attach, goes, host, mapping, shows, to};
use crate::sandbox::consumed::{LARGE_BYTES, LARGE_COUNT};
use crate::support::{FUNCTIONS, Host, MAPPINGS, event, stream_arn};

async fn put(host: &Host, records: &[(&str, &str)]) {
    let entries: Vec<PutEntry<'_, [u8]>> = records
        .iter()
        .map(|(key, data)| PutEntry { partition_key: key, hash_key: None, data: data.as_bytes() })
        .collect();
    host.streams.put_records(&host.stream("in"), &entries).await.unwrap();
}

/// The last number of each key among what was emitted.
fn last(emitted: &[String]) -> BTreeMap<&str, &str> {
    emitted
        .iter()
        .map(|text| {
            let mut parts = text.split(':');
            (parts.next().unwrap(), parts.next_back().unwrap())
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn state_is_kept_from_batch_to_batch_and_over_a_restart() {
    let host = host("(consumer count)").await;
    put(&host, &[("a", "1"), ("b", "2"), ("a", "3")]).await;
    attach(&host, to("out")).await;
    assert_eq!(host.holds("out", 3).await, ["a:1:1", "b:2:1", "a:3:2"]);
    let host = host.restart().await;
    put(&host, &[("a", "4"), ("c", "5")]).await;
    assert_eq!(host.holds("out", 5).await[3..], ["a:4:3", "c:5:1"]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_batch_changes_nothing() {
    let host = host("(consumer count-and-fail no)").await;
    put(&host, &[("a", "1")]).await;
    let uuid = attach(&host, to("out")).await;
    shows(&host, &uuid, "LastProcessingResult", "PROBLEM: no").await;
    let code = json!({"ZipFile": crate::support::base64("(consumer count)")});
    host.works("PUT", &format!("{FUNCTIONS}/f/code"), code).await;
    assert_eq!(host.holds("out", 1).await, ["a:1:1"]);
}

#[tokio::test(start_paused = true)]
async fn a_report_of_a_record_undoes_the_call_and_keeps_what_is_before_it() {
    let host = host("(consumer count-and-report)").await;
    put(&host, &[("a", "1"), ("a", "2"), ("b", "bad"), ("a", "3")]).await;
    let mut more = to("out");
    more["FunctionResponseTypes"] = json!(["ReportBatchItemFailures"]);
    more["MaximumRetryAttempts"] = json!(1);
    more["BisectBatchOnFunctionError"] = json!(true);
    attach(&host, more).await;
    let emitted = host.holds("out", 3).await;
    assert_eq!(emitted, ["a:1:1", "a:2:2", "a:3:3"]);
}

#[tokio::test(start_paused = true)]
async fn only_keys_of_the_batch_are_touched() {
    let host = host("(consumer touch other)").await;
    put(&host, &[("a", "1")]).await;
    attach(&host, to("out")).await;
    let told = host.holds("out", 1).await;
    assert!(told[0].contains("Invalid(\"key \\\"other\\\" is not in the batch"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn names_are_found_in_order_with_the_batch_s_own_changes() {
    let host = host("(consumer names)").await;
    attach(&host, to("out")).await;
    let first: Vec<String> = (0..150).map(|it| format!("+a{it:03}")).collect();
    let first: Vec<(&str, &str)> = first.iter().map(|text| ("k", text.as_str())).collect();
    put(&host, &first[..100]).await;
    put(&host, &first[100..]).await;
    host.holds("out", 2).await;
    put(&host, &[("k", "-a000"), ("k", "+a0005"), ("k", "-a149"), ("k", "+b"), ("k", "+a2")]).await;
    let told = host.holds("out", 3).await;
    let names: Vec<&str> = told[2].split(' ').collect();
    assert_eq!(names[..3], ["a0005", "a001", "a002"]);
    assert_eq!(names[names.len() - 2..], ["a148", "a2"]);
    assert_eq!(names.len(), 150);
}

/// A key in two shards at once, as hash keys of records allow: its state is not worked on by two batches at a time.
#[tokio::test(start_paused = true)]
async fn a_key_in_two_shards_is_counted_exactly() {
    let host = Host::new().await;
    host.create("f", "(consumer gated-count g)").await;
    host.create_stream_of("in", 2).await;
    host.create_stream("out").await;
    let put_both = async |data: &str| {
        for hash_key in [0, u128::MAX] {
            let entry = PutEntry {
                partition_key: "k",
                hash_key: Some(HashKey(hash_key)),
                data: data.as_bytes(),
            };
            host.streams.put_records(&host.stream("in"), &[entry]).await.unwrap();
        }
    };
    put_both("1").await;
    attach(&host, to("out")).await;
    let gate = host.sandbox.gate("g");
    gate.reached(1).await;
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(host.sandbox.consumed().len(), 1, "the other shard's batch waits");
    gate.open();
    for round in 2..6 {
        put_both(&round.to_string()).await;
    }
    let emitted = host.holds("out", 10).await;
    assert_eq!(last(&emitted)["k"], "10", "{emitted:?}");
}

#[tokio::test(start_paused = true)]
async fn state_goes_with_its_mapping() {
    let host = host("(consumer count)").await;
    put(&host, &[("a", "1"), ("b", "2")]).await;
    let uuid = attach(&host, to("out")).await;
    host.holds("out", 2).await;
    host.works("DELETE", &format!("{MAPPINGS}/{uuid}"), json!(null)).await;
    goes(&host, &uuid).await;
    attach(&host, to("out")).await;
    assert_eq!(host.holds("out", 4).await[2..], ["a:1:1", "b:2:1"], "a new one begins anew");
}

#[tokio::test(start_paused = true)]
async fn a_call_without_a_mapping_begins_empty() {
    let host = host("(consumer count)").await;
    for _ in 0..2 {
        let answer = host.invoke("f", &[], &event(&["x", "y"])).await.unwrap();
        let told = answer.body.to_string();
        assert!(told.contains(&crate::support::base64("k:y:2")), "{told}");
    }
}

const READ: (&str, &str) = ("kinesis:GetRecords", "*");
const STATE: (&str, &str) = ("shardmill:UseState", "*");

#[tokio::test(start_paused = true)]
async fn a_mapping_is_made_only_as_the_role_allows() {
    let host = host("(consumer count)").await;
    let out = stream_arn("out");
    let put_out = ("kinesis:PutRecord", out.as_str());
    for (allowed, missing) in [
        (
            &[put_out, STATE][..],
            "kinesis:GetRecords on resource: arn:aws:kinesis:us-east-1:123456789012:stream/in",
        ),
        (
            &[READ, STATE],
            "kinesis:PutRecords on resource: arn:aws:kinesis:us-east-1:123456789012:stream/out",
        ),
        (
            &[READ, put_out],
            "shardmill:UseState on resource: arn:aws:lambda:us-east-1:123456789012:event-source-mapping:",
        ),
    ] {
        host.role_may(allowed).await;
        let refusal = host.refused("POST", MAPPINGS, mapping(to("out"))).await;
        assert_eq!(refusal.code, "InvalidParameterValueException");
        assert!(refusal.message.contains(missing), "{}", refusal.message);
    }
    host.role_may(&[READ, put_out, STATE]).await;
    put(&host, &[("a", "1")]).await;
    attach(&host, to("out")).await;
    assert_eq!(host.holds("out", 1).await, ["a:1:1"]);
}

#[tokio::test(start_paused = true)]
async fn a_change_of_policy_holds_for_the_next_batch() {
    for word in ["(copy)", "(consumer to out)"] {
        let host = host(word).await;
        let (all, none) = ([READ, STATE, ("kinesis:Put*", "*")], [READ, STATE]);
        host.role_may(&all).await;
        let uuid = attach(&host, to("out")).await;
        host.put("in", "1").await;
        host.holds("out", 1).await;
        host.role_may(&none).await;
        host.put("in", "2").await;
        let told = format!(
            "PROBLEM: User: arn:aws:iam::123456789012:role/r is not authorized to perform: kinesis:PutRecords on \
             resource: {} because no identity-based policy allows the kinesis:PutRecords action",
            stream_arn("out")
        );
        shows(&host, &uuid, "LastProcessingResult", &told).await;
        assert_eq!(host.all("out").await, ["1"]);
        host.role_may(&all).await;
        assert_eq!(host.holds("out", 2).await, ["1", "2"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_consumer_emits_to_every_stream_that_its_role_may_put_to() {
    let host = host("(consumer to other)").await;
    host.create_stream("other").await;
    host.put("in", "1").await;
    let out = stream_arn("out");
    host.role_may(&[READ, STATE, ("kinesis:PutRecords", &out)]).await;
    // Without a stream of the mapping's own.
    let uuid = attach(&host, json!({})).await;
    let told = format!(
        "PROBLEM: User: arn:aws:iam::123456789012:role/r is not authorized to perform: kinesis:PutRecords on resource: \
         {} because no identity-based policy allows the kinesis:PutRecords action",
        stream_arn("other")
    );
    shows(&host, &uuid, "LastProcessingResult", &told).await;
    host.role_may(&[READ, STATE, ("kinesis:PutRecords", "*")]).await;
    assert_eq!(host.holds("other", 1).await, ["1"]);
    let code = json!({"ZipFile": crate::support::base64("(consumer to nowhere)")});
    host.works("PUT", &format!("{FUNCTIONS}/f/code"), code).await;
    host.put("in", "2").await;
    let told = "PROBLEM: function emitted a record for \"nowhere\", which is no stream of account 123456789012 in \
                us-east-1: name one, or emit without a target";
    shows(&host, &uuid, "LastProcessingResult", told).await;
}

#[tokio::test(start_paused = true)]
async fn state_and_secrets_are_refused_as_values() {
    let host = host("(consumer count)").await;
    let may = [READ, STATE, ("kinesis:PutRecords", "*")];
    host.role_may(&may).await;
    attach(&host, to("out")).await;
    host.role_may(&[READ, may[2]]).await;
    host.put("in", "1").await;
    let told = host.holds("out", 1).await;
    assert!(
        told[0].starts_with("Denied(\"User: ") && told[0].contains("shardmill:UseState"),
        "{told:?}"
    );

    let code = json!({"ZipFile": crate::support::base64("(consumer secret token)")});
    host.works("PUT", &format!("{FUNCTIONS}/f/code"), code).await;
    let secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:token";
    let (use_it, get_it) =
        (("shardmill:UseSecret", secret), ("secretsmanager:GetSecretValue", secret));
    let place =
        ("123456789012".parse().unwrap(), "us-east-1".parse().unwrap(), "token".parse().unwrap());
    let mut count = 1;
    for (more, is_there, expected) in [
        (
            None,
            true,
            "Denied(\"User: arn:aws:iam::123456789012:role/r is not authorized to perform: shardmill:UseSecret on resource: arn:aws:secretsmanager:us-east-1:123456789012:secret:token",
        ),
        (Some(use_it), false, "Invalid(\"secret token: "),
        (
            Some(use_it),
            true,
            "opened, Denied(\"User: arn:aws:iam::123456789012:role/r is not authorized to perform: secretsmanager:GetSecretValue",
        ),
        (Some(get_it), true, "hush"),
    ] {
        if is_there {
            let value = stdx::Secret::new("hush".to_owned());
            host.directory.put_secret((place.0, &place.1, &place.2), &value).await.unwrap();
        } else {
            host.directory.delete_secret(place.0, &place.1, "token").await.unwrap();
        }
        let allowed: Vec<_> = may.into_iter().chain(more).collect();
        host.role_may(&allowed).await;
        host.put("in", "x").await;
        count += 1;
        let told = host.holds("out", count).await;
        assert!(told.last().unwrap().starts_with(expected), "{told:?} is not {expected}");
    }
}

#[tokio::test(start_paused = true)]
async fn timers_fire_with_state_and_emits_in_one_commit() {
    let host = host("(consumer timer 5000)").await;
    let uuid = attach(&host, to("out")).await;
    put(&host, &[("a", "x"), ("b", "x"), ("a", "y")]).await;
    let mut emitted = host.holds("out", 3).await;
    emitted.sort();
    assert_eq!(emitted, ["a:x:1:1", "a:y:2:1", "b:x:1:1"]);
    assert!(host.clock.monotonic() >= Duration::from_secs(5));
    // Over a restart, in which the time goes on.
    put(&host, &[("b", "z")]).await;
    shows(&host, &uuid, "LastProcessingResult", "OK").await;
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    let host = host.restart().await;
    assert_eq!(host.holds("out", 4).await[3], "b:z:2:1");
    // Those that are left when the function is another one are told of.
    put(&host, &[("c", "never")]).await;
    let has_come = || {
        host.sandbox.consumed().iter().any(|call| match &call.input.work {
            KeyedWork::Records(batch) => batch.records.iter().any(|it| &it.data[..] == b"never"),
            KeyedWork::Timers(_) => false,
        })
    };
    while !has_come() {
        tokio::task::yield_now().await;
    }
    // Time may pass while the code is changed; nothing fires meanwhile.
    let path = format!("{MAPPINGS}/{uuid}");
    host.works("PUT", &path, json!({"Enabled": false})).await;
    shows(&host, &uuid, "State", "Disabled").await;
    let code = json!({"ZipFile": crate::support::base64("(copy)")});
    host.works("PUT", &format!("{FUNCTIONS}/f/code"), code).await;
    host.works("PUT", &path, json!({"Enabled": true})).await;
    let told = async || {
        let log = host.own("GetFunctionLogs", json!({"FunctionName": "f"})).await.unwrap();
        log.to_string().contains("1 timers were dropped: the function is no consumer")
    };
    let dropped = async {
        while !told().await {
            let never = std::future::pending::<()>();
            let _ = tokio::time::timeout(Duration::from_secs(1), never).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(600), dropped).await.unwrap();
    put(&host, &[("c", "record")]).await;
    assert_eq!(host.holds("out", 5).await[4], "record");
}

/// What is read for a page is not much more than the page has.
#[tokio::test(start_paused = true)]
async fn a_page_reads_what_it_has_and_tells_what_it_read() {
    let host = host("(consumer large)").await;
    let mut more = to("out");
    crate::support::merge(&mut more, json!({"BatchSize": 1}));
    attach(&host, more).await;
    put(&host, &[("k", "put 1"), ("k", "put 2"), ("k", "scan 1"), ("k", "scan 1000")]).await;
    let row = ROW_READ_BYTES + 4 + LARGE_BYTES;
    let told = host.holds("out", 4).await;
    assert_eq!(told[2], format!("1 true {}", 2 * row));
    let fit = limits::INVOKE_BYTES_MAX / (4 + LARGE_BYTES);
    let (found, read) = told[3].split_once(" true ").unwrap();
    assert_eq!(found.parse(), Ok(fit));
    let read: usize = read.parse().unwrap();
    assert!((fit * row..=(fit + 2) * row).contains(&read), "{read}");
}

#[tokio::test(start_paused = true)]
async fn rows_that_the_batch_took_away_are_read_all_the_same() {
    let host = host("(consumer large)").await;
    let mut more = to("out");
    crate::support::merge(&mut more, json!({"BatchSize": 1}));
    let uuid = attach(&host, more).await;
    put(&host, &[("k", "put 1")]).await;
    host.holds("out", 1).await;
    let changed = json!({"BatchSize": 10});
    host.works("PUT", &format!("{MAPPINGS}/{uuid}"), changed).await;
    put(&host, &[("k", "drop 1"), ("k", "scan 1")]).await;
    let row = ROW_READ_BYTES + 4 + LARGE_BYTES;
    assert_eq!(host.holds("out", 3).await[2], format!("0 false {}", LARGE_COUNT * row));
}
