//! Tumbling windows of a handler in Python, stopped in the middle: what the windows counted is what was put.
//!
//! What was counted is told in the function's log, of which a kill may take the newest lines; `crash::windows` kills.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::client::Client;
use e2e::{Launch, Program, Server, interpreters};
use http::Method;
use serde_json::{Value, json};

use super::map;

const FUNCTION: &str = "windows";
const ROUNDS: u64 = 8;
/// Records in one call.
const RECORDS: u64 = 25;
const WITHIN: Duration = Duration::from_secs(120);
/// Counts the records of each key, and tells what it counted when the window is over.
const HANDLER: &str = r#"
import json

def handler(event, context):
    state = event["state"]
    if event["isFinalInvokeForWindow"]:
        print(json.dumps({"start": event["window"]["start"], "counts": state}))
        return {}
    for record in event["Records"]:
        key = record["kinesis"]["partitionKey"]
        state[key] = state.get(key, 0) + 1
    return {"state": state}
"#;

#[test]
fn windows_count_each_record_once_over_restarts() {
    if let Err(failure) = run() {
        panic!("{failure:#}");
    }
}

fn run() -> Result<()> {
    let temp = tempfile::tempdir()?;
    let launch = Launch::dev(temp.path().join("data")).arg("--no-limits").arg("--interpreters");
    let mut server = launch.arg(interpreters()).start()?;
    let mut client = server.client();
    client.call("CreateStream", &json!({ "StreamName": "source", "ShardCount": 1 }))?;
    deploy(&mut client)?;
    let uuid = map(&mut client, FUNCTION, "source", json!({ "TumblingWindowInSeconds": 2 }))?;
    let refused = json!({ "ParallelizationFactor": 2 });
    let path = format!("/2015-03-31/event-source-mappings/{uuid}");
    ensure!(client.rest(&Method::PUT, &path, &refused).is_err(), "a shard has one window");
    for round in 0..ROUNDS {
        put(&mut server.client(), round)?;
        if round % 3 == 2 {
            server = server.stop()?.start()?;
        }
        // Long enough for several windows.
        thread::park_timeout(Duration::from_millis(700));
    }
    let expected: BTreeMap<String, u64> =
        (0..5).map(|key| (format!("k{key}"), ROUNDS * 5)).collect();
    let start = Instant::now();
    loop {
        let counted = counted(&server)?;
        if counted == expected {
            return Ok(());
        }
        let is_more = counted.iter().any(|(key, count)| *count > expected[key]);
        ensure!(!is_more && start.elapsed() < WITHIN, "{counted:?} and not {expected:?}");
        thread::park_timeout(Duration::from_millis(100));
    }
}

fn deploy(client: &mut Client) -> Result<()> {
    let function = json!({
        "FunctionName": FUNCTION,
        "Role": "arn:aws:iam::000000000000:role/any",
        "Runtime": "python3.13",
        "Handler": "app.handler",
        "Timeout": 60,
        "Code": { "ZipFile": base64_simd::STANDARD.encode_to_string(zip()?) },
    });
    client.rest(&Method::POST, "/2015-03-31/functions", &function)?;
    Ok(())
}

/// A zip file with the handler, made as a user would.
fn zip() -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("app.py"), HANDLER)?;
    let mut python = std::process::Command::new("python3");
    python.args(["-m", "zipfile", "-c", "app.zip", "app.py"]).current_dir(folder.path());
    ensure!(python.status()?.success(), "python3 makes a zip file");
    Ok(std::fs::read(folder.path().join("app.zip"))?)
}

fn put(client: &mut Client, round: u64) -> Result<()> {
    let entry = |number: u64| {
        let data = base64_simd::STANDARD.encode_to_string(format!("{round}-{number}"));
        json!({ "PartitionKey": format!("k{}", number % 5), "Data": data })
    };
    let entries: Vec<Value> = (0..RECORDS).map(entry).collect();
    client.call("PutRecords", &json!({ "StreamName": "source", "Records": entries }))?;
    Ok(())
}

/// What the windows told that are over: a last call may come twice, its window only once.
fn counted(server: &Server) -> Result<BTreeMap<String, u64>> {
    let told = Program::new(["functions", "logs", FUNCTION, "--json", "--endpoint", &server.url()]);
    let told = told.run()?.success("functions logs")?;
    let mut windows: BTreeMap<String, Value> = BTreeMap::new();
    for line in told.stdout.lines() {
        let line: Value = serde_json::from_str(line)?;
        let message = line["Message"].as_str().context("a line has a message")?;
        if let Ok(window) = serde_json::from_str::<Value>(message)
            && let Some(start) = window["start"].as_str()
        {
            windows.insert(start.to_owned(), window["counts"].clone());
        }
    }
    let mut counts = BTreeMap::new();
    for (key, count) in windows.values().filter_map(Value::as_object).flatten() {
        *counts.entry(key.clone()).or_default() += count.as_u64().context("a count")?;
    }
    Ok(counts)
}
