//! Encrypted streams: what lies on the disk, which key it needs, and what becomes of calls while the key is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use identity::kms::{self, Key, NewKey};
use serde_json::{Value, json};
use storage::faulty::{Call, Fate};
use storage::{LogId, Meta, Position, ReadLimits, Scope};
use streams::{Emit, NotEmitted, Stream};

use crate::support::{ACCOUNT, HOUR, Host, base64, caller, data, text};

const MINUTE: u64 = 60_000;

/// A key of the account.
async fn key(host: &Host) -> Arc<Key> {
    let caller = caller();
    let (account, region) = (caller.account, caller.region);
    let new =
        NewKey { account, region, description: String::new(), tags: Vec::new(), policy: None };
    host.keys.create(new).await.unwrap()
}

async fn encrypt(host: &Host, stream: &str, key: &str) {
    let input = json!({"StreamName": stream, "EncryptionType": "KMS", "KeyId": key});
    assert_eq!(host.call("StartStreamEncryption", input).await, Value::Null);
}

async fn decrypt(host: &Host, stream: &str) {
    let input = json!({"StreamName": stream, "EncryptionType": "KMS", "KeyId": "any"});
    assert_eq!(host.call("StopStreamEncryption", input).await, Value::Null);
}

/// A host with a stream that is encrypted with a key.
async fn encrypted() -> (Host, Arc<Key>) {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    let key = key(&host).await;
    encrypt(&host, "a", &key.id).await;
    (host, key)
}

fn stream(host: &Host, name: &str) -> Arc<Stream> {
    let caller = caller();
    host.service.stream(caller.account, &caller.region, &name.parse().unwrap()).unwrap()
}

/// The numbers of the data keys that the frames of a stream's first shard were sealed with, 0 for none.
async fn data_keys(host: &Host) -> Vec<u64> {
    let log: LogId = stream(host, "a").shards[0].facts.log;
    let all = ReadLimits { tenant: 0, records: usize::MAX, bytes: usize::MAX };
    let chunk = storage::Log::read(host.store(), log, Position::START, all).await.unwrap();
    chunk.frames.iter().map(|frame| frame.key().map_or(0, |key| key.get())).collect()
}

/// How many data keys are stored.
async fn stored(host: &Host) -> usize {
    host.store().scan(&Scope("data keys", 0), b"", None, usize::MAX).await.unwrap().len()
}

fn put() -> Value {
    json!({"StreamName": "a", "PartitionKey": "k", "Data": base64(b"secret words")})
}

async fn first(host: &Host) -> Value {
    let iterator = host.iterator("a", "TRIM_HORIZON", json!({})).await;
    json!({"ShardIterator": iterator})
}

#[tokio::test]
async fn records_are_sealed_and_told_as_they_were_written() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    let key = key(&host).await;
    let plain = host.call("PutRecord", put()).await;
    assert_eq!(plain.get("EncryptionType"), None);
    encrypt(&host, "a", &key.arn()).await;
    let sealed = host.call("PutRecord", put()).await;
    assert_eq!(sealed["EncryptionType"], "KMS");
    let entry = json!({"PartitionKey": "k", "Data": base64(b"secret words")});
    let several = json!({"StreamName": "a", "Records": [entry]});
    assert_eq!(host.call("PutRecords", several).await["EncryptionType"], "KMS");
    for (operation, member) in [
        ("DescribeStream", "StreamDescription"),
        ("DescribeStreamSummary", "StreamDescriptionSummary"),
    ] {
        let told = host.call(operation, json!({"StreamName": "a"})).await;
        assert_eq!(told[member]["EncryptionType"], "KMS");
        assert_eq!(told[member]["KeyId"], key.arn());
    }
    decrypt(&host, "a").await;
    host.call("PutRecord", put()).await;
    let told = host.call("DescribeStream", json!({"StreamName": "a"})).await;
    assert_eq!(told["StreamDescription"]["EncryptionType"], "NONE");
    assert_eq!(told["StreamDescription"].get("KeyId"), None);

    let read = host.call("GetRecords", first(&host).await).await;
    assert_eq!(data(&read), vec![b"secret words".to_vec(); 4]);
    let kinds: Vec<_> =
        read["Records"].as_array().unwrap().iter().map(|it| it.get("EncryptionType")).collect();
    assert_eq!(kinds, [None, Some(&json!("KMS")), Some(&json!("KMS")), None]);
    let keys = data_keys(&host).await;
    assert_eq!((keys[0], keys[3]), (0, 0));
    assert!(keys[1] > 0 && keys[1] == keys[2], "{keys:?}");
}

