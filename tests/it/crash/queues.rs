//! `kill -9` at random moments while several receive, acknowledge and give back: what was acknowledged never comes
//! again, everything else does, and dead letters are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::client::{CallError, Client};
use e2e::{Launch, Random, Server, progress, seed};
use serde_json::{Value, json};

const ROUNDS: u64 = 8;
const RECEIVERS: usize = 3;
/// How often a record is received before it is dead.
const RECEIVES: u32 = 4;
const STREAM: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/work";

/// What happened to records, by their keys.
#[derive(Default)]
struct Ledger {
    put: BTreeSet<String>,
    acknowledged: BTreeSet<String>,
    /// Acknowledged, or not: the answer was lost.
    doubtful: BTreeSet<String>,
    /// How often each was received, as far as answers came.
    receives: BTreeMap<String, u32>,
}

#[test]
fn what_was_acknowledged_never_comes_again_and_everything_else_does() {
    let mut random = Random::new(seed("queues"));
    if let Err(failure) = run(&mut random) {
        panic!("{failure:#}");
    }
}

fn run(random: &mut Random) -> Result<()> {
    let temp = tempfile::tempdir()?;
    let launch = Launch::dev(temp.path().join("data")).arg("--no-limits");
    let server = launch.start()?;
    let queue = make(&server)?;
    let ledger = Mutex::new(Ledger::default());
    let mut launch = server.kill()?;
    for round in 0..ROUNDS {
        let server = launch.start()?;
        launch = under_load(server, &queue, &ledger, round, random)?;
    }
    let server = launch.start()?;
    let (live, dead) = drain(&server, &queue)?;
    let ledger = ledger.into_inner()?;
    let came: BTreeSet<String> = live.union(&dead).cloned().collect();
    let again: Vec<_> = came.intersection(&ledger.acknowledged).collect();
    ensure!(again.is_empty(), "acknowledged and delivered again: {again:?}");
    let missing = ledger
        .put
        .difference(&came)
        .filter(|key| !ledger.acknowledged.contains(*key) && !ledger.doubtful.contains(*key));
    let missing: Vec<_> = missing.collect();
    ensure!(missing.is_empty(), "neither acknowledged nor delivered: {missing:?}");
    let counts = (ledger.put.len(), ledger.acknowledged.len(), ledger.doubtful.len(), dead.len());
    progress(format!("queues: {ROUNDS} kills, put/acknowledged/doubtful/dead {counts:?}"));
    ensure!(ledger.acknowledged.len() > 50 && !dead.is_empty(), "too little happened: {counts:?}");
    server.stop()?;
    Ok(())
}

fn make(server: &Server) -> Result<String> {
    let mut client = server.client();
    client.call("CreateStream", &json!({ "StreamName": "work" }))?;
    let dead = json!({ "TargetType": "BUILT_IN", "MaxReceiveCount": RECEIVES });
    let made = client.call(
        "CreateQueue",
        &json!({
            "QueueName": "work",
            "StreamConfigurationList": [{ "StreamARN": STREAM }],
            "QueueAttributes": { "VisibilityTimeoutSeconds": 1, "DeadLetterConfiguration": dead },
        }),
    )?;
    let arn = made["QueueDescription"]["QueueARN"].as_str().context("an ARN")?;
    Ok(arn.to_owned())
}

fn under_load(
    server: Server,
    queue: &str,
    ledger: &Mutex<Ledger>,
    round: u64,
    random: &mut Random,
) -> Result<Launch> {
    let moment = Duration::from_millis(random.within(400..1500));
    thread::scope(|scope| {
        let client = server.client();
        scope.spawn(move || put_until_lost(client, ledger, round));
        for _ in 0..RECEIVERS {
            let (client, own) = (server.client(), random.fork());
            scope.spawn(move || receive_until_lost(client, queue, ledger, own));
        }
        // The instant of the kill is the fault.
        let killed = Instant::now() + moment;
        while Instant::now() < killed {
            thread::park_timeout(killed.saturating_duration_since(Instant::now()));
        }
        server.kill()
    })
}

fn put_until_lost(mut client: Client, ledger: &Mutex<Ledger>, round: u64) {
    for number in 0.. {
        let key = format!("{round}-{number}");
        let input = json!({ "StreamName": "work", "PartitionKey": key, "Data": "" });
        match client.call("PutRecord", &input) {
            Ok(_) => ledger.lock().expect("no panic").put.insert(key),
            Err(_) => return,
        };
    }
}

