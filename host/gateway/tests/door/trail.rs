//! What the door records, and what it does when it cannot.

use std::sync::Arc;

use identity::trail::Owner;
use serde_json::Value;
use storage::faulty::{Call, Fate, Faulty, Gate};
use storage::{Log as _, Memory, Meta as _, Position, ReadLimits, Scope, Term};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::client::{Ask, send1, send2};
use crate::server::{Server, trail_on};
use crate::things;

/// The events of the owner of `key`, as they lie in the store.
async fn events(store: &Memory, owner: &str) -> Vec<Value> {
    let key = format!("l{owner}");
    let Some(fact) = store.get(&Scope("trail", 0), key.as_bytes()).await.unwrap() else {
        return Vec::new();
    };
    let log = storage::LogId(u64::from_le_bytes(fact.value[1..9].try_into().unwrap()));
    let limits = ReadLimits { tenant: 0, records: 1000, bytes: 1 << 20 };
    let chunk = store.read(log, Position::START, limits).await.unwrap();
    chunk.records().map(|(_, it)| serde_json::from_slice(&it.data[17..]).unwrap()).collect()
}

fn words<'a>(events: &'a [Value], member: &str) -> Vec<&'a str> {
    events.iter().map(|event| event[member].as_str().unwrap_or("")).collect()
}

const DEV: &str = "000000000000";

#[tokio::test]
async fn calls_and_refusals_are_events() {
    let store = Arc::new(Memory::new(Term(1)));
    let tasks = stdx::Tasks::new();
    let trail = trail_on(Arc::clone(&store) as _, &tasks).await;
    let server = things::start_with(|door| door.trail = Arc::clone(&trail)).await;
    assert_eq!(send1(&server, &Ask::to("Echo")).await.status, 200);
    assert_eq!(send2(&server, &Ask::to("Panic")).await.status, 500);
    let unread = Ask { body: "{".into(), ..Ask::to("Echo") };
    assert_eq!(send1(&server, &unread).await.status, 400);
    let seen = events(&store, DEV).await;
    assert_eq!(words(&seen, "eventName"), ["Echo", "Panic", "Echo"]);
    assert_eq!(words(&seen, "errorCode"), ["", "InternalFailure", "SerializationException"]);
    assert_eq!(seen[0]["sourceIPAddress"], "127.0.0.1");
    assert_eq!(seen[0]["resources"][0]["type"], "AWS::Kinesis::Stream");
    // What does not hold is of strangers, and comes a moment later.
    for ask in [
        Ask { secret: "wrong", ..Ask::to("Echo") },
        Ask { key: "nobody", ..Ask::to("Echo") },
        Ask { service: "lambda", ..Ask::to("Echo") },
        Ask { now_ms: 0, ..Ask::to("Echo") },
        Ask::to("NoSuchThing"),
    ] {
        assert_eq!(send1(&server, &ask).await.status, 400);
    }
    trail.flush(true).await;
    let seen = events(&store, "strangers").await;
    // Two differ in nothing but the text of the refusal.
    assert_eq!(seen.len(), 4, "{seen:#?}");
    assert!(seen.iter().any(|event| event["additionalEventData"]["count"] == 2));
    let mut codes = words(&seen, "errorCode");
    codes.sort_unstable();
    let bad = "InvalidSignatureException";
    assert_eq!(codes, [bad, bad, "UnknownOperationException", "UnrecognizedClientException"]);
    assert!(seen.iter().all(|event| event["userIdentity"]["type"] == "Unknown"));
    assert!(words(&seen, "eventName").contains(&"NoSuchThing"));
    assert_eq!(events(&store, DEV).await.len(), 3);
}

#[tokio::test]
async fn nothing_is_answered_before_its_event_is_durable() {
    let (gate, inner) = (Gate::new(), Arc::new(Memory::new(Term(1))));
    let held = gate.clone();
    let store = Faulty::new(Arc::clone(&inner), move |call| match call {
        Call::Commit(commit) if !commit.appends.is_empty() => Fate::HoldBefore(held.clone()),
        _ => Fate::Pass,
    });
    let tasks = stdx::Tasks::new();
    let trail = trail_on(Arc::new(store), &tasks).await;
    let server = Server::with(|door| door.trail = trail).await;
    let (ask, is_open) = (Ask::to("Echo"), std::sync::atomic::AtomicBool::new(false));
    let (got, ()) = tokio::join!(
        async {
            let got = send1(&server, &ask).await;
            assert!(is_open.load(std::sync::atomic::Ordering::SeqCst), "answered too early");
            got
        },
        async {
            gate.reached(1).await;
            is_open.store(true, std::sync::atomic::Ordering::SeqCst);
            gate.open();
        }
    );
    assert_eq!(got.status, 200);
    assert_eq!(events(&inner, DEV).await.len(), 1);
}

#[tokio::test]
async fn what_changes_something_is_refused_while_it_cannot_be_recorded() {
    let inner = Arc::new(Memory::new(Term(1)));
    let full = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let is_full = Arc::clone(&full);
    let store = Faulty::new(Arc::clone(&inner), move |call| match call {
        Call::Commit(_) if is_full.load(std::sync::atomic::Ordering::SeqCst) => Fate::FailBefore,
        _ => Fate::Pass,
    });
    let tasks = stdx::Tasks::new();
    let trail = trail_on(Arc::new(store), &tasks).await;
    let server = Server::with(|door| door.trail = Arc::clone(&trail)).await;
    // It was done, but its event is not there: nobody may rely on it.
    assert_eq!(send1(&server, &Ask::to("Echo")).await.status, 500);
    let got = send1(&server, &Ask::to("Echo")).await;
    assert_eq!(got.status, 503, "{}", got.text());
    assert!(got.text().contains("audit trail"), "{}", got.text());
    full.store(false, std::sync::atomic::Ordering::SeqCst);
    trail.flush(true).await;
    assert_eq!(send1(&server, &Ask::to("Echo")).await.status, 200);
    trail.flush(true).await;
    let seen = events(&inner, DEV).await;
    let mut names = words(&seen, "eventName");
    names.sort_unstable();
    // The one that was done, the one of the end, and that one had no room.
    assert_eq!(names, ["Echo", "Echo", "EventsDropped"], "{seen:#?}");
    assert_eq!(Owner::Strangers.to_string(), "strangers");
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_its_event() {
    let store = Arc::new(Memory::new(Term(1)));
    let tasks = stdx::Tasks::new();
    let trail = trail_on(Arc::clone(&store) as _, &tasks).await;
    let server = Server::with(|door| door.trail = Arc::clone(&trail)).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(&Ask::to("Wait").bytes(&server)).await.unwrap();
    server.service.arrival().await;
    drop(stream);
    server.tasks.stop();
    server.tasks.drained().await;
    tasks.stop();
    tasks.drained().await;
    let seen = events(&store, DEV).await;
    assert_eq!(words(&seen, "errorCode"), ["ClientDisconnected"], "{seen:#?}");
}