#[tokio::test]
async fn a_data_key_lives_five_minutes_and_in_one_process() {
    let (host, _) = encrypted().await;
    host.call("PutRecord", put()).await;
    host.clock.advance(5 * MINUTE - 1);
    host.call("PutRecord", put()).await;
    host.clock.advance(1);
    host.call("PutRecord", put()).await;
    let host = host.restart().await;
    host.call("PutRecord", put()).await;
    let host = host.restart().await;
    host.call("PutRecord", put()).await;
    let keys = data_keys(&host).await;
    assert_eq!(keys[0], keys[1]);
    assert!(keys[1] < keys[2] && keys[2] < keys[3] && keys[3] < keys[4], "{keys:?}");
    assert_eq!(stored(&host).await, 4);
    assert_eq!(host.all("a").await, vec![b"secret words".to_vec(); 5]);
}

#[tokio::test]
async fn a_key_that_is_disabled_stops_everything_and_loses_nothing() {
    let (host, key) = encrypted().await;
    let key = host.keys.find(key.account, &key.region, &key.id).unwrap();
    host.call("PutRecord", put()).await;
    let read = first(&host).await;
    assert_eq!(data(&host.call("GetRecords", read.clone()).await).len(), 1);
    host.keys.set_enabled(&key, false).await.unwrap();
    let message = format!("{} is disabled.", key.arn());
    // Neither a data key in memory nor a frame that was opened helps.
    host.refuses("PutRecord", put(), "KMSDisabledException", &message).await;
    host.refuses("GetRecords", read.clone(), "KMSDisabledException", &message).await;
    let host = host.restart().await;
    host.refuses("PutRecord", put(), "KMSDisabledException", &message).await;
    let read = first(&host).await;
    host.refuses("GetRecords", read.clone(), "KMSDisabledException", &message).await;
    host.keys.set_enabled(&key, true).await.unwrap();
    host.call("PutRecord", put()).await;
    assert_eq!(data(&host.call("GetRecords", read).await).len(), 2);
}

#[tokio::test]
async fn a_key_is_destroyed_after_its_window_with_what_it_encrypted() {
    let (host, key) = encrypted().await;
    host.call("PutRecord", put()).await;
    let read = first(&host).await;
    host.keys.schedule_deletion(&key, 7).await.unwrap();
    let message = format!("{} is pending deletion.", key.arn());
    host.refuses("PutRecord", put(), "KMSInvalidStateException", &message).await;
    host.refuses("GetRecords", read, "KMSInvalidStateException", &message).await;
    host.clock.advance(7 * 24 * HOUR - 1);
    host.keys.sweep().await.unwrap();
    host.refuses("PutRecord", put(), "KMSInvalidStateException", &message).await;
    host.clock.advance(1);
    host.keys.sweep().await.unwrap();
    let message = format!("Key '{}' does not exist", key.arn());
    host.refuses("PutRecord", put(), "KMSNotFoundException", &message).await;
    // Whoever stops encryption goes on without it.
    decrypt(&host, "a").await;
    host.call("PutRecord", put()).await;
}

#[tokio::test]
async fn another_key_takes_over_and_the_old_one_goes_on_opening() {
    let (host, old) = encrypted().await;
    host.call("PutRecord", put()).await;
    let new = key(&host).await;
    encrypt(&host, "a", &new.id).await;
    host.call("PutRecord", put()).await;
    host.keys.rotate(&new).await.unwrap();
    host.clock.advance(5 * MINUTE);
    host.call("PutRecord", put()).await;
    assert_eq!(host.all("a").await.len(), 3);
    host.keys.set_enabled(&old, false).await.unwrap();
    assert_eq!(host.refusal("GetRecords", first(&host).await).await.code, "KMSDisabledException");
    host.call("PutRecord", put()).await;
    host.keys.set_enabled(&old, true).await.unwrap();
    let host = host.restart().await;
    assert_eq!(host.all("a").await.len(), 4);
}

