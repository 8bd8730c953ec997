//! Records that tell their own number, put and read, and the two commands.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use e2e::client::Client;
use e2e::{Ended, Launch, Program, Server};
use serde_json::{Value, json};

pub(super) const STREAM: &str = "clicks";
pub(super) const SHARDS: u32 = 4;

/// Records by shard and sequence number.
pub(super) type Records = BTreeMap<(String, String), String>;

/// What was acknowledged, by all writers.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Records>);

impl Ledger {
    /// What has been acknowledged so far.
    pub(super) fn so_far(&self) -> Records {
        self.0.lock().unwrap().clone()
    }

    /// Puts some records of about a kilobyte; what was acknowledged is noted.
    pub(super) fn put(&self, client: &mut Client, writer: usize, call: usize, count: usize) {
        let texts: Vec<String> =
            (0..count).map(|n| format!("{writer}-{call}-{n}-{}", "x".repeat(1000))).collect();
        let entry = |text: &String| {
            let data = base64_simd::STANDARD.encode_to_string(text.as_bytes());
            json!({ "PartitionKey": &text[..20], "Data": data })
        };
        let entries: Vec<Value> = texts.iter().map(entry).collect();
        let input = json!({ "StreamName": STREAM, "Records": entries });
        let reply = client.call("PutRecords", &input).unwrap();
        let taken = reply["Records"].as_array().unwrap();
        let mut noted = self.0.lock().unwrap();
        for (text, taken) in texts.into_iter().zip(taken) {
            let word = |name: &str| taken[name].as_str().unwrap().to_owned();
            let before = noted.insert((word("ShardId"), word("SequenceNumber")), text);
            assert_eq!(before, None, "a number was given twice: {taken}");
        }
    }
}

/// A server with a stream.
pub(super) fn server(data: &Path) -> Server {
    let server = Launch::dev(data).arg("--no-limits").start().unwrap();
    make_stream(&mut server.client());
    server
}

pub(super) fn make_stream(client: &mut Client) {
    let input = json!({ "StreamName": STREAM, "ShardCount": SHARDS });
    client.call("CreateStream", &input).unwrap();
}

/// Everything in the stream, from its beginning.
pub(super) fn read_all(client: &mut Client) -> Records {
    let mut all = Records::new();
    let shards = client.call("ListShards", &json!({ "StreamName": STREAM })).unwrap();
    for shard in shards["Shards"].as_array().unwrap() {
        let shard = shard["ShardId"].as_str().unwrap();
        let input =
            json!({ "StreamName": STREAM, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
        let reply = client.call("GetShardIterator", &input).unwrap();
        let mut iterator = reply["ShardIterator"].as_str().unwrap().to_owned();
        loop {
            let page = client.call("GetRecords", &json!({ "ShardIterator": iterator })).unwrap();
            let records = page["Records"].as_array().unwrap();
            for record in records {
                let data = record["Data"].as_str().unwrap();
                let text = base64_simd::STANDARD.decode_to_vec(data).unwrap();
                let number = record["SequenceNumber"].as_str().unwrap().to_owned();
                all.insert((shard.to_owned(), number), String::from_utf8(text).unwrap());
            }
            if records.is_empty() && page["MillisBehindLatest"] == 0 {
                break;
            }
            iterator = page["NextShardIterator"].as_str().unwrap().to_owned();
        }
    }
    all
}

/// `shardmill backup` of a server.
pub(super) fn back_up(server: &Server, to: &Path, more: &[&str]) -> Ended {
    let command = Program::new(["backup", "--endpoint", &server.url()]).args(more).arg(to);
    command.run().unwrap()
}

/// `shardmill restore`.
pub(super) fn restore(backup: &Path, data: &Path) -> Ended {
    Program::new(["restore"]).arg(backup).arg("--data").arg(data).run().unwrap()
}

/// The names in a folder.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
