//! Aggregated records and what functions get of them.

use bytes::Bytes;
use domain::{HashKey, HashRange, limits};
use serde_json::json;
use wasm::message::Record;
use wire::aggregation::Aggregator;

use crate::mapped::{attach, host, mapping, show, to};
use crate::support::{FUNCTIONS, Host, MAPPINGS};

pub(crate) fn aggregated(records: &[(&str, Option<HashKey>, &str)]) -> Bytes {
    let mut aggregator = Aggregator::new(limits::RECORD_BYTES_MAX);
    for (key, hash_key, data) in records {
        assert!(aggregator.push(key, *hash_key, &Bytes::copy_from_slice(data.as_bytes())));
    }
    aggregator.take().unwrap().data
}

/// Place, key and data of what the function was given, call by call.
fn given(host: &Host) -> Vec<Vec<(u32, String, String)>> {
    let one = |record: &Record| {
        let data = String::from_utf8_lossy(&record.data).into_owned();
        (record.sub_sequence, record.partition_key.clone(), data)
    };
    let calls = host.sandbox.calls().into_iter();
    calls.map(|call| call.input.records.iter().map(one).collect()).collect()
}

fn user(place: u32, key: &str, data: &str) -> (u32, String, String) {
    (place, key.to_owned(), data.to_owned())
}

async fn wants(host: &Host, word: &str) {
    let change = json!({"Environment": {"Variables": {"SHARDMILL_AGGREGATED": word}}});
    host.works("PUT", &format!("{FUNCTIONS}/f/configuration"), change).await;
}

#[tokio::test(start_paused = true)]
async fn functions_get_user_records_with_their_places() {
    let host = host("(copy)").await;
    host.put("in", "plain").await;
    let record = aggregated(&[("a", None, "1"), ("b", Some(HashKey(7)), "2"), ("a", None, "3")]);
    host.put_at("in", None, &record).await;
    host.put("in", "last").await;
    attach(&host, to("out")).await;
    assert_eq!(host.holds("out", 5).await, ["plain", "1", "2", "3", "last"]);
    let places = vec![
        user(0, "k", "plain"),
        user(0, "a", "1"),
        user(1, "b", "2"),
        user(2, "a", "3"),
        user(0, "k", "last"),
    ];
    assert_eq!(given(&host), [places]);
    let calls = host.sandbox.calls();
    let records = &calls[0].input.records;
    assert!(
        records[1].sequence == records[3].sequence && records[3].sequence < records[4].sequence
    );
}

#[tokio::test(start_paused = true)]
async fn a_function_may_take_them_whole() {
    let host = host("(drop)").await;
    wants(&host, "whole").await;
    let record = aggregated(&[("a", None, "1"), ("b", None, "2")]);
    host.put_at("in", None, &record).await;
    attach(&host, json!({})).await;
    while host.sandbox.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(host.sandbox.calls()[0].input.records[0].data, record);
}

#[tokio::test(start_paused = true)]
async fn what_is_for_another_shard_is_left_out_and_told() {
    let host = Host::new().await;
    host.create("f", "(copy)").await;
    host.create_stream_of("in", 2).await;
    host.create_stream("out").await;
    let upper = HashRange::tile(2)[1].first;
    let lower = Some(HashKey(0));
    let astray = aggregated(&[("a", lower, "1"), ("b", Some(upper), "2")]);
    host.put_at("in", lower, &astray).await;
    host.put_at("in", lower, &aggregated(&[("a", lower, "3"), ("b", lower, "4")])).await;
    attach(&host, to("out")).await;
    assert_eq!(host.holds("out", 2).await, ["3", "4"]);
    wants(&host, "all").await;
    host.put_at("in", lower, &astray).await;
    assert_eq!(host.holds("out", 4).await, ["3", "4", "1", "2"]);
    let page = host.own("GetFunctionLogs", json!({"FunctionName": "f"})).await.unwrap();
    let lines: Vec<&str> =
        page["Lines"].as_array().unwrap().iter().filter_map(|it| it["Message"].as_str()).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("left out 2 user records, the first of aggregated record 49"));
    assert!(lines[0].ends_with("SHARDMILL_AGGREGATED=all takes them"), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn many_user_records_come_in_parts_and_are_done_together() {
    let host = host("(drop)").await;
    let many: Vec<(&str, Option<HashKey>, &str)> = vec![("a", None, "x"); 25_000];
    host.put_at("in", None, &aggregated(&many)).await;
    host.put("in", "last").await;
    attach(&host, json!({})).await;
    while host.sandbox.calls().len() < 3 {
        tokio::task::yield_now().await;
    }
    let given = given(&host);
    let counts: Vec<usize> = given.iter().map(Vec::len).collect();
    assert_eq!(counts, [10_000, 10_000, 5001]);
    assert_eq!((given[1][0].0, given[2][4999].0), (10_000, 24_999));
    assert_eq!(given[2][5000], user(0, "k", "last"));
}

#[tokio::test(start_paused = true)]
async fn a_user_record_that_failed_fails_the_batch_that_it_came_in() {
    let host = host("(bad no good)").await;
    host.put_at("in", None, &aggregated(&[("a", None, "1"), ("b", None, "2")])).await;
    let told = host.works("POST", MAPPINGS, mapping(json!({"MaximumRetryAttempts": 1}))).await;
    let uuid = told["UUID"].as_str().unwrap();
    while host.sandbox.calls().len() < 2 {
        tokio::task::yield_now().await;
        tokio::time::advance(std::time::Duration::from_millis(100)).await;
    }
    let given = given(&host);
    assert_eq!(given[0], given[1], "the same user records again");
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    let result = show(&host, uuid).await["LastProcessingResult"].to_string();
    assert!(result.contains("1 records were discarded after 2 attempts"), "{result}");
}