#[tokio::test]
async fn the_key_of_the_service_is_made_when_it_is_named() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    assert_eq!(host.keys.count(), 0);
    encrypt(&host, "a", "alias/aws/kinesis").await;
    host.call("PutRecord", put()).await;
    assert_eq!(host.keys.count(), 1);
    host.create("b", 1).await;
    let arn = format!("arn:aws:kms:us-east-1:{ACCOUNT}:alias/aws/kinesis");
    encrypt(&host, "b", &arn).await;
    assert_eq!(host.keys.count(), 1);
    assert_eq!(host.all("a").await, [b"secret words"]);
}

#[tokio::test]
async fn keys_that_cannot_be_are_refused() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let start =
        |kind: &str, key: &str| json!({"StreamName": "a", "EncryptionType": kind, "KeyId": key});
    let of = |kind, key| host.refusal("StartStreamEncryption", start(kind, key));
    assert_eq!(of("NONE", "k").await.code, "InvalidArgumentException");
    assert_eq!(of("AES", "k").await.code, "ValidationException");
    assert_eq!(of("KMS", "").await.code, "ValidationException");
    for name in ["k", "alias/k", "arn:aws:kms:eu-west-1:123456789012:key/k"] {
        assert_eq!(of("KMS", name).await.code, "KMSNotFoundException", "{name}");
    }
    let disabled = key(&host).await;
    host.keys.set_enabled(&disabled, false).await.unwrap();
    assert_eq!(of("KMS", &disabled.id).await.code, "KMSDisabledException");
    let foreign = NewKey {
        account: "210987654321".parse().unwrap(),
        region: caller().region,
        description: String::new(),
        tags: Vec::new(),
        policy: None,
    };
    let foreign = host.keys.create(foreign).await.unwrap();
    assert_eq!(of("KMS", &foreign.arn()).await.code, "KMSNotFoundException");
}

#[tokio::test]
async fn a_stream_that_is_being_changed_is_neither_encrypted_nor_decrypted() {
    let (host, key) = encrypted().await;
    let split =
        json!({"StreamName": "a", "ShardToSplit": "shardId-0", "NewStartingHashKey": "1000"});
    host.call("SplitShard", split).await;
    let input = json!({"StreamName": "a", "EncryptionType": "KMS", "KeyId": key.id});
    let message = format!("Stream a under account {ACCOUNT} not ACTIVE, instead in state UPDATING");
    for operation in ["StartStreamEncryption", "StopStreamEncryption"] {
        host.refuses(operation, input.clone(), "ResourceInUseException", &message).await;
    }
    host.service.reshape_all().await.unwrap();
    for operation in ["StopStreamEncryption", "StartStreamEncryption"] {
        host.call(operation, input.clone()).await;
    }
}

#[tokio::test]
async fn encryption_is_changed_25_times_a_day_at_most() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let (one, two) = (key(&host).await, key(&host).await);
    for change in 0..25 {
        // The same key again is no change.
        for _ in 0..2 {
            encrypt(&host, "a", if change % 2 == 0 { &one.id } else { &two.id }).await;
        }
        host.clock.advance(1);
    }
    let stop = json!({"StreamName": "a", "EncryptionType": "KMS", "KeyId": one.id});
    let refusal = host.refusal("StopStreamEncryption", stop.clone()).await;
    assert_eq!(refusal.code, "LimitExceededException");
    let host = host.restart().await;
    host.clock.advance(24 * HOUR - 26);
    assert_eq!(
        host.refusal("StopStreamEncryption", stop.clone()).await.code,
        "LimitExceededException"
    );
    host.clock.advance(1);
    host.call("StopStreamEncryption", stop).await;
}

