//! Mappings of streams to functions, as they are made, told and refused.

use serde_json::{Value, json};

use crate::mapped::{attach, host, mapping, shows, to};
use crate::support::{MAPPINGS, Refusal, function_arn, merge, stream_arn};

const INVALID: &str = "InvalidParameterValueException";

#[tokio::test(start_paused = true)]
async fn a_mapping_is_told_as_on_aws_and_runs() {
    let host = host("(copy)").await;
    host.put("in", "a").await;
    let created = host.send("POST", MAPPINGS, mapping(to("out"))).await.unwrap();
    assert_eq!(created.status, 202);
    let told = created.body;
    let uuid = told["UUID"].as_str().unwrap();
    let expected = json!({
        "UUID": uuid, "StartingPosition": "TRIM_HORIZON", "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 0, "ParallelizationFactor": 1, "EventSourceArn": stream_arn("in"),
        "EventSourceMappingArn": format!("arn:aws:lambda:us-east-1:123456789012:event-source-mapping:{uuid}"),
        "FunctionArn": function_arn("f"), "LastModified": told["LastModified"],
        "LastProcessingResult": "No records processed", "State": "Creating", "StateTransitionReason": "User action",
        "DestinationConfig": {"OnSuccess": {"Destination": stream_arn("out")}, "OnFailure": {}},
        "MaximumRecordAgeInSeconds": -1, "BisectBatchOnFunctionError": false, "MaximumRetryAttempts": -1,
        "TumblingWindowInSeconds": 0, "FunctionResponseTypes": [],
    });
    assert_eq!(told, expected);
    assert_eq!(host.holds("out", 1).await, ["a"]);
    host.put("in", "b").await;
    assert_eq!(host.holds("out", 2).await, ["a", "b"]);
    let told = shows(&host, uuid, "LastProcessingResult", "OK").await;
    assert_eq!(told["State"], "Enabled");
    let batch = &host.sandbox.calls()[0].input;
    assert_eq!((&*batch.stream, &*batch.shard), (&*stream_arn("in"), "shardId-000000000000"));
    assert_eq!((batch.attempt, batch.is_replay, batch.behind_ms), (1, false, 0));
    assert_eq!(host.metrics.functions.mapped.get(), 2);
    assert_eq!(host.metrics.functions.emitted.get(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_makes_no_sense_is_refused() {
    let host = host("(copy)").await;
    let of_queue = "arn:aws:sqs:us-east-1:123456789012:q";
    for (more, told) in [
        (json!({"EventSourceArn": null}), "Unrecognized event source."),
        (json!({"EventSourceArn": of_queue}), "Unrecognized event source, must be kinesis"),
        (json!({"EventSourceArn": stream_arn("none")}), "Stream not found: arn:aws:kinesis"),
        (
            json!({"EventSourceArn": "arn:aws:kinesis:eu-west-1:123456789012:stream/in"}),
            "Stream not found: arn:aws:kinesis:eu-west-1",
        ),
        (
            json!({"EventSourceArn": format!("{}/consumer/c:1", stream_arn("in"))}),
            "Consumer not found: arn:aws:kinesis:us-east-1:123456789012:stream/in/consumer/c:1",
        ),
        (
            json!({"StartingPosition": null}),
            "1 validation error detected: Value null at 'startingPosition'",
        ),
        (json!({"StartingPosition": "AT_TIMESTAMP"}), "StartingPositionTimestamp is required"),
        (json!({"StartingPositionTimestamp": 1}), "StartingPositionTimestamp is taken only"),
        (
            json!({"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1_790_068_001}),
            "StartingPositionTimestamp must not be in the future.",
        ),
        (
            json!({"MaximumRecordAgeInSeconds": 0}),
            "MaximumRecordAgeInSeconds must be -1 or from 60 to 604800.",
        ),
        (json!({"MaximumRecordAgeInSeconds": 59}), "MaximumRecordAgeInSeconds must be"),
        (to("none"), "DestinationConfig.OnSuccess.Destination must be"),
        (
            json!({"DestinationConfig": {"OnSuccess": {"Destination": of_queue}}}),
            "DestinationConfig.OnSuccess.Destination must be",
        ),
        (
            json!({"DestinationConfig": {"OnFailure": {"Destination": of_queue}}}),
            "DestinationConfig.OnFailure.Destination must be the ARN of a Kinesis stream",
        ),
        (
            json!({"DestinationConfig": {"OnFailure": {"Destination": stream_arn("none")}}}),
            "DestinationConfig.OnFailure.Destination must be the ARN of a Kinesis stream",
        ),
        (
            json!({"TumblingWindowInSeconds": 1}),
            "TumblingWindowInSeconds needs a function of the world handler, which gets the state in its event and \
             returns it; f is one of the world transform.",
        ),
        (
            json!({"TumblingWindowInSeconds": 1, "ParallelizationFactor": 2}),
            "TumblingWindowInSeconds needs a ParallelizationFactor of 1, not 2",
        ),
        (json!({"Topics": ["t"]}), "Topics is not supported"),
        (
            json!({"SelfManagedEventSource": {"Endpoints": {"K": ["x"]}}}),
            "SelfManagedEventSource is not supported",
        ),
        (
            json!({"DocumentDBEventSourceConfig": {"DatabaseName": "d"}}),
            "DocumentDBEventSourceConfig is not",
        ),
        (json!({"Tags": {"a!": "b"}}), "Tag keys have"),
    ] {
        let refusal = host.refused("POST", MAPPINGS, mapping(more.clone())).await;
        assert_eq!((refusal.status, &*refusal.code), (400, INVALID), "{more}");
        assert!(refusal.message.starts_with(told), "{more}: {}", refusal.message);
    }
    assert_eq!(host.get(MAPPINGS).await, json!({"EventSourceMappings": []}));
}

#[tokio::test(start_paused = true)]
async fn members_are_checked_with_the_model_s_sentences() {
    let host = host("(copy)").await;
    for (more, path) in [
        (json!({"BatchSize": 0}), "batchSize"),
        (json!({"BatchSize": 10001}), "batchSize"),
        (json!({"MaximumBatchingWindowInSeconds": 301}), "maximumBatchingWindowInSeconds"),
        (json!({"ParallelizationFactor": 11}), "parallelizationFactor"),
        (json!({"MaximumRetryAttempts": -2}), "maximumRetryAttempts"),
        (json!({"MaximumRecordAgeInSeconds": 604_801}), "maximumRecordAgeInSeconds"),
        (json!({"TumblingWindowInSeconds": 901}), "tumblingWindowInSeconds"),
        (json!({"StartingPosition": "START"}), "startingPosition"),
        (json!({"FunctionResponseTypes": ["All"]}), "functionResponseTypes.1.member"),
        (json!({"FunctionName": null}), "functionName"),
        (json!({"EventSourceArn": "stream"}), "eventSourceArn"),
    ] {
        let refusal = host.refused("POST", MAPPINGS, mapping(more.clone())).await;
        assert_eq!((refusal.status, &*refusal.code), (400, "ValidationException"), "{more}");
        assert!(refusal.message.contains(&format!(" at '{path}' ")), "{more}: {}", refusal.message);
    }
    let refusal = host.refused("POST", MAPPINGS, mapping(json!({"FunctionName": "g"}))).await;
    assert_eq!((refusal.status, &*refusal.code), (404, "ResourceNotFoundException"));
    assert_eq!(host.get(MAPPINGS).await, json!({"EventSourceMappings": []}));
}

#[tokio::test(start_paused = true)]
async fn what_asks_for_nothing_is_taken() {
    let host = host("(copy)").await;
    let nothing = json!({"FilterCriteria": {"Filters": []}, "FunctionResponseTypes": [], "BisectBatchOnFunctionError": false,
        "DestinationConfig": {"OnFailure": {}}, "MaximumRecordAgeInSeconds": -1, "FunctionName": function_arn("f")});
    attach(&host, nothing).await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_mapped_to_a_function_once() {
    let host = host("(copy)").await;
    let uuid = attach(&host, json!({})).await;
    let told = host.refused("POST", MAPPINGS, mapping(json!({}))).await;
    let message = format!(
        "The event source arn (\" {} \") and function (\" f \") provided mapping already exists. Please update or \
         delete the existing mapping with UUID {uuid}",
        stream_arn("in")
    );
    let code = "ResourceConflictException".to_owned();
    assert_eq!(told, Refusal { status: 409, code, message: message.clone() });
    host.create("g", "(copy)").await;
    let other = attach(&host, json!({"FunctionName": "g"})).await;
    let path = format!("{MAPPINGS}/{other}");
    let told = host.refused("PUT", &path, json!({"FunctionName": "f"})).await;
    assert_eq!(told.status, 409);
    host.works("PUT", &path, json!({"FunctionName": "g", "BatchSize": 7})).await;
    host.streams.delete_stream(&host.stream("in")).await.unwrap();
    host.create_stream("in").await;
    let told = host.refused("POST", MAPPINGS, mapping(json!({}))).await;
    let which =
        ". The stream of that mapping was deleted: delete the mapping before this one is made.";
    assert_eq!(told.message, format!("{message}{which}"));
}

#[tokio::test(start_paused = true)]
async fn a_mapping_of_a_deleted_stream_does_not_slander_another() {
    let host = host("(copy)").await;
    host.create("g", "(copy)").await;
    let old = attach(&host, json!({})).await;
    host.streams.delete_stream(&host.stream("in")).await.unwrap();
    host.create_stream("in").await;
    let new = attach(&host, json!({"FunctionName": "g"})).await;
    let told =
        host.refused("PUT", &format!("{MAPPINGS}/{old}"), json!({"FunctionName": "g"})).await;
    assert!(told.message.ends_with(&new), "{}", told.message);
}

#[tokio::test(start_paused = true)]
async fn a_mapping_does_not_write_to_the_stream_it_reads() {
    let host = host("(copy)").await;
    let uuid = attach(&host, json!({})).await;
    host.create("g", "(copy)").await;
    for which in ["OnSuccess", "OnFailure"] {
        let own = json!({"DestinationConfig": {which: {"Destination": stream_arn("in")}}});
        let mut new = mapping(json!({"FunctionName": "g"}));
        merge(&mut new, own.clone());
        let created = host.refused("POST", MAPPINGS, new).await;
        let updated = host.refused("PUT", &format!("{MAPPINGS}/{uuid}"), own).await;
        assert_eq!(created, updated);
        let text = format!(
            "DestinationConfig.{which}.Destination must not be the stream that the mapping reads (in): "
        );
        assert!(created.message.starts_with(&text), "{}", created.message);
        assert_eq!((created.status, &*created.code), (400, "InvalidParameterValueException"));
    }
}

#[tokio::test(start_paused = true)]
async fn mappings_are_listed_by_stream_and_function() {
    let host = host("(drop)").await;
    host.create("g", "(drop)").await;
    host.create_stream("other").await;
    let mut all = [
        attach(&host, json!({})).await,
        attach(&host, json!({"FunctionName": "g"})).await,
        attach(&host, json!({"EventSourceArn": stream_arn("other")})).await,
    ];
    let ids = |page: &Value| -> Vec<String> {
        let mappings = page["EventSourceMappings"].as_array().unwrap().iter();
        mappings.map(|it| it["UUID"].as_str().unwrap().to_owned()).collect()
    };
    let source = stream_arn("other").replace(':', "%3A").replace('/', "%2F");
    let page = host.get(&format!("{MAPPINGS}?EventSourceArn={source}")).await;
    assert_eq!(ids(&page), [all[2].clone()]);
    let page = host.get(&format!("{MAPPINGS}?FunctionName=g")).await;
    assert_eq!(ids(&page), [all[1].clone()]);
    assert_eq!(ids(&host.get(&format!("{MAPPINGS}?FunctionName=h")).await), Vec::<String>::new());
    all.sort();
    let page = host.get(&format!("{MAPPINGS}?MaxItems=2")).await;
    assert_eq!(ids(&page), all[..2]);
    let marker = page["NextMarker"].as_str().unwrap().replace('+', "%2B").replace('/', "%2F");
    let page = host.get(&format!("{MAPPINGS}?Marker={marker}")).await;
    assert_eq!(ids(&page), all[2..]);
    let told = host.refused("GET", &format!("{MAPPINGS}/not-a-uuid"), Value::Null).await;
    assert_eq!(told.code, "ValidationException");
}
