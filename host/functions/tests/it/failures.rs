//! Batches of which a part failed: reports, halving, and what is told of records that are given up.

use std::time::Duration;

use serde_json::{Value, json};
use streams::PutEntry;

use crate::mapped::{attach, host, show, shows};
use crate::support::{Host, MAPPINGS, function_arn, merge, stream_arn};

const HOUR: Duration = Duration::from_secs(3600);

fn reports() -> Value {
    json!({"FunctionResponseTypes": ["ReportBatchItemFailures"]})
}

/// What the function emits goes to "out", what is given up is told in "failed".
fn destinations() -> Value {
    json!({"DestinationConfig": {
        "OnSuccess": {"Destination": stream_arn("out")},
        "OnFailure": {"Destination": stream_arn("failed")},
    }})
}

fn with(parts: &[Value]) -> Value {
    let mut all = destinations();
    parts.iter().for_each(|part| merge(&mut all, part.clone()));
    all
}

async fn failing_host(word: &str) -> Host {
    let host = host(word).await;
    host.create_stream("failed").await;
    host
}

/// Puts records in one call.
async fn put(host: &Host, texts: &[&'static str]) {
    let entry = |text: &&'static str| PutEntry {
        partition_key: "k",
        hash_key: None,
        data: text.as_bytes(),
    };
    let entries: Vec<PutEntry<'_, [u8]>> = texts.iter().map(entry).collect();
    host.streams.put_records(&host.stream("in"), &entries).await.unwrap();
}

/// The sizes of the batches that the function was called with.
fn sizes(host: &Host) -> Vec<usize> {
    host.sandbox.calls().iter().map(|call| call.input.records.len()).collect()
}

async fn told(host: &Host, count: u64) -> Vec<Value> {
    let told = host.holds("failed", count).await;
    told.iter().map(|it| serde_json::from_str(it).unwrap()).collect()
}

