//! What subscriptions are told.

use serde_json::{Value, json};
use storage::faulty::{Call, Fate};
use wire::protocol::Protocol;

use super::support::{Next, continuation, horizon, latest, number};
use crate::support::{Host, data};

async fn host() -> (Host, String) {
    let host = Host::unlimited().await;
    host.create("quakes", 1).await;
    let consumer = host.register("quakes", "app").await;
    (host, consumer)
}

#[tokio::test(start_paused = true)]
async fn records_come_as_soon_as_they_are_durable() {
    for protocol in [Protocol::AwsJson11, Protocol::AwsCbor11] {
        let (host, consumer) = host().await;
        let host = host.speaking(protocol);
        host.put("quakes", "k", b"before").await;
        let mut events = host.subscribe(&consumer, latest()).await;
        let first = events.event().await;
        assert_eq!((data(&first), &first["MillisBehindLatest"]), (vec![], &json!(0)));
        events.is_silent().await;
        let given = host.put("quakes", "k", b"one").await;
        let event = events.event().await;
        assert_eq!(data(&event), [b"one"]);
        let record = &event["Records"][0];
        assert_eq!(
            (&record["SequenceNumber"], &record["PartitionKey"]),
            (&json!(given), &json!("k"))
        );
        assert!(continuation(&event) > given);
        host.clock.advance(4999);
        events.is_silent().await;
        host.clock.advance(1);
        let beat = events.event().await;
        assert_eq!(
            beat,
            json!({"Records": [], "MillisBehindLatest": 0,
                                "ContinuationSequenceNumber": continuation(&event)})
        );
    }
}

#[tokio::test(start_paused = true)]
async fn every_place_to_start_is_where_it_says() {
    let (host, consumer) = host().await;
    let mut numbers = Vec::new();
    for text in ["a", "b", "c"] {
        numbers.push(host.put("quakes", "k", text.as_bytes()).await);
        host.clock.advance(1000);
    }
    let at = json!({"Type": "AT_TIMESTAMP", "Timestamp": (host.now().0 - 1500) as f64 / 1000.0});
    for (start, expected) in [
        (horizon(), &["a", "b", "c"][..]),
        (latest(), &[]),
        (number("AT_SEQUENCE_NUMBER", &numbers[1]), &["b", "c"]),
        (number("AFTER_SEQUENCE_NUMBER", &numbers[1]), &["c"]),
        (at, &["c"]),
    ] {
        host.clock.advance(5000);
        let mut events = host.subscribe(&consumer, start.clone()).await;
        let event = events.event().await;
        let expected: Vec<Vec<u8>> = expected.iter().map(|it| it.as_bytes().to_vec()).collect();
        assert_eq!(data(&event), expected, "{start}");
    }
    let code = async |start: Value| {
        host.clock.advance(5000);
        let more = json!({"StartingPosition": start});
        host.try_subscribe(&consumer, more).await.err().unwrap().code
    };
    for start in [
        json!({"Type": "AT_SEQUENCE_NUMBER"}),
        json!({"Type": "LATEST", "SequenceNumber": numbers[0]}),
        json!({"Type": "AT_SEQUENCE_NUMBER", "SequenceNumber": "5"}),
        json!({"Type": "AT_TIMESTAMP"}),
    ] {
        assert_eq!(code(start.clone()).await, "InvalidArgumentException", "{start}");
    }
    assert_eq!(code(json!({"Type": "SOMEWHERE"})).await, "ValidationException");
}

