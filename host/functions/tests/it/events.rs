//! Asynchronous calls: events that are stored, tried, tried again and told of.

use serde_json::{Value, json};

use crate::sealed::encrypted;
use crate::support::{Host, Refusal, function_arn, stream_arn};

pub(crate) const CONFIGS: &str = "/2019-09-25/functions";
const EVENT: (&str, &str) = ("X-Amz-Invocation-Type", "Event");

/// A host with streams that are told of what succeeded and what failed.
async fn host(word: &str) -> Host {
    let host = Host::new().await;
    for name in ["succeeded", "failed"] {
        host.create_stream(name).await;
    }
    host.create("f", word).await;
    host
}

fn told() -> Value {
    json!({
        "OnSuccess": {"Destination": stream_arn("succeeded")},
        "OnFailure": {"Destination": stream_arn("failed")},
    })
}

async fn configure(host: &Host, name: &str, config: Value) {
    host.works("PUT", &format!("{CONFIGS}/{name}/event-invoke-config"), config).await;
}

async fn send(host: &Host, name: &str, payload: &Value) {
    let answer = host.invoke(name, &[EVENT], payload).await.unwrap();
    assert_eq!((answer.status, answer.body), (202, Value::Null));
}

async fn records(host: &Host, stream: &str, count: u64) -> Vec<Value> {
    let texts = host.holds(stream, count).await;
    texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn an_event_is_acknowledged_run_and_told_of() {
    let host = host("(handler echo)").await;
    configure(&host, "f", json!({"DestinationConfig": told()})).await;
    let payload = json!({"order": 1});
    send(&host, "f", &payload).await;
    let record = &records(&host, "succeeded", 1).await[0];
    assert_eq!(record["version"], "1.0");
    let context = &record["requestContext"];
    assert_eq!(context["condition"], "Success");
    assert_eq!(context["approximateInvokeCount"], 1);
    assert_eq!(context["functionArn"], format!("{}:$LATEST", function_arn("f")));
    assert_eq!(context["requestId"], "11111111-2222-4333-8444-555555555555");
    assert_eq!((&record["requestPayload"], &record["responsePayload"]), (&payload, &payload));
    let expected = json!({"statusCode": 200, "executedVersion": "$LATEST"});
    assert_eq!(record["responseContext"], expected);
    assert_eq!(host.sandbox.handled().len(), 1);
    assert_eq!(host.all("failed").await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_failed_event_is_tried_again_after_one_and_two_minutes() {
    let host = host("(handler raise broken)").await;
    configure(&host, "f", json!({"DestinationConfig": told()})).await;
    let start = tokio::time::Instant::now();
    send(&host, "f", &json!({})).await;
    let record = &records(&host, "failed", 1).await[0];
    assert_eq!(start.elapsed().as_secs(), 180);
    assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 3);
    assert_eq!(record["responseContext"]["functionError"], "Unhandled");
    assert_eq!(record["responsePayload"]["errorMessage"], "broken");
    let calls = host.sandbox.handled();
    assert_eq!(calls.len(), 3);
    let ids: Vec<_> = calls.iter().map(|call| &call.input.context.request_id).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "each attempt has the id of the event: {ids:?}");
}

#[tokio::test(start_paused = true)]
async fn a_restart_keeps_events_and_counts() {
    let host = host("(handler raise broken)").await;
    configure(&host, "f", json!({"DestinationConfig": told()})).await;
    send(&host, "f", &json!({"kept": true})).await;
    while host.sandbox.handled().len() < 2 {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    // The second attempt's count is a commit of its own, which no caller waits for.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let host = host.restart().await;
    let record = &records(&host, "failed", 1).await[0];
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 3);
    assert_eq!(record["requestPayload"], json!({"kept": true}));
    assert_eq!(host.sandbox.handled().len(), 1, "two of three were made before");
    let host = host.restart().await;
    tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    assert_eq!(host.sandbox.handled().len(), 0, "it is over");
    assert_eq!(host.all("failed").await.len(), 1, "and told of once");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_run_does_not_count_and_ends_with_its_age() {
    let host = host("(handler full)").await;
    let config = json!({"DestinationConfig": told(), "MaximumEventAgeInSeconds": 60});
    configure(&host, "f", config).await;
    let start = tokio::time::Instant::now();
    send(&host, "f", &json!({})).await;
    let record = &records(&host, "failed", 1).await[0];
    assert_eq!(start.elapsed().as_secs(), 60);
    assert_eq!(record["requestContext"]["condition"], "EventAgeExceeded");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 0);
    assert!(record.get("responseContext").is_none(), "{record}");
    // After 0, 1, 3, 7, 15 and 31 seconds.
    assert_eq!(host.sandbox.handled().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn retries_are_as_many_as_its_owner_wants() {
    let host = host("(handler raise broken)").await;
    let config = json!({"DestinationConfig": told(), "MaximumRetryAttempts": 0});
    configure(&host, "f", config).await;
    send(&host, "f", &json!({})).await;
    let record = &records(&host, "failed", 1).await[0];
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_function_that_may_not_run_has_its_events_given_up() {
    let host = host("(handler echo)").await;
    configure(&host, "f", json!({"DestinationConfig": told()})).await;
    let none = json!({"ReservedConcurrentExecutions": 0});
    host.works("PUT", "/2017-10-31/functions/f/concurrency", none).await;
    send(&host, "f", &json!({})).await;
    let record = &records(&host, "failed", 1).await[0];
    assert_eq!(record["requestContext"]["condition"], "ZeroReservedConcurrency");
    assert_eq!(host.sandbox.handled().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_function_is_called_with_what_another_one_did() {
    let host = host("(handler echo)").await;
    host.create("g", "(handler raise no)").await;
    let next = json!({"OnSuccess": {"Destination": function_arn("g")}});
    configure(&host, "f", json!({"DestinationConfig": next})).await;
    let failed = json!({"OnFailure": {"Destination": stream_arn("failed")}});
    let config = json!({"DestinationConfig": failed, "MaximumRetryAttempts": 0});
    configure(&host, "g", config).await;
    send(&host, "f", &json!({"first": 1})).await;
    let record = &records(&host, "failed", 1).await[0];
    assert_eq!(record["requestContext"]["functionArn"], format!("{}:$LATEST", function_arn("g")));
    let inner = &record["requestPayload"];
    assert_eq!(inner["requestContext"]["condition"], "Success");
    assert_eq!(inner["requestPayload"], json!({"first": 1}));
}

#[tokio::test(start_paused = true)]
async fn functions_that_call_each_other_come_to_an_end() {
    let host = host("(handler say 1)").await;
    host.create("g", "(handler say 2)").await;
    for (one, other) in [("f", "g"), ("g", "f")] {
        let next = json!({"OnSuccess": {"Destination": function_arn(other)}});
        configure(&host, one, json!({"DestinationConfig": next})).await;
    }
    send(&host, "f", &json!({})).await;
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    assert_eq!(host.sandbox.handled().len(), 17);
}

#[tokio::test(start_paused = true)]
async fn a_destination_that_is_gone_ends_the_event_all_the_same() {
    let host = host("(handler echo)").await;
    configure(&host, "f", json!({"DestinationConfig": told()})).await;
    host.streams.delete_stream(&host.stream("succeeded")).await.unwrap();
    send(&host, "f", &json!({})).await;
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    let data = host.service.metrics_of_minute();
    let sum = |name: &str| {
        let found = data.iter().find(|datum| datum.name == name);
        found.map(|datum| datum.statistics.sum)
    };
    assert_eq!(sum("DestinationDeliveryFailures"), Some(1.0));
    assert_eq!(sum("AsyncEventsReceived"), Some(1.0));
    assert_eq!((sum("AsyncEventAge"), sum("AsyncEventsDropped")), (Some(0.0), None));
    assert_eq!(host.sandbox.handled().len(), 1);
    host.create_stream("succeeded").await;
    send(&host, "f", &json!({})).await;
    assert_eq!(host.holds("succeeded", 1).await.len(), 1, "a stream of the name takes its place");
}

#[tokio::test(start_paused = true)]
async fn a_destination_whose_key_cannot_be_used_is_waited_for_for_a_while() {
    let host = host("(handler echo)").await;
    configure(&host, "f", json!({"DestinationConfig": told()})).await;
    let key = encrypted(&host, "succeeded").await;
    host.put("succeeded", "before").await;
    host.keys.set_enabled(&key, false).await.unwrap();
    send(&host, "f", &json!({"first": 1})).await;
    tokio::time::sleep(std::time::Duration::from_secs(100)).await;
    host.keys.set_enabled(&key, true).await.unwrap();
    assert_eq!(host.holds("succeeded", 2).await.len(), 2, "it came in time");
    host.keys.set_enabled(&key, false).await.unwrap();
    send(&host, "f", &json!({"second": 2})).await;
    tokio::time::sleep(std::time::Duration::from_secs(200)).await;
    host.keys.set_enabled(&key, true).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(200)).await;
    assert_eq!(host.all("succeeded").await.len(), 2, "it was given up, and its place is free");
}

#[tokio::test(start_paused = true)]
async fn events_of_a_deleted_function_are_forgotten() {
    let host = host("(handler raise broken)").await;
    configure(&host, "f", json!({"DestinationConfig": told()})).await;
    send(&host, "f", &json!({})).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    host.works("DELETE", "/2015-03-31/functions/f", Value::Null).await;
    host.create("f", "(handler echo)").await;
    tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    assert_eq!(host.sandbox.handled().len(), 1, "another function of the name does not get them");
    let scope = storage::Scope("events", 0);
    let left = storage::Meta::scan(&*host.memory, &scope, b"", None, 10).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn payloads_are_looked_at_before_they_are_taken() {
    let host = host("(handler echo)").await;
    host.create("t", "(copy)").await;
    let refused = async |name: &str, payload: &Value| -> Refusal {
        host.invoke(name, &[EVENT], payload).await.unwrap_err()
    };
    let large = json!("x".repeat(1024 * 1024));
    let refusal = refused("f", &large).await;
    assert_eq!((refusal.status, &*refusal.code), (413, "RequestTooLargeException"));
    let expected =
        "1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)";
    assert_eq!(refusal.message, expected);
    send(&host, "f", &json!("x".repeat(1024 * 1024 - 2))).await;
    let refusal = refused("t", &json!({})).await;
    assert_eq!((refusal.status, &*refusal.code), (400, "InvalidRequestContentException"));
    assert_eq!(refused("absent", &json!({})).await.status, 404);
    send(&host, "t", &crate::support::event(&["a"])).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!((host.sandbox.handled().len(), host.sandbox.calls().len()), (1, 1));
}
