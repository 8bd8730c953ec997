//! `kill -9` at random moments while a mapping works: in mid-batch, between retries, with ten lanes a shard.
//!
//! The function copies each record to another stream and, now and then, fails on the first tries of a batch.
//! When all is over, every record of the source is in the target once, and the records of a key have the
//! source's order.
//!
//! `SHARDMILL_KILLS` sets the number of rounds, each of which puts 500 records: what a kill cuts off is put later. With 200
//! kills in a row, 103,590 records came through in 94 s, on two cores that built something else meanwhile; with the
//! function that counts (`counted`), 103,945 in 69 s. `SHARDMILL_SEED` repeats a run (as far as two machines'
//! schedulers allow).

mod bisect;
mod counted;
mod events;
mod load;
mod windows;

use std::collections::{BTreeMap, HashMap};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use e2e::client::Client;
use e2e::{Launch, Program, Random, Server, progress, seed};
use http::Method;
use serde_json::json;

use super::reading::{self, Row};
use super::{deploy, map, stream_arn};
use load::{Writer, Written};

const ROUNDS: u64 = 20;
/// Records that are put for each kill.
const RECORDS: u64 = 500;
const WRITERS: usize = 3;
const CAUGHT_UP_WITHIN: Duration = Duration::from_secs(180);
const LOOK_EVERY: Duration = Duration::from_millis(50);
const WRITE_WITHIN: Duration = Duration::from_secs(60);

#[test]
fn every_record_passes_the_function_once_and_in_order() {
    let mut random = Random::new(seed("functions::crash"));
    if let Err(failure) = run(&mut random, set_up, compare) {
        panic!("{failure:#}");
    }
}

/// Makes streams `source` and `target`, and what is between them.
type SetUp = fn(&mut Client) -> Result<()>;
/// Whether the target is what should come of the source.
type Compare = fn(&[Vec<Row>], &[Vec<Row>]) -> Result<()>;

fn rounds() -> u64 {
    let given = std::env::var("SHARDMILL_KILLS").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(ROUNDS)
}

fn run(random: &mut Random, set_up: SetUp, compare: Compare) -> Result<()> {
    let start = Instant::now();
    let temp = tempfile::tempdir()?;
    let server = Launch::dev(temp.path().join("data")).arg("--no-limits").start()?;
    set_up(&mut server.client())?;
    let mut writers: Vec<Writer> = (0..WRITERS).map(Writer::new).collect();
    let written = Written::default();
    let mut launch = server.kill()?;
    for round in 1..=rounds() {
        launch = kill_at_work(launch.start()?, &mut writers, (&written, round * RECORDS), random)?;
    }
    let server = launch.start()?;
    // What kills cut off.
    thread::scope(|scope| {
        work(scope, &server, &mut writers, (&written, rounds() * RECORDS), random);
    });
    let source = reading::everything(&mut server.client(), "source")?;
    check_source(&source, &writers)?;
    let target = caught_up(&server, count(&source))?;
    compare(&source, &target)?;
    // Nothing comes twice either once all is done, drained and started again.
    let server = server.stop()?.start()?;
    let again = reading::everything(&mut server.client(), "target")?;
    ensure!(again == target, "the target changed although nothing was put");
    let launch = server.stop()?;
    Program::new(["verify", "--data"]).arg(launch.data()).run()?.success("shardmill verify")?;
    let seconds = start.elapsed().as_secs();
    let records = count(&source);
    progress(format!("functions: {} kills, {records} records ({seconds} s)", rounds()));
    ensure!(u64::try_from(records)? >= rounds() * RECORDS, "too few records to mean anything");
    Ok(())
}

fn set_up(client: &mut Client) -> Result<()> {
    for (name, shards) in [("source", 2), ("target", 3)] {
        client.call("CreateStream", &json!({ "StreamName": name, "ShardCount": shards }))?;
    }
    deploy(client, "flaky_copy")?;
    let more = json!({
        "BatchSize": 20,
        "ParallelizationFactor": 10,
        "DestinationConfig": { "OnSuccess": { "Destination": stream_arn("target") } },
    });
    map(client, "flaky_copy", "source", more)?;
    Ok(())
}

/// Lets a call take as long as a slow machine may need: who counts attempts must not count those that it was too slow for.
fn give_time(client: &mut Client, function: &str) -> Result<()> {
    let path = format!("/2015-03-31/functions/{function}/configuration");
    client.rest(&Method::PUT, &path, &json!({ "Timeout": 60 }))?;
    Ok(())
}

