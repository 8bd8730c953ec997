//! The same through the program: a log that was shortened is read and not written, until the operator
//! accepts the loss.

use std::fs;
use std::path::Path;

use e2e::client::{CallError, Client};
use e2e::{Ended, Launch, Program, Server};
use serde_json::{Value, json};

const STREAM: &str = "s";

fn put(client: &mut Client, text: &str) -> Result<String, CallError> {
    let data = base64_simd::STANDARD.encode_to_string(text);
    let input = json!({ "StreamName": STREAM, "PartitionKey": "p", "Data": data });
    let reply = client.call("PutRecord", &input)?;
    Ok(reply["SequenceNumber"].as_str().expect("a number").to_owned())
}

/// Numbers and texts of all records.
fn read(client: &mut Client) -> Vec<(String, String)> {
    let input =
        json!({ "StreamName": STREAM, "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON" });
    let iterator = client.call("GetShardIterator", &input).unwrap();
    let input = json!({ "ShardIterator": iterator["ShardIterator"] });
    let reply = client.call("GetRecords", &input).unwrap();
    let records = reply["Records"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let record = |record: &Value| {
        let data = base64_simd::STANDARD.decode_to_vec(text(&record["Data"])).unwrap();
        (text(&record["SequenceNumber"]), String::from_utf8(data).unwrap())
    };
    records.map(record).collect()
}

fn start(data: &Path) -> Server {
    Launch::dev(data).arg("--no-limits").start().unwrap()
}

fn verify(data: &Path, flags: &[&str]) -> Ended {
    Program::new(["verify", "--data"]).arg(data).args(flags).run().unwrap()
}

/// A directory with ten records, of which the database holds five and the mark knows all.
fn shortened(data: &Path) -> Vec<String> {
    let server = start(data);
    let mut client = server.client();
    client.call("CreateStream", &json!({ "StreamName": STREAM, "ShardCount": 1 })).unwrap();
    let mut numbers: Vec<String> =
        (0..5).map(|n| put(&mut client, &format!("record {n}")).unwrap()).collect();
    let launch = server.stop().unwrap();
    let early = fs::read(data.join("shardmill.db")).unwrap();
    let server = launch.start().unwrap();
    let mut client = server.client();
    numbers.extend((5..10).map(|n| put(&mut client, &format!("record {n}")).unwrap()));
    server.stop().unwrap();
    fs::write(data.join("shardmill.db"), early).unwrap();
    let wal = data.join("shardmill.db-wal");
    assert_eq!(fs::metadata(wal).map_or(0, |wal| wal.len()), 0, "a stopped server has no WAL");
    numbers
}

#[test]
fn a_shortened_log_is_read_but_not_written_until_the_loss_is_accepted() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let numbers = shortened(&data);

    let checked = verify(&data, &[]);
    assert_eq!(checked.code, Some(3), "{checked:?}");
    let server = start(&data);
    let mut client = server.client();
    let health = client.get("/health").unwrap();
    assert_eq!(health.status, 503, "{}", health.text());
    assert!(health.text().contains("data loss detected"), "{}", health.text());
    let kept: Vec<String> = read(&mut client).into_iter().map(|(number, _)| number).collect();
    assert_eq!(kept, numbers[..5]);
    let refused = put(&mut client, "not now");
    assert!(
        matches!(&refused, Err(CallError::Refused(refused)) if refused.status == 500),
        "{refused:?}"
    );
    // Their events cannot be stored, and nobody waits for that.
    for _ in 0..3 {
        client.call("DescribeLimits", &json!({})).unwrap();
    }
    let (_, ended) = {
        server.terminate();
        server.ended().unwrap()
    };
    assert!(ended.stderr.contains("data loss detected"), "{}", ended.stderr);

    let accepted = verify(&data, &["--accept-loss"]);
    assert_eq!(accepted.code, Some(0), "{accepted:?}");
    let checked = verify(&data, &[]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    let server = start(&data);
    let mut client = server.client();
    assert_eq!(client.get("/health").unwrap().status, 200);
    let number = put(&mut client, "after the loss").unwrap();
    assert!(numbers.iter().all(|given| *given < number), "{number} is not above all given ones");
    let texts: Vec<String> = read(&mut client).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts.last().map(|text| &**text), Some("after the loss"));
    assert_eq!(texts.len(), 6);
    server.stop().unwrap();
}

/// A flipped bit in a record: the read that meets it fails, nothing wrong is given out, verify tells.
#[test]
fn a_damaged_record_is_not_given_out() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let server = start(&data);
    let mut client = server.client();
    client.call("CreateStream", &json!({ "StreamName": STREAM, "ShardCount": 1 })).unwrap();
    put(&mut client, &"unmistakable".repeat(100)).unwrap();
    server.stop().unwrap();
    let path = data.join("shardmill.db");
    let mut bytes = fs::read(&path).unwrap();
    let needle = b"unmistakable";
    let at = bytes.windows(needle.len()).position(|window| window == needle);
    bytes[at.expect("the record is in the file")] ^= 1;
    fs::write(&path, bytes).unwrap();

    let server = start(&data);
    let mut client = server.client();
    let input =
        json!({ "StreamName": STREAM, "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON" });
    let iterator = client.call("GetShardIterator", &input).unwrap();
    let input = json!({ "ShardIterator": iterator["ShardIterator"] });
    let refused = client.call("GetRecords", &input);
    assert!(
        matches!(&refused, Err(CallError::Refused(refused)) if refused.status == 500),
        "{refused:?}"
    );
    drop(server);
    let checked = verify(&data, &[]);
    assert_eq!(checked.code, Some(3), "{checked:?}");
}
