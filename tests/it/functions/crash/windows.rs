//! `kill -9` over the whole life of tumbling windows: while records come, in the tries of the last call, and where a
//! state beyond its bound ends a window early.
//!
//! The function (`guests/programs/windows.wat`) keeps in its state which records it saw, and fails the last call of each
//! window, so that a stream is told of the window's state in the commit that closes it. State and progress are one
//! commit: what all windows saw, one behind the other, is the source, each record once and in order.
//!
//! When to kill follows from the calls that were seen, so that slow machines come as far as quick ones.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::client::Client;
use e2e::{Launch, Program, Random, Server, progress, seed};
use serde_json::{Value, json};

use super::super::reading;
use super::super::{deploy, map, stream_arn};
use super::{CAUGHT_UP_WITHIN, give_time};

const FUNCTION: &str = "windows";
const RETRIES: u64 = 3;
/// A record that makes a state larger than 1 MiB, in base64.
const LARGE_BYTES: usize = 800_000;
const SHARD: &str = "shardId-000000000000";
/// Kills that must fall into each kind of moment.
const KILLS_MIN: usize = 3;
/// Kills after which there should have been as many.
const KILLS_MAX: usize = 40;
const LOOK_EVERY: Duration = Duration::from_millis(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// A window is open, and calls of it succeeded.
    Window,
    /// The last call of a window failed, and the window is not given up.
    End,
    /// The same of one whose state is too large.
    EarlyEnd,
}

#[test]
fn windows_count_each_record_once_whenever_they_are_killed() {
    let mut random = Random::new(seed("functions::crash::windows"));
    if let Err(failure) = run(&mut random) {
        panic!("{failure:#}");
    }
}

fn run(random: &mut Random) -> Result<()> {
    let temp = tempfile::tempdir()?;
    let mut server = Launch::dev(temp.path().join("data")).arg("--no-limits").start()?;
    let start = Instant::now();
    set_up(&mut server.client())?;
    let (mut windows, mut records) = (Windows::default(), Records::default());
    let mut fallen = Fallen::default();
    while let Some(moment) = fallen.wanted(&windows) {
        ensure!(fallen.kills < KILLS_MAX, "kills do not fall where they should: {fallen:?}");
        let told = work(&server, moment, &mut records, &mut windows, random)?;
        thread::park_timeout(Duration::from_micros(random.within(0..40_000)));
        server = server.kill()?.start()?;
        windows.look(&mut server.client())?;
        fallen.note(moment, told, &windows);
    }
    let killed = Instant::now();
    while windows.seen() < records.put {
        windows.look(&mut server.client())?;
        let seen = windows.seen();
        ensure!(killed.elapsed() < CAUGHT_UP_WITHIN, "{seen} of {} records are told", records.put);
        thread::park_timeout(LOOK_EVERY);
    }
    let source = reading::everything(&mut server.client(), "source")?.concat();
    compare(source.iter().map(|row| &*row.data), &windows.told)?;
    server = server.stop()?.start()?;
    let told = windows.told.len();
    windows.look(&mut server.client())?;
    ensure!(windows.told.len() == told, "a window was told of although nothing was put");
    let launch = server.stop()?;
    Program::new(["verify", "--data"]).arg(launch.data()).run()?.success("shardmill verify")?;
    let [amid, ends, early] = fallen.counts(&windows);
    let (kills, put, seconds) = (fallen.kills, records.put, start.elapsed().as_secs());
    progress(format!(
        "windows: {kills} kills ({amid} amid windows, {ends} in their ends, {early} in early ends), {told} windows of \
         {put} records ({seconds} s)"
    ));
    Ok(())
}

fn set_up(client: &mut Client) -> Result<()> {
    client.call("CreateStream", &json!({ "StreamName": "source", "ShardCount": 1 }))?;
    // A document has the state of its window.
    let failed = json!({ "StreamName": "failed", "ShardCount": 1, "MaxRecordSizeInKiB": 10_240 });
    client.call("CreateStream", &failed)?;
    deploy(client, FUNCTION)?;
    give_time(client, FUNCTION)?;
    let more = json!({
        "BatchSize": 7,
        "TumblingWindowInSeconds": 1,
        "MaximumRetryAttempts": RETRIES,
        "DestinationConfig": { "OnFailure": { "Destination": stream_arn("failed") } },
    });
    map(client, FUNCTION, "source", more)?;
    Ok(())
}