/// Acknowledges most of what it receives, gives some back, and lets some time out. A key that ends with 7 is poison:
/// nobody acknowledges it.
fn receive_until_lost(mut client: Client, queue: &str, ledger: &Mutex<Ledger>, mut random: Random) {
    loop {
        let input = json!({ "QueueARN": queue, "WaitTimeSeconds": 1 });
        let Ok(reply) = client.call("ReceiveQueueRecords", &input) else { return };
        let records = reply["QueueRecords"].as_array().cloned().unwrap_or_default();
        note(ledger, &records);
        let (mut done, mut back) = (Vec::new(), Vec::new());
        for record in records {
            let is_poison = key(&record).ends_with('7');
            match random.within(0..10) {
                0 => {}
                1 | 2 => back.push(record),
                _ if is_poison => back.push(record),
                _ => done.push(record),
            }
        }
        if !acknowledge(&mut client, queue, ledger, &done) || !give_back(&mut client, queue, &back)
        {
            return;
        }
    }
}

fn note(ledger: &Mutex<Ledger>, records: &[Value]) {
    let mut ledger = ledger.lock().expect("no panic");
    for record in records {
        let key = key(record);
        assert!(!ledger.acknowledged.contains(&key), "{key} came again");
        *ledger.receives.entry(key).or_default() += 1;
    }
}

/// Whether the server is still there.
fn acknowledge(client: &mut Client, queue: &str, ledger: &Mutex<Ledger>, done: &[Value]) -> bool {
    if done.is_empty() {
        return true;
    }
    let entry = |record: &Value| json!({ "ReceiptHandle": record["ReceiptHandle"] });
    let entries: Vec<Value> = done.iter().map(entry).collect();
    let reply =
        client.call("AcknowledgeQueueRecords", &json!({ "QueueARN": queue, "Entries": entries }));
    let mut ledger = ledger.lock().expect("no panic");
    match reply {
        Ok(reply) => {
            let settled = reply["Successful"].as_array().cloned().unwrap_or_default();
            for record in done {
                let is_it = |it: &Value| it["ReceiptHandle"] == record["ReceiptHandle"];
                if settled.iter().any(is_it) {
                    ledger.acknowledged.insert(key(record));
                }
            }
            true
        }
        Err(CallError::Refused(refused)) => panic!("{refused:?}"),
        Err(CallError::NotSent(_) | CallError::Lost(_)) => {
            ledger.doubtful.extend(done.iter().map(key));
            false
        }
    }
}

fn give_back(client: &mut Client, queue: &str, back: &[Value]) -> bool {
    if back.is_empty() {
        return true;
    }
    let entry = |record: &Value| json!({ "ReceiptHandle": record["ReceiptHandle"], "VisibilityTimeoutSeconds": 0 });
    let entries: Vec<Value> = back.iter().map(entry).collect();
    let input = json!({ "QueueARN": queue, "Entries": entries });
    client.call("UpdateQueueRecordsVisibility", &input).is_ok()
}

fn key(record: &Value) -> String {
    record["PartitionKey"].as_str().unwrap_or_default().to_owned()
}

/// Receives whatever is left, for as long as anything comes: what is not dead is acknowledged.
fn drain(server: &Server, queue: &str) -> Result<(BTreeSet<String>, BTreeSet<String>)> {
    let mut client = server.client();
    let (mut live, mut dead, mut empty) = (BTreeSet::new(), BTreeSet::new(), 0);
    // What a killed receiver held is hidden for a second.
    while empty < 3 {
        let input = json!({ "QueueARN": queue, "WaitTimeSeconds": 1 });
        let reply = client.call("ReceiveQueueRecords", &input)?;
        let records = reply["QueueRecords"].as_array().context("records")?.clone();
        empty = if records.is_empty() { empty + 1 } else { 0 };
        let ledger = Mutex::new(Ledger::default());
        acknowledge(&mut client, queue, &ledger, &records);
        live.extend(records.iter().map(key));
    }
    loop {
        let input =
            json!({ "QueueARN": queue, "WaitTimeSeconds": 2, "VisibilityTimeoutSeconds": 600 });
        let reply = client.call("ReceiveDeadLetterQueueRecords", &input)?;
        let records = reply["QueueRecords"].as_array().context("dead letters")?.clone();
        if records.is_empty() {
            return Ok((live, dead));
        }
        dead.extend(records.iter().map(key));
    }
}
