//! Tumbling windows of a handler: what it gets, what it must answer, and what lasts.

use std::time::Duration;

use serde_json::{Value, json};

use crate::mapped::{attach, host, show, shows};
use crate::support::{FUNCTIONS, Host, MAPPINGS, base64, merge, stream_arn};

fn windows(more: Value) -> Value {
    let mut all = json!({"TumblingWindowInSeconds": 60});
    merge(&mut all, more);
    all
}

/// The events that the handler was called with, once there are so many.
async fn events(host: &Host, count: usize) -> Vec<Value> {
    while host.sandbox.handled().len() < count {
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    let calls = host.sandbox.handled();
    calls.iter().map(|call| serde_json::from_slice(&call.input.payload).unwrap()).collect()
}

fn state(texts: &[&str]) -> Value {
    json!({"all": texts.iter().map(base64).collect::<String>()})
}

#[tokio::test(start_paused = true)]
async fn a_handler_gets_its_state_back_until_the_window_ends() {
    let host = host("(handler window)").await;
    let uuid = attach(&host, windows(json!({}))).await;
    assert_eq!(show(&host, &uuid).await["TumblingWindowInSeconds"], 60);
    host.put("in", "one").await;
    events(&host, 1).await;
    shows(&host, &uuid, "LastProcessingResult", "OK").await;
    host.put("in", "two").await;
    events(&host, 3).await;
    host.put("in", "three").await;
    let events = events(&host, 4).await;
    let told = |event: &Value| {
        let mut told = event.clone();
        told["Records"] = event["Records"].as_array().unwrap().len().into();
        told
    };
    let expected = |records: usize, state: Value, is_final: bool| {
        json!({
            "Records": records, "state": state, "isFinalInvokeForWindow": is_final,
            "window": {"start": "2026-09-22T09:06:00Z", "end": "2026-09-22T09:07:00Z"},
            "isWindowTerminatedEarly": false, "shardId": "shardId-000000000000",
            "eventSourceARN": stream_arn("in"),
        })
    };
    assert_eq!(told(&events[0]), expected(1, json!({}), false));
    assert_eq!(told(&events[1]), expected(1, state(&["one"]), false));
    assert_eq!(told(&events[2]), expected(0, state(&["one", "two"]), true));
    assert_eq!(events[3]["state"], json!({}));
    assert_eq!(events[3]["window"]["start"], "2026-09-22T09:07:00Z");
}

#[tokio::test(start_paused = true)]
async fn a_state_survives_a_restart() {
    let host = host("(handler window)").await;
    let uuid = attach(&host, windows(json!({}))).await;
    host.put("in", "one").await;
    events(&host, 1).await;
    shows(&host, &uuid, "LastProcessingResult", "OK").await;
    let host = host.restart().await;
    host.put("in", "two").await;
    let events = events(&host, 2).await;
    assert_eq!(events[0]["state"], state(&["one"]));
    assert_eq!(events[1]["state"], state(&["one", "two"]));
    assert_eq!(events[1]["isFinalInvokeForWindow"], true);
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_a_state_is_a_failed_call() {
    let host = host("(handler say {})").await;
    let uuid = attach(&host, windows(json!({}))).await;
    host.put("in", "one").await;
    let told = "PROBLEM: the answer has no state: with TumblingWindowInSeconds a function returns {\"state\": {...}}";
    events(&host, 1).await;
    shows(&host, &uuid, "LastProcessingResult", told).await;
    // The function is mended, and nothing is lost.
    let code = json!({"ZipFile": base64("(handler window)")});
    host.works("PUT", &format!("{FUNCTIONS}/f/code"), code).await;
    while events(&host, 1).await.last().unwrap()["isFinalInvokeForWindow"] == false {
        events(&host, host.sandbox.handled().len() + 1).await;
    }
    assert_eq!(events(&host, 1).await.last().unwrap()["state"], state(&["one"]));
}

#[tokio::test(start_paused = true)]
async fn a_window_is_given_up_with_its_state() {
    let host = host("(handler report)").await;
    host.create_stream("failed").await;
    let failed = json!({"DestinationConfig": {"OnFailure": {"Destination": stream_arn("failed")}}});
    let mut more = windows(failed);
    merge(&mut more, json!({"MaximumRetryAttempts": 0}));
    attach(&host, more).await;
    // Its answers have no state.
    host.put("in", "one").await;
    let documents = host.holds("failed", 1).await;
    let document: Value = serde_json::from_str(&documents[0]).unwrap();
    assert_eq!(document["KinesisBatchInfo"]["batchSize"], 1);
    let payload: Value = serde_json::from_str(document["payload"].as_str().unwrap()).unwrap();
    assert_eq!(payload["state"], json!({}));
    assert_eq!(payload["window"]["end"], "2026-09-22T09:07:00Z");
}

#[tokio::test(start_paused = true)]
async fn a_window_whose_records_no_filter_wants_calls_nobody() {
    let host = host("(handler window)").await;
    let filter =
        json!({"FilterCriteria": {"Filters": [{"Pattern": "{\"partitionKey\":[\"other\"]}"}]}});
    let uuid = attach(&host, windows(filter)).await;
    host.put("in", "one").await;
    shows(&host, &uuid, "LastProcessingResult", "OK").await;
    tokio::time::sleep(Duration::from_secs(200)).await;
    assert!(host.sandbox.handled().is_empty());
}

#[tokio::test(start_paused = true)]
async fn windows_are_for_handlers_and_one_lane_also_later() {
    let host = host("(handler window)").await;
    let uuid = attach(&host, windows(json!({}))).await;
    let path = format!("{MAPPINGS}/{uuid}");
    let refusal = host.refused("PUT", &path, json!({"ParallelizationFactor": 2})).await;
    assert!(refusal.message.starts_with("TumblingWindowInSeconds needs a ParallelizationFactor"));
    host.create("g", "(copy)").await;
    let refusal = host.refused("PUT", &path, json!({"FunctionName": "g"})).await;
    assert!(refusal.message.contains("g is one of the world transform"), "{}", refusal.message);
    // Code may change its world under a mapping, which then waits.
    let code = json!({"ZipFile": base64("(swallow)")});
    host.works("PUT", &format!("{FUNCTIONS}/f/code"), code).await;
    host.put("in", "one").await;
    let told = "PROBLEM: TumblingWindowInSeconds needs a function of the world handler, which gets the state in its \
                event and returns it; f is one of the world transform.";
    shows(&host, &uuid, "LastProcessingResult", told).await;
    let none = json!({"TumblingWindowInSeconds": 0, "ParallelizationFactor": 2});
    host.works("PUT", &path, none).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    shows(&host, &uuid, "LastProcessingResult", "OK").await;
    assert_eq!(host.sandbox.calls().last().unwrap().input.records.len(), 1);
}
