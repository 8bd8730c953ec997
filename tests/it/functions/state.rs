//! What a consumer keeps for keys, as the command shows it while the consumer runs; and to whom it does not.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use e2e::client::{CallError, Client};
use e2e::{Launch, Program, Server, workspace};
use http::Method;
use serde_json::{Value, json};

use super::{map, reading, stream_arn};

const KEYS: [&str; 3] = ["key-of-ada", "key-of-bob", "other"];
const OTHER: &str = "210987654321";

#[test]
fn the_command_shows_what_is_kept_for_keys() {
    if let Err(failure) = run() {
        panic!("{failure:#}");
    }
}

fn run() -> Result<()> {
    let temp = tempfile::tempdir()?;
    let launch = Launch::dev(temp.path().join("data"));
    let server = launch.args(["--no-limits", "--audit-data-events"]).start()?;
    let mut client = server.client();
    for name in ["visits", "counts"] {
        client.call("CreateStream", &json!({ "StreamName": name, "ShardCount": 1 }))?;
    }
    deploy(&mut client)?;
    let target = json!({ "OnSuccess": { "Destination": stream_arn("counts") } });
    let uuid = map(&mut client, "counts", "visits", json!({ "DestinationConfig": target }))?;
    ensure!(shown(&server, &["list", "counts"])?.1.contains("nothing is kept"));
    for (at, key) in KEYS.iter().cycle().take(7).enumerate() {
        let data = base64_simd::STANDARD.encode_to_string(format!(r#"{{"mag":{at}}}"#));
        let record = json!({ "StreamName": "visits", "PartitionKey": key, "Data": data });
        client.call("PutRecord", &record)?;
    }
    while reading::everything(&mut client, "counts")?.concat().len() < 7 {}
    keys(&server, &uuid)?;
    values(&server, &uuid)?;
    // The consumer went on meanwhile, and what was kept is there after a kill.
    let server = server.kill()?.start()?;
    values(&server, &uuid)?;
    strangers(&server, &uuid)?;
    audited(&server)
}

fn keys(server: &Server, uuid: &str) -> Result<()> {
    let told = listed(server, &["list", "counts", "--json"])?;
    let mut names: Vec<&str> = told.iter().filter_map(|it| it["PartitionKey"].as_str()).collect();
    names.sort_unstable();
    ensure!(names == KEYS, "{told:?}");
    let is_whole = |it: &Value| it["UUID"] == uuid && it["Values"] == 1 && it["Timers"] == 1;
    ensure!(told.iter().all(is_whole), "{told:?}");
    let told = listed(server, &["list", "counts", "--json", "--prefix", "key-of-"])?;
    ensure!(told.len() == 2, "{told:?}");
    let (table, more) = shown(server, &["list", "counts", "--max", "2"])?;
    ensure!(table.lines().count() == 3 && table.contains(uuid), "{table}");
    ensure!(more.contains("there are more keys than 2"), "{more}");
    let (_, more) = shown(server, &["list", "counts", "--max", "3", "--mapping", uuid])?;
    ensure!(more.is_empty(), "{more}");
    let none = ["list", "counts", "--mapping", "none"];
    let refused = command(server, &none)?;
    ensure!(refused.code == Some(1) && refused.stderr.contains("hint: "), "{}", refused.stderr);
    let refused = command(server, &["list", "nobody"])?;
    ensure!(refused.stderr.contains("function `nobody` has no mapping"), "{}", refused.stderr);
    Ok(())
}

fn values(server: &Server, uuid: &str) -> Result<()> {
    let (table, _) = shown(server, &["get", "counts", "key-of-ada"])?;
    ensure!(table.contains(r#"{"count":3,"largest":6.0}"#), "{table}");
    ensure!(table.contains("quiet") && table.contains("due 20"), "{table}");
    let told = listed(server, &["get", "counts", "key-of-ada", "--json"])?;
    let [told] = &told[..] else { anyhow::bail!("{told:?}") };
    ensure!(told["UUID"] == uuid && told["Values"][0]["Name"] == "summary", "{told}");
    let value = told["Values"][0]["Value"].as_str().context("a value")?;
    let value = base64_simd::STANDARD.decode_to_vec(value)?;
    ensure!(serde_json::from_slice::<Value>(&value)? == json!({ "count": 3, "largest": 6.0 }));
    ensure!(told["Timers"][0]["Name"] == "quiet", "{told}");
    let told = listed(server, &["get", "counts", "key-of-ada", "--json", "--prefix", "q"])?;
    ensure!(told[0]["Values"] == json!([]) && told[0]["Timers"][0]["Name"] == "quiet", "{told:?}");
    let (table, more) = shown(server, &["get", "counts", "nobody"])?;
    ensure!(table.is_empty() && more.contains("nothing is kept for this key"), "{more}");
    Ok(())
}

/// Another account, which knows the UUID.
fn strangers(server: &Server, uuid: &str) -> Result<()> {
    let mut root = server.client();
    root.own("CreateAccount", &json!({ "AccountName": "other", "AccountId": OTHER }))?;
    let key = root.own("CreateAccessKey", &json!({ "AccountId": OTHER }))?;
    let word = |member: &str| key["AccessKey"][member].as_str().context("a key");
    let mut other =
        Client::with_key(server.address(), word("AccessKeyId")?, word("SecretAccessKey")?);
    for operation in ["GetState", "ListStateKeys"] {
        let asked = json!({ "UUID": uuid, "PartitionKey": "key-of-ada" });
        let told = other.own(operation, &asked);
        let code = match &told {
            Err(CallError::Refused(refused)) => refused.code.as_str(),
            Ok(_) | Err(CallError::NotSent(_) | CallError::Lost(_)) => "",
        };
        ensure!(code == "ResourceNotFoundException", "{told:?}");
    }
    Ok(())
}

/// That somebody looked is in the trail, what was seen is not.
fn audited(server: &Server) -> Result<()> {
    let program = Program::new(["audit", "--endpoint", &server.url()]);
    let ended = program.args(["--all", "--json", "--since", "1d"]).run()?;
    let trail = ended.success("shardmill audit")?.stdout;
    let of = |name: &str| {
        let name = format!(r#""eventName":"{name}""#);
        trail.lines().filter(move |line| line.contains(&name))
    };
    for name in ["GetState", "ListStateKeys"] {
        ensure!(of(name).count() > 0, "{name} has no event");
        for event in of(name) {
            for word in ["of-ada", "of-bob", "largest", "summary", "eyJj"] {
                ensure!(!event.contains(word), "{word} stands in {event}");
            }
        }
    }
    Ok(())
}

fn deploy(client: &mut Client) -> Result<()> {
    let code = fs::read(workspace::root().join("guests/rust-counts/counts.wasm"))?;
    let code = base64_simd::STANDARD.encode_to_string(code);
    let function = json!({
        "FunctionName": "counts",
        "Role": "arn:aws:iam::000000000000:role/any",
        "Timeout": 10,
        "Environment": { "Variables": { "QUIET_SECONDS": "3600" } },
        "Code": { "ZipFile": code },
    });
    client.rest(&Method::POST, "/2015-03-31/functions", &function)?;
    Ok(())
}

fn command(server: &Server, args: &[&str]) -> Result<e2e::Ended> {
    Program::new(["functions", "state"]).args(args).args(["--endpoint", &server.url()]).run()
}

/// What it prints, and says beside.
fn shown(server: &Server, args: &[&str]) -> Result<(String, String)> {
    let ended = command(server, args)?.success("functions state")?;
    Ok((ended.stdout, ended.stderr))
}

fn listed(server: &Server, args: &[&str]) -> Result<Vec<Value>> {
    let told: Value = serde_json::from_str(&shown(server, args)?.0)?;
    Ok(told.as_array().context("a list")?.clone())
}
