//! `kill -9` while batches are halved, and while a stream is told of what is given up.
//!
//! The function fails every batch with a bad record in it; the mapping halves what failed, tries a record that fails
//! alone once more, and tells a stream of it. When all is over, every good record is in the target once, those of a key
//! in order, and every bad one was told of once, alone.
//!
//! When to kill follows from what was seen to be done, so that slow machines come as far as quick ones.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::client::Client;
use e2e::{Launch, Program, Random, Server, progress, seed};
use serde_json::{Value, json};

use super::super::reading::{self, Row};
use super::super::{deploy, map, stream_arn};
use super::{CAUGHT_UP_WITHIN, by_key, count, give_time};

const FUNCTION: &str = "report_bad";
const KEYS: u64 = 8;
/// Records of one call: at most one batch in each lane.
const RECORDS: usize = 64;
const RETRIES: u64 = 1;
const LIVES: usize = 24;
/// Lives that must have ended while a batch was in pieces.
const APART_MIN: usize = 10;
const LOOK_EVERY: Duration = Duration::from_millis(3);

#[test]
fn a_batch_in_pieces_survives_kills() {
    let mut random = Random::new(seed("functions::crash::bisect"));
    if let Err(failure) = run(&mut random) {
        panic!("{failure:#}");
    }
}

fn run(random: &mut Random) -> Result<()> {
    let temp = tempfile::tempdir()?;
    let mut server = Launch::dev(temp.path().join("data")).arg("--no-limits").start()?;
    let start = Instant::now();
    set_up(&mut server.client())?;
    let mut round = Round::default();
    let mut apart = 0;
    for _ in 0..LIVES {
        let before = work(&server, &mut round, random)?;
        // The instant of the kill is part of the fault: in a call, a commit, between two tries.
        thread::park_timeout(Duration::from_micros(random.within(0..30_000)));
        server = server.kill()?.start()?;
        let after = Done::look(&mut server.client())?;
        apart += usize::from(round.is_apart(&before, &after));
    }
    let killed = Instant::now();
    while !round.is_over(&Done::look(&mut server.client())?) {
        ensure!(killed.elapsed() < CAUGHT_UP_WITHIN, "the last round does not end");
        thread::park_timeout(LOOK_EVERY);
    }
    let source = reading::everything(&mut server.client(), "source")?;
    let done = Done::look(&mut server.client())?;
    compare(&source, &done)?;
    // Nothing comes twice either once all is done, drained and started again.
    server = server.stop()?.start()?;
    ensure!(Done::look(&mut server.client())? == done, "something came although nothing was put");
    let launch = server.stop()?;
    Program::new(["verify", "--data"]).arg(launch.data()).run()?.success("shardmill verify")?;
    let (records, told) = (count(&source), done.told.len());
    let seconds = start.elapsed().as_secs();
    progress(format!(
        "bisect: {LIVES} kills, {apart} of them amid pieces, {records} records, {told} told of ({seconds} s)"
    ));
    ensure!(apart >= APART_MIN, "only {apart} kills fell while a batch was in pieces");
    Ok(())
}

fn set_up(client: &mut Client) -> Result<()> {
    for (name, shards) in [("source", 2), ("target", 3), ("failed", 1)] {
        client.call("CreateStream", &json!({ "StreamName": name, "ShardCount": shards }))?;
    }
    deploy(client, FUNCTION)?;
    give_time(client, FUNCTION)?;
    let more = json!({
        "BatchSize": 100,
        "ParallelizationFactor": 2,
        "BisectBatchOnFunctionError": true,
        "MaximumRetryAttempts": RETRIES,
        "DestinationConfig": {
            "OnSuccess": { "Destination": stream_arn("target") },
            "OnFailure": { "Destination": stream_arn("failed") },
        },
    });
    map(client, FUNCTION, "source", more)?;
    Ok(())
}

/// Lets the mapping work until some more is done and a batch is in pieces; now and then, until there is one to do.
fn work(server: &Server, round: &mut Round, random: &mut Random) -> Result<Done> {
    let (start, mut client) = (Instant::now(), server.client());
    let first = Done::look(&mut client)?.count();
    let (wanted, is_early) = (random.index(6), random.once_in(5));
    loop {
        let done = Done::look(&mut client)?;
        if round.is_over(&done) {
            *round = Round::put(&mut client, &done, random)?;
        } else if is_early || (done.count() >= first + wanted && round.is_apart(&done, &done)) {
            return Ok(done);
        }
        ensure!(start.elapsed() < CAUGHT_UP_WITHIN, "only {} records are done", done.count());
        thread::park_timeout(LOOK_EVERY);
    }
}

/// What came of records.
#[derive(Debug, PartialEq, Eq)]
struct Done {
    target: Vec<Vec<Row>>,
    /// The records that a document tells of, and what it says of the attempts.
    told: Vec<Told>,
}

#[derive(Debug, PartialEq, Eq)]
struct Told {
    records: Vec<Row>,
    condition: String,
    attempts: u64,
}