/// Has all writers put records until there are so many.
fn work<'scope>(
    scope: &'scope Scope<'scope, '_>,
    server: &Server,
    writers: &'scope mut [Writer],
    goal: (&'scope Written, u64),
    random: &mut Random,
) -> Vec<ScopedJoinHandle<'scope, ()>> {
    let each = writers.iter_mut().map(|writer| {
        let (client, own) = (server.client(), random.fork());
        scope.spawn(move || writer.write(client, own, goal))
    });
    each.collect()
}

/// Puts records until there are so many and kills the server in the work that follows, or while they are put.
fn kill_at_work(
    server: Server,
    writers: &mut [Writer],
    (written, wanted): (&Written, u64),
    random: &mut Random,
) -> Result<Launch> {
    thread::scope(|scope| {
        let working = work(scope, &server, writers, (written, wanted), random);
        // The instant of the kill is part of the fault: in a batch, in a commit, between two tries.
        let longest = if random.once_in(2) {
            for writer in working {
                writer.join().expect("writers do not panic");
            }
            250_000
        } else {
            let some = random.within(0..RECORDS);
            let start = Instant::now();
            while written.count() + some < wanted {
                ensure!(start.elapsed() < WRITE_WITHIN, "only {} were put", written.count());
                thread::park_timeout(Duration::from_millis(1));
            }
            10_000
        };
        thread::park_timeout(Duration::from_micros(random.within(0..longest)));
        server.kill()
    })
}

fn count(shards: &[Vec<Row>]) -> usize {
    shards.iter().map(Vec::len).sum()
}

/// Every record that was acknowledged is in the source, and nothing that was never sent.
fn check_source(source: &[Vec<Row>], writers: &[Writer]) -> Result<()> {
    let mut held: HashMap<&[u8], usize> = HashMap::new();
    for row in source.iter().flatten() {
        *held.entry(&row.data).or_default() += 1;
    }
    for writer in writers {
        for data in &writer.acknowledged {
            ensure!(held.contains_key(&**data), "lost: {}", String::from_utf8_lossy(data));
        }
    }
    let twice = held.values().filter(|count| **count > 1).count();
    ensure!(twice == 0, "{twice} records of the source are there twice");
    Ok(())
}

/// The target, once it holds so many records.
fn caught_up(server: &Server, count_wanted: usize) -> Result<Vec<Vec<Row>>> {
    let start = Instant::now();
    let mut client = server.client();
    loop {
        let target = reading::everything(&mut client, "target")?;
        if count(&target) >= count_wanted {
            return Ok(target);
        }
        let have = count(&target);
        ensure!(start.elapsed() < CAUGHT_UP_WITHIN, "only {have} of {count_wanted} came through");
        thread::park_timeout(LOOK_EVERY);
    }
}

/// The records of each key, in order.
fn by_key(shards: &[Vec<Row>]) -> BTreeMap<&str, Vec<&[u8]>> {
    let mut keys: BTreeMap<&str, Vec<&[u8]>> = BTreeMap::new();
    for row in shards.iter().flatten() {
        keys.entry(&row.key).or_default().push(&row.data);
    }
    keys
}

fn compare(source: &[Vec<Row>], target: &[Vec<Row>]) -> Result<()> {
    let (source, target) = (by_key(source), by_key(target));
    ensure!(source.keys().eq(target.keys()), "other keys came out than went in");
    for (key, sent) in source {
        let came = &target[key];
        if let Some(at) = sent.iter().zip(came).position(|(sent, came)| sent != came) {
            let shown = |data: &[u8]| String::from_utf8_lossy(data).into_owned();
            let (sent, came) = (shown(sent[at]), shown(came[at]));
            anyhow::bail!("{key}: record {at} is {came} and should be {sent}");
        }
        let (sent, came) = (sent.len(), came.len());
        ensure!(sent == came, "{key}: {came} records came of {sent}");
    }
    Ok(())
}

#[test]
fn the_comparison_notices_every_fault() {
    let row = |key: &str, data: &str| Row { key: key.to_owned(), data: data.into() };
    let source = vec![vec![row("a", "1"), row("b", "2"), row("a", "3")], vec![row("c", "4")]];
    let good = vec![vec![row("c", "4"), row("a", "1"), row("a", "3")], vec![row("b", "2")]];
    compare(&source, &good).unwrap();
    let told = |change: fn(&mut Vec<Row>)| {
        let mut bad = good.clone();
        change(&mut bad[0]);
        compare(&source, &bad).unwrap_err().to_string()
    };
    assert!(told(|rows| drop(rows.pop())).contains("1 records came of 2"));
    assert!(told(|rows| rows.swap(1, 2)).contains("should be 1"));
    assert!(told(|rows| rows.push(rows[1].clone())).contains("3 records came of 2"));
    assert!(told(|rows| drop(rows.remove(0))).contains("other keys"));
    assert!(told(|rows| rows[0].data.push(b'x')).contains("should be 4"));
}
