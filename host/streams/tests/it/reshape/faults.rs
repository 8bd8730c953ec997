//! The store fails at each commit of a change, and the process ends there.

use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering};

use serde_json::{Value, json};
use storage::faulty::{Call, Fate};

use super::{ZERO, ids, merge, resize, split, tiled};
use crate::support::{Host, base64};

/// A host, whose commits have this fate once the number is 0, one after another counted down from what is set.
async fn failing(fate: Fate) -> (Host, Arc<AtomicIsize>) {
    let left = Arc::new(AtomicIsize::new(isize::MAX));
    let commits = Arc::clone(&left);
    let decide = move |call: &Call<'_>| match call {
        Call::Commit(_) if commits.fetch_sub(1, Ordering::Relaxed) == 0 => fate.clone(),
        _ => Fate::Pass,
    };
    (Host::unlimited().await.failing(decide).await, left)
}

async fn check(operation: &str, input: &Value, shards: u32, end: usize) {
    for fate in [Fate::FailBefore, Fate::LoseAnswer] {
        for at in 0.. {
            let (host, left) = failing(fate.clone()).await;
            host.create("a", shards).await;
            for hash in ["0", super::MAX] {
                let put = json!({"StreamName": "a", "PartitionKey": "k", "ExplicitHashKey": hash,
                                 "Data": base64(hash.as_bytes())});
                host.call("PutRecord", put).await;
            }
            let before = host.ranges("a").await;
            left.store(at, Ordering::Relaxed);
            let asked = host.answer_to(operation, input).await;
            let done = match &asked {
                Ok(_) => host.service.reshape_all().await.is_ok(),
                Err(_) => false,
            };
            let host = host.restart().await;
            // Before a step or behind it, and each key in one shard.
            let found = host.ranges("a").await;
            if asked.is_err() && host.status("a").await == "ACTIVE" {
                assert_eq!(found, before);
                host.call(operation, input.clone()).await;
            }
            host.service.reshape_all().await.unwrap();
            assert_eq!(host.ranges("a").await.len(), end, "commit {at}");
            assert_eq!(host.status("a").await, "ACTIVE");
            let all = host.shards("a", None).await;
            let mut seen = ids(&all);
            seen.dedup();
            assert_eq!(seen.len(), all.len());
            assert_eq!(host.all("a").await, [b"0"]);
            if done {
                assert!(at > 0, "no commit failed");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_split_happens_once_or_not_yet() {
    check("SplitShard", &split("a", ZERO, "1000"), 2, 3).await;
}

#[tokio::test]
async fn a_merge_happens_once_or_not_yet() {
    check("MergeShards", &merge("a", ZERO, "shardId-1"), 2, 1).await;
}

#[tokio::test]
async fn a_resize_goes_on_where_it_was() {
    check("UpdateShardCount", &resize("a", 9), 2, 9).await;
    check("UpdateShardCount", &resize("a", 3), 8, 3).await;
}

#[tokio::test]
async fn what_the_store_refuses_at_the_moment_is_done_later_in_the_same_life() {
    for fate in [Fate::FailBefore, Fate::LoseAnswer] {
        for at in 1.. {
            let (host, left) = failing(fate.clone()).await;
            host.create("a", 2).await;
            left.store(at, Ordering::Relaxed);
            host.call("UpdateShardCount", resize("a", 9)).await;
            if host.service.reshape_all().await.is_ok() {
                assert!(at > 3, "there are several steps");
                break;
            }
            let shown = host.shards("a", Some(json!({"Type": "AT_LATEST"}))).await;
            tiled(&shown);
            let put = json!({"StreamName": "a", "PartitionKey": "k", "Data": ""});
            // A change whose answer was lost is finished by whoever comes next.
            host.service.sweep().await.unwrap();
            host.call("PutRecord", put).await;
            host.service.reshape_all().await.unwrap();
            assert_eq!(host.ranges("a").await.len(), 9);
            let listed = host.shards("a", None).await;
            let host = host.restart().await;
            assert_eq!(host.shards("a", None).await, listed);
        }
    }
}
