//! Streams whose shards change while they are consumed or emitted to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use consumer::Settings;
use domain::{HashKey, ShardId};
use storage::faulty::{Call, Fate, Gate};
use storage::{Commit, Scope};
use streams::Stream;

use crate::support::{HOUR, Host, Script, numbers, pass, until};

const MIDDLE: HashKey = HashKey(1 << 127);

/// A host whose next commit of a consumer with records waits before it is made.
async fn holding(gate: &Gate) -> Host {
    let (held, is_first) = (gate.clone(), Arc::new(AtomicBool::new(true)));
    Host::failing(move |call| match call {
        Call::Commit(Commit { scope: Scope("consumer", _), appends, .. })
            if !appends.is_empty() && is_first.swap(false, Ordering::Relaxed) =>
        {
            Fate::HoldBefore(held.clone())
        }
        _ => Fate::Pass,
    })
    .await
}

impl Host {
    async fn split(&self, stream: &Stream, shard: u32) {
        self.engine.streams.split_shard(stream, ShardId(shard), MIDDLE).await.unwrap();
        self.engine.streams.reshape_all().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_emitted_into_a_shard_that_ends_comes_into_its_children_once() {
    let gate = Gate::new();
    let host = holding(&gate).await;
    let (stream, target) = (host.create("in", 1).await, host.create("out", 1).await);
    host.put_numbers(&stream, 0..10).await;
    let script = Script::copies(&target);
    let id = host.begin(&stream).await;
    let settings = Settings { batch_records: 4, ..Settings::default() };
    let handle = host.start(id, &stream, settings, &script).await;
    gate.reached(1).await;
    host.split(&target, 0).await;
    gate.open();
    let status = until(&handle, |status| status.counters.records == 10).await;
    assert_eq!((status.counters.failures, status.counters.emitted), (0, 10));
    // Nothing ran twice, and the parent has none of it.
    assert_eq!(script.given().len(), 3);
    let target = host.stream("out");
    let parent = &target.shards[0];
    assert_eq!(parent.traffic().counted().records_in, 0);
    let in_children: u64 =
        target.shards[1..].iter().map(|it| it.traffic().counted().records_in).sum();
    assert_eq!(in_children, 10);
    assert_eq!(host.all(&target).await, numbers(0..10));
}

#[tokio::test(start_paused = true)]
async fn a_process_that_ends_at_that_moment_neither_loses_nor_doubles() {
    let gate = Gate::new();
    let host = holding(&gate).await;
    let (stream, target) = (host.create("in", 1).await, host.create("out", 1).await);
    host.put_numbers(&stream, 0..10).await;
    let script = Script::copies(&target);
    let id = host.begin(&stream).await;
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    gate.reached(1).await;
    host.split(&target, 0).await;
    let host = host.restart().await;
    drop(handle);
    let (stream, target) = (host.stream("in"), host.stream("out"));
    let script = Script::copies(&target);
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    until(&handle, |status| status.counters.records == 10).await;
    assert_eq!(host.all(&target).await, numbers(0..10));
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_ends_is_consumed_to_its_end_before_and_after_a_restart() {
    let host = Host::new().await;
    let (stream, target) = (host.create("in", 1).await, host.create("out", 1).await);
    host.put_numbers(&stream, 0..5).await;
    let id = host.begin(&stream).await;
    let script = Script::copies(&target);
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    until(&handle, |status| status.counters.records == 5).await;
    host.put_numbers(&stream, 5..8).await;
    host.split(&stream, 0).await;
    until(&handle, |status| status.counters.records == 8).await;
    handle.stop().await;
    let host = host.restart().await;
    let stream = host.stream("in");
    assert_eq!(stream.shards.len(), 3);
    // The parent is finished: its children are read.
    let target = host.stream("out");
    let script = Script::copies(&target);
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    until(&handle, |status| status.shards_running == 2).await;
    assert_eq!(handle.status().counters.failures, 0);
    assert_eq!(host.all(&target).await, numbers(0..8));
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_is_forgotten_leaves_no_problem() {
    let host = Host::new().await;
    let (stream, target) = (host.create("in", 1).await, host.create("out", 1).await);
    host.put_numbers(&stream, 0..5).await;
    let id = host.begin(&stream).await;
    let script = Script::copies(&target);
    let handle = host.start(id, &stream, Settings::default(), &script).await;
    until(&handle, |status| status.counters.records == 5).await;
    host.split(&stream, 0).await;
    for _ in 0..60 {
        pass(HOUR / 2).await;
        host.engine.streams.sweep().await.unwrap();
    }
    assert_eq!(host.stream("in").shards.len(), 2);
    let status = until(&handle, |status| status.shards_running == 2).await;
    assert_eq!(status.last_result, "OK");
    pass(Duration::from_secs(1)).await;
}
