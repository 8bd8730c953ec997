//! Streams that are split, merged and scaled by hand, and what `tail` shows of them.

use std::collections::BTreeMap;
use std::fs;
use std::thread;

use e2e::{Program, Server};
use serde_json::{Value, json};

use super::streams::{json_of, server, text};

/// Records with each key in each phase.
const EACH: usize = 5;
const KEYS: usize = 20;
const PHASES: usize = 4;

fn command(server: &Server, args: &[&str]) -> Program {
    Program::new(args).args(["--stream", "clicks", "--endpoint", &server.url()])
}

/// Puts records of a phase, with keys that lie in all shards.
fn put(server: &Server, phase: usize) {
    let line = |n: usize| format!("{{\"key\":{},\"at\":{}}}", n % KEYS, phase * EACH + n / KEYS);
    let lines: Vec<String> = (0..EACH * KEYS).map(line).collect();
    let put = command(server, &["put", "--partition-key-field", "key"]).input(lines.join("\n"));
    put.run().unwrap().success("shardmill put").unwrap();
}

fn reshard(server: &Server) {
    put(server, 0);
    let split = text(server, &["split", "clicks", "shardId-000000000000", "--wait"]);
    assert_eq!(split, "split clicks: ACTIVE, provisioned, 2 open shards, 24 h\n");
    put(server, 1);
    let both = ["shardId-000000000001", "shardId-000000000002"];
    let merged = json_of(server, &["merge", "clicks", both[0], both[1], "--wait"]);
    assert_eq!((&merged["StreamStatus"], &merged["OpenShardCount"]), (&"ACTIVE".into(), &1.into()));
    put(server, 2);
    let scaled = text(server, &["scale", "clicks", "--to", "2", "--wait"]);
    assert_eq!(scaled, "scaled clicks: ACTIVE, provisioned, 2 open shards, 24 h\n");
    put(server, 3);
}

/// Every record is there once, and those with one key are in order.
fn assert_complete(printed: &str) {
    let mut by_key: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for line in printed.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let number = |member: &str| record[member].as_u64().unwrap();
        by_key.entry(number("key")).or_default().push(number("at"));
    }
    assert_eq!(by_key.len(), KEYS);
    let expected: Vec<u64> = (0..(EACH * PHASES) as u64).collect();
    for (key, numbers) in by_key {
        assert_eq!(numbers, expected, "key {key}");
    }
}

#[test]
fn tail_reads_parents_before_their_children() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    text(&server, &["create", "clicks"]);
    let limit = (EACH * KEYS * PHASES).to_string();
    let follow = ["tail", "--follow", "--from", "trim-horizon", "--limit", &limit];
    let followed = thread::scope(|scope| {
        let followed = scope.spawn(|| command(&server, &follow).run().unwrap());
        reshard(&server);
        followed.join().unwrap()
    });
    assert_complete(&followed.success("shardmill tail --follow").unwrap().stdout);
    let tail = command(&server, &["tail"]).run().unwrap().success("shardmill tail").unwrap();
    assert_complete(&tail.stdout);
    let described = text(&server, &["describe", "clicks"]);
    assert!(described.contains("  shards      2 open, 4 closed\n"), "{described}");
    let parents = "shardId-000000000001 shardId-000000000002";
    assert!(described.contains(parents), "{described}");
}

#[test]
fn what_is_pushed_to_a_tail_follows_the_shards_too() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    text(&server, &["create", "clicks"]);
    let limit = (EACH * KEYS * PHASES).to_string();
    let consumer = ["--consumer", "me"];
    let follow = ["tail", "--follow", "--from", "trim-horizon", "--limit", &limit];
    let follow = [&follow[..], &consumer].concat();
    let followed = thread::scope(|scope| {
        let followed = scope.spawn(|| command(&server, &follow).run().unwrap());
        reshard(&server);
        followed.join().unwrap()
    });
    assert_complete(&followed.success("shardmill tail --follow").unwrap().stdout);
    // The consumer was registered for the tail, and went with it.
    let described = json_of(&server, &["describe", "clicks"]);
    assert_eq!(described["ConsumerCount"], 0);

    let registered = json!({ "StreamARN": described["StreamARN"], "ConsumerName": "me" });
    server.client().call("RegisterStreamConsumer", &registered).unwrap();
    let tail = command(&server, &[&["tail"][..], &consumer].concat()).run().unwrap();
    assert_complete(&tail.success("shardmill tail").unwrap().stdout);
    assert_eq!(
        json_of(&server, &["describe", "clicks"])["ConsumerCount"],
        1,
        "it was there before"
    );
    let usage = Program::new(["usage", "--json", "--endpoint", &server.url()]).run().unwrap();
    let usage: Value = serde_json::from_str(&usage.success("usage").unwrap().stdout).unwrap();
    assert_eq!(usage[0]["FanOutRecords"], 2 * EACH * KEYS * PHASES);
}

#[test]
fn a_shard_that_is_not_there_cannot_be_split() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    text(&server, &["create", "clicks"]);
    let split = ["streams", "split", "clicks", "shardId-000000000007"];
    let split = Program::new(split).args(["--endpoint", &server.url()]).run().unwrap();
    assert_eq!(split.code, Some(1), "{split:?}");
    assert!(split.stderr.contains("hint: open are shardId-000000000000"), "{}", split.stderr);
}

#[test]
fn a_tail_gives_up_on_what_is_damaged() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    text(&server, &["create", "clicks"]);
    for line in ["needle in the log", "more", "and more"] {
        let put = command(&server, &["put"]).input(line).run().unwrap();
        put.success("shardmill put").unwrap();
    }
    let launch = server.stop().unwrap();
    let path = launch.data().join("shardmill.db");
    let mut bytes = fs::read(&path).unwrap();
    let needle = b"needle in the log";
    let places: Vec<usize> =
        (0..bytes.len() - needle.len()).filter(|at| bytes[*at..].starts_with(needle)).collect();
    assert!(!places.is_empty());
    places.iter().for_each(|at| bytes[*at] ^= 1);
    fs::write(&path, bytes).unwrap();
    let server = launch.start().unwrap();
    let ended = command(&server, &["tail"]).run().unwrap();
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(ended.stdout, "");
    let told = "cannot read the start of shard shardId-000000000000";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
}
