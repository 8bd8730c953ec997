//! What others in the program see of streams: following a shard, and emitting into somebody's commit.

use std::sync::Arc;
use std::time::Duration;

use domain::StreamId;
use storage::{Commit, Position, Scope, Store};
use streams::{Emit, Emits, Followed, NotEmitted, Stream};

use crate::support::{HOUR, Host, caller};

fn stream(host: &Host, name: &str) -> Arc<Stream> {
    let caller = caller();
    host.service.stream(caller.account, &caller.region, &name.parse().unwrap()).unwrap()
}

fn emit<'e>(stream: &Stream, partition_key: &'e str, data: &'e [u8]) -> Emit<'e> {
    Emit { stream: stream.facts.id, partition_key, hash_key: None, data }
}

async fn follow(host: &Host, stream: &Stream, from: Position) -> Followed {
    host.service.follow(stream, &stream.shards[0], from, usize::MAX).await.unwrap()
}

/// Commits what was prepared, as a consumer would.
async fn commit(host: &Host, emits: Emits) {
    let mut commit = Commit::new(0, Scope("test", 0));
    commit.appends = emits.appends;
    host.store().commit(commit).await.unwrap();
}

#[tokio::test]
async fn following_has_no_limits_and_says_what_is_gone() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let stream = stream(&host, "a");
    for data in [b"1", b"2", b"3"] {
        host.put("a", "k", data).await;
    }
    host.clock.advance(HOUR);
    host.put("a", "k", b"4").await;
    for _ in 0..100 {
        let Followed { chunk, lost } = follow(&host, &stream, Position::START).await;
        assert_eq!((chunk.records().count(), lost), (4, 0));
    }
    let oldest = host.service.oldest(&stream, &stream.shards[0]);
    assert_eq!(oldest.await.unwrap().offset, 0);
    host.clock.advance(23 * HOUR + 1);
    host.service.accept_time();
    let second = Position { offset: 1, ..follow(&host, &stream, Position::START).await.chunk.from };
    for trimmed in [false, true] {
        if trimmed {
            host.service.sweep().await.unwrap();
        }
        let Followed { chunk, lost } = follow(&host, &stream, second).await;
        assert_eq!((chunk.records().count(), lost), (1, 2), "{trimmed}");
        let oldest = host.service.oldest(&stream, &stream.shards[0]);
        assert_eq!(oldest.await.unwrap().offset, 3);
    }
    host.clock.advance(2 * HOUR);
    host.service.accept_time();
    let Followed { chunk, lost } = follow(&host, &stream, second).await;
    assert_eq!((chunk.records().count(), chunk.from.offset, lost), (0, 4, 3));
}

#[tokio::test]
async fn a_watch_tells_of_records_and_of_the_end() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let stream = stream(&host, "a");
    let mut watch = host.service.watch(&stream, &stream.shards[0]).unwrap();
    assert!(!watch.has_changed().unwrap());
    host.put("a", "k", b"1").await;
    assert_eq!(watch.borrow_and_update().offset, 1);
    host.service.delete_stream(&stream).await.unwrap();
    assert!(watch.changed().await.is_err());
    assert!(host.service.watch(&stream, &stream.shards[0]).is_err());
}

#[tokio::test]
async fn emitted_records_go_where_put_ones_go() {
    let host = Host::unlimited().await;
    for (name, shards) in [("a", 1), ("b", 4)] {
        host.create(name, shards).await;
    }
    let (one, four) = (stream(&host, "a"), stream(&host, "b"));
    let keys = ["k", "l", "m", "n", "o", "p"];
    for key in keys {
        host.put("b", key, key.as_bytes()).await;
    }
    let mut emits = Vec::new();
    for key in keys {
        emits.push(emit(&four, key, key.as_bytes()));
        emits.push(emit(&one, key, key.as_bytes()));
    }
    let last = domain::HashKey(u128::MAX);
    emits.push(Emit { hash_key: Some(last), ..emit(&four, "k", b"explicit") });
    let prepared = host.service.prepare_emits(&emits).unwrap();
    assert_eq!((prepared.records, prepared.bytes), (13, 33));
    assert_eq!(prepared.commit_bytes(), 13 * 14 + 33);
    commit(&host, prepared).await;
    assert_eq!(host.all("a").await.concat(), b"klmnop");
    for (at, shard) in four.shards.iter().enumerate() {
        let read = host.service.follow(&four, shard, Position::START, usize::MAX);
        let chunk = read.await.unwrap().chunk;
        let mut keys: Vec<&[u8]> = chunk.records().map(|(_, record)| record.data).collect();
        assert_eq!(keys.pop_if(|it| *it == b"explicit").is_some(), at == 3);
        let (put, emitted) = keys.split_at(keys.len() / 2);
        assert_eq!(put, emitted);
    }
}

#[tokio::test]
async fn a_shard_in_debt_takes_nothing_and_charges_nothing() {
    let host = Host::new().await;
    for name in ["a", "b"] {
        host.create(name, 1).await;
    }
    let (one, two) = (stream(&host, "a"), stream(&host, "b"));
    let data = vec![0; 1000 * 1024];
    let large: Vec<Emit<'_>> = (0..3).map(|_| emit(&one, "k", &data)).collect();
    assert_eq!(host.service.prepare_emits(&large).unwrap().records, 3);
    let both = [emit(&two, "k", &data), emit(&one, "k", b"")];
    for _ in 0..5 {
        let refused = host.service.prepare_emits(&both).unwrap_err();
        let NotEmitted::Wait(wait) = refused else { panic!("{refused}") };
        assert!(wait > Duration::from_millis(1900) && wait < Duration::from_millis(2000));
    }
    // Nothing was charged to the other target, which still takes a second's worth from outside.
    host.put("b", "k", &data).await;
    host.clock.advance(2000);
    assert!(host.service.prepare_emits(&both).is_ok());
}

#[tokio::test]
async fn what_put_records_refuses_is_refused() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let stream = stream(&host, "a");
    let (long, data) = ("k".repeat(257), vec![0; 1024 * 1024]);
    let nowhere = Emit { stream: StreamId(999), ..emit(&stream, "k", b"") };
    let gone = host.service.prepare_emits(&[emit(&stream, "k", b""), nowhere]).unwrap_err();
    assert_eq!(gone, NotEmitted::Gone { index: 1 });
    let bad = [emit(&stream, "", b""), emit(&stream, &long, b""), emit(&stream, "k", &data)];
    for bad in bad {
        let refused = host.service.prepare_emits(&[emit(&stream, "k", b""), bad]).unwrap_err();
        assert!(matches!(refused, NotEmitted::Refused { index: 1, .. }), "{refused}");
    }
    assert!(host.service.prepare_emits(&[emit(&stream, "k", &data[1..])]).is_ok());
}
