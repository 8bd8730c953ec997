//! Durable before the answer, in order, once, over failures and restarts.

use std::sync::Arc;

use serde_json::json;
use storage::Memory;
use storage::faulty::{Call, Fate, Faulty, Gate};

use crate::support::{TENANT, World, caller, event, memory};

#[tokio::test]
async fn a_call_waits_until_its_event_is_durable() {
    let gate = Gate::new();
    let held = gate.clone();
    let store = Faulty::new(memory(), move |call| match call {
        Call::Commit(commit) if !commit.appends.is_empty() => Fate::HoldBefore(held.clone()),
        _ => Fate::Pass,
    });
    let world = World::on(Arc::new(store), stdx::ManualClock::at(crate::support::NOW)).await;
    world.start();
    let slot = world.trail.reserve().await.unwrap();
    let written = world.trail.write(event(&world.trail, &caller(TENANT), "CreateStream"), slot);
    let mut written = std::pin::pin!(written);
    tokio::select! {
        biased;
        done = &mut written => panic!("answered before the commit: {done:?}"),
        () = gate.reached(1) => {}
    }
    assert!(world.names(&caller(TENANT)).await.is_empty());
    gate.open();
    written.await.unwrap();
    assert_eq!(world.names(&caller(TENANT)).await, ["CreateStream"]);
    world.stop().await;
}

#[tokio::test]
async fn a_trail_that_cannot_be_written_says_so_and_forgets_nothing() {
    let fates = [Fate::Pass, Fate::FailBefore, Fate::FailBefore, Fate::LoseAnswer];
    let store = Arc::new(Faulty::commits(memory(), fates));
    let world = World::on(store, stdx::ManualClock::at(crate::support::NOW)).await;
    let tenant = caller(TENANT);
    let trail = &world.trail;
    // The producer's number is drawn, the event is not stored.
    let slot = trail.reserve().await.unwrap();
    let written = trail.write(event(trail, &tenant, "CreateStream"), slot);
    let (written, ()) = tokio::join!(written, trail.flush(false));
    assert!(written.is_err() && trail.is_stuck());
    assert!(trail.reserve().await.is_err());
    // What only looks goes on, and its event waits as well.
    let slot = trail.try_reserve().unwrap();
    trail.leave(event(trail, &tenant, "ListStreams"), slot);
    trail.flush(false).await;
    trail.flush(false).await;
    assert!(trail.is_stuck());
    // The answer of the commit before was lost: it is not done twice.
    trail.flush(false).await;
    assert!(!trail.is_stuck());
    assert_eq!(world.names(&tenant).await, ["CreateStream", "ListStreams"]);
    assert!(trail.reserve().await.is_ok());
    assert_eq!(world.metrics.audit.failures.get(), 3);
}

/// A store that lost data takes no writes until somebody accepts the loss: what only looks is answered all the same,
/// the second call as the first.
#[tokio::test]
async fn nobody_waits_behind_an_event_that_cannot_be_stored() {
    let fates = std::iter::repeat_n(Fate::FailBefore, 8);
    let store = Arc::new(Faulty::commits(memory(), fates));
    let world = World::on(store, stdx::ManualClock::at(crate::support::NOW)).await;
    let (trail, tenant) = (&world.trail, caller(TENANT));
    for name in ["ListStreams", "ListShards", "DescribeLimits"] {
        let slot = trail.try_reserve().unwrap();
        let written = trail.write(event(trail, &tenant, name), slot);
        let (written, ()) = tokio::join!(written, trail.flush(false));
        assert!(written.is_err(), "{name}");
    }
}

#[tokio::test]
async fn numbers_run_on_over_restarts() {
    let mut store = memory();
    let clock = stdx::ManualClock::at(crate::support::NOW);
    for life in 1..=4 {
        let world = World::on(Arc::clone(&store) as _, clock.clone()).await;
        for tenant in [TENANT, TENANT + 1] {
            for name in ["CreateStream", "DeleteStream"].iter().take(if life == 3 { 0 } else { 2 })
            {
                world.record(&caller(tenant), name).await;
            }
        }
        let checked = identity::trail::check(&*store).await.unwrap();
        assert_eq!(checked.findings, [""; 0]);
        store = Arc::new(Memory::reopen(&store, 0));
    }
    let world = World::on(store, clock).await;
    let all = world.events(&caller(TENANT), json!({})).await.unwrap();
    let numbers: Vec<u64> =
        all["Events"].as_array().unwrap().iter().map(|it| it["Number"].as_u64().unwrap()).collect();
    // The last is that of reading them.
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(world.names(&caller(TENANT)).await.len(), 7);
}

#[tokio::test]
async fn calls_beyond_the_slots_wait_and_are_not_dropped() {
    let world = World::new().await;
    let tenant = caller(TENANT);
    let mut count = 0;
    while let Some(slot) = world.trail.try_reserve() {
        world.trail.leave(event(&world.trail, &tenant, "CreateStream"), slot);
        count += 1;
    }
    assert_eq!(count, 512);
    let reserve = world.trail.reserve();
    let (slot, ()) = tokio::join!(reserve, world.trail.flush(false));
    drop(slot.unwrap());
    // What had no room for another reason is counted, and told.
    world.trail.lose(identity::trail::Owner::Account(tenant.account));
    world.trail.lose(identity::trail::Owner::Account(tenant.account));
    world.trail.flush(false).await;
    let found = world.lookup(&tenant, json!({ "MaxResults": 1 })).await.unwrap();
    assert_eq!(found["Events"][0]["EventName"], "EventsDropped");
    let told = found["Events"][0]["CloudTrailEvent"].as_str().unwrap();
    assert!(told.contains(r#""serviceEventDetails":{"count":2}"#), "{told}");
    let checked = identity::trail::check(&*world.store).await.unwrap();
    assert_eq!((checked.events, checked.findings.len()), (513, 0));
}
