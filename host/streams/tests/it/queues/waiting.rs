//! Who waits is woken by what comes, in turn.

use std::time::Duration;

use serde_json::{Value, json};
use stdx::Tasks;
use tokio::time::Instant;

use super::place::{Place, keys, pass};

fn waiting(place: &Place, seconds: u64) -> impl Future<Output = Vec<Value>> + '_ {
    place.receive(json!({"WaitTimeSeconds": seconds}))
}

async fn elapsed<T>(what: impl Future<Output = T>) -> (T, Duration) {
    let start = Instant::now();
    let came = what.await;
    (came, start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_receive_that_finds_nothing_waits_as_long_as_it_says() {
    let place = Place::with_queue(json!({})).await;
    let (came, took) = elapsed(waiting(&place, 20)).await;
    assert!(came.is_empty());
    assert_eq!(took.as_secs(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_put_wakes_the_one_who_waits() {
    let place = Place::with_queue(json!({})).await;
    let later = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        place.put("a").await;
    };
    let ((came, took), ()) = tokio::join!(elapsed(waiting(&place, 20)), later);
    assert_eq!(keys(&came), ["a"]);
    assert_eq!(took.as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_time_out_and_a_giving_back_wake_the_one_who_waits() {
    let place = Place::with_queue(json!({})).await;
    place.put("a").await;
    place.receive(json!({"VisibilityTimeoutSeconds": 7})).await;
    let (came, took) = elapsed(waiting(&place, 20)).await;
    assert_eq!((keys(&came), took.as_secs()), (vec!["a".to_owned()], 7));
    let give_back = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let operation = "UpdateQueueRecordsVisibility";
        place.settle_with(operation, &came, json!({"VisibilityTimeoutSeconds": 0})).await;
    };
    let ((again, took), ()) = tokio::join!(elapsed(waiting(&place, 20)), give_back);
    assert_eq!((keys(&again), took.as_secs()), (vec!["a".to_owned()], 2));
}

#[tokio::test(start_paused = true)]
async fn a_time_out_that_is_shortened_wakes_the_one_who_waits() {
    let place = Place::with_queue(json!({})).await;
    place.put("a").await;
    let out = place.receive(json!({"VisibilityTimeoutSeconds": 1000})).await;
    let shorten = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let operation = "UpdateQueueRecordsVisibility";
        place.settle_with(operation, &out, json!({"VisibilityTimeoutSeconds": 3})).await;
    };
    let ((again, took), ()) = tokio::join!(elapsed(waiting(&place, 20)), shorten);
    assert_eq!((keys(&again), took.as_secs()), (vec!["a".to_owned()], 5));
}

#[tokio::test(start_paused = true)]
async fn a_record_that_dies_and_one_that_is_restored_wake_those_who_wait() {
    let dead = json!({"DeadLetterConfiguration": {"TargetType": "BUILT_IN", "MaxReceiveCount": 1}});
    let place = Place::with_queue(dead).await;
    place.put("a").await;
    place.receive(json!({"VisibilityTimeoutSeconds": 4})).await;
    let start = Instant::now();
    let input = json!({"QueueARN": place.queue, "WaitTimeSeconds": 20});
    let reply = place.call("ReceiveDeadLetterQueueRecords", input).await;
    let dead = reply["QueueRecords"].as_array().unwrap();
    assert_eq!((dead.len(), start.elapsed().as_secs()), (1, 4));
    let restore = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        place.settle("RestoreDeadLetterQueueRecords", dead).await;
    };
    let ((again, took), ()) = tokio::join!(elapsed(waiting(&place, 20)), restore);
    assert_eq!((keys(&again), took.as_secs()), (vec!["a".to_owned()], 2));
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_are_served_in_turn() {
    let place = Place::with_queue(json!({})).await;
    let puts = async {
        for number in 0..3 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            place.put(&format!("{number}")).await;
        }
    };
    let waits =
        async { tokio::join!(waiting(&place, 20), waiting(&place, 20), waiting(&place, 20)) };
    let ((one, two, three), ()) = tokio::join!(waits, puts);
    assert_eq!([keys(&one), keys(&two), keys(&three)], [["0"], ["1"], ["2"]]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_away_loses_nothing() {
    let place = Place::with_queue(json!({})).await;
    {
        let mut gone = std::pin::pin!(waiting(&place, 20));
        let given_up = tokio::time::timeout(Duration::from_secs(1), &mut gone).await;
        assert!(given_up.is_err());
    }
    place.put("a").await;
    assert_eq!(keys(&place.receive(json!({})).await), ["a"]);
    pass(0).await;
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_on_a_queue_that_is_deleted_are_told() {
    let place = Place::with_queue(json!({})).await;
    let delete = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        place.call("DeleteQueue", json!({"QueueARN": place.queue})).await;
    };
    let input = || json!({"QueueARN": place.queue, "WaitTimeSeconds": 20});
    let (one, two, ()) = tokio::join!(
        place.refusal("ReceiveQueueRecords", input()),
        place.refusal("ReceiveQueueRecords", input()),
        delete
    );
    assert_eq!([one, two], ["ResourceNotFoundException", "ResourceNotFoundException"]);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_while_the_program_ends() {
    let place = Place::with_queue(json!({})).await;
    let tasks = Tasks::new();
    place.service.start(&tasks, &tasks);
    let stop = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        tasks.stop();
    };
    let all =
        async { tokio::join!(waiting(&place, 20), waiting(&place, 20), place.receive_dead()) };
    let ((came, took), ()) = tokio::join!(elapsed(all), stop);
    assert!(came.0.is_empty() && came.1.is_empty() && came.2.is_empty());
    assert_eq!(took.as_secs(), 2);
    tasks.drained().await;
}
