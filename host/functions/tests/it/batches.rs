//! What mappings do with records, and how they change, rest, go on and end.

use std::time::Duration;

use serde_json::{Value, json};
use storage::{Meta as _, Scope};

use crate::mapped::{attach, goes, host, show, shows, to};
use crate::support::{FUNCTIONS, MAPPINGS, base64, function_arn, merge};

#[tokio::test(start_paused = true)]
async fn what_comes_after_latest_is_not_missed() {
    let host = host("(copy)").await;
    host.put("in", "before").await;
    let more = json!({"StartingPosition": "LATEST", "Enabled": false});
    let uuid = attach(&host, {
        let mut it = to("out");
        merge(&mut it, more);
        it
    })
    .await;
    host.put("in", "after").await;
    assert_eq!(shows(&host, &uuid, "State", "Disabled").await["StartingPosition"], "LATEST");
    host.works("PUT", &format!("{MAPPINGS}/{uuid}"), json!({"Enabled": true})).await;
    assert_eq!(host.holds("out", 1).await, ["after"]);
}

#[tokio::test(start_paused = true)]
async fn a_mapping_may_begin_at_a_time() {
    let host = host("(copy)").await;
    host.put("in", "early").await;
    tokio::time::advance(Duration::from_secs(10)).await;
    host.put("in", "late").await;
    tokio::time::advance(Duration::from_secs(10)).await;
    let mut more =
        json!({"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1_790_068_005});
    merge(&mut more, to("out"));
    let uuid = attach(&host, more).await;
    assert_eq!(host.holds("out", 1).await, ["late"]);
    assert_eq!(show(&host, &uuid).await["StartingPositionTimestamp"], 1_790_068_005.0);
}

#[tokio::test(start_paused = true)]
async fn a_change_of_code_holds_from_the_next_batch_on() {
    let host = host("(wait gate)").await;
    let gate = host.sandbox.gate("gate");
    attach(&host, to("out")).await;
    host.put("in", "a").await;
    gate.reached(1).await;
    let code = json!({"ZipFile": base64("(hash 0)")});
    host.works("PUT", &format!("{FUNCTIONS}/f/code"), code).await;
    host.put("in", "b").await;
    gate.open();
    assert_eq!(host.holds("out", 2).await, ["a", "b"]);
    let calls = host.sandbox.calls();
    assert_eq!(calls.len(), 2);
    assert_ne!(calls[0].component, calls[1].component);
}

#[tokio::test(start_paused = true)]
async fn disabling_finishes_what_is_in_hand_and_enabling_goes_on() {
    let host = host("(wait gate)").await;
    let gate = host.sandbox.gate("gate");
    let uuid = attach(&host, {
        let mut it = to("out");
        merge(&mut it, json!({"BatchSize": 1}));
        it
    })
    .await;
    let path = format!("{MAPPINGS}/{uuid}");
    shows(&host, &uuid, "State", "Enabled").await;
    host.put("in", "a").await;
    host.put("in", "b").await;
    gate.reached(1).await;
    let told = host.works("PUT", &path, json!({"Enabled": false})).await;
    assert_eq!(told["State"], "Disabling");
    assert_eq!(show(&host, &uuid).await["State"], "Disabling");
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(show(&host, &uuid).await["State"], "Disabling", "a batch is in hand");
    gate.open();
    assert_eq!(host.holds("out", 1).await, ["a"]);
    shows(&host, &uuid, "State", "Disabled").await;
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(host.all("out").await, ["a"]);
    let told = host.works("PUT", &path, json!({"Enabled": true})).await;
    assert_eq!(told["State"], "Enabling");
    assert_eq!(host.holds("out", 2).await, ["a", "b"]);
    shows(&host, &uuid, "State", "Enabled").await;
    let told = host.works("PUT", &path, json!({"BatchSize": 2, "MaximumRetryAttempts": 3})).await;
    assert_eq!(told["State"], "Updating");
    let told = shows(&host, &uuid, "State", "Enabled").await;
    assert_eq!((&told["BatchSize"], &told["MaximumRetryAttempts"]), (&json!(2), &json!(3)));
    let told = host.works("PUT", &path, json!({"MaximumRetryAttempts": -1})).await;
    assert_eq!(told["MaximumRetryAttempts"], -1);
}

#[tokio::test(start_paused = true)]
async fn deleting_finishes_what_is_in_hand_and_leaves_nothing() {
    let host = host("(wait gate)").await;
    let gate = host.sandbox.gate("gate");
    let uuid = attach(&host, to("out")).await;
    let path = format!("{MAPPINGS}/{uuid}");
    host.put("in", "a").await;
    gate.reached(1).await;
    let deleted = host.send("DELETE", &path, Value::Null).await.unwrap();
    assert_eq!((deleted.status, &deleted.body["State"]), (202, &json!("Deleting")));
    assert_eq!(show(&host, &uuid).await["State"], "Deleting");
    for (method, body) in [("DELETE", Value::Null), ("PUT", json!({"Enabled": true}))] {
        let told = host.refused(method, &path, body).await;
        assert_eq!((told.status, &*told.code), (400, "ResourceInUseException"));
    }
    gate.open();
    goes(&host, &uuid).await;
    assert_eq!(host.all("out").await, ["a"]);
    let told = host.refused("GET", &path, Value::Null).await;
    assert_eq!((told.status, &*told.message), (404, "The resource you requested does not exist."));
    let left = host.memory.scan(&Scope("mappings", 0), b"m", None, 10).await.unwrap();
    assert!(left.is_empty());
    // Nothing of the old mapping's progress is taken for the new one's.
    attach(&host, to("out")).await;
    assert_eq!(host.holds("out", 2).await, ["a", "a"]);
}

#[tokio::test(start_paused = true)]
async fn emitting_without_a_stream_for_it_fails_and_says_what_to_set() {
    let host = host("(copy)").await;
    let uuid = attach(&host, json!({})).await;
    host.put("in", "a").await;
    let path = format!("{MAPPINGS}/{uuid}");
    let told = loop {
        let told = show(&host, &uuid).await;
        if told["LastProcessingResult"] != "No records processed" {
            break told["LastProcessingResult"].as_str().unwrap().to_owned();
        }
        tokio::task::yield_now().await;
    };
    assert!(told.starts_with("PROBLEM: "), "{told}");
    assert!(
        told.contains("set DestinationConfig.OnSuccess.Destination to the ARN of one"),
        "{told}"
    );
    // Nothing is lost: once there is a stream, it gets the record.
    host.works("PUT", &path, to("out")).await;
    assert_eq!(host.holds("out", 1).await, ["a"]);
    let told = host.works("PUT", &path, json!({"DestinationConfig": {}})).await;
    assert_eq!(told["DestinationConfig"], json!({"OnFailure": {}}));
}

#[tokio::test(start_paused = true)]
async fn batches_wait_for_a_function_that_is_gone() {
    let host = host("(copy)").await;
    let mut more = to("out");
    merge(&mut more, json!({"MaximumRetryAttempts": 0}));
    let uuid = attach(&host, more).await;
    host.works("DELETE", &format!("{FUNCTIONS}/f"), Value::Null).await;
    host.put("in", "a").await;
    let told = format!("PROBLEM: Function not found: {}", function_arn("f"));
    let shown = shows(&host, &uuid, "LastProcessingResult", &told).await;
    assert_eq!(shown["State"], "Enabled");
    let path = format!("{MAPPINGS}/{uuid}");
    let changed = host.works("PUT", &path, json!({"BatchSize": 7})).await;
    assert_eq!(changed["BatchSize"], 7, "it may be changed meanwhile");
    let refused = host.refused("PUT", &path, json!({"FunctionName": "g"})).await;
    assert_eq!(refused.status, 404);
    tokio::time::advance(Duration::from_secs(600)).await;
    host.create("f", "(copy)").await;
    assert_eq!(host.holds("out", 1).await, ["a"]);
}

#[tokio::test(start_paused = true)]
async fn failed_batches_are_given_up_after_their_retries() {
    let host = host("(fail boom)").await;
    let uuid = attach(&host, json!({"MaximumRetryAttempts": 1})).await;
    host.put("in", "a").await;
    let mut mapped = 0;
    while mapped < 2 {
        tokio::time::advance(Duration::from_secs(1)).await;
        mapped = host.metrics.functions.mapped.get();
    }
    tokio::time::advance(Duration::from_secs(600)).await;
    assert_eq!(host.metrics.functions.mapped.get(), 2);
    let told = show(&host, &uuid).await;
    assert!(told["LastProcessingResult"].as_str().unwrap().starts_with("PROBLEM: "), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_where_it_was() {
    let host = host("(copy)").await;
    let uuid = attach(&host, to("out")).await;
    host.put("in", "a").await;
    assert_eq!(host.holds("out", 1).await, ["a"]);
    tokio::time::advance(Duration::from_secs(5)).await;
    let before = show(&host, &uuid).await;
    let host = host.restart().await;
    host.put("in", "b").await;
    assert_eq!(host.holds("out", 2).await, ["a", "b"]);
    let after = shows(&host, &uuid, "State", "Enabled").await;
    assert_eq!(after["LastModified"], before["LastModified"]);
}

#[tokio::test(start_paused = true)]
async fn stopping_finishes_what_is_in_hand() {
    let host = host("(wait gate)").await;
    let gate = host.sandbox.gate("gate");
    attach(&host, to("out")).await;
    host.put("in", "a").await;
    gate.reached(1).await;
    {
        let mut stop = std::pin::pin!(host.service.stop());
        tokio::select! {
            biased;
            () = &mut stop => panic!("a batch is in hand"),
            () = tokio::task::yield_now() => {}
        }
        gate.open();
        stop.await;
    }
    assert_eq!(host.all("out").await, ["a"]);
    host.put("in", "b").await;
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(host.all("out").await, ["a"]);
    let host = host.restart().await;
    host.sandbox.gate("gate").open();
    assert_eq!(host.holds("out", 2).await, ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_gone_is_told() {
    let host = host("(copy)").await;
    let uuid = attach(&host, to("out")).await;
    shows(&host, &uuid, "State", "Enabled").await;
    host.streams.delete_stream(&host.stream("in")).await.unwrap();
    shows(&host, &uuid, "LastProcessingResult", "PROBLEM: Stream not found.").await;
    let host = host.restart().await;
    shows(&host, &uuid, "LastProcessingResult", "PROBLEM: Stream not found.").await;
    host.works("DELETE", &format!("{MAPPINGS}/{uuid}"), Value::Null).await;
    goes(&host, &uuid).await;
}

#[tokio::test(start_paused = true)]
async fn records_for_a_target_that_is_gone_wait_for_another_one() {
    let host = host("(copy)").await;
    let mut never_again = to("out");
    merge(&mut never_again, json!({"MaximumRetryAttempts": 0}));
    let uuid = attach(&host, never_again).await;
    shows(&host, &uuid, "State", "Enabled").await;
    host.streams.delete_stream(&host.stream("out")).await.unwrap();
    host.put("in", "kept").await;
    let text = "PROBLEM: record 0 cannot be emitted: the target stream does not exist (any more)";
    shows(&host, &uuid, "LastProcessingResult", text).await;
    host.create_stream("other").await;
    host.works("PUT", &format!("{MAPPINGS}/{uuid}"), to("other")).await;
    assert_eq!(host.holds("other", 1).await, ["kept"]);
    // A target is whatever has the name.
    host.streams.delete_stream(&host.stream("other")).await.unwrap();
    host.put("in", "kept, too").await;
    shows(&host, &uuid, "LastProcessingResult", text).await;
    host.create_stream("other").await;
    assert_eq!(host.holds("other", 1).await, ["kept, too"]);
}
