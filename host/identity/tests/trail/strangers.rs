//! Refusals that nobody waits for: folded, bounded, counted, and the operator's business.

use serde_json::{Value, json};

use crate::support::{OPERATOR, TENANT, World, caller, event, refusal};

async fn strangers(world: &World) -> Vec<Value> {
    let input = json!({ "Account": "strangers", "Limit": 1000 });
    let page = world.events(&caller(OPERATOR), input).await.unwrap();
    let events = page["Events"].as_array().unwrap().iter();
    events.map(|it| serde_json::from_str(it["Event"].as_str().unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn identical_ones_within_a_second_are_one_event_with_a_count() {
    let world = World::new().await;
    for _ in 0..100 {
        world.trail.note(refusal(&world.trail, "A", "InvalidSignatureException"));
    }
    world.trail.note(refusal(&world.trail, "B", "InvalidSignatureException"));
    world.trail.note(refusal(&world.trail, "A", "UnrecognizedClientException"));
    world.trail.flush(false).await;
    assert!(strangers(&world).await.is_empty(), "their second is not over");
    world.clock.advance(1000);
    world.trail.note(refusal(&world.trail, "C", "InvalidSignatureException"));
    world.trail.flush(false).await;
    let events = strangers(&world).await;
    let mut counts: Vec<(Value, Value)> = events
        .iter()
        .map(|it| {
            (it["userIdentity"]["accessKeyId"].clone(), it["additionalEventData"]["count"].clone())
        })
        .collect();
    counts.sort_by_key(|(key, count)| (key.to_string(), count.to_string()));
    assert_eq!(
        counts,
        [(json!("A"), json!(100)), (json!("A"), Value::Null), (json!("B"), Value::Null)]
    );
    assert_eq!(events[0]["sourceIPAddress"], "192.0.2.1");
    assert_eq!(events[0]["userIdentity"]["type"], "Unknown");
    assert_eq!(world.metrics.audit.folded.get(), 99);
    // The end of the program does not wait for a second to pass.
    world.start();
    world.stop().await;
    assert_eq!(strangers(&world).await.len(), 4);
}

#[tokio::test]
async fn too_many_different_ones_are_counted_and_keep_nobody_else_out() {
    let world = World::new().await;
    let tenant = caller(TENANT);
    for key in 0..1000 {
        world.trail.note(refusal(&world.trail, &format!("K{key}"), "InvalidSignatureException"));
    }
    assert_eq!(world.metrics.audit.dropped.get(), 744);
    world.record(&tenant, "CreateStream").await;
    assert_eq!(world.names(&tenant).await, ["CreateStream"]);
    world.trail.flush(false).await;
    let events = strangers(&world).await;
    assert_eq!(events.len(), 257);
    let dropped = events.iter().find(|event| event["eventName"] == "EventsDropped").unwrap();
    assert_eq!(dropped["serviceEventDetails"]["count"], 744);
}

#[tokio::test]
async fn only_the_operator_sees_them() {
    let world = World::new().await;
    world.record(&caller(TENANT), "CreateStream").await;
    world.record(&caller(OPERATOR), "DeleteStream").await;
    world.trail.note(refusal(&world.trail, "KEY222222222222", "InvalidSignatureException"));
    world.trail.flush(true).await;
    assert_eq!(world.names(&caller(TENANT)).await, ["CreateStream"]);
    assert_eq!(world.names(&caller(OPERATOR)).await, ["DeleteStream", "CreateStream"]);
    let key = json!({ "LookupAttributes": [
        { "AttributeKey": "AccessKeyId", "AttributeValue": "KEY222222222222" }
    ] });
    let found = world.lookup(&caller(OPERATOR), key.clone()).await.unwrap();
    assert_eq!(found["Events"].as_array().unwrap().len(), 1);
    for input in [json!({ "Account": "strangers" }), json!({ "AllAccounts": true })] {
        let refused = world.events(&caller(TENANT), input).await.unwrap_err();
        assert_eq!(refused.code, "AccessDeniedException");
    }
}

#[tokio::test]
async fn a_count_of_them_is_kept_and_everything_for_ninety_days() {
    let world = World::new().await;
    let tenant = caller(TENANT);
    world.record(&tenant, "CreateStream").await;
    world.trail.note(refusal(&world.trail, "A", "InvalidSignatureException"));
    world.trail.flush(true).await;
    world.clock.advance(90 * 24 * 3_600_000 - 10_000);
    world.record(&tenant, "ListStreams").await;
    world.trail.sweep().await;
    assert_eq!(world.names(&tenant).await, ["CreateStream", "ListStreams"]);
    world.clock.advance(20_000);
    // Hidden at once, given up by the sweep.
    assert_eq!(world.names(&tenant).await, ["ListStreams"]);
    world.trail.sweep().await;
    assert_eq!(world.names(&tenant).await, ["ListStreams"]);
    assert!(strangers(&world).await.is_empty());
    let checked = identity::trail::check(&*world.store).await.unwrap();
    // The other one is that of reading what is of strangers.
    assert_eq!((checked.events, checked.findings.len()), (2, 0));
}

#[tokio::test]
async fn refusals_of_known_callers_stay_in_their_trail() {
    let world = World::new().await;
    let tenant = caller(TENANT);
    for _ in 0..10 {
        world.trail.note(event(&world.trail, &tenant, "PutRecord"));
    }
    world.trail.flush(true).await;
    assert_eq!(world.names(&tenant).await, ["PutRecord"]);
    assert!(world.names(&caller(OPERATOR)).await.is_empty());
}
