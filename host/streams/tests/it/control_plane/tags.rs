//! Tags of a stream.

use serde_json::{Value, json};

use crate::support::{ACCOUNT, Host, arn, caller, told};

const ADD: &str = "AddTagsToStream";
const REMOVE: &str = "RemoveTagsFromStream";
const LIST: &str = "ListTagsForStream";
const INVALID: &str = "InvalidArgumentException";
const NOT_FOUND: &str = "ResourceNotFoundException";

fn tags(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

impl Host {
    async fn tags(&self, name: &str) -> Value {
        self.call(LIST, json!({"StreamName": name})).await
    }
}

#[tokio::test]
async fn tags_are_added_overwritten_listed_in_order_and_removed() {
    let host = Host::new().await;
    let input = json!({"StreamName": "a", "ShardCount": 1, "Tags": {"made": "with it"}});
    host.call("CreateStream", input).await;
    let input = json!({"StreamName": "a", "Tags": {"b": "2", "\u{fc}0 _.": "/=+-@:", "a": ""}});
    assert_eq!(host.call(ADD, input).await, Value::Null);
    host.call(ADD, json!({"StreamARN": arn("a"), "Tags": {"b": "3"}})).await;
    let all = [("a", ""), ("b", "3"), ("made", "with it"), ("\u{fc}0 _.", "/=+-@:")];
    let listed = json!({"HasMoreTags": false, "Tags": tags(&all)});
    assert_eq!(host.tags("a").await, listed);
    let host = host.restart().await;
    assert_eq!(host.tags("a").await, listed);
    let input = json!({"StreamName": "a", "TagKeys": ["b", "absent", "made"]});
    assert_eq!(host.call(REMOVE, input.clone()).await, Value::Null);
    host.call(REMOVE, input).await;
    let left = json!({"HasMoreTags": false, "Tags": tags(&[all[0], all[3]])});
    assert_eq!(host.tags("a").await, left);
    assert_eq!(host.restart().await.tags("a").await, left);
}

#[tokio::test]
async fn tags_come_in_pages() {
    let host = Host::new().await;
    host.create("a", 1).await;
    assert_eq!(host.tags("a").await, json!({"HasMoreTags": false, "Tags": []}));
    let many: Value = (0..50).map(|it| (format!("k{it:02}"), json!("v"))).collect();
    host.call(ADD, json!({"StreamName": "a", "Tags": many})).await;
    let (mut input, mut seen) = (json!({"StreamName": "a", "Limit": 7}), Vec::new());
    loop {
        let page = host.call(LIST, input.clone()).await;
        let keys = page["Tags"].as_array().unwrap().iter();
        seen.extend(keys.map(|tag| tag["Key"].as_str().unwrap().to_owned()));
        if page["HasMoreTags"] == false {
            break;
        }
        input["ExclusiveStartTagKey"] = json!(seen.last());
    }
    assert_eq!(seen, (0..50).map(|it| format!("k{it:02}")).collect::<Vec<_>>());
    assert_eq!(host.tags("a").await["Tags"].as_array().unwrap().len(), 50);
    // The start need not be a key that is there.
    let input = json!({"StreamName": "a", "Limit": 1, "ExclusiveStartTagKey": "k48;"});
    let page = json!({"HasMoreTags": false, "Tags": tags(&[("k49", "v")])});
    assert_eq!(host.call(LIST, input).await, page);
}

#[tokio::test]
async fn a_stream_has_fifty_tags_at_most() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let some = |keys: std::ops::Range<u32>| -> Value {
        keys.map(|it| (format!("k{it}"), json!("v"))).collect()
    };
    host.call(ADD, json!({"StreamName": "a", "Tags": some(0..45)})).await;
    let message = format!(
        "Failed to add tags to stream a under account {ACCOUNT} because a given stream cannot have \
         more than 50 tags associated with it."
    );
    for tags in [some(45..51), some(0..51)] {
        host.refuses(ADD, json!({"StreamName": "a", "Tags": tags}), INVALID, &message).await;
    }
    assert_eq!(host.tags("a").await["Tags"].as_array().unwrap().len(), 45);
    // Those that are there already take no room.
    host.call(ADD, json!({"StreamName": "a", "Tags": some(40..50)})).await;
    assert_eq!(host.tags("a").await["Tags"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn texts_are_checked_in_the_words_of_aws() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let characters = "Some tags contain invalid characters. Valid characters: Unicode letters, \
                      digits, white space, _ . / = + - % @ :.";
    for text in ["abc;def", "abc\tdef", "abc\ndef", "abc,def", "\u{0}"] {
        let inputs = [json!({text: "1"}), json!({"a": text})];
        for tags in inputs {
            host.refuses(ADD, json!({"StreamName": "a", "Tags": tags}), INVALID, characters).await;
        }
        let input = json!({"StreamName": "a", "TagKeys": ["a", text]});
        host.refuses(REMOVE, input, INVALID, characters).await;
    }
    let twice = |what: &str| {
        format!(
            "Failed to {what} stream a under account {ACCOUNT} because some tags contained illegal \
             characters. The allowed characters are Unicode letters, white-spaces, \
             '_',',','/','=','+','-','@'."
        )
    };
    let input = json!({"StreamName": "a", "Tags": {"k": "5%"}});
    host.refuses(ADD, input, INVALID, &twice("add tags to")).await;
    let input = json!({"StreamName": "a", "TagKeys": ["5%"]});
    host.refuses(REMOVE, input, INVALID, &twice("remove tags from")).await;
    for key in ["aws:x", "AWS:x", "aws:"] {
        for (operation, input) in [
            (ADD, json!({"StreamName": "a", "Tags": {key: ""}})),
            (REMOVE, json!({"StreamName": "a", "TagKeys": [key]})),
            ("CreateStream", json!({"StreamName": "b", "ShardCount": 1, "Tags": {key: ""}})),
        ] {
            let refusal = host.refusal(operation, input).await;
            assert_eq!(refusal.code, INVALID);
            assert!(refusal.message.contains("aws: are reserved"), "{}", refusal.message);
        }
    }
    host.call(ADD, json!({"StreamName": "a", "Tags": {"awsome": "aws:"}})).await;
    host.refuses(ADD, json!({"StreamName": "b", "Tags": {";": ""}}), NOT_FOUND, &missing("b"))
        .await;
}

#[tokio::test]
async fn tags_of_before_the_rules_can_be_removed() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let caller = caller();
    let stream =
        host.service.stream(caller.account, &caller.region, &"a".parse().unwrap()).unwrap();
    let old = ["5%", "a;b", "aws:x"].map(|key| (key.to_owned(), "v".to_owned()));
    host.service.add_tags(&stream, old.to_vec()).await.unwrap();
    let refused = json!({"StreamName": "a", "TagKeys": ["aws:x", "aws:y"]});
    assert_eq!(host.refusal(REMOVE, refused).await.code, INVALID);
    let input = json!({"StreamName": "a", "TagKeys": ["5%", "aws:x"]});
    assert_eq!(host.call(REMOVE, input.clone()).await, Value::Null);
    let input_of_arn = json!({"ResourceARN": arn("a"), "TagKeys": ["a;b"]});
    assert_eq!(host.call("UntagResource", input_of_arn).await, Value::Null);
    assert_eq!(host.tags("a").await["Tags"], json!([]));
    assert_eq!(host.refusal(REMOVE, input).await.code, INVALID);
}

fn missing(name: &str) -> String {
    format!("Stream {name} under account {ACCOUNT} not found.")
}

#[tokio::test]
async fn the_constraints_of_the_model_are_told() {
    let host = Host::new().await;
    let long = "x".repeat(129);
    let member = "satisfy constraint: [Member must have length less than or equal to 128, Member must \
                  have length greater than or equal to 1]";
    let least = "have length greater than or equal to 1";
    for (operation, input, message) in [
        (REMOVE, json!({"StreamName": "a", "TagKeys": []}), told("'[]'", "tagKeys", least)),
        (
            REMOVE,
            json!({"StreamName": "a", "TagKeys": ["a", long, "b"]}),
            told(&format!("'[a, {long}, b]'"), "tagKeys", member),
        ),
        (
            REMOVE,
            json!({"StreamName": "a", "TagKeys": [null]}),
            told("'[null]'", "tagKeys", member),
        ),
        (ADD, json!({"StreamName": "a", "Tags": {}}), told("'{}'", "tags", least)),
        (
            LIST,
            json!({"StreamName": "a", "Limit": 51}),
            told("'51'", "limit", "have value less than or equal to 50"),
        ),
        (
            "TagResource",
            json!({"ResourceARN": "a", "Tags": {"a": "b"}}),
            told(
                "'a'",
                "resourceARN",
                r"satisfy regular expression pattern: arn:aws.*:kinesis:.*:\d{12}:.*(stream|channel|queue)/\S+",
            ),
        ),
    ] {
        host.refuses(operation, input, "ValidationException", &message).await;
    }
    let refusal = host.refusal(ADD, json!({})).await;
    assert!(refusal.message.starts_with(
        "2 validation errors detected: Value null at 'tags' failed to satisfy constraint: Member \
         must not be null; Value null at 'streamName'"
    ));
}

#[tokio::test]
async fn streams_are_resources() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let resource = arn("a");
    let input = json!({"ResourceARN": resource, "Tags": {"b": "2", "a": "1"}});
    assert_eq!(host.call("TagResource", input).await, Value::Null);
    let listed = host.call("ListTagsForResource", json!({"ResourceARN": resource})).await;
    assert_eq!(listed, json!({"Tags": tags(&[("a", "1"), ("b", "2")])}));
    let input = json!({"ResourceARN": resource, "TagKeys": ["a"]});
    assert_eq!(host.call("UntagResource", input).await, Value::Null);
    assert_eq!(host.tags("a").await["Tags"], tags(&[("b", "2")]));
    let nobody = format!("{resource}/consumer/c:1");
    let unknown = resource.replace("stream/", "queue/");
    for (other, message) in [
        (&nobody, format!("Consumer {nobody}, account 123456789012 not found.")),
        (&unknown, format!("Resource {unknown} not found.")),
    ] {
        for (operation, more) in [
            ("ListTagsForResource", json!({})),
            ("TagResource", json!({"Tags": {"a": ""}})),
            ("UntagResource", json!({"TagKeys": ["a"]})),
        ] {
            let mut input = json!({"ResourceARN": other});
            crate::support::merge(&mut input, more);
            host.refuses(operation, input, NOT_FOUND, &message).await;
        }
    }
    let input = json!({"ResourceARN": arn("b")});
    host.refuses("ListTagsForResource", input, NOT_FOUND, &missing("b")).await;
}

#[tokio::test]
async fn changes_at_the_same_time_do_not_lose_one_another() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    let add = |number: u32| {
        let input = json!({"StreamName": "a", "Tags": {format!("k{number:02}"): "v"}});
        host.call(ADD, input)
    };
    let longer = |hours: u32| {
        let input = json!({"StreamName": "a", "RetentionPeriodHours": hours});
        host.call("IncreaseStreamRetentionPeriod", input)
    };
    let added = futures_util::future::join_all((0..40).map(add));
    tokio::join!(added, longer(48));
    assert_eq!(host.tags("a").await["Tags"].as_array().unwrap().len(), 40);
    let host = host.restart().await;
    assert_eq!(host.tags("a").await["Tags"].as_array().unwrap().len(), 40);
    let summary = host.call("DescribeStreamSummary", json!({"StreamName": "a"})).await;
    assert_eq!(summary["StreamDescriptionSummary"]["RetentionPeriodHours"], 48);
}