/// Puts records and lets the function work until a moment of this kind has come; how many windows were told of before.
fn work(
    server: &Server,
    moment: Moment,
    records: &mut Records,
    windows: &mut Windows,
    random: &mut Random,
) -> Result<usize> {
    let (start, mut client) = (Instant::now(), server.client());
    let wanted = random.within(1..4);
    let mut base: Option<(usize, Calls)> = None;
    let mut is_large_put = false;
    loop {
        // Calls before windows: those that failed since are of a window that is not told of.
        let calls = Calls::look(&mut client)?;
        windows.look(&mut client)?;
        match &base {
            Some((told, before)) if *told == windows.told.len() => {
                let failed = calls.failed - before.failed;
                let passed = calls.passed - before.passed;
                match moment {
                    Moment::Window if failed == 0 && passed >= wanted => return Ok(*told),
                    Moment::End | Moment::EarlyEnd if failed >= wanted => return Ok(*told),
                    // Its window ends already; another one is waited for.
                    Moment::Window | Moment::End | Moment::EarlyEnd => {}
                }
            }
            Some(_) | None => {
                // And windows before calls here.
                base = Some((windows.told.len(), Calls::look(&mut client)?));
                is_large_put = false;
            }
        }
        let is_large = moment == Moment::EarlyEnd && !is_large_put;
        records.put(&mut client, is_large, random)?;
        is_large_put |= is_large;
        ensure!(start.elapsed() < CAUGHT_UP_WITHIN, "no {moment:?} comes: {calls:?}");
        thread::park_timeout(LOOK_EVERY);
    }
}

/// Where kills fell.
#[derive(Debug, Default)]
struct Fallen {
    kills: usize,
    /// In open windows.
    amid: usize,
    /// The windows whose end was under way.
    ending: Vec<usize>,
}

impl Fallen {
    /// A life was to be killed in such a moment, when so many windows were told of.
    fn note(&mut self, moment: Moment, told: usize, windows: &Windows) {
        self.kills += 1;
        if windows.told.len() > told {
            // The window came to its end before the kill, or right behind.
            return;
        }
        match moment {
            Moment::Window => self.amid += 1,
            Moment::End | Moment::EarlyEnd => self.ending.push(told),
        }
    }

    /// How many there are of each kind, as far as it is known: a window tells itself whether it ended early.
    fn counts(&self, windows: &Windows) -> [usize; 3] {
        let known = self.ending.iter().filter_map(|at| windows.told.get(*at));
        let (early, ends): (Vec<&Told>, Vec<&Told>) = known.partition(|window| window.is_early);
        [self.amid, ends.len(), early.len()]
    }

    /// The kind of which there are fewest; nothing once there are enough of all.
    fn wanted(&self, windows: &Windows) -> Option<Moment> {
        let kinds =
            self.counts(windows).into_iter().zip([Moment::Window, Moment::End, Moment::EarlyEnd]);
        let (count, fewest) = kinds.min_by_key(|(count, _)| *count)?;
        (count < KILLS_MIN).then_some(fewest)
    }
}

/// Calls of this life of the server.
#[derive(Clone, Copy, Debug)]
struct Calls {
    passed: u64,
    failed: u64,
}

impl Calls {
    fn look(client: &mut Client) -> Result<Self> {
        let told = client.own("GetFunctionStats", &json!({ "FunctionName": FUNCTION }))?;
        let number = |name: &str| told["Functions"][0][name].as_u64().context("a number");
        let (all, failed) = (number("Invocations")?, number("Errors")?);
        Ok(Self { passed: all.saturating_sub(failed), failed })
    }
}

/// Records that are put.
#[derive(Default)]
struct Records {
    put: usize,
}

impl Records {
    fn put(&mut self, client: &mut Client, is_large: bool, random: &mut Random) -> Result<()> {
        let mut entry = |bytes: usize| {
            self.put += 1;
            let data = format!("{}{}", self.put, "~".repeat(bytes));
            let data = base64_simd::STANDARD.encode_to_string(data);
            json!({ "PartitionKey": format!("k{}", random.within(0..5)), "Data": data })
        };
        let mut entries: Vec<Value> = (0..3).map(|_| entry(0)).collect();
        if is_large {
            entries.push(entry(LARGE_BYTES));
        }
        client.call("PutRecords", &json!({ "StreamName": "source", "Records": entries }))?;
        Ok(())
    }
}