impl Done {
    fn look(client: &mut Client) -> Result<Self> {
        let target = reading::everything(client, "target")?;
        let documents = reading::everything(client, "failed")?.concat();
        let told = documents.iter().map(told).collect::<Result<_>>()?;
        Ok(Self { target, told })
    }

    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.target.iter().flatten().chain(self.told.iter().flat_map(|told| &told.records))
    }

    fn count(&self) -> usize {
        self.rows().count()
    }

    fn of_key(&self, key: &str) -> usize {
        self.rows().filter(|row| row.key == key).count()
    }
}

fn told(document: &Row) -> Result<Told> {
    let document: Value = serde_json::from_slice(&document.data)?;
    let event: Value = serde_json::from_str(document["payload"].as_str().context("a payload")?)?;
    let record = |it: &Value| {
        let text = |name: &str| it["kinesis"][name].as_str().context("a text");
        let data = base64_simd::STANDARD.decode_to_vec(text("data")?)?;
        Ok(Row { key: text("partitionKey")?.to_owned(), data })
    };
    let context = &document["requestContext"];
    Ok(Told {
        records: event["Records"]
            .as_array()
            .context("records")?
            .iter()
            .map(record)
            .collect::<Result<_>>()?,
        condition: context["condition"].as_str().context("a condition")?.to_owned(),
        attempts: context["approximateInvokeCount"].as_u64().context("a count")?,
    })
}

/// The records of one call, which are put when those before are done.
#[derive(Default)]
struct Round {
    /// For each key, how many records were done before, and how many will be.
    keys: BTreeMap<String, (usize, usize)>,
}

impl Round {
    fn put(client: &mut Client, done: &Done, random: &mut Random) -> Result<Self> {
        let mut round = Self::default();
        let mut entries = Vec::new();
        for _ in 0..RECORDS {
            let word = if random.once_in(12) { "bad" } else { "good" };
            let data = format!("{word} {}", random.draw());
            let key = format!("k{}", random.within(0..KEYS));
            let begin = || (done.of_key(&key), done.of_key(&key));
            round.keys.entry(key.clone()).or_insert_with(begin).1 += 1;
            let data = base64_simd::STANDARD.encode_to_string(data);
            entries.push(json!({ "PartitionKey": key, "Data": data }));
        }
        client.call("PutRecords", &json!({ "StreamName": "source", "Records": entries }))?;
        Ok(round)
    }

    fn is_over(&self, done: &Done) -> bool {
        self.keys.iter().all(|(key, (_, end))| done.of_key(key) >= *end)
    }

    /// Whether a batch was in pieces at a moment between these. All records of a key came in one call and lie in one
    /// batch, so some of them are done and some are not only if it came apart.
    fn is_apart(&self, before: &Done, after: &Done) -> bool {
        let is_apart = |(key, (begin, end)): (&String, &(usize, usize))| {
            before.of_key(key) > *begin && after.of_key(key) < *end
        };
        self.keys.iter().any(is_apart)
    }
}

/// Every good record was copied once and in its key's order; every bad one was told of once, by itself.
fn compare(source: &[Vec<Row>], done: &Done) -> Result<()> {
    let mut told = BTreeMap::<&str, Vec<&[u8]>>::new();
    for Told { records, condition, attempts } in &done.told {
        let [record] = &records[..] else { anyhow::bail!("told of together: {records:?}") };
        told.entry(&record.key).or_default().push(&record.data);
        ensure!(condition == "RetryAttemptsExhausted" && *attempts == RETRIES + 1, "{record:?}");
    }
    let copied = by_key(&done.target);
    let nothing = Vec::new();
    for (key, put) in by_key(source) {
        let (bad, good): (Vec<&[u8]>, Vec<&[u8]>) =
            put.into_iter().partition(|data| data.starts_with(b"bad"));
        ensure!(good == *copied.get(key).unwrap_or(&nothing), "{key}: the target is another");
        ensure!(bad == *told.get(key).unwrap_or(&nothing), "{key}: others were told of");
    }
    ensure!(done.count() == count(source), "something came that was never put");
    ensure!(!done.told.is_empty(), "nothing was bad");
    Ok(())
}

#[test]
fn the_comparison_notices_every_fault() {
    let row = |data: &str| Row { key: "k".to_owned(), data: data.into() };
    let told = |data: &str| Told {
        records: vec![row(data)],
        condition: "RetryAttemptsExhausted".to_owned(),
        attempts: RETRIES + 1,
    };
    let source = vec![["good 1", "bad 2", "good 3", "bad 4"].map(row).to_vec()];
    let good = || Done {
        target: vec![["good 1", "good 3"].map(row).to_vec()],
        told: ["bad 2", "bad 4"].map(told).into(),
    };
    compare(&source, &good()).unwrap();
    let notices = |change: fn(&mut Done)| {
        let mut bad = good();
        change(&mut bad);
        compare(&source, &bad).unwrap_err().to_string()
    };
    assert!(notices(|it| it.target[0].swap(0, 1)).contains("target is another"));
    assert!(notices(|it| drop(it.target[0].pop())).contains("target is another"));
    assert!(notices(|it| it.told.swap(0, 1)).contains("others were told of"));
    assert!(notices(|it| drop(it.told.pop())).contains("others were told of"));
    assert!(notices(|it| it.told[0].attempts += 1).contains("Row"));
    let stranger = |it: &mut Done| {
        it.target.push(vec![Row { key: "x".to_owned(), data: b"good".to_vec() }]);
    };
    assert!(notices(stranger).contains("never put"));
}
