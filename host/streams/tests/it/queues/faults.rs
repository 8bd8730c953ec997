//! What becomes of queues when the store fails, and when callers go away in the middle.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use storage::faulty::{Call, Fate, Gate};

use super::place::{Place, create, keys, pass};

const FATES: [fn() -> Fate; 2] = [|| Fate::FailBefore, || Fate::LoseAnswer];

#[tokio::test(start_paused = true)]
async fn a_receive_that_is_not_written_gives_nothing_out_and_counts_nothing() {
    for fate in FATES {
        let place = Place::with_queue(json!({})).await;
        place.put_many(3).await;
        let input = json!({"QueueARN": place.queue, "WaitTimeSeconds": 1});
        place.fail_commits(fate());
        for _ in 0..10 {
            place.refusal("ReceiveQueueRecords", input.clone()).await;
        }
        place.heal();
        let mut received = Vec::new();
        while received.len() < 3 {
            received.extend(place.receive(json!({})).await);
        }
        for record in &received {
            assert_eq!(record["ReceiveCount"], 1);
        }
        place.acknowledge(&received).await;
        let place = place.restart().await;
        pass(100).await;
        assert!(place.receive(json!({})).await.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_that_is_not_written_is_none() {
    for fate in FATES {
        let place = Place::with_queue(json!({})).await;
        place.put("a").await;
        let received = place.receive(json!({})).await;
        place.fail_commits(fate());
        let refused = place.refusal("AcknowledgeQueueRecords", place.entries(&received, json!({})));
        let code = refused.await;
        assert!(["ServiceUnavailable", "InternalFailure"].contains(&&*code), "{code}");
        place.heal();
        place.acknowledge(&received).await;
        let place = place.restart().await;
        pass(100).await;
        assert!(place.receive(json!({})).await.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_after_an_acknowledgement_that_failed_delivers_again_or_not_but_loses_no_other() {
    for fate in FATES {
        let place = Place::with_queue(json!({})).await;
        place.put_many(2).await;
        let mut received = Vec::new();
        while received.len() < 2 {
            received.extend(place.receive(json!({})).await);
        }
        place.fail_commits(fate());
        let input = place.entries(&received[..1], json!({}));
        place.refusal("AcknowledgeQueueRecords", input).await;
        let place = place.restart().await;
        pass(100).await;
        let mut again = Vec::new();
        loop {
            let more = place.receive(json!({})).await;
            if more.is_empty() {
                break;
            }
            again.extend(keys(&more));
        }
        let other = keys(&received[1..]).remove(0);
        assert!(again.contains(&other), "{again:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn changes_of_visibility_and_restores_that_fail_can_be_tried_again() {
    for fate in FATES {
        let dead =
            json!({"DeadLetterConfiguration": {"TargetType": "BUILT_IN", "MaxReceiveCount": 1}});
        let place = Place::with_queue(dead).await;
        place.put("a").await;
        let received = place.receive(json!({"VisibilityTimeoutSeconds": 5})).await;
        place.fail_commits(fate());
        let input = place.entries(&received, json!({"VisibilityTimeoutSeconds": 0}));
        place.refusal("UpdateQueueRecordsVisibility", input.clone()).await;
        place.heal();
        place.call("UpdateQueueRecordsVisibility", input).await;
        let dead = place.receive_dead().await;
        place.fail_commits(fate());
        let input = place.entries(&dead, json!({}));
        place.refusal("RestoreDeadLetterQueueRecords", input.clone()).await;
        place.heal();
        let reply = place.call("RestoreDeadLetterQueueRecords", input).await;
        assert_eq!(reply["Successful"].as_array().unwrap().len(), 1, "{reply}");
        let place = place.restart().await;
        assert_eq!(keys(&place.receive(json!({})).await), ["a"]);
    }
}

/// While a commit is under way, two calls change one record. The commit of the first fails; the second is told that it
/// is done, and after a restart and so many seconds this many records are left.
async fn the_second_of_two_is_written(second: &str, more: Value, seconds: u64, expected: usize) {
    let place = Place::with_queue(json!({})).await;
    place.put_many(2).await;
    let mut received = Vec::new();
    while received.len() < 2 {
        received.extend(place.receive(json!({})).await);
    }
    let (gate, made) = (Gate::new(), AtomicUsize::new(0));
    let held = gate.clone();
    place.fail(move |call| match call {
        Call::Commit(_) => match made.fetch_add(1, Ordering::Relaxed) {
            0 => Fate::HoldBefore(held.clone()),
            1 => Fate::FailBefore,
            _ => Fate::Pass,
        },
        _ => Fate::Pass,
    });
    let (other, one) = received.split_at(1);
    let hide = place.entries(one, json!({"VisibilityTimeoutSeconds": 20}));
    let open = async {
        gate.reached(1).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        gate.open();
    };
    let ((), refused, done, ()) = tokio::join!(
        place.acknowledge(other),
        place.refusal("UpdateQueueRecordsVisibility", hide),
        place.settle_with(second, one, more),
        open,
    );
    assert_eq!((refused.as_str(), done), ("ServiceUnavailable", vec![None]));
    let place = place.restart().await;
    pass(seconds).await;
    assert_eq!(place.receive(json!({})).await.len(), expected, "{second}");
}

#[tokio::test(start_paused = true)]
async fn a_change_that_fails_takes_back_none_that_was_made_after_it() {
    the_second_of_two_is_written("AcknowledgeQueueRecords", json!({}), 100, 0).await;
    let longer = json!({"VisibilityTimeoutSeconds": 600});
    the_second_of_two_is_written("UpdateQueueRecordsVisibility", longer.clone(), 500, 0).await;
    the_second_of_two_is_written("UpdateQueueRecordsVisibility", longer, 700, 1).await;
}

/// A receipt may stand in a call twice, and other calls see the record as it was at first.
#[tokio::test(start_paused = true)]
async fn a_call_that_changes_a_record_twice_and_fails_leaves_it_as_it_was() {
    let place = Place::with_queue(json!({})).await;
    place.put("a").await;
    let received = place.receive(json!({"VisibilityTimeoutSeconds": 5})).await;
    let twice = [received.clone(), received].concat();
    place.fail_commits(Fate::FailBefore);
    let hide = place.entries(&twice, json!({"VisibilityTimeoutSeconds": 600}));
    assert_eq!(place.refusal("UpdateQueueRecordsVisibility", hide).await, "ServiceUnavailable");
    place.heal();
    pass(10).await;
    assert_eq!(keys(&place.receive(json!({})).await), ["a"]);
}

/// Every commit fails once, in every way, with a restart in between: nothing that was acknowledged comes again,
/// everything else does.
#[tokio::test(start_paused = true)]
async fn whichever_commit_fails_nothing_is_lost_and_nothing_acknowledged_comes_again() {
    for fate in FATES {
        for failing in 0..12 {
            one_commit_fails(fate(), failing, failing % 2 == 0).await;
        }
    }
}

async fn one_commit_fails(fate: Fate, failing: usize, restarts: bool) {
    let mut place = Place::with_queue(json!({})).await;
    place.put_many(12).await;
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    place.fail(move |call| match call {
        Call::Commit(_) if count.fetch_add(1, Ordering::Relaxed) == failing => fate.clone(),
        _ => Fate::Pass,
    });
    let (mut acknowledged, mut rounds) = (Vec::new(), 0);
    while acknowledged.len() < 12 {
        rounds += 1;
        assert!(rounds < 60, "{acknowledged:?}");
        pass(40).await;
        let input = json!({"QueueARN": place.queue, "WaitTimeSeconds": 1, "Limit": 3});
        let Ok(reply) = place.answer("ReceiveQueueRecords", input).await else { continue };
        let records = reply["QueueRecords"].as_array().unwrap();
        for record in records {
            let key = keys(std::slice::from_ref(record)).remove(0);
            assert!(!acknowledged.contains(&key), "{key} came again");
        }
        if records.is_empty() {
            continue;
        }
        if let Ok(reply) =
            place.answer("AcknowledgeQueueRecords", place.entries(records, json!({}))).await
        {
            let done = reply["Successful"].as_array().unwrap();
            assert_eq!(done.len(), records.len(), "{reply}");
            acknowledged.extend(keys(records));
        } else if restarts {
            place = place.restart().await;
            // What is in doubt may be acknowledged: what comes again is the rest.
            let mut left = left(&place).await;
            left.extend(acknowledged);
            let known = keys(records);
            let all = left.len() + known.iter().filter(|it| !left.contains(it)).count();
            assert_eq!(all, 12);
            return;
        }
    }
    assert!(left(&place).await.is_empty());
}

async fn left(place: &Place) -> Vec<String> {
    pass(100).await;
    let mut left = Vec::new();
    loop {
        let more = place.receive(json!({})).await;
        if more.is_empty() {
            return left;
        }
        left.extend(keys(&more));
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_away_while_it_is_written_stops_nobody() {
    for held in [Fate::HoldBefore, Fate::HoldAnswer] {
        let place = Place::with_queue(json!({})).await;
        place.put_many(2).await;
        let received = place.receive(json!({"Limit": 1})).await;
        let gate = Gate::new();
        place.fail_commits(held(gate.clone()));
        let going = place.answer("AcknowledgeQueueRecords", place.entries(&received, json!({})));
        tokio::select! {
            biased;
            answer = going => panic!("{answer:?}"),
            () = gate.reached(1) => (),
        }
        place.heal();
        let mut rest = Vec::new();
        while rest.is_empty() {
            rest = place.receive(json!({})).await;
        }
        place.acknowledge(&rest).await;
        let place = place.restart().await;
        assert!(left(&place).await.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_made_while_its_stream_goes_is_not_left_behind() {
    let place = Place::new().await;
    let gate = Gate::new();
    place.fail_commits(Fate::HoldBefore(gate.clone()));
    let in_between = async {
        gate.reached(1).await;
        place.heal();
        let made = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            gate.open();
        };
        let (refused, ()) = tokio::join!(place.refusal("CreateQueue", create("q", "LATEST")), made);
        assert_eq!(refused, "ResourceNotFoundException");
    };
    let delete = json!({"StreamName": "s"});
    let (_, ()): (Value, ()) = tokio::join!(place.call("DeleteStream", delete), in_between);
    assert!(place.service.queues().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stream_does_not_go_while_a_queue_is_made_on_it() {
    let place = Place::new().await;
    let gate = Gate::new();
    place.fail_commits(Fate::HoldBefore(gate.clone()));
    let in_between = async {
        gate.reached(1).await;
        place.heal();
        let refused = place.refusal("DeleteStream", json!({"StreamName": "s"})).await;
        assert_eq!(refused, "ResourceInUseException");
        gate.open();
    };
    let (_, ()) = tokio::join!(place.call("CreateQueue", create("q", "LATEST")), in_between);
}

fn dead_after(place: &Place, receives: u32) -> Value {
    let dead = json!({"TargetType": "BUILT_IN", "MaxReceiveCount": receives});
    json!({"QueueARN": place.queue, "QueueAttributes": {"DeadLetterConfiguration": dead}})
}

#[tokio::test(start_paused = true)]
async fn a_change_while_the_queue_is_read_for_the_first_time_holds() {
    let place = Place::with_queue(json!({})).await;
    place.put("a").await;
    let gate = Gate::new();
    let held = gate.clone();
    place.fail(move |call| match call {
        Call::Scan(scope, _) if scope.0 == "queue" => Fate::HoldBefore(held.clone()),
        _ => Fate::Pass,
    });
    let change = async {
        gate.reached(1).await;
        place.call("UpdateQueue", dead_after(&place, 1)).await;
        gate.open();
    };
    let (received, ()) = tokio::join!(place.receive(json!({})), change);
    assert_eq!(received.len(), 1);
    pass(100).await;
    assert_eq!(keys(&place.receive_dead().await), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn a_change_of_which_nobody_heard_that_it_was_written_holds_after_a_sweep() {
    let place = Place::with_queue(json!({})).await;
    place.put("a").await;
    assert_eq!(place.receive(json!({})).await.len(), 1);
    place.fail_commits(Fate::LoseAnswer);
    place.refusal("UpdateQueue", dead_after(&place, 1)).await;
    place.heal();
    place.service.sweep().await.unwrap();
    pass(100).await;
    assert_eq!(keys(&place.receive_dead().await), ["a"]);
}
