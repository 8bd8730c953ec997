//! Making, listing, changing, tagging and deleting queues.

use serde_json::{Value, json};

use super::place::{Place, create, pass};
use crate::support::{arn, merge, text};

#[tokio::test(start_paused = true)]
async fn a_queue_is_described_as_it_was_made() {
    let place = Place::new().await;
    let mut input = create("work", "LATEST");
    merge(&mut input, json!({"Tags": {"team": "a"}}));
    let made = place.call("CreateQueue", input).await;
    let description = &made["QueueDescription"];
    let queue = text(description, "QueueARN");
    assert!(!queue.contains("work"), "{queue}");
    let expected = json!({
        "QueueName": "work",
        "QueueARN": queue,
        "QueueStatus": "ACTIVE",
        "QueueCreationTimestamp": 1_790_068_000.0,
        "StreamConfigurationList": [{
            "StreamARN": arn("s"),
            "StartingPosition": {"Type": "LATEST", "Timestamp": 1_790_068_000.0},
        }],
        "QueueAttributes": {
            "VisibilityTimeoutSeconds": 30,
            "DeadLetterConfiguration": {"TargetType": "BUILT_IN", "MaxReceiveCount": 6},
        },
    });
    assert_eq!(*description, expected);
    let place = place.restart().await;
    let described = place.call("DescribeQueue", json!({"QueueARN": queue})).await;
    assert_eq!(described["QueueDescription"], expected);
    let change = json!({"VisibilityTimeoutSeconds": 5,
                        "DeadLetterConfiguration": {"TargetType": "NONE"}});
    let changed = json!({"QueueARN": queue, "QueueAttributes": change});
    let changed = place.call("UpdateQueue", changed).await;
    assert_eq!(changed["QueueDescription"]["QueueAttributes"], change);
    let one = json!({"QueueARN": queue, "QueueAttributes": {"VisibilityTimeoutSeconds": 6}});
    let changed = place.call("UpdateQueue", one).await;
    let attributes = &changed["QueueDescription"]["QueueAttributes"];
    assert_eq!(attributes["DeadLetterConfiguration"]["TargetType"], "NONE");
    assert_eq!(attributes["VisibilityTimeoutSeconds"], 6);
}

