//! `demo`, `put`, `tail`, `verify`: results on stdout, everything else on stderr.

use std::path::Path;

use e2e::{Launch, Program, Server, workspace};
use serde_json::{Value, json};

fn server(data: &Path) -> Server {
    let server = Launch::dev(data.join("data")).arg("--no-limits").start().unwrap();
    let input = json!({ "StreamName": "clicks", "ShardCount": 2 });
    server.client().call("CreateStream", &input).unwrap();
    server
}

fn command(server: &Server, args: &[&str]) -> Program {
    Program::new(args).args(["--stream", "clicks", "--endpoint", &server.url()])
}

#[test]
fn the_demonstration_reads_back_what_it_put_and_what_was_made_of_it() {
    let temp = tempfile::tempdir().unwrap();
    let ended = Program::new(["demo", "--json"]).within(temp.path()).run().unwrap();
    let ended = ended.success("shardmill demo").unwrap();
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(report["verified"], true, "{report}");
    let lines = workspace::text("examples/earthquakes/earthquakes.ndjson").unwrap();
    assert_eq!(report["records"], lines.lines().count(), "{report}");
    let magnitudes = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let significant = magnitudes.filter(|event| event["mag"].as_f64().unwrap() >= 2.5).count();
    assert_eq!(report["output"]["records"], significant, "{report}");
    assert_eq!(report["function"]["records"], report["records"], "{report}");
    let left: Vec<_> = std::fs::read_dir(temp.path()).unwrap().collect();
    assert!(left.is_empty(), "it leaves nothing behind: {left:?}");
}

#[test]
fn lines_that_were_put_come_out_of_tail() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let lines: Vec<String> =
        (0..2000).map(|n| format!("{{\"n\":{n},\"text\":\"grüße\"}}")).collect();
    let put = command(&server, &["put", "--json", "--partition-key-field", "n"]);
    let put = put.input(lines.join("\n")).run().unwrap().success("shardmill put").unwrap();
    let summary: Value = serde_json::from_str(&put.stdout).unwrap();
    assert_eq!(summary["records"], 2000, "{summary}");

    let tail = command(&server, &["tail"]).run().unwrap().success("shardmill tail").unwrap();
    let mut printed: Vec<&str> = tail.stdout.lines().collect();
    let mut expected: Vec<&str> = lines.iter().map(|line| &**line).collect();
    printed.sort_unstable();
    expected.sort_unstable();
    assert_eq!(printed, expected);

    let limited = command(&server, &["tail", "--json", "--limit", "3"]).run().unwrap();
    let limited = limited.success("shardmill tail --json").unwrap();
    let records = limited.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
    let records: Vec<Value> = records.collect();
    assert_eq!(records.len(), 3);
    assert!(records[0]["sequenceNumber"].is_string(), "{}", records[0]);
}

#[test]
fn a_stream_that_is_not_there_is_an_error() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let tail = Program::new(["tail", "--stream", "absent", "--endpoint", &server.url()]);
    let ended = tail.run().unwrap();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("absent"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
}

#[test]
fn the_key_of_whoever_runs_a_command_is_asked_for() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let put = command(&server, &["put"]).input("x");
    let put = put.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "guess");
    let ended = put.run().unwrap();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("signature"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("guess"), "secrets are not printed: {}", ended.stderr);
}

#[test]
fn verify_tells_what_it_checked() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let put = command(&server, &["put"]).input("a\nb\nc\n").run().unwrap();
    put.success("shardmill put").unwrap();
    let launch = server.stop().unwrap();
    let verify = Program::new(["verify", "--json", "--data"]).arg(launch.data()).run().unwrap();
    let verify = verify.success("shardmill verify").unwrap();
    let report: Value = serde_json::from_str(&verify.stdout).unwrap();
    assert_eq!(report["ok"], json!(true), "{report}");
    // Those that were put, the event of the call that made their stream, and what was used and measured.
    assert!(report["records"].as_u64() >= Some(6), "{report}");
}
