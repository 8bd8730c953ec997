//! Queues on an encrypted stream.

use async_trait::async_trait;
use identity::kms::NewKey;
use serde_json::json;
use wire::{Authorizer, Caller, Denied, Resource};

use crate::support::{Host, arn, base64, caller, text};

/// Lets everybody do everything but use keys.
struct NoKeys;

#[async_trait]
impl Authorizer for NoKeys {
    async fn authorize(&self, _: &Caller, asked: &Resource) -> Result<(), Denied> {
        match asked.action {
            "kms:Decrypt" => Err(Denied { message: "no".to_owned() }),
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn sealed_records_are_delivered_as_long_as_their_key_may_be_used() {
    let host = Host::unlimited().await;
    host.call("CreateStream", json!({"StreamName": "s"})).await;
    let caller = caller();
    let (account, region) = (caller.account, caller.region.clone());
    let new =
        NewKey { account, region, description: String::new(), tags: Vec::new(), policy: None };
    let key = host.keys.create(new).await.unwrap();
    let encrypt = json!({"StreamName": "s", "EncryptionType": "KMS", "KeyId": key.id});
    host.call("StartStreamEncryption", encrypt).await;
    let start = json!({"StreamARN": arn("s"), "StartingPosition": {"Type": "TRIM_HORIZON"}});
    let made = json!({"QueueName": "q", "StreamConfigurationList": [start]});
    let made = host.call("CreateQueue", made).await;
    let queue = text(&made["QueueDescription"], "QueueARN");
    let record = json!({"PartitionKey": "k", "Data": base64(b"secret words")});
    host.call("PutRecords", json!({"StreamName": "s", "Records": vec![record; 3]})).await;
    let receive = json!({"QueueARN": queue, "Limit": 1, "VisibilityTimeoutSeconds": 0});
    let reply = host.call("ReceiveQueueRecords", receive.clone()).await;
    assert_eq!(reply["QueueRecords"][0]["Data"], base64(b"secret words"));
    for operation in ["ReceiveQueueRecords", "ReceiveDeadLetterQueueRecords"] {
        let body = receive.to_string();
        let refusal = host.answer_under(&NoKeys, &caller, operation, &body).await.unwrap_err();
        assert_eq!(refusal.code, "KMSAccessDeniedException", "{operation}");
    }
    host.keys.set_enabled(&key, false).await.unwrap();
    // Neither what was given out before comes again, nor what was read with it.
    for _ in 0..2 {
        let refusal = host.refusal("ReceiveQueueRecords", receive.clone()).await;
        assert_eq!(refusal.code, "KMSDisabledException");
    }
    let key = host.keys.find(key.account, &key.region, &key.id).unwrap();
    host.keys.set_enabled(&key, true).await.unwrap();
    let all = json!({"QueueARN": queue, "VisibilityTimeoutSeconds": 60});
    let mut count = 0;
    while count < 3 {
        let reply = host.call("ReceiveQueueRecords", all.clone()).await;
        count += reply["QueueRecords"].as_array().unwrap().len();
    }
}
