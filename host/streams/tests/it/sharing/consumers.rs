//! The same of consumers: what their policies let other accounts do, and what they do not.

use serde_json::{Value, json};

use super::{DENIED, GUEST, INVALID, NOT_FOUND, Shared, guest, policy, statement};
use crate::fanout::support::{Events, SHARD, horizon};
use crate::support::{ACCOUNT, Refusal, arn, caller, data, text};

impl Shared {
    async fn with_consumer() -> (Self, String) {
        let shared = Self::new().await;
        let consumer = shared.host.register("a", "app").await;
        (shared, consumer)
    }

    async fn put_on(&self, consumer: &str, policy: &str) {
        let input = json!({"ResourceARN": consumer, "Policy": policy});
        self.works(&caller(), "PutResourcePolicy", input).await;
    }

    async fn lets_in(&self, consumer: &str, action: &str) {
        self.put_on(consumer, &policy(&statement("Allow", GUEST, action, consumer))).await;
    }

    async fn describe(&self, consumer: &str) -> Result<Value, Refusal> {
        self.ask(&guest(), "DescribeStreamConsumer", json!({"ConsumerARN": consumer})).await
    }

    async fn subscribe(&self, consumer: &str) -> Result<Events, Refusal> {
        let input =
            json!({"ConsumerARN": consumer, "ShardId": SHARD, "StartingPosition": horizon()});
        self.host.subscribe_under(&*self.directory, &guest(), &input).await
    }
}

fn code<T>(answer: Result<T, Refusal>) -> String {
    answer.map_or_else(|refusal| refusal.code, |_| String::new())
}

#[tokio::test]
async fn a_policy_is_put_shown_and_taken_away() {
    let (shared, consumer) = Shared::with_consumer().await;
    let of = json!({"ResourceARN": consumer});
    let host = &shared.host;
    assert_eq!(host.call("GetResourcePolicy", of.clone()).await, json!({"Policy": "{}"}));
    let text = policy(&statement("Allow", GUEST, "kinesis:*", &consumer));
    shared.put_on(&consumer, &text).await;
    // That of the stream is another one.
    let stream = host.call("GetResourcePolicy", json!({"ResourceARN": arn("a")})).await;
    assert_eq!(stream, json!({"Policy": "{}"}));
    let host = shared.host.restart().await;
    assert_eq!(host.call("GetResourcePolicy", of.clone()).await, json!({"Policy": text}));
    let tag = json!({"ResourceARN": consumer, "Tags": {"team": "a"}});
    host.call("TagResource", tag).await;
    assert_eq!(host.call("GetResourcePolicy", of.clone()).await, json!({"Policy": text}));
    assert_eq!(host.call("DeleteResourcePolicy", of.clone()).await, Value::Null);
    assert_eq!(host.call("GetResourcePolicy", of.clone()).await, json!({"Policy": "{}"}));
    let message = format!("No resource policy found for resource ARN {consumer}.");
    host.refuses("DeleteResourcePolicy", of.clone(), NOT_FOUND, &message).await;
    host.call("DeregisterStreamConsumer", json!({"ConsumerARN": consumer})).await;
    let message = format!("Consumer {consumer}, account {ACCOUNT} not found.");
    host.refuses("GetResourcePolicy", of, NOT_FOUND, &message).await;
}

#[tokio::test]
async fn what_is_no_policy_for_this_consumer_is_refused() {
    let (shared, consumer) = Shared::with_consumer().await;
    for (action, of, told) in [
        ("kinesis:SubscribeToShard", &*arn("a"), "Statement[0].Resource: this is not about"),
        ("kinesis:GetRecords", &consumer, "Statement[0].Action[0]: a policy of this resource"),
        ("kinesis:DeregisterStreamConsumer", &consumer, "a policy of this resource cannot speak"),
    ] {
        let policy = policy(&statement("Allow", GUEST, action, of));
        let input = json!({"ResourceARN": consumer, "Policy": policy});
        let refusal = shared.host.refusal("PutResourcePolicy", input).await;
        assert_eq!(refusal.code, INVALID, "{action}");
        assert!(refusal.message.contains(told), "{}", refusal.message);
    }
}