/// The data of the records in a document.
fn payload(document: &Value) -> Vec<String> {
    let event: Value = serde_json::from_str(document["payload"].as_str().unwrap()).unwrap();
    let records = event["Records"].as_array().unwrap().iter();
    let decode = |it: &Value| {
        let text = it["kinesis"]["data"].as_str().unwrap();
        let bytes = base64_simd::STANDARD.decode_to_vec(text).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    records.map(decode).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_before_a_reported_record_is_done_once() {
    let host = failing_host("(report)").await;
    put(&host, &["a", "b", "bad", "c"]).await;
    let uuid = attach(&host, with(&[reports(), json!({"MaximumRetryAttempts": 2})])).await;
    assert_eq!(host.holds("out", 2).await, ["a", "b"]);
    let documents = told(&host, 1).await;
    assert_eq!(sizes(&host), [4, 2, 2]);
    assert_eq!(payload(&documents[0]), ["bad", "c"]);
    assert_eq!(host.all("out").await, ["a", "b"]);
    let [context, response] = ["requestContext", "responseContext"].map(|it| &documents[0][it]);
    assert_eq!(context["condition"], "RetryAttemptsExhausted");
    assert_eq!(context["approximateInvokeCount"], 3);
    assert_eq!(context["functionArn"], function_arn("f"));
    let expected = json!({"statusCode": 200, "executedVersion": "$LATEST", "functionError": null});
    assert_eq!(*response, expected);
    let info = &documents[0]["KinesisBatchInfo"];
    let last = host.sandbox.calls().pop().unwrap().input;
    assert_eq!(info["startSequenceNumber"], last.records[0].sequence);
    assert_eq!(info["endSequenceNumber"], last.records[1].sequence);
    assert_eq!((&info["batchSize"], &info["shardId"]), (&json!(2), &json!("shardId-000000000000")));
    assert_eq!(info["streamArn"], stream_arn("in"));
    assert_eq!(info["approximateArrivalOfFirstRecord"], "2026-09-22T09:06:40.000Z");
    let shown = show(&host, &uuid).await;
    assert_eq!(shown["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    assert_eq!(shown["DestinationConfig"], destinations()["DestinationConfig"]);
}

#[tokio::test(start_paused = true)]
async fn without_the_setting_a_failed_record_fails_its_batch() {
    let host = failing_host("(report)").await;
    put(&host, &["a", "bad"]).await;
    attach(&host, with(&[json!({"MaximumRetryAttempts": 1})])).await;
    let documents = told(&host, 1).await;
    assert_eq!(sizes(&host), [2, 2]);
    assert_eq!(payload(&documents[0]), ["a", "bad"]);
    assert_eq!(documents[0]["responseContext"]["functionError"], "Unhandled");
    assert_eq!(host.all("out").await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn halving_finds_the_record_and_only_that_is_given_up() {
    let host = failing_host("(poison)").await;
    put(&host, &["a", "b", "c", "bad", "d", "e"]).await;
    let bisect = json!({"BisectBatchOnFunctionError": true, "MaximumRetryAttempts": 1});
    let uuid = attach(&host, with(&[bisect])).await;
    assert_eq!(host.holds("out", 5).await, ["a", "b", "c", "d", "e"]);
    let documents = told(&host, 1).await;
    assert_eq!(payload(&documents[0]), ["bad"]);
    assert_eq!(documents[0]["requestContext"]["approximateInvokeCount"], 2);
    // All, the first half, the second, of that the bad one twice, and the others.
    assert_eq!(sizes(&host), [6, 3, 3, 1, 1, 2]);
    assert_eq!(show(&host, &uuid).await["BisectBatchOnFunctionError"], true);
}

#[tokio::test(start_paused = true)]
async fn with_both_a_batch_is_cut_where_the_report_says() {
    let host = failing_host("(report)").await;
    put(&host, &["a", "b", "bad", "c"]).await;
    let bisect = json!({"BisectBatchOnFunctionError": true, "MaximumRetryAttempts": 0});
    attach(&host, with(&[reports(), bisect])).await;
    assert_eq!(host.holds("out", 3).await, ["a", "b", "c"]);
    assert_eq!(payload(&told(&host, 1).await[0]), ["bad"]);
    assert_eq!(sizes(&host), [4, 2, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_handler_reports_in_lambda_s_json() {
    let host = failing_host("(handler report)").await;
    put(&host, &["a", "bad", "b"]).await;
    let bisect = json!({"BisectBatchOnFunctionError": true, "MaximumRetryAttempts": 0});
    let config = json!({"DestinationConfig": {"OnFailure": {"Destination": stream_arn("failed")}}});
    let uuid = attach(&host, with(&[reports(), bisect, config])).await;
    assert_eq!(payload(&told(&host, 1).await[0]), ["bad"]);
    shows(&host, &uuid, "LastProcessingResult", "OK").await;
    assert_eq!(host.sandbox.handled().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn what_grows_too_old_is_told_in_batches() {
    let host = failing_host("(poison)").await;
    put(&host, &["bad"]).await;
    let age = json!({"MaximumRecordAgeInSeconds": 60, "BatchSize": 2, "Enabled": false});
    let uuid = attach(&host, with(&[age])).await;
    put(&host, &["a", "b"]).await;
    tokio::time::advance(HOUR).await;
    put(&host, &["young"]).await;
    host.works("PUT", &format!("{MAPPINGS}/{uuid}"), json!({"Enabled": true})).await;
    assert_eq!(host.holds("out", 1).await, ["young"]);
    let documents = told(&host, 2).await;
    assert_eq!(
        (payload(&documents[0]), payload(&documents[1])),
        (vec!["bad".to_owned(), "a".to_owned()], vec!["b".to_owned()])
    );
    assert_eq!(documents[0]["requestContext"]["condition"], "RecordAgeExceeded");
    assert_eq!(documents[0]["requestContext"]["approximateInvokeCount"], 0);
    assert_eq!(documents[0]["responseContext"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn a_stream_for_failures_that_is_made_again_is_told() {
    let host = failing_host("(fail boom)").await;
    attach(&host, with(&[json!({"MaximumRetryAttempts": 0})])).await;
    host.streams.delete_stream(&host.stream("failed")).await.unwrap();
    host.create_stream("failed").await;
    put(&host, &["a"]).await;
    assert_eq!(payload(&told(&host, 1).await[0]).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_into_a_record_is_told_in_several() {
    let host = failing_host("(poison)").await;
    // Each event fits into a record of the destination, both together do not.
    let long: &'static str = "x".repeat(450 * 1024).leak();
    put(&host, &["bad", long, long]).await;
    attach(&host, with(&[json!({"MaximumRetryAttempts": 0})])).await;
    let documents = told(&host, 3).await;
    let payloads: Vec<Vec<String>> = documents.iter().map(payload).collect();
    assert_eq!(payloads, [["bad"], [long], [long]]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_given_up_before_it_can_be_told() {
    let host = failing_host("(poison)").await;
    let uuid = attach(&host, with(&[json!({"MaximumRetryAttempts": 0, "BatchSize": 1})])).await;
    host.streams.delete_stream(&host.stream("failed")).await.unwrap();
    put(&host, &["bad", "a"]).await;
    let why = "discarded records cannot be told of";
    for _ in 0..10 {
        tokio::time::advance(Duration::from_secs(7)).await;
        tokio::task::yield_now().await;
    }
    let shown = show(&host, &uuid).await;
    assert!(shown["LastProcessingResult"].as_str().unwrap().contains(why), "{shown}");
    assert_eq!(host.all("out").await, Vec::<String>::new(), "what is behind it waits");
    // Another stream, and all goes on.
    host.create_stream("failed").await;
    host.works("PUT", &format!("{MAPPINGS}/{uuid}"), destinations()).await;
    assert_eq!(payload(&told(&host, 1).await[0]), ["bad"]);
    assert_eq!(host.holds("out", 1).await, ["a"]);
}

#[tokio::test(start_paused = true)]
async fn what_grows_too_old_without_a_call_has_no_other_call_s_id() {
    let host = failing_host("(poison)").await;
    let rules = json!({"MaximumRetryAttempts": 0, "MaximumRecordAgeInSeconds": 60});
    attach(&host, with(&[rules])).await;
    put(&host, &["bad"]).await;
    told(&host, 1).await;
    // No place for another call.
    let none = json!({"ReservedConcurrentExecutions": 0});
    host.works("PUT", "/2017-10-31/functions/f/concurrency", none).await;
    put(&host, &["late"]).await;
    let documents = told(&host, 2).await;
    let context = |at: usize| &documents[at]["requestContext"];
    assert_eq!(context(0)["condition"], "RetryAttemptsExhausted");
    assert_eq!(context(1)["condition"], "RecordAgeExceeded");
    assert_eq!(context(1)["approximateInvokeCount"], 0);
    assert_ne!(context(0)["requestId"], context(1)["requestId"]);
    assert_eq!(context(1)["requestId"].as_str().unwrap().len(), 36);
}
