//! What is taken, and what never is.

use serde_json::json;

use super::{Allow, Picked, Trail, cut};
use crate::protocol::Protocol;

struct Some;

impl Allow for Some {
    const MEMBERS: &'static [&'static str] =
        &["StreamName", "ShardCount", "StreamModeDetails.StreamMode", "TagKeys", "Other.A.B"];
}

fn picked(body: &serde_json::Value) -> serde_json::Value {
    let body = body.to_string();
    Protocol::AwsJson11.decode::<Picked<Some>>(body.as_bytes()).unwrap().members.into()
}

#[test]
fn only_what_is_listed_is_taken() {
    let body = json!({
        "StreamName": "s", "ShardCount": 2, "Data": "secret", "Tags": { "StreamName": "secret" },
        "StreamModeDetails": { "StreamMode": "PROVISIONED", "Secret": "secret" },
        "TagKeys": ["a", { "b": "secret" }, ["secret"], null, true],
        "Other": { "A": { "B": 1.5, "C": "secret" }, "B": "secret" },
        "streamname": "secret",
    });
    let expected = json!({
        "streamName": "s", "shardCount": 2, "streamModeDetails": { "streamMode": "PROVISIONED" },
        "tagKeys": ["a", true], "other": { "a": { "b": 1.5 } },
    });
    assert_eq!(picked(&body), expected);
}

#[test]
fn structures_in_the_place_of_values_are_not_taken() {
    let body = json!({
        "StreamName": { "Secret": "secret" }, "ShardCount": null,
        "StreamModeDetails": ["secret"], "Other": { "A": "secret" },
    });
    let expected = json!({ "streamModeDetails": {}, "other": { "a": {} } });
    assert_eq!(picked(&body), expected);
}

#[test]
fn of_urls_no_more_is_taken_than_the_host() {
    let urls = [
        ("https://h.test:8443/hook/secret?secret", "https://h.test:8443"),
        ("http://h?secret", "http://h"),
        ("https://user:secret@h/x", "https"),
        ("arn:aws:s3:::bucket/a", "arn:aws:s3:::bucket/a"),
    ];
    for (given, taken) in urls {
        let body = json!({ "StreamName": given, "TagKeys": [given] });
        assert_eq!(picked(&body), json!({ "streamName": taken, "tagKeys": [taken] }));
    }
}

#[test]
fn values_are_cut() {
    let body = json!({ "StreamName": "é".repeat(1000), "TagKeys": vec!["k"; 1000] });
    let picked = picked(&body);
    assert_eq!(picked["streamName"].as_str().unwrap().chars().count(), 259);
    assert_eq!(picked["tagKeys"].as_array().unwrap().len(), 10);
    assert_eq!(cut("abc"), "abc");
}

#[test]
fn names_tell_what_only_looks() {
    for name in ["GetRecords", "ListStreams", "DescribeLimits", "LookupEvents", "SearchX"] {
        assert_eq!(Trail::of(name), Trail::Read, "{name}");
    }
    for name in ["CreateStream", "PutRecord", "Ge", "", "UpdateShardCount", "Generate"] {
        assert_eq!(Trail::of(name), Trail::Write, "{name}");
    }
    assert!(Trail::DataRead.is_data() && Trail::DataRead.is_read_only());
    assert!(Trail::DataWrite.is_data() && !Trail::DataWrite.is_read_only());
    assert!(!Trail::Write.is_read_only() && !Trail::Write.is_data());
}
