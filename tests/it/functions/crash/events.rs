//! `kill -9` while asynchronous calls are taken in, run and told of.
//!
//! Each event that was acknowledged is told of in the stream of its function's OnSuccess exactly once, whatever was
//! killed in between: what is told, and that the event is over, are one commit. One that was not acknowledged is told of
//! once or not at all.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::client::Client;
use e2e::{Launch, Program, Random, Server, progress, seed};
use http::Method;
use serde_json::{Value, json};

use super::{CAUGHT_UP_WITHIN, LOOK_EVERY, rounds};
use crate::functions::{deploy, reading, stream_arn};

const SENDERS: u64 = 3;
/// On average half as many events are acknowledged before a kill.
const MOST_BEFORE_A_KILL: u64 = 20;
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(60);

#[test]
fn an_acknowledged_event_is_told_of_exactly_once() {
    let mut random = Random::new(seed("functions::crash::events"));
    if let Err(failure) = run(&mut random) {
        panic!("{failure:#}");
    }
}

fn run(random: &mut Random) -> Result<()> {
    let temp = tempfile::tempdir()?;
    let server = Launch::dev(temp.path().join("data")).arg("--no-limits").start()?;
    set_up(&mut server.client())?;
    let mut launch = server.kill()?;
    let mut acknowledged = Vec::new();
    for round in 0..rounds() {
        let (killed, sent) = kill_at_work(launch.start()?, round, random)?;
        launch = killed;
        acknowledged.extend(sent);
    }
    let server = launch.start()?;
    let start = Instant::now();
    let told = loop {
        let told = told(&mut server.client())?;
        let missing = acknowledged.iter().filter(|event| !told.contains_key(event)).count();
        if missing == 0 {
            break told;
        }
        ensure!(start.elapsed() < CAUGHT_UP_WITHIN, "{missing} events are not told of");
        thread::park_timeout(LOOK_EVERY);
    };
    let twice: Vec<_> = told.iter().filter(|(_, count)| **count > 1).collect();
    ensure!(twice.is_empty(), "told of more than once: {twice:?}");
    let launch = server.stop()?;
    Program::new(["verify", "--data"]).arg(launch.data()).run()?.success("shardmill verify")?;
    let count = acknowledged.len();
    progress(format!("events: {} kills, {count} acknowledged, {} told of", rounds(), told.len()));
    ensure!(u64::try_from(count)? > rounds(), "too few events to mean anything");
    Ok(())
}

/// Sends events and kills the server somewhere in the work that follows; those that were acknowledged.
///
/// How much is done before the kill is counted in events, not in time: a slow machine gets as far as a quick one.
fn kill_at_work(server: Server, round: u64, random: &mut Random) -> Result<(Launch, Vec<u64>)> {
    let (sender, acknowledged) = mpsc::channel();
    thread::scope(|scope| {
        for at in 0..SENDERS {
            let (client, first) = (server.client(), (round * SENDERS + at) * 1000);
            let sender = sender.clone();
            scope.spawn(move || send(client, first, &sender));
        }
        drop(sender);
        let mut sent = Vec::new();
        for _ in 0..random.within(0..MOST_BEFORE_A_KILL) {
            let event = acknowledged.recv_timeout(ACKNOWLEDGED_WITHIN);
            sent.push(event.context("the server acknowledges events")?);
        }
        // The instant of the kill is part of the fault: in a call, in a commit, between two.
        thread::park_timeout(Duration::from_micros(random.within(0..250_000)));
        let launch = server.kill()?;
        sent.extend(acknowledged);
        Ok((launch, sent))
    })
}

fn set_up(client: &mut Client) -> Result<()> {
    client.call("CreateStream", &json!({ "StreamName": "told", "ShardCount": 1 }))?;
    deploy(client, "echo")?;
    let destination = json!({ "OnSuccess": { "Destination": stream_arn("told") } });
    let path = "/2019-09-25/functions/echo/event-invoke-config";
    client.rest(&Method::PUT, path, &json!({ "DestinationConfig": destination }))?;
    Ok(())
}

/// Sends events until there is no server any more, and tells of each that was acknowledged.
fn send(mut client: Client, first: u64, acknowledged: &mpsc::Sender<u64>) {
    for event in first..first + 1000 {
        let reply = client.send_event("echo", &json!({ "event": event }));
        if reply.is_err() || acknowledged.send(event).is_err() {
            return;
        }
    }
}

/// How often each event was told of.
fn told(client: &mut Client) -> Result<BTreeMap<u64, usize>> {
    let mut told = BTreeMap::new();
    for row in reading::everything(client, "told")?.iter().flatten() {
        let record: Value = serde_json::from_slice(&row.data)?;
        ensure!(record["requestContext"]["condition"] == "Success", "{record}");
        ensure!(record["responsePayload"] == record["requestPayload"], "{record}");
        let event = record["requestPayload"]["event"].as_u64().context("an event of ours")?;
        *told.entry(event).or_default() += 1;
    }
    Ok(told)
}
