//! Shared streams that are encrypted: whoever is let in needs the stream's key as well.

use std::sync::Arc;

use identity::kms::{Key, KeyPolicy, NewKey};
use serde_json::{Value, json};

use super::{DENIED, GUEST, Shared, guest, policy, requests, statement};
use crate::support::{ACCOUNT, arn, caller, data};

const KEY_DENIED: &str = "KMSAccessDeniedException";

impl Shared {
    /// With the stream encrypted, shared with the guest, and written to by its owner.
    pub(super) async fn encrypted() -> (Self, Arc<Key>) {
        let shared = Self::new().await;
        let caller = caller();
        let (account, region) = (caller.account, caller.region);
        let (description, tags, policy) = (String::new(), Vec::new(), None);
        let new = NewKey { account, region, description, tags, policy };
        let key = shared.host.keys.create(new).await.unwrap();
        shared.encrypt(&key.id).await;
        for key in ["a", "b", "c", "d", "e", "f"] {
            shared.host.put("a", key, b"x").await;
        }
        shared.share("kinesis:*").await;
        (shared, key)
    }

    async fn encrypt(&self, key: &str) {
        let input = json!({"StreamName": "a", "EncryptionType": "KMS", "KeyId": key});
        self.works(&caller(), "StartStreamEncryption", input).await;
    }

    pub(super) async fn put_on_key(&self, key: &Key, more: Vec<Value>) {
        let own = statement("Allow", ACCOUNT, "kms:*", "*");
        let statements: Vec<Value> = [own].into_iter().chain(more).collect();
        let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        self.host.keys.put_policy(key, KeyPolicy::parse(&text).unwrap()).await.unwrap();
    }

    /// The codes of all that the guest can do with a shared stream, "" for what works.
    async fn told(&self) -> Vec<(&'static str, String)> {
        let iterator = self.host.iterator("a", "TRIM_HORIZON", json!({})).await;
        let mut told = Vec::new();
        for (operation, input) in requests(&arn("a"), &iterator) {
            let answer = self.ask(&guest(), operation, input).await;
            told.push((operation, answer.map_or_else(|refusal| refusal.code, |_| String::new())));
        }
        told
    }

    async fn refused(&self) -> Vec<&'static str> {
        let told = self.told().await.into_iter().filter(|(_, code)| !code.is_empty());
        let refused = told.map(|(operation, code)| {
            assert_eq!(code, KEY_DENIED, "{operation}");
            operation
        });
        refused.collect()
    }
}

#[tokio::test]
async fn who_is_let_in_needs_the_key_to_read_and_to_write() {
    let (shared, key) = Shared::encrypted().await;
    let data_calls = ["GetRecords", "PutRecord", "PutRecords"];
    assert_eq!(shared.refused().await, data_calls);
    let allow = |action| statement("Allow", GUEST, action, "*");
    shared.put_on_key(&key, vec![allow("kms:Decrypt")]).await;
    assert_eq!(shared.refused().await, ["PutRecord", "PutRecords"]);
    shared.put_on_key(&key, vec![allow("kms:GenerateDataKey")]).await;
    assert_eq!(shared.refused().await, ["GetRecords"]);
    shared.put_on_key(&key, vec![allow("kms:*")]).await;
    assert_eq!(shared.refused().await, [""; 0]);
    let start = json!({"StreamARN": arn("a"), "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON"});
    let start = shared.works(&guest(), "GetShardIterator", start).await;
    let page = json!({"ShardIterator": start["ShardIterator"]});
    let page = shared.works(&guest(), "GetRecords", page).await;
    assert_ne!(data(&page).len(), 0);
    assert_eq!(page["Records"][0]["EncryptionType"], "KMS");
    // The key that every account has for data streams is not shared.
    shared.encrypt("alias/aws/kinesis").await;
    assert_eq!(shared.refused().await, data_calls);
}

#[tokio::test]
async fn a_key_can_be_for_one_stream_by_way_of_kinesis_alone() {
    let (shared, key) = Shared::encrypted().await;
    for (name, value, is_let_in) in [
        ("kms:ViaService", "kinesis.us-east-1.amazonaws.com", true),
        ("kms:ViaService", "kinesis.eu-central-1.amazonaws.com", false),
        ("kms:EncryptionContext:aws:kinesis:arn", &*arn("a"), true),
        ("kms:EncryptionContext:aws:kinesis:arn", &*arn("b"), false),
        ("kms:CallerAccount", GUEST, true),
        ("kms:CallerAccount", ACCOUNT, false),
    ] {
        let mut allow = statement("Allow", GUEST, "kms:*", "*");
        allow["Condition"] = json!({"StringEquals": {name: value}});
        shared.put_on_key(&key, vec![allow]).await;
        assert_eq!(shared.refused().await.is_empty(), is_let_in, "{name} {value}");
    }
}

#[tokio::test]
async fn the_owner_of_a_stream_is_bound_by_the_policy_of_its_key() {
    let (shared, key) = Shared::encrypted().await;
    let deny = statement("Deny", "*", "kms:GenerateDataKey", "*");
    shared.put_on_key(&key, vec![deny]).await;
    let put = json!({"StreamName": "a", "PartitionKey": "k", "Data": "eA=="});
    let refusal = shared.ask(&caller(), "PutRecord", put.clone()).await.unwrap_err();
    assert_eq!(refusal.code, KEY_DENIED);
    assert!(refusal.message.ends_with("with an explicit deny in a resource-based policy"));
    shared.put_on_key(&key, Vec::new()).await;
    shared.works(&caller(), "PutRecord", put).await;
}

/// Whoever the stream does not let in is told nothing of its key.
#[tokio::test]
async fn the_stream_is_asked_before_its_key() {
    let (shared, key) = Shared::encrypted().await;
    shared.put_on_key(&key, vec![statement("Allow", "*", "kms:*", "*")]).await;
    shared.put(&policy(&statement("Allow", "888888888888", "kinesis:*", &arn("a")))).await;
    for (operation, code) in shared.told().await {
        assert_eq!(code, DENIED, "{operation}");
    }
}
