//! A trail of which something is missing or altered is found out.

use bytes::Bytes;
use domain::Millis;
use identity::trail::check;
use storage::{Append, Commit, Expect, FactWrite, LogId, Position, RecordsBuilder, Scope};

use crate::support::{TENANT, World, caller};

const SCOPE: Scope = Scope("trail", 0);
const KEY: &[u8] = b"l222222222222";

async fn world() -> (World, LogId) {
    let world = World::new().await;
    for _ in 0..5 {
        world.record(&caller(TENANT), "CreateStream").await;
    }
    let fact = world.store.get(&SCOPE, KEY).await.unwrap().unwrap();
    let log = u64::from_le_bytes(fact.value[1..9].try_into().unwrap());
    (world, LogId(log))
}

async fn findings(world: &World) -> Vec<String> {
    check(&*world.store).await.unwrap().findings
}

async fn append(world: &World, log: LogId, data: &[u8]) {
    let mut records = RecordsBuilder::default();
    records.push(b"", data);
    let mut commit = Commit::new(0, SCOPE);
    commit.appends.push(Append { log, records: records.finish(), arrival: Millis(0) });
    world.store.commit(commit).await.unwrap();
}

#[tokio::test]
async fn a_whole_trail_has_no_findings() {
    let (world, log) = world().await;
    let checked = check(&*world.store).await.unwrap();
    assert_eq!((checked.trails, checked.events), (1, 5));
    assert!(checked.findings.is_empty());
    // What was given up at the front is not missing.
    let first = world.store.read(
        log,
        Position::START,
        storage::ReadLimits { tenant: 0, records: 9, bytes: 9999 },
    );
    let place = first.await.unwrap().records().nth(2).unwrap().0;
    world.store.trim(log, place).await.unwrap();
    assert!(findings(&world).await.is_empty());
}

#[tokio::test]
async fn a_missing_end_is_found() {
    let (world, _) = world().await;
    let fact = world.store.get(&SCOPE, KEY).await.unwrap().unwrap();
    let mut value = fact.value.to_vec();
    value[9] = 8;
    let mut commit = Commit::new(0, SCOPE);
    let (key, value) = (Bytes::from_static(KEY), Some(value.into()));
    commit.facts.push(FactWrite { key, value, expect: Expect::Anything });
    world.store.commit(commit).await.unwrap();
    let expected = ["trail of 222222222222: events 5 to 7 are missing at the end"];
    assert_eq!(findings(&world).await, expected);
}

#[tokio::test]
async fn gaps_and_strange_records_are_found() {
    let (world, log) = world().await;
    let numbered = |number: u64, text: &str| {
        [&[1][..], &number.to_le_bytes(), &[0; 8], text.as_bytes()].concat()
    };
    append(&world, log, &numbered(7, "{}")).await;
    append(&world, log, &numbered(3, "{}")).await;
    append(&world, log, b"\x09").await;
    append(&world, log, &numbered(4, "no JSON")).await;
    let found = findings(&world).await.join("\n");
    for told in [
        "events 5 to 6 are missing",
        "event 3 at 1:6 stands after 7",
        "the event at 1:7 is unreadable: it has no version that is known",
        "event 4 at 1:8 is not JSON",
    ] {
        assert!(found.contains(told), "{told}\n{found}");
    }
}
