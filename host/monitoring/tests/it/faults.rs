//! A store that fails, and bytes that are not what was written.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use serde_json::json;
use storage::faulty::{Call, Fate};
use storage::{
    Append, Commit, Expect, FactWrite, LogId, Meta as _, RecordsBuilder, Scope, Store as _,
};

use crate::support::{ACCOUNT, Host, MINUTE, START};

/// Fails the commits that `which` counts to, as `fate` says.
fn failing(host: Host, fate: fn() -> Fate, count: u32) -> (Host, Arc<AtomicU32>) {
    let left = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&left);
    left.store(count, Ordering::Relaxed);
    let host = host.failing(move |call| match call {
        Call::Commit(_) if seen.load(Ordering::Relaxed) > 0 => {
            seen.fetch_sub(1, Ordering::Relaxed);
            fate()
        }
        _ => Fate::Pass,
    });
    (host, left)
}

#[tokio::test]
async fn what_the_store_does_not_take_is_tried_again() {
    let fates: [fn() -> Fate; 2] = [|| Fate::FailBefore, || Fate::LoseAnswer];
    for fate in fates {
        let host = Host::new();
        host.put("m", 1.0).await;
        host.service.flush().await.unwrap();
        let (host, _) = failing(host.restart(), fate, 2);
        host.put("m", 2.0).await;
        host.service.flush().await.unwrap_err();
        assert_eq!(host.told("m", "Sum", 5).await, [(0, 3.0)]);
        host.clock.advance(MINUTE);
        host.put("m", 4.0).await;
        host.service.flush().await.unwrap_err();
        host.service.flush().await.unwrap();
        assert_eq!(host.told("m", "Sum", 5).await, [(1, 3.0), (0, 4.0)]);
        let host = host.restart();
        assert_eq!(host.told("m", "Sum", 5).await, [(1, 3.0), (0, 4.0)]);
    }
}

#[tokio::test]
async fn damaged_bytes_are_reported_and_never_shown() {
    let host = Host::new();
    host.put("m", 1.0).await;
    host.service.flush().await.unwrap();
    let key = Bytes::from(format!("l{ACCOUNT}"));
    let fact = host.store.get(&Scope("monitored", 0), &key).await.unwrap();
    let value = fact.unwrap().value;
    let log = LogId(u64::from_le_bytes(value[1..9].try_into().unwrap()));
    let mut records = RecordsBuilder::default();
    records.push(b"", b"\x09nonsense");
    let mut commit = Commit::new(0, Scope("test", 0));
    commit.appends.push(Append { log, records: records.finish(), arrival: START });
    host.store.commit(commit).await.unwrap();
    let host = host.restart();
    let told = host.refusal("ListMetrics", json!({})).await;
    assert_eq!((told.status, &*told.code), (500, "InternalServiceFault"));

    let host = Host::new();
    host.put("m", 1.0).await;
    host.service.flush().await.unwrap();
    let mut commit = Commit::new(0, Scope("monitoring", ACCOUNT.parse().unwrap()));
    let key = Bytes::from_static(b"m\0\0\0\0");
    let value = Some(Bytes::from_static(b"\x01\x63"));
    commit.facts.push(FactWrite { key, value, expect: Expect::Anything });
    host.store.commit(commit).await.unwrap();
    let host = host.restart();
    let input = json!({ "Namespace": "n", "MetricData": [{ "MetricName": "m", "Value": 1.0 }] });
    assert_eq!(host.refusal("PutMetricData", input).await.code, "InternalServiceFault");
}
