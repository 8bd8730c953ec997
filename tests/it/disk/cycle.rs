//! The whole cycle, without a restart: filled by records, refused, read, trimmed; filled by others to the last
//! byte, refused, read, deleted; emptied and back within seconds. Nothing that was acknowledged is lost.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use e2e::client::{CallError, Client, Refused};
use e2e::{Launch, Server};
use serde_json::{Value, json};

use super::small::{seen_from_outside, starter};

const MIB: u64 = 1 << 20;
const DISK_BYTES: u64 = 64 * MIB;
const RECORD_BYTES: usize = 100_000;
/// What the design promises.
const BACK_WITHIN: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(60);

/// Numbers of the records that were acknowledged.
#[derive(Debug, Default)]
struct Acknowledged(Vec<usize>);

fn refusal(error: CallError) -> Refused {
    match error {
        CallError::Refused(refused) => refused,
        other => panic!("the server is gone: {other}"),
    }
}

impl Acknowledged {
    /// Puts one more record.
    fn put(&mut self, client: &mut Client, stream: &str) -> Result<(), Refused> {
        let number = self.0.last().map_or(0, |last| last + 1);
        let text = format!("{number:010}{}", "x".repeat(RECORD_BYTES));
        let data = base64_simd::STANDARD.encode_to_string(text.as_bytes());
        let input = json!({ "StreamName": stream, "PartitionKey": "k", "Data": data });
        client.call("PutRecord", &input).map_err(refusal)?;
        self.0.push(number);
        Ok(())
    }

    /// Puts records until one is refused; the refusal.
    fn put_until_refused(&mut self, client: &mut Client, stream: &str) -> Refused {
        loop {
            if let Err(refused) = self.put(client, stream) {
                return refused;
            }
        }
    }

    /// Puts until it works again; how long that took.
    fn put_until_taken(&mut self, client: &mut Client, stream: &str) -> Duration {
        let start = Instant::now();
        while let Err(refused) = self.put(client, stream) {
            assert_eq!(refused.status, 500, "{refused:?}");
            assert!(start.elapsed() < PATIENCE, "records are still refused: {refused:?}");
        }
        start.elapsed()
    }

    /// Reads the stream: exactly what was acknowledged is there.
    fn check(&self, client: &mut Client, stream: &str) {
        let input = json!({
            "StreamName": stream, "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"
        });
        let reply = client.call("GetShardIterator", &input).unwrap();
        let mut iterator = reply["ShardIterator"].as_str().unwrap().to_owned();
        let mut read: Vec<usize> = Vec::new();
        loop {
            let page = client.call("GetRecords", &json!({ "ShardIterator": iterator })).unwrap();
            let records = page["Records"].as_array().unwrap();
            for record in records {
                let data = record["Data"].as_str().unwrap();
                let text = base64_simd::STANDARD.decode_to_vec(data).unwrap();
                assert_eq!(text.len(), RECORD_BYTES + 10);
                read.push(str::from_utf8(&text[..10]).unwrap().parse().unwrap());
            }
            if records.is_empty() && page["MillisBehindLatest"] == 0 {
                break;
            }
            iterator = page["NextShardIterator"].as_str().unwrap().to_owned();
        }
        assert_eq!(read, self.0, "{stream}");
    }
}

fn create(client: &mut Client, stream: &str) {
    client.call("CreateStream", &json!({ "StreamName": stream, "ShardCount": 1 })).unwrap();
}

fn delete(client: &mut Client, stream: &str) {
    client.call("DeleteStream", &json!({ "StreamName": stream })).unwrap();
}

#[track_caller]
fn assert_is_full(refused: &Refused) {
    assert_eq!((refused.status, &*refused.code), (500, "ServiceUnavailable"), "{refused:?}");
    assert!(refused.message.contains("disk of this server is nearly full"), "{refused:?}");
}

