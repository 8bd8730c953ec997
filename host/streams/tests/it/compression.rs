//! Compressed streams: who may say so, what lies on the disk then, and that readers are told what was put.

use std::sync::Arc;

use async_trait::async_trait;
use domain::AccountId;
use identity::kms::NewKey;
use parking_lot::Mutex;
use serde_json::{Value, json};
use storage::frame::Codec;
use storage::{Commit, LogId, Position, ReadLimits};
use streams::{Emit, Stream};
use wire::protocol::Protocol;
use wire::{Api, Authorizer, Call, Caller, Denied, Resource};

use crate::support::{Host, arn, base64, caller, data};

/// Lets everybody do everything, and remembers what was asked.
#[derive(Default)]
struct Asked(Mutex<Vec<(&'static str, String)>>);

#[async_trait]
impl Authorizer for Asked {
    async fn authorize(&self, _: &Caller, asked: &Resource) -> Result<(), Denied> {
        self.0.lock().push((asked.action, asked.arn.clone()));
        Ok(())
    }
}

/// What an operation of our own answers, or the code and the text of its refusal; and what was asked of policies.
async fn ask(
    host: &Host,
    operation: &str,
    input: Value,
) -> (Result<Value, (String, String)>, Vec<(&'static str, String)>) {
    let operator: AccountId = "999999999999".parse().unwrap();
    let table = streams::own_table(Arc::clone(&host.service), operator);
    let (asked, caller) = (Asked::default(), caller());
    let (protocol, head, notes) = (Protocol::AwsJson11, None, &wire::Notes::default());
    let body = input.to_string().into();
    let call = Call { caller: &caller, authorizer: &asked, protocol, head, body, notes };
    let answer = match table.call(table.find(operation).unwrap(), call).await {
        Ok(reply) => Ok(serde_json::from_slice(reply.body.whole()).unwrap_or(Value::Null)),
        Err(failure) => Err((failure.code.into_owned(), failure.message.unwrap_or_default())),
    };
    let asked = std::mem::take(&mut *asked.0.lock());
    (answer, asked)
}

async fn compress(host: &Host, word: &str) {
    let input = json!({"StreamName": "a", "Compression": word});
    assert_eq!(ask(host, "UpdateStreamCompression", input).await.0, Ok(Value::Null));
}

async fn told(host: &Host) -> Value {
    let answer = ask(host, "DescribeStreamCompression", json!({"StreamName": "a"})).await.0;
    answer.unwrap()["Compression"].clone()
}

fn stream(host: &Host) -> Arc<Stream> {
    let caller = caller();
    host.service.stream(caller.account, &caller.region, &"a".parse().unwrap()).unwrap()
}

/// How the frames of the first shard lie on the disk, and whether they are sealed.
async fn stored(host: &Host) -> Vec<(Codec, bool)> {
    let log: LogId = stream(host).shards[0].facts.log;
    let all = ReadLimits { tenant: 0, records: usize::MAX, bytes: usize::MAX };
    let chunk = storage::Log::read(host.store(), log, Position::START, all).await.unwrap();
    chunk.frames.iter().map(|frame| (frame.codec(), frame.key().is_some())).collect()
}

/// Nothing repeats in it.
fn noise() -> Vec<u8> {
    (0..=u8::MAX).collect()
}

fn words() -> Vec<u8> {
    b"the same words over and over, ".repeat(20)
}

#[tokio::test]
async fn records_are_compressed_and_told_as_they_were_put() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    assert_eq!(told(&host).await, "NONE");
    host.put("a", "k", &words()).await;
    compress(&host, "LZ4").await;
    assert_eq!(told(&host).await, "LZ4");
    host.put("a", "k", &words()).await;
    host.put("a", "k", &noise()).await;
    let entry = json!({"PartitionKey": "k", "Data": base64(&words())});
    host.call("PutRecords", json!({"StreamName": "a", "Records": [entry, entry]})).await;

    let host = host.restart().await;
    assert_eq!(told(&host).await, "LZ4");
    host.put("a", "k", &words()).await;
    compress(&host, "NONE").await;
    assert_eq!(told(&host).await, "NONE");
    host.put("a", "k", &words()).await;
    let (plain, lz4) = ((Codec::None, false), (Codec::Lz4, false));
    assert_eq!(stored(&host).await, [plain, lz4, plain, lz4, lz4, plain]);
    let mut wanted = vec![words(); 7];
    wanted[2] = noise();
    assert_eq!(host.all("a").await, wanted);
}

#[tokio::test]
async fn what_is_compressed_can_be_encrypted_as_well() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    let Caller { account, region, .. } = caller();
    let new =
        NewKey { account, region, description: String::new(), tags: Vec::new(), policy: None };
    let key = host.keys.create(new).await.unwrap();
    compress(&host, "LZ4").await;
    let input = json!({"StreamName": "a", "EncryptionType": "KMS", "KeyId": key.id});
    host.call("StartStreamEncryption", input).await;
    host.put("a", "k", &words()).await;
    assert_eq!(stored(&host).await, [(Codec::Lz4, true)]);
    let iterator = host.iterator("a", "TRIM_HORIZON", json!({})).await;
    let read = host.call("GetRecords", json!({"ShardIterator": iterator})).await;
    assert_eq!(
        (data(&read), &read["Records"][0]["EncryptionType"]),
        (vec![words()], &json!("KMS"))
    );
    let host = host.restart().await;
    assert_eq!(host.all("a").await, [words()]);
}

#[tokio::test]
async fn what_functions_emit_is_compressed() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    compress(&host, "LZ4").await;
    let data = words();
    let id = stream(&host).facts.id;
    let emit = Emit { stream: id, partition_key: "k", hash_key: None, data: &data };
    let emits = host.service.prepare_emits(&[emit]).unwrap();
    let mut commit = Commit::new(1, storage::Scope("test", 0));
    commit.appends = emits.appends;
    storage::Store::commit(host.store(), commit).await.unwrap();
    assert_eq!(stored(&host).await, [(Codec::Lz4, false)]);
    assert_eq!(host.all("a").await, [words()]);
}

#[tokio::test]
async fn who_asks_is_asked_for_and_what_is_wrong_is_told() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    let input = json!({"StreamARN": arn("a"), "Compression": "LZ4"});
    let (answer, asked) = ask(&host, "UpdateStreamCompression", input).await;
    assert_eq!(answer, Ok(Value::Null));
    assert_eq!(asked, [("shardmill:UpdateStreamCompression", arn("a"))]);
    let (answer, asked) =
        ask(&host, "DescribeStreamCompression", json!({"StreamARN": arn("a")})).await;
    let wanted = json!({"Compression": "LZ4", "StreamARN": arn("a"), "StreamName": "a"});
    assert_eq!(answer, Ok(wanted));
    assert_eq!(asked, [("shardmill:DescribeStreamCompression", arn("a"))]);

    let update = "UpdateStreamCompression";
    for (input, code, part) in [
        (json!({"StreamName": "a"}), "ValidationException", "'compression'"),
        (json!({"Compression": "LZ4"}), "ValidationException", "'streamName'"),
        (json!({"StreamName": "a", "Compression": "lz4"}), "ValidationException", "[NONE, LZ4]"),
        (json!({"StreamName": "b", "Compression": "LZ4"}), "ResourceNotFoundException", "b"),
    ] {
        let (code_told, text) = ask(&host, update, input).await.0.unwrap_err();
        assert_eq!(code_told, code, "{text}");
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(told(&host).await, "LZ4");
}