#[tokio::test]
async fn a_consumer_that_is_shared_is_used_from_another_account() {
    let (shared, consumer) = Shared::with_consumer().await;
    for key in ["a", "b", "c", "d", "e", "f"] {
        shared.host.put("a", key, b"x").await;
    }
    // The stream's policy is not the consumer's.
    shared.share("*").await;
    assert_eq!(code(shared.describe(&consumer).await), DENIED);
    assert_eq!(code(shared.subscribe(&consumer).await), DENIED);

    shared.lets_in(&consumer, "kinesis:DescribeStreamConsumer").await;
    let described = shared.describe(&consumer).await.unwrap();
    assert_eq!(text(&described["ConsumerDescription"], "ConsumerARN"), consumer);
    assert_eq!(code(shared.subscribe(&consumer).await), DENIED);

    shared.lets_in(&consumer, "kinesis:*").await;
    shared.works(&caller(), "DeleteResourcePolicy", json!({"ResourceARN": arn("a")})).await;
    let mut events = shared.subscribe(&consumer).await.unwrap();
    assert_ne!(data(&events.event().await).len(), 0);
    // By its ARN alone, in its region, and nothing else of it.
    let by_name = json!({"StreamARN": arn("a"), "ConsumerName": "app"});
    for (operation, input) in [
        ("DescribeStreamConsumer", by_name),
        ("DeregisterStreamConsumer", json!({"ConsumerARN": consumer})),
        ("ListTagsForResource", json!({"ResourceARN": consumer})),
        ("TagResource", json!({"ResourceARN": consumer, "Tags": {"a": "b"}})),
        ("GetResourcePolicy", json!({"ResourceARN": consumer})),
        ("DeleteResourcePolicy", json!({"ResourceARN": consumer})),
        ("DescribeStreamSummary", json!({"StreamARN": arn("a")})),
        ("ListStreamConsumers", json!({"StreamARN": arn("a")})),
    ] {
        let answer = shared.ask(&guest(), operation, input).await;
        assert_eq!(code(answer), DENIED, "{operation}");
    }
    let elsewhere = consumer.replace("us-east-1", "eu-central-1");
    assert_eq!(code(shared.describe(&elsewhere).await), DENIED);

    shared.works(&caller(), "DeleteResourcePolicy", json!({"ResourceARN": consumer})).await;
    assert_eq!(code(shared.describe(&consumer).await), DENIED);
}

#[tokio::test]
async fn a_consumer_that_is_not_shared_is_as_one_that_is_not_there() {
    let (shared, consumer) = Shared::with_consumer().await;
    shared.put_on(&consumer, &policy(&statement("Deny", GUEST, "*", &consumer))).await;
    let closed = shared.host.register("a", "app2").await;
    let absent = format!("{consumer}0");
    let mut told = Vec::new();
    for arn in [&consumer, &closed, &absent] {
        let refusal = shared.describe(arn).await.unwrap_err();
        assert_eq!(refusal.code, DENIED);
        let message = refusal.message.replace(arn, "X");
        let refusal = shared.subscribe(arn).await.err().unwrap();
        told.push((message, refusal.message.replace(arn, "X")));
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
}

#[tokio::test]
async fn at_home_it_may_deny_and_a_name_is_as_good_as_the_arn() {
    let (shared, consumer) = Shared::with_consumer().await;
    shared.put_on(&consumer, &policy(&statement("Deny", "*", "*", &consumer))).await;
    let by_name = json!({"StreamARN": arn("a"), "ConsumerName": "app"});
    for input in [by_name, json!({"ConsumerARN": consumer})] {
        let answer = shared.ask(&caller(), "DescribeStreamConsumer", input).await;
        let told = answer.unwrap_err().message;
        assert!(told.ends_with("with an explicit deny in a resource-based policy"), "{told}");
    }
    shared.works(&caller(), "DeleteResourcePolicy", json!({"ResourceARN": consumer})).await;
    let input = json!({"ConsumerARN": consumer});
    shared.works(&caller(), "DescribeStreamConsumer", input).await;
}

#[tokio::test]
async fn of_an_encrypted_stream_the_key_is_needed_as_well() {
    let (shared, key) = Shared::encrypted().await;
    let consumer = shared.host.register("a", "app").await;
    shared.put_on_key(&key, vec![statement("Allow", GUEST, "kms:GenerateDataKey", "*")]).await;
    assert_eq!(code(shared.subscribe(&consumer).await), DENIED, "the consumer comes first");
    shared.lets_in(&consumer, "kinesis:SubscribeToShard").await;
    let told = shared.subscribe(&consumer).await.err().unwrap();
    assert_eq!(told.code, "KMSAccessDeniedException");
    assert!(told.message.contains("kms:Decrypt"), "{}", told.message);
    shared.put_on_key(&key, vec![statement("Allow", GUEST, "kms:Decrypt", "*")]).await;
    let event = shared.subscribe(&consumer).await.unwrap().event().await;
    assert_eq!(event["Records"][0]["EncryptionType"], "KMS");
}
