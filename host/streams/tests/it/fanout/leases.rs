//! One subscription for a consumer and a shard at a time.

use serde_json::json;
use storage::faulty::{Call, Fate, Gate};

use super::support::{Next, latest};
use crate::support::{Host, Refusal, caller};

fn in_use() -> Refusal {
    let account = caller().account;
    Refusal {
        status: 400,
        code: "ResourceInUseException".to_owned(),
        message: format!(
            "Another active subscription exists for this consumer: {account}:quakes:shardId-000000000000:app"
        ),
    }
}

#[tokio::test(start_paused = true)]
async fn a_later_subscription_takes_over_and_an_early_one_is_refused() {
    let host = Host::new().await;
    host.create("quakes", 1).await;
    let consumer = host.register("quakes", "app").await;
    let more = json!({"StartingPosition": latest()});
    let mut first = host.subscribe(&consumer, latest()).await;
    first.event().await;
    host.clock.advance(4999);
    assert_eq!(host.try_subscribe(&consumer, more.clone()).await.err(), Some(in_use()));
    host.clock.advance(1);
    let mut second = host.subscribe(&consumer, latest()).await;
    let told = in_use();
    assert_eq!(first.next().await, Next::Exception(told.code, told.message));
    assert_eq!(first.next().await, Next::End);
    second.event().await;
    // The time counts from the call, whether the subscription still lasts or not.
    drop(second);
    assert_eq!(host.try_subscribe(&consumer, more).await.err(), Some(in_use()));
    // Another consumer is another matter.
    let other = host.register("quakes", "other").await;
    host.subscribe(&other, latest()).await;
}

#[tokio::test(start_paused = true)]
async fn five_minutes_are_a_life() {
    let host = Host::new().await;
    host.create("quakes", 1).await;
    let consumer = host.register("quakes", "app").await;
    let mut events = host.subscribe(&consumer, latest()).await;
    events.event().await;
    host.clock.advance(299_999);
    events.event().await;
    host.clock.advance(1);
    assert_eq!(events.next().await, Next::End);
    host.subscribe(&consumer, latest()).await;
}

#[tokio::test(start_paused = true)]
async fn calls_that_come_to_nothing_are_one_a_second() {
    let host = Host::new().await;
    host.create("quakes", 1).await;
    let consumer = host.register("quakes", "app").await;
    let dry = json!({"StartingPosition": latest(), "DryRun": true});
    let code = async || host.try_subscribe(&consumer, dry.clone()).await.err().unwrap().code;
    assert_eq!(code().await, "DryRunOperationException");
    assert_eq!(code().await, "LimitExceededException");
    host.clock.advance(1000);
    assert_eq!(code().await, "DryRunOperationException");
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_is_forgotten_while_it_subscribes_gets_no_subscription() {
    let gate = Gate::new();
    let held = gate.clone();
    let host = Host::new().await.failing(move |call| match call {
        Call::Bounds(_) => Fate::HoldBefore(held.clone()),
        _ => Fate::Pass,
    });
    let host = host.await;
    host.create("quakes", 1).await;
    let consumer = host.register("quakes", "app").await;
    let forget = async {
        gate.reached(1).await;
        host.call("DeregisterStreamConsumer", json!({"ConsumerARN": consumer})).await;
        gate.open();
    };
    let more = json!({"StartingPosition": latest()});
    let (begun, ()) = tokio::join!(host.try_subscribe(&consumer, more), forget);
    let told = begun.err().map(|refusal| (refusal.code, refusal.message));
    let code = "ResourceNotFoundException".to_owned();
    let message = "Consumer app, account 123456789012 not found.".to_owned();
    assert_eq!(told, Some((code, message)));
    assert_eq!(host.metrics.subscriptions.open.get(), 0);
}
