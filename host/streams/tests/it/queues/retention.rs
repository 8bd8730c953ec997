//! Records that are no longer in the stream are no longer in its queues.

use serde_json::json;

use super::place::{Place, create, keys, pass};
use crate::support::text;

const DAY: u64 = 24 * 3600;

#[tokio::test(start_paused = true)]
async fn what_expires_is_neither_received_nor_acknowledged_nor_a_dead_letter() {
    let dead = json!({"DeadLetterConfiguration": {"TargetType": "BUILT_IN", "MaxReceiveCount": 1}});
    let place = Place::with_queue(dead).await;
    for data in ["dead", "hidden", "new"] {
        place.put(data).await;
    }
    let first = place.receive(json!({"Limit": 1, "VisibilityTimeoutSeconds": 0})).await;
    let hidden = place.receive(json!({"Limit": 1, "VisibilityTimeoutSeconds": 43_200})).await;
    assert_eq!((first.len(), hidden.len()), (1, 1));
    let counts = place.service.queue_counts(&place.queue()).await.unwrap();
    assert_eq!((counts.visible, counts.visible_dead, counts.in_flight), (1, 1, 1));
    for _ in 0..26 {
        pass(3600).await;
        place.service.sweep().await.unwrap();
    }
    let counts = place.service.queue_counts(&place.queue()).await.unwrap();
    assert_eq!((counts.visible, counts.visible_dead, counts.in_flight), (0, 0, 0));
    assert!(place.receive(json!({})).await.is_empty());
    assert!(place.receive_dead().await.is_empty());
    let told = place.settle("AcknowledgeQueueRecords", &hidden).await;
    assert_eq!(told[0].as_deref(), Some("ResourceNotFoundException"));
    place.put("young").await;
    assert_eq!(keys(&place.receive(json!({})).await), ["young"]);
    let place = place.restart().await;
    let counts = place.service.queue_counts(&place.queue()).await.unwrap();
    assert_eq!((counts.visible, counts.visible_dead, counts.in_flight), (0, 0, 1));
}

#[tokio::test(start_paused = true)]
async fn what_expires_without_a_sweep_is_passed_over() {
    let place = Place::with_queue(json!({})).await;
    place.put("old").await;
    place.receive(json!({"VisibilityTimeoutSeconds": 1})).await;
    place.put("older than a day").await;
    // In steps that the clock is believed in.
    for _ in 0..30 {
        pass(DAY / 24).await;
        place.service.accept_time();
    }
    place.put("young").await;
    assert_eq!(keys(&place.receive(json!({})).await), ["young"]);
    assert!(place.receive(json!({})).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_queue_begins_where_it_is_told() {
    let place = Place::new().await;
    place.put("before").await;
    pass(10).await;
    let mut at = create("at", "AT_TIMESTAMP");
    let moment = crate::support::START.0 / 1000 + 5;
    at["StreamConfigurationList"][0]["StartingPosition"]["Timestamp"] = moment.into();
    place.put("between").await;
    let mut all = Vec::new();
    for input in [create("oldest", "TRIM_HORIZON"), create("latest", "LATEST"), at] {
        let made = place.call("CreateQueue", input).await;
        all.push(text(&made["QueueDescription"], "QueueARN"));
    }
    place.put("after").await;
    let place = place.restart().await;
    let mut found = Vec::new();
    for queue in all {
        let mut of_queue = Vec::new();
        loop {
            let more = place.receive(json!({"QueueARN": queue})).await;
            if more.is_empty() {
                break;
            }
            of_queue.extend(keys(&more));
        }
        of_queue.sort();
        found.push(of_queue.join(" "));
    }
    assert_eq!(found, ["after before between", "after", "after between"]);
}
