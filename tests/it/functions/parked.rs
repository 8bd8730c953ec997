//! Records that a mapping puts aside: killed while they come, shown and run again by the command.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::client::Client;
use e2e::{Launch, Program, Random, Server, seed, workspace};
use http::Method;
use serde_json::{Value, json};

use super::reading::{self, Row};
use super::{deploy, map, stream_arn};

const FUNCTION: &str = "report_bad";
const KEYS: usize = 8;
const ROUNDS: usize = 6;
const WITHIN: Duration = Duration::from_secs(120);

#[test]
fn what_is_parked_survives_kills_and_is_run_in_order() {
    let mut random = Random::new(seed("functions::parked"));
    if let Err(failure) = run(&mut random) {
        panic!("{failure:#}");
    }
}

fn run(random: &mut Random) -> Result<()> {
    let temp = tempfile::tempdir()?;
    let mut server = Launch::dev(temp.path().join("data")).arg("--no-limits").start()?;
    set_up(&mut server.client())?;
    for _ in 0..ROUNDS {
        put(&mut server.client(), random)?;
        // The instant of the kill is part of the fault: in a batch, a commit, between two tries.
        thread::park_timeout(Duration::from_micros(random.within(0..150_000)));
        server = server.kill()?.start()?;
    }
    let source = reading::everything(&mut server.client(), "source")?;
    let (good, bad) = expected(&source);
    until(|| Ok(parked(&server)?.len() == bad.len()))?;
    until(|| Ok(count(&mut server.client(), "target")? == good.len()))?;
    let mut told = parked(&server)?;
    told.sort_by_key(|record| record["SequenceNumber"].as_str().map(str::to_owned));
    let data = |record: &Value| record["Data"].as_str().unwrap_or_default().to_owned();
    let encode = |row: &Row| base64_simd::STANDARD.encode_to_string(&row.data);
    let mut wanted: Vec<String> = bad.iter().map(encode).collect();
    let mut shown: Vec<String> = told.iter().map(data).collect();
    wanted.sort_unstable();
    shown.sort_unstable();
    ensure!(shown == wanted, "other records are parked than should be");
    ensure!(
        told.iter().any(|it| it["Error"].as_str().is_some_and(|it| it.contains("a bad record")))
    );
    redriven(&server)?;
    compare(&source, &reading::everything(&mut server.client(), "target")?)
}

/// Nothing comes of running them as they are; of a function that takes them, all does.
fn redriven(server: &Server) -> Result<()> {
    let again = command(server, &["redrive", FUNCTION])?;
    ensure!(again.code == Some(1), "keys stay parked");
    ensure!(again.stderr.contains("stay"), "{}", again.stderr);
    let code = workspace::text("guests/programs/identity.wat").context("it is there")?;
    let code = base64_simd::STANDARD.encode_to_string(code);
    let path = format!("/2015-03-31/functions/{FUNCTION}/code");
    server.client().rest(&Method::PUT, &path, &json!({ "ZipFile": code }))?;
    command(server, &["redrive", FUNCTION])?.success("functions redrive")?;
    ensure!(parked(server)?.is_empty(), "nothing is parked any more");
    Ok(())
}

fn set_up(client: &mut Client) -> Result<()> {
    for (name, shards) in [("source", 2), ("target", 1)] {
        client.call("CreateStream", &json!({ "StreamName": name, "ShardCount": shards }))?;
    }
    deploy(client, FUNCTION)?;
    let more = json!({
        "BatchSize": 20,
        "ParallelizationFactor": 3,
        "ParkAfterAttempts": 2,
        "DestinationConfig": { "OnSuccess": { "Destination": stream_arn("target") } },
    });
    map(client, FUNCTION, "source", more)?;
    Ok(())
}

fn put(client: &mut Client, random: &mut Random) -> Result<()> {
    let entry = |random: &mut Random| {
        let word = if random.once_in(40) { "bad" } else { "good" };
        let data = format!("{word} {}", random.within(0..u64::MAX));
        let data = base64_simd::STANDARD.encode_to_string(data);
        json!({ "PartitionKey": format!("k{}", random.index(KEYS)), "Data": data })
    };
    let entries: Vec<Value> = (0..60).map(|_| entry(random)).collect();
    client.call("PutRecords", &json!({ "StreamName": "source", "Records": entries }))?;
    Ok(())
}

/// What should have been copied, and what should be parked: from the first bad record of a key on.
fn expected(source: &[Vec<Row>]) -> (Vec<Row>, Vec<Row>) {
    let mut keys: Vec<&str> = Vec::new();
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for row in source.iter().flatten() {
        if row.data.starts_with(b"bad") && !keys.contains(&&*row.key) {
            keys.push(&row.key);
        }
        let rows = if keys.contains(&&*row.key) { &mut bad } else { &mut good };
        rows.push(row.clone());
    }
    (good, bad)
}

fn command(server: &Server, args: &[&str]) -> Result<e2e::Ended> {
    Program::new(["functions"]).args(args).args(["--endpoint", &server.url()]).run()
}

fn parked(server: &Server) -> Result<Vec<Value>> {
    let told = command(server, &["parked", FUNCTION, "--json", "--data"])?;
    let told = told.success("functions parked")?;
    let told: Value = serde_json::from_str(&told.stdout)?;
    Ok(told.as_array().context("a list of records")?.clone())
}

fn count(client: &mut Client, stream: &str) -> Result<usize> {
    Ok(reading::everything(client, stream)?.iter().map(Vec::len).sum())
}

fn until(mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let start = Instant::now();
    while !holds()? {
        ensure!(start.elapsed() < WITHIN, "it does not come to that");
        thread::park_timeout(Duration::from_millis(50));
    }
    Ok(())
}

/// Every record came once, and those of a key in order.
fn compare(source: &[Vec<Row>], target: &[Vec<Row>]) -> Result<()> {
    let of = |rows: &[Vec<Row>], key: &str| -> Vec<Row> {
        rows.iter().flatten().filter(|row| row.key == key).cloned().collect()
    };
    for key in (0..KEYS).map(|key| format!("k{key}")) {
        ensure!(of(source, &key) == of(target, &key), "{key} is not as it should be");
    }
    Ok(())
}