#[tokio::test(start_paused = true)]
async fn queues_are_listed_by_name_in_pages_and_by_stream() {
    let place = Place::new().await;
    place.call("CreateStream", json!({"StreamName": "t"})).await;
    for name in ["c", "a", "b"] {
        place.call("CreateQueue", create(name, "LATEST")).await;
    }
    let mut other = create("d", "LATEST");
    other["StreamConfigurationList"][0]["StreamARN"] = arn("t").into();
    place.call("CreateQueue", other).await;
    let names = |reply: &Value| {
        let summaries = reply["QueueSummaries"].as_array().unwrap().iter();
        summaries.map(|it| text(it, "QueueName")).collect::<Vec<_>>()
    };
    let first = place.call("ListQueues", json!({"MaxResults": 2})).await;
    assert_eq!(names(&first), ["a", "b"]);
    let rest = json!({"MaxResults": 2, "NextToken": first["NextToken"]});
    let rest = place.call("ListQueues", rest).await;
    assert_eq!(names(&rest), ["c", "d"]);
    assert!(rest.get("NextToken").is_none());
    let filter = |more: Value| {
        let mut filter = json!({"StreamARN": arn("t")});
        merge(&mut filter, more);
        json!({"StreamFilter": [filter]})
    };
    let of_stream = place.call("ListQueues", filter(json!({}))).await;
    assert_eq!(names(&of_stream), ["d"]);
    let streams = &of_stream["QueueSummaries"][0]["Streams"];
    assert_eq!(
        *streams,
        json!([{"StreamARN": arn("t"), "StreamCreationTimestamp": 1_790_068_000.0}])
    );
    let earlier = filter(json!({"StreamCreationTimestamp": 5}));
    assert!(names(&place.call("ListQueues", earlier).await).is_empty());
    let none = json!({"StreamFilter": [{"StreamARN": arn("absent")}]});
    assert!(names(&place.call("ListQueues", none).await).is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_a_queue_is_refused() {
    let place = Place::new().await;
    let provisioned = json!({"StreamName": "p", "ShardCount": 1});
    place.call("CreateStream", provisioned).await;
    let with = |change: fn(&mut Value)| {
        let mut input = create("q", "LATEST");
        change(&mut input);
        input
    };
    let cases: [(&str, Value); 7] = [
        (
            "ValidationException",
            with(|it| {
                it["StreamConfigurationList"][0]["StreamARN"] = arn("p").into();
            }),
        ),
        (
            "ResourceNotFoundException",
            with(|it| {
                it["StreamConfigurationList"][0]["StreamARN"] = arn("absent").into();
            }),
        ),
        (
            "InvalidArgumentException",
            with(|it| {
                let one = it["StreamConfigurationList"][0].clone();
                it["StreamConfigurationList"] = json!([one, one]);
            }),
        ),
        (
            "ValidationException",
            with(|it| {
                it["StreamConfigurationList"][0]["StartingPosition"] =
                    json!({"Type": "AT_TIMESTAMP"});
            }),
        ),
        (
            "ValidationException",
            with(|it| {
                let start = json!({"Type": "LATEST", "Timestamp": 5});
                it["StreamConfigurationList"][0]["StartingPosition"] = start;
            }),
        ),
        (
            "InvalidArgumentException",
            with(|it| {
                let start = json!({"Type": "AT_TIMESTAMP", "Timestamp": 4_000_000_000u64});
                it["StreamConfigurationList"][0]["StartingPosition"] = start;
            }),
        ),
        (
            "ValidationException",
            with(|it| {
                it["QueueAttributes"] =
                    json!({"DeadLetterConfiguration": {"TargetType": "BUILT_IN"}});
            }),
        ),
    ];
    for (code, input) in cases {
        assert_eq!(place.refusal("CreateQueue", input.clone()).await, code, "{input}");
    }
    place.call("CreateQueue", create("q", "LATEST")).await;
    let taken = place.refusal("CreateQueue", create("q", "LATEST")).await;
    assert_eq!(taken, "ResourceInUseException");
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_not_there_is_not_found() {
    let place = Place::new().await;
    let foreign = "arn:aws:kinesis:us-east-1:999999999999:queue/abcdefghij0123456789-abc";
    let absent = "arn:aws:kinesis:us-east-1:123456789012:queue/q";
    for arn in [foreign, absent] {
        for operation in ["DescribeQueue", "DeleteQueue", "ReceiveQueueRecords"] {
            let code = place.refusal(operation, json!({"QueueARN": arn})).await;
            assert_eq!(code, "ResourceNotFoundException");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_with_queues_stays_and_a_deleted_queue_leaves_nothing() {
    let place = Place::with_queue(json!({})).await;
    let delete = json!({"StreamName": "s"});
    let refused = place.refusal("DeleteStream", delete.clone()).await;
    assert_eq!(refused, "ResourceInUseException");
    let provisioned = json!({"StreamMode": "PROVISIONED"});
    let switch = json!({"StreamARN": arn("s"), "StreamModeDetails": provisioned});
    let refused = place.refusal("UpdateStreamMode", switch.clone()).await;
    assert_eq!(refused, "ResourceInUseException");
    let summary = place.call("DescribeStreamSummary", delete.clone()).await;
    assert_eq!(summary["StreamDescriptionSummary"]["QueueCount"], 1);
    place.put_many(30).await;
    place.receive(json!({})).await;
    let id = place.queue().id;
    assert_eq!(place.service.queues_of(place.queue().stream), 1);
    place.call("DeleteQueue", json!({"QueueARN": place.queue})).await;
    let gone = place.refusal("DescribeQueue", json!({"QueueARN": place.queue})).await;
    assert_eq!(gone, "ResourceNotFoundException");
    let place = place.restart().await;
    place.service.sweep().await.unwrap();
    assert_eq!(place.facts_of(id).await, 0);
    let made = place.call("CreateQueue", create("q", "TRIM_HORIZON")).await;
    let again = text(&made["QueueDescription"], "QueueARN");
    assert_ne!(again, place.queue, "another queue");
    let input = json!({"QueueARN": again, "WaitTimeSeconds": 1});
    let reply = place.call("ReceiveQueueRecords", input).await;
    assert_eq!(reply["QueueRecords"][0]["ReceiveCount"], 1);
    place.call("DeleteQueue", json!({"QueueARN": again})).await;
    place.call("UpdateStreamMode", switch).await;
    place.call("DeleteStream", delete).await;
}

#[tokio::test(start_paused = true)]
async fn a_queue_has_tags() {
    let place = Place::with_queue(json!({})).await;
    let tag = json!({"ResourceARN": place.queue, "Tags": {"team": "a", "cost": "1"}});
    place.call("TagResource", tag).await;
    let untag = json!({"ResourceARN": place.queue, "TagKeys": ["cost", "none"]});
    place.call("UntagResource", untag).await;
    let place = place.restart().await;
    let tags = place.call("ListTagsForResource", json!({"ResourceARN": place.queue})).await;
    assert_eq!(tags["Tags"], json!([{"Key": "team", "Value": "a"}]));
    let many: Value = (0..51).map(|number| (format!("k{number}"), json!("v"))).collect();
    let many = json!({"ResourceARN": place.queue, "Tags": many});
    assert_eq!(place.refusal("TagResource", many).await, "InvalidArgumentException");
}

#[tokio::test(start_paused = true)]
async fn queues_and_consumers_of_a_stream_share_a_limit() {
    let place = Place::limited().await;
    let consumer =
        |number: usize| json!({"StreamARN": arn("s"), "ConsumerName": format!("c{number}")});
    for number in 0..10 {
        place.call("RegisterStreamConsumer", consumer(number)).await;
        place.call("CreateQueue", create(&format!("q{number}"), "LATEST")).await;
        pass(1).await;
    }
    let refused = place.refusal("CreateQueue", create("one", "LATEST")).await;
    assert_eq!(refused, "LimitExceededException");
    let refused = place.refusal("RegisterStreamConsumer", consumer(10)).await;
    assert_eq!(refused, "LimitExceededException");
}
