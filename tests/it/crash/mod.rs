//! `kill -9` at random moments under load, on one data directory that is opened again each time.
//!
//! An independent ledger knows every record that was sent and what was answered. After each start
//! everything is read back: what was acknowledged is there once, under its number, unchanged; what was
//! refused is not; what nobody knows is there at most once and stays as it was found. Meanwhile others read, and what one
//! of them was given is there after the start, whether its put was answered or not; and shards are split and merged: after
//! each start the open ones cover each key once.
//!
//! `SHARDMILL_KILLS` sets the number of rounds, `SHARDMILL_SEED` repeats a run (as far as two machines'
//! schedulers allow).

mod audit;
mod churn;
mod ledger;
mod load;
mod order;
mod queues;
mod readers;
mod reshard;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::{Launch, Program, Random, Server, progress, seed};
use serde_json::json;

use churn::Churn;
use ledger::Ledger;
use load::Load;
use reshard::Reshard;

const ROUNDS: u64 = 25;

/// What the load is put into: name, shards at first, and the largest record in KiB.
const STREAMS: [(&str, u32, u32); 3] = [("one", 1, 1024), ("three", 3, 1024), ("five", 5, 10240)];

/// Those that are encrypted.
const SEALED: [&str; 2] = ["three", "five"];

/// Those that are compressed.
const COMPRESSED: [&str; 2] = ["one", "five"];

#[test]
fn nothing_acknowledged_is_lost_and_no_number_is_given_twice() {
    let mut random = Random::new(seed("crash"));
    if let Err(failure) = run(&mut random) {
        panic!("{failure:#}");
    }
}

fn rounds() -> u64 {
    let given = std::env::var("SHARDMILL_KILLS").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(ROUNDS)
}

fn run(random: &mut Random) -> Result<()> {
    let start = Instant::now();
    let temp = tempfile::tempdir()?;
    let launch = Launch::dev(temp.path().join("data")).arg("--no-limits");
    let server = launch.clone().start()?;
    make_streams(&server)?;
    let (ledger, churn, reshard) = (Ledger::default(), Churn::default(), Reshard::default());
    let mut launch = server.kill()?;
    for round in 1..=rounds() {
        if random.once_in(3) {
            kill_while_starting(&launch, random)?;
        }
        let server = launch.start()?;
        audit::everything(&server, &ledger, &churn)
            .with_context(|| format!("after kill {round}"))?;
        launch = kill_under_load(server, &ledger, (&churn, &reshard), random)?;
        ensure!(ledger.clashes().is_empty(), "numbers given twice: {:?}", ledger.clashes());
    }
    let launch = finish(launch, &ledger, &churn, random)?;
    let data = launch.data().to_owned();
    let verified = Program::new(["verify", "--data"]).arg(data).run()?;
    verified.success("shardmill verify")?;
    let seconds = start.elapsed().as_secs();
    let changes = (churn.worked()?, reshard.worked()?);
    let (kills, summary) = (rounds(), ledger.summary());
    progress(format!("crash: {kills} kills, {summary}, {changes:?} ({seconds} s)"));
    ensure!(ledger.acknowledged() > rounds() * 20, "too little was acknowledged to mean anything");
    let (seen, seen_first) = ledger.seen();
    ensure!(
        seen > rounds() * 20 && seen_first > 0,
        "too little was read beside the load: {seen}, {seen_first}"
    );
    Ok(())
}

fn make_streams(server: &Server) -> Result<()> {
    let mut client = server.client();
    for (name, shards, kib) in STREAMS {
        let input = json!({ "StreamName": name, "ShardCount": shards, "MaxRecordSizeInKiB": kib });
        client.call("CreateStream", &input)?;
    }
    for name in SEALED {
        let key = "alias/aws/kinesis";
        let input = json!({ "StreamName": name, "EncryptionType": "KMS", "KeyId": key });
        client.call("StartStreamEncryption", &input)?;
    }
    for name in COMPRESSED {
        let input = json!({ "StreamName": name, "Compression": "LZ4" });
        client.own("UpdateStreamCompression", &input)?;
    }
    Ok(())
}

/// Recovery is interrupted, too.
fn kill_while_starting(launch: &Launch, random: &mut Random) -> Result<()> {
    let moment = Duration::from_micros(random.within(0..60_000));
    launch.start_and_kill(|| thread::park_timeout(moment))
}

fn kill_under_load(
    server: Server,
    ledger: &Ledger,
    (churn, reshard): (&Churn, &Reshard),
    random: &mut Random,
) -> Result<Launch> {
    let load = Load::new(ledger, server.address());
    let calls = random.within(20..300);
    let moment = Duration::from_micros(random.within(0..8_000));
    thread::scope(|scope| {
        for protocol in load::WRITERS {
            let own = random.fork();
            let load = &load;
            scope.spawn(move || load.write_until_lost(protocol, own));
        }
        let readers = readers::READERS.map(|start| {
            let (own, client) = (random.fork(), server.client());
            scope.spawn(move || readers::read_until_lost(start, ledger, client, own))
        });
        let (own, client) = (random.fork(), server.client());
        let churning = scope.spawn(move || churn.go_on_until_lost(client, own));
        let (own, client) = (random.fork(), server.client());
        let resharding = scope.spawn(move || reshard.go_on_until_lost(client, own));
        load.wait_for(calls)?;
        // The instant of the kill is part of the fault: somewhere between two answers.
        thread::park_timeout(moment);
        let launch = server.kill()?;
        churning.join().expect("its panic is the test's")?;
        resharding.join().expect("its panic is the test's")?;
        for reader in readers {
            reader.join().expect("its panic is the test's")?;
        }
        Ok(launch)
    })
}

/// Ends in good order, and finds everything again on one more start.
fn finish(launch: Launch, ledger: &Ledger, churn: &Churn, random: &mut Random) -> Result<Launch> {
    let server = launch.start()?;
    audit::everything(&server, ledger, churn)?;
    let server = server.stop()?.start()?;
    audit::everything(&server, ledger, churn)?;
    order::real_time(ledger)?;
    reshard::in_order_over_generations(&mut server.client(), ledger)?;
    audit::iterators_agree(&server, ledger, random)?;
    server.stop()
}