#[tokio::test]
async fn a_data_key_is_stored_before_it_is_used() {
    // The first commit that fails is that of the data key, the second that of the records.
    for failing in 0..2 {
        let (host, _) = encrypted().await;
        let (is_on, commits) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (on, seen) = (Arc::clone(&is_on), Arc::clone(&commits));
        let host = host
            .failing(move |call| match call {
                Call::Commit(_) if on.load(Ordering::Relaxed) => {
                    let number = seen.fetch_add(1, Ordering::Relaxed);
                    if number == failing { Fate::FailBefore } else { Fate::Pass }
                }
                _ => Fate::Pass,
            })
            .await;
        is_on.store(true, Ordering::Relaxed);
        assert_eq!(host.refusal("PutRecord", put()).await.code, "ServiceUnavailable");
        assert_eq!(commits.load(Ordering::Relaxed), failing + 1);
        assert_eq!((data_keys(&host).await.len(), stored(&host).await), (0, failing));
        host.call("PutRecord", put()).await;
        assert_eq!(stored(&host).await, 1);
        let host = host.restart().await;
        assert_eq!(host.all("a").await, [b"secret words"]);
    }
}

#[tokio::test]
async fn data_keys_go_with_what_they_sealed() {
    let (host, _) = encrypted().await;
    for _ in 0..30 {
        host.call("PutRecord", put()).await;
        host.clock.advance(HOUR);
        host.service.accept_time();
    }
    assert_eq!(stored(&host).await, 30);
    // What is older than a day is trimmed; an hour later its keys go, but for the last dozen.
    host.service.sweep().await.unwrap();
    host.clock.advance(HOUR);
    host.service.accept_time();
    host.service.sweep().await.unwrap();
    let left = stored(&host).await;
    assert!((24..30).contains(&left) || left == 30, "{left}");
    for _ in 0..40 {
        host.call("PutRecord", put()).await;
        host.clock.advance(HOUR);
        host.service.accept_time();
        host.service.sweep().await.unwrap();
    }
    let left = stored(&host).await;
    assert!((24..=40).contains(&left), "{left}");
    let kept = host.all("a").await.len();
    assert!((23..=24).contains(&kept), "{kept}");
    host.call("DeleteStream", json!({"StreamName": "a"})).await;
    host.clock.advance(HOUR);
    host.service.sweep().await.unwrap();
    assert_eq!(stored(&host).await, 0);
}

#[tokio::test]
async fn retention_and_timestamps_work_without_the_key() {
    let (host, key) = encrypted().await;
    host.call("PutRecord", put()).await;
    host.clock.advance(2 * HOUR);
    host.service.accept_time();
    let second = text(&host.call("PutRecord", put()).await, "SequenceNumber");
    host.keys.set_enabled(&key, false).await.unwrap();
    host.clock.advance(23 * HOUR);
    host.service.accept_time();
    host.service.sweep().await.unwrap();
    assert_eq!(data_keys(&host).await.len(), 1, "the first record was trimmed");
    host.keys.set_enabled(&key, true).await.unwrap();
    let at = (host.now().seconds().0 - 24 * 3600) as f64;
    let iterator = host.iterator("a", "AT_TIMESTAMP", json!({"Timestamp": at})).await;
    let read = host.get(&iterator).await;
    assert_eq!(text(&read["Records"][0], "SequenceNumber"), second);
}

#[tokio::test]
async fn emits_into_an_encrypted_stream_wait_for_a_data_key() {
    let (host, key) = encrypted().await;
    let target = stream(&host, "a");
    let emit =
        [Emit { stream: target.facts.id, partition_key: "k", hash_key: None, data: b"emitted" }];
    let waiting = host.service.prepare_emits(&emit).unwrap_err();
    assert!(matches!(waiting, NotEmitted::Wait(_)), "{waiting}");
    host.call("PutRecord", put()).await;
    let emits = host.service.prepare_emits(&emit).unwrap();
    let mut commit = storage::Commit::new(0, Scope("test", 0));
    commit.appends = emits.appends;
    storage::Store::commit(host.store(), commit).await.unwrap();
    let keys = data_keys(&host).await;
    assert!(keys[1] > 0 && keys[0] == keys[1]);
    assert_eq!(host.all("a").await, [b"secret words".to_vec(), b"emitted".to_vec()]);
    host.keys.set_enabled(&key, false).await.unwrap();
    let waiting = host.service.prepare_emits(&emit).unwrap_err();
    assert!(matches!(waiting, NotEmitted::Unsealed { .. }), "{waiting}");
}

#[tokio::test]
async fn a_stream_of_a_service_without_keys_is_not_read() {
    let missing = kms::Error::NoKeyId("k".to_owned());
    assert_eq!(wire::ApiError::code(&streams::Error::from(missing)), "KMSNotFoundException");
}
