//! Scanning brings the facts of one scope under a prefix, in the order of their keys' bytes.

use bytes::Bytes;

use super::Harness;
use super::kit::commit;
use storage::{Commit, Expect, FactWrite, Scope, Store};

const HERE: Scope = Scope("here", 1);
const NEIGHBOURS: [Scope; 3] = [Scope("here", 2), Scope("her", 1), Scope("here1", 1)];

const KEYS: &[&[u8]] = &[
    b"",
    b"\x00",
    b"a",
    b"a\x00",
    b"a/1",
    b"a/10",
    b"a/2",
    b"a0",
    b"b",
    b"b\xff",
    b"b\xff\x01",
    b"c",
    b"\xff",
    b"\xff\xff",
    b"\xff\xff\x00",
];

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    let mut store = harness.open().await;
    for scope in NEIGHBOURS {
        put(&*store, scope, &[b"a/1", b"neighbour", b"\xff"]).await;
    }
    let mut shuffled = KEYS.to_vec();
    shuffled.reverse();
    shuffled.rotate_left(5);
    put(&*store, HERE, &shuffled).await;

    for _opening in 0..2 {
        every_combination(&*store).await;
        store = harness.reopen(store).await;
    }
    facts_carry_their_values(&*store).await;
}

async fn put(store: &dyn Store, scope: Scope, keys: &[&[u8]]) {
    let write = |key: &&[u8]| FactWrite {
        key: Bytes::copy_from_slice(key),
        value: Some(Bytes::copy_from_slice(key)),
        expect: Expect::Absent,
    };
    let facts = keys.iter().map(write).collect();
    let commit = Commit { scope, facts, ..commit() };
    store.commit(commit).await.unwrap();
}

async fn scan(
    store: &dyn Store,
    prefix: &[u8],
    after: Option<&[u8]>,
    limit: usize,
) -> Vec<Vec<u8>> {
    let facts = store.scan(&HERE, prefix, after, limit).await.unwrap();
    facts.into_iter().map(|fact| fact.key.to_vec()).collect()
}

/// Each key, and some that are no keys, as prefix and as start, against filtering the list of all.
async fn every_combination(store: &dyn Store) {
    let strangers: &[&[u8]] = &[b"a/", b"a/11", b"b\xfe", b"d", b"\xff\xff\xff"];
    let bytes: Vec<&[u8]> = KEYS.iter().chain(strangers).copied().collect();
    let starts = bytes.iter().copied().map(Some).chain([None]);
    for after in starts {
        for prefix in &bytes {
            let wanted: Vec<&[u8]> = KEYS
                .iter()
                .copied()
                .filter(|key| key.starts_with(prefix))
                .filter(|key| after.is_none_or(|after| *key > after))
                .collect();
            assert_eq!(scan(store, prefix, after, 100).await, wanted, "{prefix:?} after {after:?}");
            let two = wanted.len().min(2);
            assert_eq!(scan(store, prefix, after, 2).await, wanted[..two]);
        }
    }
    assert!(scan(store, b"", None, 0).await.is_empty());
    let nowhere = Scope("nowhere", 0);
    assert!(store.scan(&nowhere, b"", None, 9).await.unwrap().is_empty());
    assert!(store.get(&nowhere, b"a").await.unwrap().is_none());
}

async fn facts_carry_their_values(store: &dyn Store) {
    let write = |key: &'static [u8], value: Option<&'static [u8]>| FactWrite {
        key: Bytes::from_static(key),
        value: value.map(Bytes::from_static),
        expect: Expect::Anything,
    };
    let facts = vec![write(b"a/1", Some(b"")), write(b"a/10", None), write(b"a/3", Some(b"3"))];
    let change = Commit { scope: HERE, facts, ..commit() };
    let version = store.commit(change).await.unwrap().version;

    let found = store.scan(&HERE, b"a/", None, 9).await.unwrap();
    let values: Vec<_> = found.iter().map(|fact| (&fact.key[..], &fact.value[..])).collect();
    let wanted: [(&[u8], &[u8]); 3] = [(b"a/1", b""), (b"a/2", b"a/2"), (b"a/3", b"3")];
    assert_eq!(values, wanted);
    assert_eq!(found[0].version, version);
    assert!(found[1].version < version);
    // Values of 0, 3 and 1 bytes.
    for (limit, bytes_max, answered) in
        [(9, 0, 1), (9, 1, 2), (9, 3, 2), (9, 4, 3), (9, 5, 3), (1, 9, 1), (0, 9, 0)]
    {
        let some = store.scan_within(&HERE, b"a/", None, (limit, bytes_max)).await.unwrap();
        assert_eq!(some, found[..answered], "{limit} {bytes_max}");
    }
    for fact in found {
        let got = store.get(&HERE, &fact.key).await.unwrap();
        assert_eq!(got, Some(fact));
    }
    let keys = [&b"a/3"[..], b"a/10", b"nothing", b"a/1", b"a/3"].map(Bytes::from_static);
    let many = store.get_many(&HERE, &keys, 100).await.unwrap();
    let mut single = Vec::new();
    for key in &keys {
        single.push(store.get(&HERE, key).await.unwrap());
    }
    assert_eq!(many, single);
    assert_eq!(many.iter().filter(|fact| fact.is_some()).count(), 3);
    assert!(store.get_many(&HERE, &[], 100).await.unwrap().is_empty());
    // `3`, nothing, nothing, an empty value, and then another `3`.
    for (bytes_max, answered) in [(0, 4), (1, 4), (2, 5)] {
        let some = store.get_many(&HERE, &keys, bytes_max).await.unwrap();
        assert_eq!(some, single[..answered], "{bytes_max}");
    }
    let neighbour = store.get(&NEIGHBOURS[0], b"a/1").await.unwrap().unwrap();
    assert_eq!(neighbour.value, b"a/1"[..]);
}