/// What was told of windows that are over, read on from where it was.
#[derive(Default)]
struct Windows {
    told: Vec<Told>,
    last: Option<String>,
}

/// A window that is over.
#[derive(Clone, Debug)]
struct Told {
    start: String,
    is_early: bool,
    attempts: u64,
    /// The data of its records.
    seen: Vec<Vec<u8>>,
}

impl Windows {
    fn look(&mut self, client: &mut Client) -> Result<()> {
        let mut asked = json!({ "StreamName": "failed", "ShardId": SHARD });
        asked["ShardIteratorType"] = match &self.last {
            Some(last) => {
                asked["StartingSequenceNumber"] = last.as_str().into();
                "AFTER_SEQUENCE_NUMBER".into()
            }
            None => "TRIM_HORIZON".into(),
        };
        let mut iterator = client.call("GetShardIterator", &asked)?["ShardIterator"].clone();
        loop {
            let page = client.call("GetRecords", &json!({ "ShardIterator": iterator }))?;
            let records = page["Records"].as_array().context("a list of records")?;
            for record in records {
                let data = record["Data"].as_str().context("data")?;
                self.told.push(Told::read(&base64_simd::STANDARD.decode_to_vec(data)?)?);
                self.last = record["SequenceNumber"].as_str().map(str::to_owned);
            }
            if records.is_empty() && page["MillisBehindLatest"] == 0 {
                return Ok(());
            }
            iterator = page["NextShardIterator"].clone();
        }
    }

    fn seen(&self) -> usize {
        self.told.iter().map(|window| window.seen.len()).sum()
    }
}

impl Told {
    fn read(document: &[u8]) -> Result<Self> {
        let document: Value = serde_json::from_slice(document)?;
        let payload = document["payload"].as_str().context("the document has the window")?;
        let event: Value = serde_json::from_str(payload)?;
        ensure!(event["isFinalInvokeForWindow"] == true, "a batch of records was given up");
        let seen = event["state"]["seen"].as_str().unwrap_or_default();
        let seen = seen.split_terminator('.').map(|it| base64_simd::STANDARD.decode_to_vec(it));
        Ok(Self {
            start: event["window"]["start"].as_str().context("a start")?.to_owned(),
            is_early: event["isWindowTerminatedEarly"] == true,
            attempts: document["requestContext"]["approximateInvokeCount"]
                .as_u64()
                .context("a count")?,
            seen: seen.collect::<Result<_, _>>()?,
        })
    }
}

/// What the windows saw, one behind the other, is what was put; each was given up after all of its tries, and no window
/// comes before one that began earlier.
fn compare<'a>(mut source: impl Iterator<Item = &'a [u8]>, told: &[Told]) -> Result<()> {
    let shown = |data: &[u8]| String::from_utf8_lossy(&data[..data.len().min(12)]).into_owned();
    for (at, window) in told.iter().enumerate() {
        for data in &window.seen {
            let put = source.next().context("more was seen than was put")?;
            ensure!(*data == put, "window {at} saw {} and not {}", shown(data), shown(put));
        }
        ensure!(window.attempts == RETRIES + 1, "window {at} had {} tries", window.attempts);
    }
    ensure!(source.next().is_none(), "not all was seen");
    ensure!(told.is_sorted_by_key(|window| &window.start), "windows changed their order");
    Ok(())
}

#[test]
fn the_comparison_notices_every_fault() {
    let window = |start: &str, seen: &[&str]| Told {
        start: start.to_owned(),
        is_early: false,
        attempts: RETRIES + 1,
        seen: seen.iter().map(|it| it.as_bytes().to_vec()).collect(),
    };
    let source = ["1", "2", "3"].map(str::as_bytes);
    let good = [window("a", &["1", "2"]), window("b", &["3"])];
    compare(source.into_iter(), &good).unwrap();
    let told = |change: fn(&mut Vec<Told>)| {
        let mut bad = good.to_vec();
        change(&mut bad);
        compare(source.into_iter(), &bad).unwrap_err().to_string()
    };
    assert!(told(|it| it[0].seen.swap(0, 1)).contains("saw 2 and not 1"));
    assert!(told(|it| drop(it.pop())).contains("not all was seen"));
    assert!(told(|it| it[1].seen.push(b"3".to_vec())).contains("more was seen"));
    assert!(told(|it| it[1].attempts = 1).contains("1 tries"));
    assert!(told(|it| it[1].start.clear()).contains("order"));
}
