//! What becomes of calls when the store fails or the caller goes away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use storage::faulty::{Call, Fate, Gate};

use crate::support::{ACCOUNT, Host, caller, data};

/// Switches a fate of commits on and off.
#[derive(Clone, Default)]
struct Switch(Arc<AtomicBool>);

impl Switch {
    fn set(&self, on: bool) {
        self.0.store(on, Ordering::Relaxed);
    }

    fn decide(&self, fate: Fate) -> impl Fn(&Call<'_>) -> Fate + Send + Sync + 'static {
        let on = Arc::clone(&self.0);
        move |call| match call {
            Call::Commit(_) if on.load(Ordering::Relaxed) => fate.clone(),
            _ => Fate::Pass,
        }
    }
}

fn create() -> Value {
    json!({"StreamName": "a", "ShardCount": 2})
}

fn put() -> Value {
    json!({"StreamName": "a", "PartitionKey": "k", "Data": ""})
}

const UNAVAILABLE: &str = "ServiceUnavailable";

#[tokio::test]
async fn what_was_not_written_can_be_tried_again() {
    let switch = Switch::default();
    let host = Host::unlimited().await.failing(switch.decide(Fate::FailBefore)).await;
    switch.set(true);
    let refusal = host.refusal("CreateStream", create()).await;
    assert_eq!((refusal.status, refusal.code.as_str()), (500, UNAVAILABLE));
    let refusal = host.refusal("DescribeStream", json!({"StreamName": "a"})).await;
    assert_eq!(refusal.code, "ResourceNotFoundException");
    switch.set(false);
    host.call("CreateStream", create()).await;
    switch.set(true);
    let refusal = host.refusal("PutRecord", put()).await;
    assert_eq!((refusal.status, refusal.code.as_str()), (500, UNAVAILABLE));
    let refusal = host.refusal("DeleteStream", json!({"StreamName": "a"})).await;
    assert_eq!(refusal.code, UNAVAILABLE);
    switch.set(false);
    host.call("PutRecord", put()).await;
}

#[tokio::test]
async fn a_lost_answer_is_a_500_that_tells_nothing_and_is_settled_later() {
    let switch = Switch::default();
    let host = Host::unlimited().await.failing(switch.decide(Fate::LoseAnswer)).await;
    switch.set(true);
    host.refuses("CreateStream", create(), "InternalFailure", "").await;
    switch.set(false);
    let taken = host.refusal("CreateStream", create()).await;
    assert_eq!(taken.code, "ResourceInUseException");
    host.call("PutRecord", put()).await;
    let tag = |key: &str| json!({"StreamName": "a", "Tags": {key: "v"}});
    switch.set(true);
    host.refuses("AddTagsToStream", tag("one"), "InternalFailure", "").await;
    switch.set(false);
    // The change after it finds it made.
    host.call("AddTagsToStream", tag("two")).await;
    let tags = host.call("ListTagsForStream", json!({"StreamName": "a"})).await;
    assert_eq!(tags["Tags"].as_array().unwrap().len(), 2);
    switch.set(true);
    host.refuses("PutRecord", put(), "InternalFailure", "").await;
    let delete = json!({"StreamName": "a"});
    host.refuses("DeleteStream", delete.clone(), "InternalFailure", "").await;
    switch.set(false);
    host.service.sweep().await.unwrap();
    let gone = host.refusal("DeleteStream", delete).await;
    assert_eq!(gone.code, "ResourceNotFoundException");
    host.call("CreateStream", create()).await;
}

#[tokio::test]
async fn a_change_whose_caller_goes_away_happens_once() {
    for held in [Fate::HoldBefore, Fate::HoldAnswer] {
        let (switch, gate) = (Switch::default(), Gate::new());
        let host = Host::unlimited().await.failing(switch.decide(held(gate.clone()))).await;
        switch.set(true);
        let body = create().to_string();
        let caller = caller();
        let call = host.answer(&caller, "CreateStream", &body);
        tokio::select! {
            biased;
            answer = call => panic!("{answer:?}"),
            () = gate.reached(1) => (),
        }
        switch.set(false);
        host.service.sweep().await.unwrap();
        host.call("PutRecord", put()).await;
        let host = host.restart().await;
        let reply = host.call("ListStreams", json!({})).await;
        assert_eq!(reply["StreamNames"], json!(["a"]));
        host.call("PutRecord", put()).await;
    }
}

#[tokio::test]
async fn a_stream_deleted_under_a_call_is_not_found() {
    let (switch, gate) = (Switch::default(), Gate::new());
    let host = Host::unlimited().await;
    let host = host.failing(switch.decide(Fate::HoldBefore(gate.clone()))).await;
    host.call("CreateStream", create()).await;
    let iterator = host.iterator("a", "LATEST", json!({})).await;
    switch.set(true);
    let delete_in_between = async {
        gate.reached(1).await;
        switch.set(false);
        host.call("DeleteStream", json!({"StreamName": "a"})).await;
        gate.open();
    };
    let (refusal, ()) = tokio::join!(host.refusal("PutRecord", put()), delete_in_between);
    assert_eq!(refusal.code, "ResourceNotFoundException");
    let message = format!("Stream a under account {ACCOUNT} not found.");
    assert_eq!(refusal.message, message);
    let refusal = host.refusal("GetRecords", json!({"ShardIterator": iterator})).await;
    assert_eq!(refusal.code, "ResourceNotFoundException");
}

#[tokio::test]
async fn two_who_want_one_name_get_it_once() {
    let host = Host::unlimited().await;
    let (caller, body) = (caller(), create().to_string());
    let create = || host.answer(&caller, "CreateStream", &body);
    let (one, two) = tokio::join!(create(), create());
    assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1);
    let refusal = one.and(two).unwrap_err();
    assert_eq!(refusal.code, "ResourceInUseException");
    let iterator = host.iterator("a", "TRIM_HORIZON", json!({})).await;
    assert!(data(&host.get(&iterator).await).is_empty());
}
