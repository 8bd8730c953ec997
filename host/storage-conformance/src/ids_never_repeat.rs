//! A number that was given is never given again, whoever asks at the same time and however often the store
//! is opened.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::Harness;
use storage::Store;

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    let mut store = harness.open().await;
    let mut given = BTreeSet::new();
    for _opening in 0..4 {
        for count in [1, 2, 1, 100, 1] {
            take(&mut given, store.new_ids(count).await.unwrap(), count);
        }
        for (first, count) in at_once(&store).await {
            take(&mut given, first, count);
        }
        store = harness.reopen(store).await;
    }
}

fn take(given: &mut BTreeSet<u64>, first: u64, count: u64) {
    assert!(first > 0, "0 says that there is no number");
    for number in first..first + count {
        assert!(given.insert(number), "{number} was given twice");
    }
}

async fn at_once(store: &Arc<dyn Store>) -> Vec<(u64, u64)> {
    let mut tasks = JoinSet::new();
    for count in 1..=16 {
        let store = Arc::clone(store);
        tasks.spawn(async move { (store.new_ids(count).await.unwrap(), count) });
    }
    tasks.join_all().await
}
