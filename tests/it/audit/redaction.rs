//! Marks are planted in every member of every operation of the models, data events included; of what comes back
//! in events, each was decided to be there.

use std::collections::BTreeSet;

use e2e::{Launch, python};
use serde_json::Value;

/// The members that may stand in events: names, and how things are set up. Labels of paths are names.
const ALLOWED: [&str; 37] = [
    "Action",
    "AdjacentShardToMerge",
    "ConsumerARN",
    "ConsumerName",
    "DestinationConfig.OnFailure.Destination",
    "DestinationConfig.OnSuccess.Destination",
    "EncryptionType",
    "EventSourceArn",
    "FunctionName",
    "FunctionVersion",
    "Handler",
    "KeyId",
    "MinimumThroughputBillingCommitment.Status",
    "Name",
    "NewStartingHashKey",
    "Principal",
    "Qualifier",
    "QueueARN",
    "QueueName",
    "RecordDistributionStrategy",
    "Resource",
    "ResourceARN",
    "Role",
    "Runtime",
    "ShardId",
    "ShardIteratorType",
    "ShardLevelMetrics",
    "ShardToMerge",
    "ShardToSplit",
    "SourceAccount",
    "SourceArn",
    "StartingPosition",
    "StatementId",
    "StreamARN",
    "StreamModeDetails.StreamMode",
    "StreamName",
    "TagKeys",
];

#[test]
fn only_what_was_decided_stands_in_events() {
    let temp = tempfile::tempdir().unwrap();
    let launch = Launch::dev(temp.path().join("data")).arg("--audit-data-events");
    let server = launch.start().unwrap();
    let said = python("redaction.py", &[("ENDPOINT", &server.url())]).unwrap();
    let calls: usize = said.stdout.trim().parse().unwrap();
    assert!(calls > 350, "only {calls} calls");
    // What was refused and nobody waits for is stored when its second is over, or at the end.
    let server = server.stop().unwrap().start().unwrap();
    let events = super::everything(&server);
    let names: BTreeSet<&str> = events.iter().filter_map(|it| it["eventName"].as_str()).collect();
    assert!(names.len() > 150, "only {} operations have events", names.len());
    for name in ["PutRecord", "PutRecords", "GetRecords", "Invoke", "CreateFunction20150331"] {
        assert!(names.contains(name), "{name} has no event");
    }
    let (mut found, mut undecided) = (BTreeSet::new(), BTreeSet::new());
    for event in &events {
        let text = event.to_string();
        // A blob that begins with the mark, as base64.
        assert!(!text.contains("U0VDUkVU"), "{text}");
        for mark in marks(&text) {
            let (_, path) = mark.split_once('.').unwrap_or(("", &mark));
            let is_label = path == "UUID";
            if !ALLOWED.contains(&path) && !is_label {
                undecided.insert(mark.clone());
            }
            found.insert(path.to_owned());
        }
        assert_members(event);
    }
    assert!(undecided.is_empty(), "nobody decided that these stand in events: {undecided:#?}");
    assert!(found.len() > 8, "only {found:?} were found: the marks do not arrive");
}

/// `CreateStream.StreamName` of `SECRET-CreateStream.StreamName-END`.
fn marks(text: &str) -> Vec<String> {
    let pieces = text.split("SECRET-").skip(1);
    pieces.map(|piece| piece.split("-END").next().unwrap_or(piece).to_owned()).collect()
}

/// An event has no member but those of the format.
fn assert_members(event: &Value) {
    const MEMBERS: [&str; 26] = [
        "addendum",
        "additionalEventData",
        "awsRegion",
        "errorCode",
        "errorMessage",
        "eventCategory",
        "eventID",
        "eventName",
        "eventSource",
        "eventTime",
        "eventType",
        "eventVersion",
        "managementEvent",
        "readOnly",
        "recipientAccountId",
        "requestID",
        "requestParameters",
        "resources",
        "responseElements",
        "serviceEventDetails",
        "sourceIPAddress",
        "tlsDetails",
        "userAgent",
        "userIdentity",
        "vpcEndpointId",
        "sharedEventID",
    ];
    for name in event.as_object().unwrap().keys() {
        assert!(MEMBERS.contains(&&**name), "{name} is no member of an event");
    }
}
