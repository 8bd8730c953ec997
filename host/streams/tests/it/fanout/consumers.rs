//! Registering, finding and forgetting consumers.

use serde_json::{Value, json};
use storage::Meta;
use storage::faulty::{Call, Fate};

use super::support::{Next, latest};
use crate::support::{Host, START, arn, text};

#[tokio::test]
async fn a_consumer_is_found_by_arn_and_by_name() {
    let host = Host::new().await;
    host.create("quakes", 1).await;
    let consumer = host.register("quakes", "app").await;
    assert_eq!(consumer, format!("{}/consumer/app:{}", arn("quakes"), START.0 / 1000));
    let by_arn = host.call("DescribeStreamConsumer", json!({"ConsumerARN": consumer})).await;
    let by_name = json!({"StreamARN": arn("quakes"), "ConsumerName": "app"});
    assert_eq!(host.call("DescribeStreamConsumer", by_name).await, by_arn);
    let description = &by_arn["ConsumerDescription"];
    assert_eq!(text(description, "ConsumerStatus"), "ACTIVE");
    assert_eq!(text(description, "StreamARN"), arn("quakes"));
    assert_eq!(description["ConsumerCreationTimestamp"], json!(1_790_068_000.0));
    let summary = host.call("DescribeStreamSummary", json!({"StreamName": "quakes"})).await;
    assert_eq!(summary["StreamDescriptionSummary"]["ConsumerCount"], json!(1));

    for (input, code, message) in [
        (
            json!({}),
            "InvalidArgumentException",
            "Either ConsumerARN or both StreamARN and ConsumerName must be provided.",
        ),
        (
            json!({"StreamARN": arn("quakes"), "ConsumerName": "other"}),
            "ResourceNotFoundException",
            "Consumer other, account 123456789012 not found.",
        ),
        (
            json!({"ConsumerARN": consumer, "ConsumerName": "other"}),
            "InvalidArgumentException",
            &format!("ConsumerARN {consumer} does not match StreamARN and ConsumerName."),
        ),
        (
            json!({"ConsumerARN": format!("{consumer}0")}),
            "ResourceNotFoundException",
            &format!("Consumer {consumer}0, account 123456789012 not found."),
        ),
        (
            json!({"ConsumerARN": consumer.replace("123456789012", "999999999999")}),
            "ResourceNotFoundException",
            &format!(
                "Consumer {}, account 123456789012 not found.",
                consumer.replace("123456789012", "999999999999")
            ),
        ),
    ] {
        host.refuses("DescribeStreamConsumer", input, code, message).await;
    }
}

#[tokio::test]
async fn a_name_is_taken_once_and_twenty_are_enough() {
    let host = Host::new().await;
    host.create("quakes", 1).await;
    host.register("quakes", "app").await;
    let again = json!({"StreamARN": arn("quakes"), "ConsumerName": "app"});
    let message = "Consumer app under stream quakes already exists for account 123456789012.";
    host.refuses("RegisterStreamConsumer", again, "ResourceInUseException", message).await;
    for number in 1..20 {
        host.register("quakes", &format!("app-{number}")).await;
    }
    let more = json!({"StreamARN": arn("quakes"), "ConsumerName": "more"});
    let message = "Stream quakes under account 123456789012 has reached the limit of 20 registered consumers.";
    host.refuses("RegisterStreamConsumer", more, "LimitExceededException", message).await;
}

#[tokio::test]
async fn consumers_are_listed_in_pages() {
    let host = Host::new().await;
    host.create("quakes", 1).await;
    host.create("others", 1).await;
    for name in ["c", "a", "b"] {
        host.register("quakes", name).await;
    }
    let names = |page: &Value| -> Vec<String> {
        page["Consumers"].as_array().unwrap().iter().map(|it| text(it, "ConsumerName")).collect()
    };
    let mut input = json!({"StreamARN": arn("quakes"), "MaxResults": 2});
    let first = host.call("ListStreamConsumers", input.clone()).await;
    assert_eq!(names(&first), ["a", "b"]);
    input["NextToken"] = first["NextToken"].clone();
    let second = host.call("ListStreamConsumers", input.clone()).await;
    assert_eq!((names(&second), second.get("NextToken")), (vec!["c".to_owned()], None));
    input["StreamARN"] = json!(arn("others"));
    let invalid = "InvalidArgumentException";
    host.refuses("ListStreamConsumers", input.clone(), invalid, "Invalid NextToken.").await;
    host.clock.advance(300_001);
    input["StreamARN"] = json!(arn("quakes"));
    let expired = "ExpiredNextTokenException";
    host.refuses("ListStreamConsumers", input, expired, "NextToken has expired.").await;
}

