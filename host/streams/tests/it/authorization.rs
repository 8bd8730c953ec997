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
        ("AddTagsToStream", json!({"Tags": {"k": "v"}})),
        ("CreateStream", json!({"ShardCount": 1})),
        ("DecreaseStreamRetentionPeriod", json!({"RetentionPeriodHours": 24})),
        ("DeleteStream", json!({})),
        ("DescribeStream", json!({})),
        ("DescribeStreamSummary", json!({})),
        ("IncreaseStreamRetentionPeriod", json!({"RetentionPeriodHours": 24})),
        ("ListShards", json!({})),
        ("ListTagsForStream", json!({})),
        ("MergeShards", json!({"ShardToMerge": "0", "AdjacentShardToMerge": "1"})),
        ("RemoveTagsFromStream", json!({"TagKeys": ["k"]})),
        ("PutRecord", record.clone()),
        ("PutRecords", json!({"Records": [record]})),
        ("GetShardIterator", json!({"ShardId": "0", "ShardIteratorType": "LATEST"})),
        ("SplitShard", json!({"ShardToSplit": "0", "NewStartingHashKey": "1000"})),
        ("UpdateShardCount", json!({"TargetShardCount": 3, "ScalingType": "UNIFORM_SCALING"})),
    ] {
        let mut input = json!({"StreamName": "a"});
        crate::support::merge(&mut input, more);
        assert_eq!(asked(&host, operation, &input).await, arn("a"));
    }
    for operation in ["TagResource", "UntagResource", "ListTagsForResource"] {
        let input = json!({"ResourceARN": arn("a"), "Tags": {"k": "v"}, "TagKeys": ["k"]});
        assert_eq!(asked(&host, operation, &input).await, arn("a"));
    }
    assert_eq!(asked(&host, "ListStreams", &json!({})).await, "*");
    assert_eq!(asked(&host, "DescribeLimits", &json!({})).await, "*");
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

/// Says yes, and notes what it was asked.
#[derive(Default)]
struct AllowAll {
    asked: Mutex<Vec<Resource>>,
}

#[async_trait]
impl Authorizer for AllowAll {
    async fn authorize(&self, _: &Caller, asked: &Resource) -> Result<(), Denied> {
        self.asked.lock().push(asked.clone());
        Ok(())
    }
}

/// The conditions that a call is asked about, whatever becomes of it: action, then keys and values.
async fn conditions(host: &Host, operation: &str, input: &Value) -> Vec<(&'static str, String)> {
    let allow = AllowAll::default();
    let _ = host.answer_under(&allow, &caller(), operation, &input.to_string()).await;
    let shown = |asked: Resource| {
        let all = asked.conditions.iter();
        let all: Vec<_> = all.map(|(key, values)| format!("{key}={}", values.join(","))).collect();
        (asked.action, all.join(" "))
    };
    allow.asked.into_inner().into_iter().map(shown).collect()
}

#[tokio::test]
async fn a_stream_is_asked_about_with_its_tags() {
    let host = Host::new().await;
    let input = json!({"StreamName": "a", "ShardCount": 2, "Tags": {"team": "x", "cost": "1"}});
    host.call("CreateStream", input).await;
    host.create("plain", 1).await;
    let iterator = host.iterator("a", "LATEST", json!({})).await;
    let page = host.call("ListShards", json!({"StreamName": "a", "MaxResults": 1})).await;
    let tags = "aws:ResourceTag/cost=1 aws:ResourceTag/team=x";
    for (operation, input) in [
        ("PutRecord", json!({"StreamName": "a", "PartitionKey": "k", "Data": ""})),
        ("PutRecords", json!({"StreamARN": arn("a"), "Records": []})),
        ("DescribeStream", json!({"StreamName": "plain", "StreamARN": arn("a")})),
        ("GetRecords", json!({"ShardIterator": iterator})),
        ("ListShards", json!({"NextToken": page["NextToken"]})),
        ("IncreaseStreamRetentionPeriod", json!({"StreamName": "a"})),
        ("ListTagsForResource", json!({"ResourceARN": arn("a")})),
    ] {
        let asked = conditions(&host, operation, &input).await;
        assert_eq!(asked.len(), 1, "{operation}");
        assert_eq!(asked[0].1, tags, "{operation}");
    }
    let foreign = "arn:aws:kinesis:us-east-1:999999999999:stream/a";
    let elsewhere = arn("a").replace("us-east-1", "eu-central-1");
    for input in [
        json!({"StreamName": "plain"}),
        json!({"StreamName": "absent"}),
        json!({"StreamARN": foreign}),
        json!({"StreamARN": elsewhere}),
        json!({}),
    ] {
        let asked = conditions(&host, "DescribeStream", &input).await;
        assert_eq!(asked, [("kinesis:DescribeStream", String::new())], "{input}");
    }
}

