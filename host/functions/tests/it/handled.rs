//! Mappings whose function is a handler: what it gets, and what becomes of the batch.

use serde_json::{Value, json};

use crate::aggregated::aggregated;
use crate::mapped::{attach, host, mapping, show, shows};
use crate::support::{ACCOUNT, FUNCTIONS, Host, MAPPINGS, ROLE, START, base64, stream_arn};

/// The events that the handler was called with, once there are so many.
async fn events(host: &Host, count: usize) -> Vec<Value> {
    while host.sandbox.handled().len() < count {
        tokio::task::yield_now().await;
        tokio::time::advance(std::time::Duration::from_millis(10)).await;
    }
    let calls = host.sandbox.handled();
    calls.iter().map(|call| serde_json::from_slice(&call.input.payload).unwrap()).collect()
}

fn data(event: &Value) -> Vec<Value> {
    event["Records"].as_array().unwrap().iter().map(|it| it["kinesis"]["data"].clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_handler_gets_lambdas_event_of_a_stream() {
    let host = host("(handler echo)").await;
    host.put("in", "one").await;
    host.put("in", "two").await;
    let uuid = attach(&host, json!({})).await;
    let event = events(&host, 1).await.remove(0);
    assert_eq!(data(&event), [json!(base64("one")), json!(base64("two"))]);
    let record = &event["Records"][0];
    let sequence = record["kinesis"]["sequenceNumber"].as_str().unwrap();
    let expected = json!({
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "k",
            "sequenceNumber": sequence,
            "data": base64("one"),
            "approximateArrivalTimestamp": START.0 / 1000,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": format!("shardId-000000000000:{sequence}"),
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": ROLE,
        "awsRegion": "us-east-1",
        "eventSourceARN": stream_arn("in"),
    });
    let mut record = record.clone();
    let arrival = record["kinesis"]["approximateArrivalTimestamp"].take().as_f64().unwrap();
    assert!((arrival - 1_790_068_000.0).abs() < 60.0, "{arrival}");
    record["kinesis"]["approximateArrivalTimestamp"] = json!(START.0 / 1000);
    assert_eq!(record, expected);
    let call = &host.sandbox.handled()[0];
    assert_eq!(call.tenant.to_string(), ACCOUNT);
    shows(&host, &uuid, "LastProcessingResult", "OK").await;
    assert!(host.sandbox.calls().is_empty());
    assert!(host.all("out").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn any_answer_means_that_the_batch_is_done() {
    for word in [
        "(handler say null)",
        "(handler say {\"batchItemFailures\":[{\"itemIdentifier\":\"1\"}]})",
        "(handler say {\"statusCode\":500})",
    ] {
        let host = host(word).await;
        host.put("in", "one").await;
        let uuid = attach(&host, json!({})).await;
        events(&host, 1).await;
        shows(&host, &uuid, "LastProcessingResult", "OK").await;
        host.put("in", "two").await;
        assert_eq!(data(&events(&host, 2).await[1]), [json!(base64("two"))]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_failed_is_handed_over_again() {
    for (word, why) in [
        ("(handler raise no good)", "Demo.Wrong: no good"),
        ("(handler slow)", "Task timed out after 3.00 seconds"),
        ("(handler say text)", "the answer is no JSON"),
    ] {
        let host = host(word).await;
        host.put("in", "one").await;
        let made = host.works("POST", MAPPINGS, mapping(json!({"MaximumRetryAttempts": 1}))).await;
        let uuid = made["UUID"].as_str().unwrap();
        let events = events(&host, 2).await;
        assert_eq!(events[0], events[1]);
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        let result = show(&host, uuid).await["LastProcessingResult"].to_string();
        assert!(result.contains("discarded after 2 attempts"), "{result}");
        let log = host.own("GetFunctionLogs", json!({"FunctionName": "f"})).await.unwrap();
        assert!(log["Lines"].to_string().contains(why), "{log}");
    }
}

#[tokio::test(start_paused = true)]
async fn events_are_cut_to_what_a_call_may_carry() {
    let host = host("(handler echo)").await;
    // Six megabytes are less than nine of these in base64.
    for _ in 0..9 {
        host.put_at("in", None, &[b'x'; 600_000]).await;
    }
    attach(&host, json!({"MaximumBatchingWindowInSeconds": 5})).await;
    let events = events(&host, 2).await;
    assert_eq!((data(&events[0]).len(), data(&events[1]).len()), (7, 2));
    for call in host.sandbox.handled() {
        assert!(call.input.payload.len() <= 6 * 1024 * 1024);
    }
}

#[tokio::test(start_paused = true)]
async fn aggregated_records_come_as_aws_gives_them_unless_it_is_asked_otherwise() {
    let host = host("(handler echo)").await;
    let record = aggregated(&[("a", None, "1"), ("b", None, "2")]);
    host.put_at("in", None, &record).await;
    attach(&host, json!({})).await;
    assert_eq!(data(&events(&host, 1).await[0]), [json!(base64(&record))]);
    let change = json!({"Environment": {"Variables": {"SHARDMILL_AGGREGATED": "split"}}});
    host.works("PUT", &format!("{FUNCTIONS}/f/configuration"), change).await;
    host.put_at("in", None, &record).await;
    let event = events(&host, 2).await.remove(1);
    assert_eq!(data(&event), [json!(base64("1")), json!(base64("2"))]);
    assert_eq!(event["Records"][1]["kinesis"]["partitionKey"], "b");
}
