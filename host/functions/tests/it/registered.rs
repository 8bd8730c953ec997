//! Mappings that read a stream as one of its registered consumers.

use std::time::Duration;

use serde_json::{Value, json};
use stdx::Clock as _;

use crate::mapped::{attach, goes, host, mapping, show, shows, to};
use crate::support::{ACCOUNT, Host, MAPPINGS, merge, stream_arn};

const INVALID: &str = "InvalidParameterValueException";

/// Registers a consumer of a stream; its ARN.
async fn register(host: &Host, stream: &str, name: &str) -> String {
    let stream = host.stream(stream);
    let new = host.streams.register_consumer(&stream, name.parse().unwrap(), Vec::new());
    new.await.unwrap().arn(&stream).to_string()
}

async fn deregister(host: &Host, stream: &str, name: &str) {
    let stream = host.stream(stream);
    let consumer = host.streams.consumer_named(&stream, name).unwrap();
    host.streams.deregister_consumer(&stream, &consumer).await.unwrap();
}

fn reading_as(arn: &str) -> Value {
    let mut more = to("out");
    merge(&mut more, json!({"EventSourceArn": arn}));
    more
}

/// How many mappings are listed of a source.
async fn listed(host: &Host, source: &str) -> usize {
    let source = source.replace(':', "%3A").replace('/', "%2F");
    let page = host.get(&format!("{MAPPINGS}?EventSourceArn={source}")).await;
    page["EventSourceMappings"].as_array().unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn a_mapping_reads_as_a_consumer_and_is_told_by_its_arn() {
    let host = host("(copy)").await;
    host.put("in", "a").await;
    let app = register(&host, "in", "app").await;
    assert!(app.ends_with("/consumer/app:1790068000"), "{app}");
    let made = host.works("POST", MAPPINGS, mapping(reading_as(&app))).await;
    assert_eq!(made["EventSourceArn"], *app);
    let uuid = made["UUID"].as_str().unwrap();
    assert_eq!(host.holds("out", 1).await, ["a"]);
    // To a transform it is the stream that records come from.
    assert_eq!(host.sandbox.calls()[0].input.stream, stream_arn("in"));
    assert_eq!(shows(&host, uuid, "LastProcessingResult", "OK").await["EventSourceArn"], *app);
    let path = format!("{MAPPINGS}/{uuid}");
    let told = host.works("PUT", &path, json!({"BatchSize": 7})).await;
    assert_eq!(told["EventSourceArn"], *app);
    assert_eq!((listed(&host, &app).await, listed(&host, &stream_arn("in")).await), (1, 0));
    let host = host.restart().await;
    host.put("in", "b").await;
    assert_eq!(host.holds("out", 2).await, ["a", "b"]);
    let told = host.works("DELETE", &path, Value::Null).await;
    assert_eq!(told["EventSourceArn"], *app);
    goes(&host, uuid).await;
    deregister(&host, "in", "app").await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_is_told_the_consumer_and_failures_the_stream() {
    let host = host("(handler raise no)").await;
    host.create_stream("bad").await;
    let app = register(&host, "in", "app").await;
    let on_failure = json!({"OnFailure": {"Destination": stream_arn("bad")}});
    let more = json!({
        "EventSourceArn": app, "DestinationConfig": on_failure, "MaximumRetryAttempts": 0,
        "TumblingWindowInSeconds": 60,
    });
    attach(&host, more).await;
    host.put("in", "a").await;
    let document: Value = serde_json::from_str(&host.holds("bad", 1).await[0]).unwrap();
    // Records are fetched from the stream.
    assert_eq!(document["KinesisBatchInfo"]["streamArn"], stream_arn("in"));
    let told: Value = serde_json::from_str(document["payload"].as_str().unwrap()).unwrap();
    let event: Value = serde_json::from_slice(&host.sandbox.handled()[0].input.payload).unwrap();
    for event in [event, told] {
        assert_eq!(event["Records"][0]["eventSourceARN"], *app);
        assert_eq!(event["eventSourceARN"], *app, "of the window");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_consumer_is_refused() {
    let host = host("(copy)").await;
    host.create_stream("other").await;
    let app = register(&host, "in", "app").await;
    for arn in [
        app.replace(":1790068000", ":1790068001"),
        app.replace(":1790068000", ""),
        app.replace("/app:", "/none:"),
        app.replace("stream/in/", "stream/other/"),
        app.replace("stream/in/", "stream/none/"),
        app.replace(ACCOUNT, "999999999999"),
        app.replace("us-east-1", "eu-west-1"),
    ] {
        let told = host.refused("POST", MAPPINGS, mapping(reading_as(&arn))).await;
        assert_eq!((told.status, &*told.code), (400, INVALID), "{arn}");
        assert_eq!(told.message, format!("Consumer not found: {arn}"));
    }
    assert_eq!(host.get(MAPPINGS).await, json!({"EventSourceMappings": []}));
}

#[tokio::test(start_paused = true)]
async fn a_consumer_has_one_mapping() {
    let host = host("(copy)").await;
    host.create("g", "(copy)").await;
    let (app, other) = (register(&host, "in", "app").await, register(&host, "in", "other").await);
    let uuid = attach(&host, reading_as(&app)).await;
    let told = host.refused("POST", MAPPINGS, mapping(reading_as(&app))).await;
    assert_eq!((told.status, &*told.code), (409, "ResourceConflictException"));
    let known =
        format!("The event source arn (\" {app} \") and function (\" f \") provided mapping");
    assert!(told.message.starts_with(&known), "{}", told.message);
    let mut of_another = reading_as(&app);
    merge(&mut of_another, json!({"FunctionName": "g"}));
    let told = host.refused("POST", MAPPINGS, mapping(of_another)).await;
    assert_eq!((told.status, &*told.code), (409, "ResourceConflictException"));
    let known = format!("The consumer {app} is read by the event source mapping with UUID {uuid}");
    assert!(told.message.starts_with(&known), "{}", told.message);
    // The stream and other consumers of it are other sources.
    attach(&host, to("out")).await;
    attach(&host, reading_as(&other)).await;
    host.put("in", "a").await;
    assert_eq!(host.holds("out", 3).await, ["a", "a", "a"]);
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_is_gone_is_read_as_no_more_and_the_place_is_kept() {
    let host = host("(copy)").await;
    let app = register(&host, "in", "app").await;
    let uuid = attach(&host, reading_as(&app)).await;
    host.put("in", "a").await;
    assert_eq!(host.holds("out", 1).await, ["a"]);
    shows(&host, &uuid, "LastProcessingResult", "OK").await;
    deregister(&host, "in", "app").await;
    let problem = format!("PROBLEM: Consumer not found: {app}");
    let shown = shows(&host, &uuid, "LastProcessingResult", &problem).await;
    assert_eq!((&shown["State"], &shown["EventSourceArn"]), (&json!("Enabled"), &json!(app)));
    host.put("in", "b").await;
    tokio::time::advance(Duration::from_secs(600)).await;
    // Under its name there is another one now, which has a mapping of its own.
    let again = register(&host, "in", "app").await;
    assert_ne!(again, app);
    let other = attach(&host, reading_as(&again)).await;
    assert_eq!(host.holds("out", 3).await, ["a", "a", "b"]);
    assert_eq!(show(&host, &uuid).await["LastProcessingResult"], *problem);
    // It is told again, and its records wait for nothing that comes back, until it is deleted.
    let host = host.restart().await;
    shows(&host, &uuid, "LastProcessingResult", &problem).await;
    for (change, state) in [(false, "Disabled"), (true, "Enabled")] {
        host.works("PUT", &format!("{MAPPINGS}/{uuid}"), json!({"Enabled": change})).await;
        shows(&host, &uuid, "State", state).await;
    }
    shows(&host, &uuid, "LastProcessingResult", &problem).await;
    shows(&host, &other, "State", "Enabled").await;
    assert_eq!(host.all("out").await.len(), 3);
    host.works("DELETE", &format!("{MAPPINGS}/{uuid}"), Value::Null).await;
    goes(&host, &uuid).await;
}

#[tokio::test(start_paused = true)]
async fn batches_in_hand_are_finished_when_the_consumer_goes() {
    let host = host("(wait gate)").await;
    let gate = host.sandbox.gate("gate");
    let app = register(&host, "in", "app").await;
    let uuid = attach(&host, reading_as(&app)).await;
    host.put("in", "a").await;
    gate.reached(1).await;
    deregister(&host, "in", "app").await;
    host.put("in", "b").await;
    gate.open();
    assert_eq!(host.holds("out", 1).await, ["a"]);
    let problem = format!("PROBLEM: Consumer not found: {app}");
    shows(&host, &uuid, "LastProcessingResult", &problem).await;
    assert_eq!(host.sandbox.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_goes_takes_its_consumers_along() {
    let host = host("(copy)").await;
    let app = register(&host, "in", "app").await;
    let uuid = attach(&host, reading_as(&app)).await;
    shows(&host, &uuid, "State", "Enabled").await;
    host.streams.delete_stream(&host.stream("in")).await.unwrap();
    shows(&host, &uuid, "LastProcessingResult", "PROBLEM: Stream not found.").await;
    host.works("DELETE", &format!("{MAPPINGS}/{uuid}"), Value::Null).await;
    goes(&host, &uuid).await;
}

#[tokio::test(start_paused = true)]
async fn the_role_is_asked_about_the_consumer() {
    let host = host("(copy)").await;
    let app = register(&host, "in", "app").await;
    let put = ("kinesis:PutRecords", "*");
    host.role_may(&[("kinesis:GetRecords", "*"), put]).await;
    let told = host.refused("POST", MAPPINGS, mapping(reading_as(&app))).await;
    assert_eq!((told.status, &*told.code), (400, INVALID));
    assert!(told.message.contains("kinesis:SubscribeToShard on resource"), "{}", told.message);
    assert!(told.message.contains(&app), "{}", told.message);
    // No right to the stream itself is needed.
    let subscribe = ("kinesis:SubscribeToShard", &*app);
    host.role_may(&[subscribe, put]).await;
    let uuid = attach(&host, reading_as(&app)).await;
    host.put("in", "a").await;
    assert_eq!(host.holds("out", 1).await, ["a"]);
    shows(&host, &uuid, "LastProcessingResult", "OK").await;
    // It is asked again for each batch, and so is the policy that hangs on the consumer.
    let (stream, consumer) = host.streams.consumer(&app.parse().unwrap()).unwrap();
    let role = crate::support::ROLE;
    let deny = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": {"AWS": role}, "Action": "kinesis:SubscribeToShard", "Resource": app,
    }]});
    host.streams.put_consumer_policy(&stream, &consumer, &deny.to_string()).await.unwrap();
    host.put("in", "b").await;
    let seen = until_problem(&host, &uuid).await;
    assert!(seen.contains("kinesis:SubscribeToShard") && seen.contains("explicit deny"), "{seen}");
    assert_eq!(host.sandbox.calls().len(), 1);
    host.streams.delete_consumer_policy(&stream, &consumer).await.unwrap();
    assert_eq!(host.holds("out", 2).await, ["a", "b"]);
    assert!(host.clock.now() > crate::support::START, "it was tried again after a while");
}

async fn until_problem(host: &Host, uuid: &str) -> String {
    loop {
        let told = show(host, uuid).await["LastProcessingResult"].as_str().unwrap().to_owned();
        if told.starts_with("PROBLEM: ") {
            return told;
        }
        tokio::task::yield_now().await;
    }
}
