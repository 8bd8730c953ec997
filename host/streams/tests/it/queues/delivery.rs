//! What is received, acknowledged, hidden, buried and restored.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::place::{Place, keys, pass};
use crate::support::{base64, text};

#[tokio::test(start_paused = true)]
async fn a_record_is_received_until_it_is_acknowledged() {
    let place = Place::with_queue(json!({})).await;
    place.put("a").await;
    let first = place.receive(json!({})).await;
    assert_eq!(keys(&first), ["a"]);
    let record = &first[0];
    assert_eq!(record["Data"], base64(b"a"));
    assert_eq!(record["ReceiveCount"], 1);
    let id = text(record, "RecordId");
    assert!((1..=64).contains(&id.len()) && id.bytes().all(|it| it.is_ascii_digit()), "{id}");
    assert!(place.receive(json!({})).await.is_empty(), "it is hidden");
    pass(29).await;
    let second = place.receive(json!({})).await;
    assert_eq!(second[0]["RecordId"], record["RecordId"]);
    assert_eq!(second[0]["ReceiveCount"], 2);
    assert_eq!(second[0]["FirstReceiveTimestamp"], record["FirstReceiveTimestamp"]);
    assert_ne!(second[0]["ReceiptHandle"], record["ReceiptHandle"]);
    let stale = place.settle("AcknowledgeQueueRecords", &first).await;
    assert_eq!(stale[0].as_deref(), Some("InvalidArgumentException"));
    place.acknowledge(&second).await;
    let again = place.settle("AcknowledgeQueueRecords", &second).await;
    assert_eq!(again[0].as_deref(), Some("ResourceNotFoundException"));
    pass(100).await;
    assert!(place.receive(json!({})).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn every_record_of_every_shard_comes_once_however_many_receive() {
    let place = Place::with_queue(json!({})).await;
    place.put_many(95).await;
    let mut seen = BTreeSet::new();
    loop {
        let (one, two) =
            tokio::join!(place.receive(json!({})), place.receive(json!({"Limit": 3})),);
        assert!(two.len() <= 3 && one.len() <= 10);
        if one.is_empty() && two.is_empty() {
            break;
        }
        for key in keys(&one).into_iter().chain(keys(&two)) {
            assert!(seen.insert(key), "received twice");
        }
        for records in [one, two].iter().filter(|it| !it.is_empty()) {
            place.acknowledge(records).await;
        }
    }
    assert_eq!(seen.len(), 95);
    let place = place.restart().await;
    pass(100).await;
    assert!(place.receive(json!({})).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_receive_and_its_count_hold_over_a_restart() {
    let place = Place::with_queue(json!({})).await;
    place.put("a").await;
    let before = place.receive(json!({"VisibilityTimeoutSeconds": 60})).await;
    let place = place.restart().await;
    assert!(place.receive(json!({})).await.is_empty(), "it is still hidden");
    pass(60).await;
    let again = place.receive(json!({})).await;
    assert_eq!(again[0]["ReceiveCount"], 2);
    assert_eq!(again[0]["FirstReceiveTimestamp"], before[0]["FirstReceiveTimestamp"]);
    let place = place.restart().await;
    place.acknowledge(&again).await;
    let place = place.restart().await;
    pass(100).await;
    assert!(place.receive(json!({})).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_received_too_often_is_a_dead_letter_and_can_be_restored() {
    let dead = json!({"DeadLetterConfiguration": {"TargetType": "BUILT_IN", "MaxReceiveCount": 2}});
    let place = Place::with_queue(dead).await;
    place.put("a").await;
    place.put("b").await;
    for _ in 0..2 {
        let mut received = place.receive(json!({})).await;
        received.sort_by_key(|it| text(it, "PartitionKey"));
        let told = place.settle_with(
            "UpdateQueueRecordsVisibility",
            &received,
            json!({"VisibilityTimeoutSeconds": 0}),
        );
        assert_eq!(told.await, vec![None; received.len()]);
        while received.len() < 2 {
            let more = place.receive(json!({})).await;
            let told = place.settle_with(
                "UpdateQueueRecordsVisibility",
                &more,
                json!({"VisibilityTimeoutSeconds": 0}),
            );
            assert_eq!(told.await, vec![None; more.len()]);
            received.extend(more);
        }
    }
    assert!(place.receive(json!({})).await.is_empty(), "both are dead");
    let place = place.restart().await;
    let mut dead = place.receive_dead().await;
    dead.sort_by_key(|it| text(it, "PartitionKey"));
    assert_eq!(keys(&dead), ["a", "b"]);
    assert_eq!(dead[0]["ReceiveCount"], 3);
    assert!(place.receive_dead().await.is_empty(), "they are hidden");
    let wrong = place.settle("AcknowledgeQueueRecords", &dead).await;
    assert_eq!(wrong[0].as_deref(), Some("ResourceNotFoundException"));
    let told = place.settle("RestoreDeadLetterQueueRecords", &dead[..1]).await;
    assert_eq!(told, [None]);
    let told = place.settle("AcknowledgeDeadLetterQueueRecords", &dead[1..]).await;
    assert_eq!(told, [None]);
    let place = place.restart().await;
    let restored = place.receive(json!({})).await;
    assert_eq!(keys(&restored), ["a"]);
    assert_eq!(restored[0]["ReceiveCount"], 1);
    place.acknowledge(&restored).await;
    pass(100).await;
    assert!(place.receive_dead().await.is_empty());
    assert!(place.receive(json!({})).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn dead_letters_are_hidden_for_longer_or_shorter() {
    let dead = json!({"DeadLetterConfiguration": {"TargetType": "BUILT_IN", "MaxReceiveCount": 1}});
    let place = Place::with_queue(dead).await;
    place.put("a").await;
    place.receive(json!({"VisibilityTimeoutSeconds": 0})).await;
    let dead = place.receive_dead().await;
    let operation = "UpdateDeadLetterQueueRecordsVisibility";
    let told = place.settle_with(operation, &dead, json!({"VisibilityTimeoutSeconds": 100}));
    assert_eq!(told.await, [None]);
    pass(50).await;
    assert!(place.receive_dead().await.is_empty());
    let told = place.settle_with(operation, &dead, json!({"VisibilityTimeoutSeconds": 0}));
    assert_eq!(told.await, [None]);
    let told = place.settle_with(operation, &dead, json!({"VisibilityTimeoutSeconds": 9}));
    assert_eq!(told.await[0].as_deref(), Some("InvalidArgumentException"), "it is visible");
    assert_eq!(keys(&place.receive_dead().await), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn without_dead_letters_a_record_comes_for_ever_and_a_change_buries_it() {
    let place = Place::with_queue(json!({"DeadLetterConfiguration": {"TargetType": "NONE"}})).await;
    place.put("a").await;
    for count in 1..=10 {
        let received = place.receive(json!({"VisibilityTimeoutSeconds": 0})).await;
        assert_eq!(received[0]["ReceiveCount"], count);
    }
    let dead =
        json!({"DeadLetterConfiguration": {"TargetType": "BUILT_IN", "MaxReceiveCount": 10}});
    let changed = json!({"QueueARN": place.queue, "QueueAttributes": dead});
    place.call("UpdateQueue", changed).await;
    assert!(place.receive(json!({})).await.is_empty());
    assert_eq!(keys(&place.receive_dead().await), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn receipts_are_of_one_queue() {
    let place = Place::with_queue(json!({})).await;
    place.call("CreateQueue", super::place::create("other", "TRIM_HORIZON")).await;
    let other = place.service.queues().into_iter().find(|it| it.name.as_str() == "other").unwrap();
    place.put("a").await;
    let record = place.receive(json!({})).await;
    let mut input = place.entries(&record, json!({}));
    input["QueueARN"] = other.arn().to_string().into();
    let reply = place.call("AcknowledgeQueueRecords", input).await;
    assert_eq!(reply["Failed"][0]["ErrorCode"], "InvalidArgumentException");
    let made_up = [json!({"ReceiptHandle": "AAAA"})];
    let told = place.settle("AcknowledgeQueueRecords", &made_up).await;
    assert_eq!(told[0].as_deref(), Some("InvalidArgumentException"));
    let input = json!({"QueueARN": other.arn().to_string(), "WaitTimeSeconds": 1});
    let theirs = place.call("ReceiveQueueRecords", input).await;
    assert_eq!(
        theirs["QueueRecords"][0]["RecordId"], record[0]["RecordId"],
        "one id in all queues"
    );
}

#[tokio::test(start_paused = true)]
async fn what_comes_back_and_what_is_new_share_a_receive() {
    let place = Place::with_queue(json!({})).await;
    place.put_many(20).await;
    let mut old: Vec<String> = Vec::new();
    while old.len() < 20 {
        old.extend(keys(&place.receive(json!({"VisibilityTimeoutSeconds": 1})).await));
    }
    pass(1).await;
    for number in 0..20 {
        place.put(&format!("new {number}")).await;
    }
    let mixed = keys(&place.receive(json!({})).await);
    let new = mixed.iter().filter(|key| key.starts_with("new")).count();
    assert_eq!((new, mixed.len()), (5, 10), "{mixed:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_counted_is_told() {
    let place = Place::with_queue(json!({})).await;
    place.put_many(5).await;
    let queue = place.queue();
    let counts = place.service.queue_counts(&queue).await.unwrap();
    assert_eq!((counts.visible, counts.in_flight), (5, 0));
    let received = place.receive(json!({"Limit": 2})).await;
    place.acknowledge(&received[..1]).await;
    let counts = place.service.queue_counts(&queue).await.unwrap();
    assert_eq!((counts.visible, counts.in_flight), (3, 1));
    assert_eq!((counts.received, counts.acknowledged, counts.empty_receives), (2, 1, 0));
    let _rest: Vec<Value> = place.receive(json!({})).await;
    place.receive(json!({})).await;
    let counts = place.service.queue_counts(&queue).await.unwrap();
    assert_eq!((counts.visible, counts.in_flight, counts.empty_receives), (0, 4, 1));
}