#[tokio::test]
async fn consumers_carry_tags() {
    let host = Host::new().await;
    host.create("quakes", 1).await;
    let input = json!({"StreamARN": arn("quakes"), "ConsumerName": "app",
                       "Tags": {"team": "a"}});
    let consumer = host.call("RegisterStreamConsumer", input).await;
    let consumer = text(&consumer["Consumer"], "ConsumerARN");
    let tags = async || {
        let told = host.call("ListTagsForResource", json!({"ResourceARN": consumer})).await;
        told["Tags"].clone()
    };
    assert_eq!(tags().await, json!([{"Key": "team", "Value": "a"}]));
    let more = json!({"ResourceARN": consumer, "Tags": {"stage": "test"}});
    host.call("TagResource", more).await;
    host.call("UntagResource", json!({"ResourceARN": consumer, "TagKeys": ["team"]})).await;
    let host = host.restart().await;
    let told = host.call("ListTagsForResource", json!({"ResourceARN": consumer})).await;
    assert_eq!(told["Tags"], json!([{"Key": "stage", "Value": "test"}]));
}

#[tokio::test(start_paused = true)]
async fn a_stream_with_consumers_goes_only_with_them() {
    let host = Host::new().await;
    host.create("quakes", 1).await;
    let consumer = host.register("quakes", "app").await;
    let mut events = host.subscribe(&consumer, latest()).await;
    events.event().await;
    let message = "Stream quakes under account 123456789012 has registered consumers. Deregister them first, or \
                   set EnforceConsumerDeletion to true.";
    let input = json!({"StreamName": "quakes"});
    host.refuses("DeleteStream", input, "ResourceInUseException", message).await;
    host.call("DeleteStream", json!({"StreamName": "quakes", "EnforceConsumerDeletion": true}))
        .await;
    let Next::Exception(kind, _) = events.next().await else {
        panic!("the stream is gone");
    };
    assert_eq!(kind, "ResourceNotFoundException");
    assert_eq!(events.next().await, Next::End);
    host.create("quakes", 1).await;
    let listed = host.call("ListStreamConsumers", json!({"StreamARN": arn("quakes")})).await;
    assert_eq!(listed["Consumers"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_is_forgotten_gets_no_more() {
    let host = Host::new().await;
    host.create("quakes", 1).await;
    let consumer = host.register("quakes", "app").await;
    let mut events = host.subscribe(&consumer, latest()).await;
    events.event().await;
    host.call("DeregisterStreamConsumer", json!({"ConsumerARN": consumer})).await;
    let told = Next::Exception(
        "ResourceNotFoundException".to_owned(),
        "Consumer app, account 123456789012 not found.".to_owned(),
    );
    assert_eq!(events.next().await, told);
    let again = host.register("quakes", "app").await;
    host.subscribe(&again, latest()).await.event().await;
}

#[tokio::test]
async fn consumers_whose_stream_went_without_them_go_with_the_next_sweep() {
    let host = Host::new().await;
    host.create("quakes", 1).await;
    host.register("quakes", "app").await;
    // The process dies between the two commits.
    let host = host
        .restart()
        .await
        .failing(|call| match call {
            Call::Commit(commit) if commit.scope.0 == "stream consumers" => Fate::FailBefore,
            _ => Fate::Pass,
        })
        .await;
    let input = json!({"StreamName": "quakes", "EnforceConsumerDeletion": true});
    host.call("DeleteStream", input).await;
    let kept = async |host: &Host| {
        let scope = storage::Scope("stream consumers", 0);
        host.store().scan(&scope, b"c", None, 10).await.unwrap().len()
    };
    let host = host.restart().await;
    assert_eq!(kept(&host).await, 1);
    host.service.sweep().await.unwrap();
    assert_eq!(kept(&host).await, 0);
    host.create("quakes", 1).await;
    let summary = host.call("DescribeStreamSummary", json!({"StreamName": "quakes"})).await;
    assert_eq!(summary["StreamDescriptionSummary"]["ConsumerCount"], json!(0));
}