#[tokio::test]
async fn a_stream_of_another_account_is_asked_about_without_its_tags() {
    let host = Host::new().await;
    let mut other = caller();
    other.account = "999999999999".parse().unwrap();
    let input = json!({"StreamName": "a", "ShardCount": 1, "Tags": {"team": "x"}}).to_string();
    host.answer(&other, "CreateStream", &input).await.unwrap();
    let input =
        json!({"StreamName": "a", "ShardId": "0", "ShardIteratorType": "LATEST"}).to_string();
    let reply = host.answer(&other, "GetShardIterator", &input).await.unwrap();
    let input = json!({"ShardIterator": reply["ShardIterator"]});
    assert_eq!(
        conditions(&host, "GetRecords", &input).await,
        [("kinesis:GetRecords", String::new())]
    );
    let input = json!({"ResourceARN": "arn:aws:kinesis:us-east-1:999999999999:stream/a"});
    let asked = conditions(&host, "ListTagsForResource", &input).await;
    assert_eq!(asked, [("kinesis:ListTagsForResource", String::new())]);
}

#[tokio::test]
async fn tags_of_a_call_are_asked_about() {
    let host = Host::new().await;
    let input = json!({"StreamName": "a", "ShardCount": 1, "Tags": {"team": "x"}});
    let brought = "aws:RequestTag/team=x aws:TagKeys=team".to_owned();
    // Whoever makes a stream with tags must be allowed to tag it.
    assert_eq!(
        conditions(&host, "CreateStream", &input).await,
        [("kinesis:CreateStream", brought.clone()), ("kinesis:AddTagsToStream", brought)]
    );
    let untagged = json!({"StreamName": "b", "ShardCount": 1});
    assert_eq!(
        conditions(&host, "CreateStream", &untagged).await,
        [("kinesis:CreateStream", String::new())]
    );
    let more =
        json!({"StreamName": "a", "ResourceARN": arn("a"), "Tags": {"cost": "1", "stage": ""}});
    let all = "aws:ResourceTag/team=x aws:RequestTag/cost=1 aws:RequestTag/stage= \
               aws:TagKeys=cost,stage";
    assert_eq!(conditions(&host, "AddTagsToStream", &more).await[0].1, all);
    let all = all.replace(
        "aws:ResourceTag/team=x",
        &["aws:ResourceTag/cost=1 aws:ResourceTag/stage=", "aws:ResourceTag/team=x"].join(" "),
    );
    assert_eq!(conditions(&host, "TagResource", &more).await[0].1, all);
    let fewer = json!({"StreamName": "a", "ResourceARN": arn("a"), "TagKeys": ["stage", "cost"]});
    let keys = "aws:TagKeys=stage,cost";
    let asked = conditions(&host, "RemoveTagsFromStream", &fewer).await;
    assert!(asked[0].1.ends_with(keys), "{asked:?}");
    let asked = conditions(&host, "UntagResource", &fewer).await;
    assert_eq!(asked[0].1, format!("aws:ResourceTag/team=x {keys}"));
}