/// Writes until the disk takes no more.
fn fill(file: &mut File) {
    while file.write_all(&[0; 65536]).is_ok() {}
}

fn health(client: &mut Client) -> (u16, Value) {
    let reply = client.get("/health").unwrap();
    (reply.status, serde_json::from_slice(&reply.body).unwrap())
}

fn metric(client: &mut Client, name: &str) -> u64 {
    let reply = client.get("/metrics").unwrap();
    let text = String::from_utf8(reply.body).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).expect(name);
    line.trim().parse().unwrap()
}

fn start(folder: &Path) -> Option<Server> {
    let prefix = starter(folder, DISK_BYTES)?;
    let launch = Launch::dev(folder.join("data")).arg("--no-limits").started_by(prefix);
    Some(launch.args(["--ballast-mib", "6", "--low-water-mib", "12"]).start().unwrap())
}

#[test]
fn a_full_disk_is_survived_without_a_restart() {
    let temp = tempfile::tempdir().unwrap();
    let Some(server) = start(temp.path()) else {
        // The decisions are tested without a file system; that they are asked is, everywhere.
        eprintln!("  e2e: this machine lets nobody mount a file system: only the refusal is tried");
        return without_a_file_system(temp.path());
    };
    let mut client = server.client();
    create(&mut client, "kept");
    create(&mut client, "goes");
    let (mut kept, mut goes) = (Acknowledged::default(), Acknowledged::default());
    (0..20).for_each(|_| kept.put(&mut client, "kept").unwrap());

    // Records fill it.
    assert_is_full(&goes.put_until_refused(&mut client, "goes"));
    assert!(goes.0.len() > 50, "only {} records fit", goes.0.len());
    let (status, told) = health(&mut client);
    assert_eq!(status, 503, "{told}");
    assert!(told.to_string().contains("disk is nearly full"), "{told}");
    assert_eq!(metric(&mut client, "shardmill_disk_full "), 1);
    kept.check(&mut client, "kept");
    goes.check(&mut client, "goes");
    delete(&mut client, "goes");
    kept.put_until_taken(&mut client, "kept");
    assert_eq!(health(&mut client).0, 200);
    kept.check(&mut client, "kept");

    // Somebody else fills it, to the last byte.
    create(&mut client, "goes-too");
    let outside = seen_from_outside(server.id(), temp.path());
    let filler = outside.join("filler");
    let mut file = File::create(&filler).unwrap();
    // What trimming left free in the database goes to the file system then, and is taken, too.
    while outside.join("data/ballast").exists() {
        fill(&mut file);
        let _ = kept.put(&mut client, "kept");
    }
    fill(&mut file);
    kept.check(&mut client, "kept");
    delete(&mut client, "goes-too");
    fill(&mut file);
    assert_is_full(&kept.put_until_refused(&mut client, "kept"));
    kept.check(&mut client, "kept");
    drop(file);
    fs::remove_file(&filler).unwrap();
    let took = kept.put_until_taken(&mut client, "kept");
    assert!(took < BACK_WITHIN, "records were taken again only after {took:?}");
    kept.check(&mut client, "kept");
    let start = Instant::now();
    while !outside.join("data/ballast").exists() {
        assert!(start.elapsed() < PATIENCE, "the reserve does not come back");
        kept.put(&mut client, "kept").unwrap();
    }
    server.stop().unwrap();
}

/// A low-water mark that no disk reaches.
fn without_a_file_system(folder: &Path) {
    let data = folder.join("elsewhere");
    let launch = Launch::dev(&data).arg("--low-water-mib");
    let server = launch.arg((u64::MAX / MIB).to_string()).start().unwrap();
    let mut client = server.client();
    create(&mut client, "kept");
    assert_is_full(&Acknowledged::default().put_until_refused(&mut client, "kept"));
    Acknowledged::default().check(&mut client, "kept");
    delete(&mut client, "kept");
    server.stop().unwrap();
}
