//! Shard iterators and page tokens: as texts, and as what is inside of genuine ones.
//!
//! The first byte of an input says whether the rest is a text, or content to be sealed, so that what reads contents
//! is not kept from changes by the seal.

use serde_json::json;
use wire::protocol::Protocol;
use wire::testing;
use wire::token::Purpose;

use super::host::{Host, NOW, STREAM, check, sealer};

const PURPOSES: [Purpose; 3] = [Purpose::ShardIterator, Purpose::ListShards, Purpose::ListStreams];

pub(super) fn run(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else {
        return;
    };
    let texts: Vec<String> = if *kind == b't' {
        let text = String::from_utf8_lossy(rest).into_owned();
        for purpose in PURPOSES {
            let _ = sealer().open(purpose, &text);
        }
        vec![text; 3]
    } else {
        let seal = |purpose| sealer().seal(purpose, [*kind; 12], NOW, rest);
        PURPOSES.into_iter().map(seal).collect()
    };
    let host = Host::new();
    let calls = [
        ("GetRecords", "ShardIterator"),
        ("ListShards", "NextToken"),
        ("ListStreams", "NextToken"),
    ];
    for ((operation, member), text) in calls.into_iter().zip(texts) {
        let protocol = Protocol::AwsJson11;
        let body = testing::write(protocol, &json!({ member: text }));
        check(protocol, body.len(), host.call(protocol, operation, body));
    }
}

pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let host = Host::new();
    host.must("CreateStream", &json!({ "StreamName": "another", "ShardCount": 1 }));
    let start = json!({ "StreamName": STREAM, "ShardId": "0", "ShardIteratorType": "LATEST" });
    let filter = json!({ "Type": "FROM_TIMESTAMP", "Timestamp": NOW.0 / 1000 });
    let pages = json!({ "StreamName": STREAM, "MaxResults": 1, "ShardFilter": filter });
    let given = [
        (Purpose::ShardIterator, "GetShardIterator", start, "ShardIterator"),
        (Purpose::ListShards, "ListShards", pages, "NextToken"),
        (Purpose::ListStreams, "ListStreams", json!({ "Limit": 1 }), "NextToken"),
    ];
    let mut seeds = Vec::new();
    for (purpose, operation, input, member) in given {
        let reply = host.must(operation, &input);
        let text = reply[member].as_str().expect("a token");
        let content = sealer().open(purpose, text).expect("a token of ours").content;
        seeds.push((format!("{operation}-text"), [b"t", text.as_bytes()].concat()));
        seeds.push((format!("{operation}-content"), [b"c", &content[..]].concat()));
    }
    seeds
}
