//! Lines that share records: `put --aggregate`, and what `tail` makes of them.

use std::collections::BTreeMap;

use e2e::{Program, Server};
use serde_json::{Value, json};

use super::streams::{server, text};

fn command(server: &Server, args: &[&str]) -> Program {
    Program::new(args).args(["--stream", "clicks", "--endpoint", &server.url()])
}

fn put(server: &Server, args: &[&str], lines: &[String]) -> Value {
    let put = command(server, &[&["put", "--json"], args].concat()).input(lines.join("\n"));
    let put = put.run().unwrap().success("shardmill put").unwrap();
    serde_json::from_str(&put.stdout).unwrap()
}

fn tail(server: &Server, args: &[&str]) -> Vec<String> {
    let tail = command(server, &[&["tail"], args].concat()).run().unwrap();
    let tail = tail.success("shardmill tail").unwrap();
    tail.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn lines_share_records_and_come_apart_in_order() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    text(&server, &["create", "clicks", "--shards", "3"]);
    let lines: Vec<String> =
        (0..3000).map(|n| json!({"n": n, "user": n % 50}).to_string()).collect();
    let summary = put(&server, &["--aggregate", "--partition-key-field", "user"], &lines);
    assert_eq!(summary["records"], 3000, "{summary}");
    // How many depends on how the input comes in: what is there when it pauses is put, be it a line alone.
    let stored = summary["streamRecords"].as_u64().unwrap();
    assert!((3..300).contains(&stored), "{summary}");
    assert_eq!(summary["recordsByShard"].as_object().map(|it| it.len()), Some(3), "{summary}");

    let shown = tail(&server, &["--json"]);
    assert_eq!(shown.len(), 3000);
    let mut by_user: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let (mut shared, mut alone) = (0, 0);
    for line in &shown {
        let record: Value = serde_json::from_str(line).unwrap();
        let data: Value = serde_json::from_str(record["data"].as_str().unwrap()).unwrap();
        assert_eq!(record["partitionKey"], data["user"].to_string(), "{record}");
        shared += u64::from(record["subSequence"] == 0);
        alone += u64::from(record["subSequence"].is_null());
        let user = by_user.entry(data["user"].to_string()).or_default();
        user.push(data["n"].as_u64().unwrap());
    }
    assert_eq!((by_user.len(), shared + alone), (50, stored));
    for (user, numbers) in by_user {
        assert!(numbers.is_sorted() && numbers.len() == 60, "{user}: {numbers:?}");
    }

    let raw = tail(&server, &["--raw", "--json"]);
    assert_eq!(raw.len() as u64, stored);
    let is_aggregated = |line: &&String| line.contains("\"dataBase64\":\"84ma");
    assert_eq!(raw.iter().filter(is_aggregated).count() as u64, shared);
    assert!(raw.iter().all(|line| !line.contains("subSequence")));
    assert_eq!(tail(&server, &["--limit", "7"]).len(), 7);
}

#[test]
fn records_are_shown_that_somebody_looks_for() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    text(&server, &["create", "clicks"]);
    let quake = |mag: f64, net: &str| json!({"mag": mag, "net": net}).to_string();
    let lines = [quake(4.5, "uw"), quake(2.0, "uw"), quake(5.0, "ci"), "plain text".to_owned()];
    put(&server, &["--aggregate", "--partition-key", "eu-1"], &lines[..3]);
    put(&server, &["--partition-key", "us-1"], &lines[3..]);
    let taken = |pattern: &str| tail(&server, &["--filter", pattern]);
    assert_eq!(taken(r#"{"data":{"mag":[{"numeric":[">=",4]}]}}"#), [&*lines[0], &lines[2]]);
    assert_eq!(taken(r#"{"data":{"mag":[{"numeric":[">=",4]}],"net":["uw"]}}"#), [&*lines[0]]);
    assert_eq!(taken(r#"{"partitionKey":[{"prefix":"us-"}]}"#), [&*lines[3]]);
    assert_eq!(tail(&server, &["--grep", "\"uw\""]), [&*lines[0], &lines[1]]);
    let wrong = command(&server, &["tail", "--filter", r#"{"mag":[4]}"#]).run().unwrap();
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(wrong.stderr.contains("a record has no `mag`"), "{}", wrong.stderr);
    let wrong = command(&server, &["tail", "--filter", r#"{"data":{"mag":4}}"#]).run().unwrap();
    assert!(wrong.stderr.contains("at data.mag: values stand in a list"), "{}", wrong.stderr);
}

#[test]
fn nothing_into_no_stream_is_an_error_and_so_is_no_region() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let nothing = command(&server, &["put"]).run().unwrap();
    assert_eq!(nothing.code, Some(1), "{nothing:?}");
    assert!(nothing.stderr.contains("ResourceNotFoundException"), "{}", nothing.stderr);
    text(&server, &["create", "clicks"]);
    let nothing = command(&server, &["put"]).run().unwrap().success("put of nothing").unwrap();
    assert!(nothing.stdout.starts_with("put 0 records"), "{}", nothing.stdout);
    let region = command(&server, &["put", "--region", "us east"]).run().unwrap();
    assert_eq!(region.code, Some(2), "{region:?}");
    assert!(region.stderr.contains("`us east` is no region"), "{}", region.stderr);
}
