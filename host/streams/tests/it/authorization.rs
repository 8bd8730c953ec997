//! What the policy is asked about, and that nothing happens if it says no.

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::{Value, json};
use wire::{Authorizer, Caller, Denied, Resource};

use crate::support::{ACCOUNT, Host, arn, caller, text};

/// Says no, and notes what it was asked.
#[derive(Default)]
struct DenyAll {
    asked: Mutex<Vec<(String, String)>>,
}

#[async_trait]
impl Authorizer for DenyAll {
    async fn authorize(&self, _: &Caller, asked: &Resource) -> Result<(), Denied> {
        self.asked.lock().push((asked.action.to_owned(), asked.arn.clone()));
        let message = "no".to_owned();
        Err(Denied { message })
    }
}

async fn asked(host: &Host, operation: &str, input: &Value) -> String {
    let deny = DenyAll::default();
    let (caller, body) = (caller(), input.to_string());
    let answer = host.answer_under(&deny, &caller, operation, &body).await;
    let refusal = answer.unwrap_err();
    assert_eq!(refusal.code, "AccessDeniedException", "{operation}");
    let asked = deny.asked.into_inner();
    let [(action, arn)] = &asked[..] else {
        panic!("{operation}: {asked:?}");
    };
    assert_eq!(*action, format!("kinesis:{operation}"));
    arn.clone()
}

#[tokio::test]
async fn every_operation_asks_about_its_stream() {
    let host = Host::new().await;
    host.create("a", 2).await;
    let record = json!({"PartitionKey": "k", "Data": ""});
    for (operation, more) in [
        ("CreateStream", json!({"ShardCount": 1})),
        ("DeleteStream", json!({})),
        ("DescribeStream", json!({})),
        ("DescribeStreamSummary", json!({})),
        ("ListShards", json!({})),
        ("PutRecord", record.clone()),
        ("PutRecords", json!({"Records": [record]})),
        ("GetShardIterator", json!({"ShardId": "0", "ShardIteratorType": "LATEST"})),
    ] {
        let mut input = json!({"StreamName": "a"});
        crate::support::merge(&mut input, more);
        assert_eq!(asked(&host, operation, &input).await, arn("a"));
    }
    assert_eq!(asked(&host, "ListStreams", &json!({})).await, "*");
    // Nothing of it happened.
    assert!(host.all("a").await.is_empty());
}

#[tokio::test]
async fn tokens_are_asked_about_as_the_stream_within() {
    let host = Host::new().await;
    host.create("a", 2).await;
    let iterator = host.iterator("a", "LATEST", json!({})).await;
    let input = json!({"ShardIterator": iterator});
    assert_eq!(asked(&host, "GetRecords", &input).await, arn("a"));
    let page = host.call("ListShards", json!({"StreamName": "a", "MaxResults": 1})).await;
    let input = json!({"NextToken": text(&page, "NextToken")});
    assert_eq!(asked(&host, "ListShards", &input).await, arn("a"));
    host.call("DeleteStream", json!({"StreamName": "a"})).await;
    let input = json!({"ShardIterator": iterator});
    assert_eq!(asked(&host, "GetRecords", &input).await, arn("a"));
    let input = json!({"ShardIterator": "x"});
    assert_eq!(asked(&host, "GetRecords", &input).await, arn("*"));
}

#[tokio::test]
async fn an_arn_is_asked_about_as_what_it_finds() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let other_partition = format!("arn:aws-cn:kinesis:us-east-1:{ACCOUNT}:stream/a");
    for (given, expected) in [
        (arn("a"), arn("a")),
        (other_partition, arn("a")),
        (
            "arn:aws:kinesis:us-east-1:999999999999:stream/a".to_owned(),
            "arn:aws:kinesis:us-east-1:999999999999:stream/a".to_owned(),
        ),
        ("quakes".to_owned(), "*".to_owned()),
    ] {
        let input = json!({"StreamARN": given, "StreamName": "b"});
        assert_eq!(asked(&host, "DescribeStream", &input).await, expected);
    }
}
