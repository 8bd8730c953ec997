//! Blobs are named by what they contain, and are there until they are deleted.

use bytes::Bytes;

use super::Harness;
use super::kit::kind;
use storage::{Digest, Kind};

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    let mut store = harness.open().await;
    let large: Vec<u8> = (0..3_000_000u32).flat_map(u32::to_le_bytes).collect();
    let contents = [Bytes::new(), Bytes::from_static(b"small"), Bytes::from(large)];
    let absent = Digest::of(b"absent");
    assert!(store.list_blobs().await.unwrap().is_empty());

    let mut names = Vec::new();
    for bytes in &contents {
        let name = store.put_blob(bytes.clone()).await.unwrap();
        assert_eq!(name, Digest::of(bytes));
        assert_eq!(store.put_blob(bytes.clone()).await.unwrap(), name);
        names.push(name);
    }
    let mut sorted = names.clone();
    sorted.sort_unstable();

    for _opening in 0..2 {
        for (name, bytes) in names.iter().zip(&contents) {
            assert_eq!(&store.get_blob(*name).await.unwrap(), bytes);
        }
        assert_eq!(store.list_blobs().await.unwrap(), sorted);
        assert_eq!(kind(store.get_blob(absent).await), Kind::NotFound);
        store = harness.reopen(store).await;
    }

    store.delete_blob(names[1]).await.unwrap();
    store.delete_blob(names[1]).await.unwrap();
    store.delete_blob(absent).await.unwrap();
    assert_eq!(kind(store.get_blob(names[1]).await), Kind::NotFound);
    sorted.retain(|name| *name != names[1]);
    assert_eq!(store.list_blobs().await.unwrap(), sorted);
    store = harness.reopen(store).await;
    assert_eq!(store.list_blobs().await.unwrap(), sorted);

    assert_eq!(store.put_blob(contents[1].clone()).await.unwrap(), names[1]);
    assert_eq!(store.get_blob(names[1]).await.unwrap(), contents[1]);
}