#[tokio::test(start_paused = true)]
async fn whoever_goes_on_at_or_after_a_continuation_misses_nothing_and_gets_nothing_twice() {
    let (mut host, consumer) = host().await;
    let mut from = vec![continuation(&host.subscribe(&consumer, latest()).await.event().await)];
    host.clock.advance(5000);
    from.push(continuation(&host.subscribe(&consumer, horizon()).await.event().await));
    let mut put = Vec::new();
    for round in 0..4u8 {
        for kind in ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"] {
            for (at, from) in from.iter().enumerate() {
                host.clock.advance(5000);
                let mut events = host.subscribe(&consumer, number(kind, from)).await;
                let got = data(&events.event().await);
                let missed = put.len() - at.saturating_sub(1).min(put.len());
                let missed = if at == 0 { put.len() } else { missed };
                assert_eq!(got, put[put.len() - missed..], "{kind} {at} {round}");
            }
        }
        host.put("quakes", "k", &[round]).await;
        put.push(vec![round]);
        host.clock.advance(5000);
        let last = number("AFTER_SEQUENCE_NUMBER", from.last().unwrap());
        let event = host.subscribe(&consumer, last).await.event().await;
        assert_eq!(data(&event), [[round]]);
        from.push(continuation(&event));
        // A start raises the term, and nobody is subscribed after it.
        host.clock.advance(5000);
        host = host.restart().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_consumer_gets_two_mebibytes_a_second_and_signs_of_life() {
    let host = Host::new().await;
    let input = json!({"StreamName": "quakes", "ShardCount": 1, "MaxRecordSizeInKiB": 10240});
    host.call("CreateStream", input).await;
    let consumer = host.register("quakes", "app").await;
    host.put("quakes", "k", &vec![0; 10 * 1024 * 1024 - 1]).await;
    host.clock.advance(20_000);
    host.put("quakes", "k", b"small").await;
    let mut events = host.subscribe(&consumer, horizon()).await;
    let large = events.event().await;
    assert_eq!(data(&large)[0].len(), 10 * 1024 * 1024 - 1);
    assert_ne!(large["MillisBehindLatest"], json!(0));
    // Ten mebibytes are paid for in five seconds, of which one had been saved.
    host.clock.advance(3990);
    events.is_silent().await;
    host.clock.advance(20);
    assert_eq!(data(&events.event().await), [b"small"]);
}

#[tokio::test(start_paused = true)]
async fn events_are_bounded_and_what_is_at_the_end_is_read_once_for_all() {
    let (host, _) = host().await;
    for _ in 0..3 {
        host.put("quakes", "k", &vec![0; 300 * 1024]).await;
    }
    let mut all = Vec::new();
    for number in 0..5 {
        let consumer = host.register("quakes", &format!("app-{number}")).await;
        let mut events = host.subscribe(&consumer, horizon()).await;
        for _ in 0..3 {
            assert_eq!(data(&events.event().await).len(), 1);
        }
        all.push(events);
    }
    let shared = || host.metrics.subscriptions.events_shared.get();
    assert_eq!(shared(), 0);
    host.put("quakes", "k", b"one").await;
    for events in &mut all {
        assert_eq!(data(&events.event().await), [b"one"]);
    }
    assert_eq!(shared(), 4);
    assert_eq!(host.metrics.subscriptions.open.get(), 5);
    drop(all);
    assert_eq!(host.metrics.subscriptions.open.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_expires_is_passed_over() {
    let (host, consumer) = host().await;
    host.put("quakes", "k", b"old").await;
    host.clock.advance(25 * 3_600_000);
    host.service.accept_time();
    let mut events = host.subscribe(&consumer, horizon()).await;
    let event = events.event().await;
    assert_eq!((data(&event), &event["MillisBehindLatest"]), (vec![], &json!(0)));
    host.put("quakes", "k", b"new").await;
    assert_eq!(data(&events.event().await), [b"new"]);
    events.is_silent().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_read_ends_the_stream_with_our_failure() {
    let (host, consumer) = host().await;
    host.put("quakes", "k", b"one").await;
    let host = host
        .failing(|call| match call {
            Call::Read(_) => Fate::FailBefore,
            _ => Fate::Pass,
        })
        .await;
    let mut events = host.subscribe(&consumer, horizon()).await;
    let Next::Exception(kind, _) = events.next().await else {
        panic!("the store cannot be read");
    };
    assert_eq!(kind, "InternalFailureException");
    assert_eq!(events.next().await, Next::End);
}
