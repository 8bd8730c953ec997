//! A healthy function among hostile ones, all on one stream of one server: it works as if it were alone, and
//! each of the others ends in a problem that its owner can read.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::client::Client;
use e2e::{Launch, progress};
use http::Method;
use serde_json::json;

use super::{deploy, map, reading, stream_arn};

/// Programs that are admitted and then do what they must not.
const HOSTILE: [&str; 16] = [
    "bad_address",
    "bad_division",
    "bad_endless_list",
    "bad_giant_list",
    "bad_grow",
    "bad_index",
    "bad_indirect_call",
    "bad_log",
    "bad_long_string",
    "bad_loop",
    "bad_loop_in_realloc",
    "bad_loop_of_calls",
    "bad_recursion",
    "bad_shared_strings",
    "bad_tag",
    "bad_unreachable",
];
const RECORDS: usize = 400;
const WITHIN: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(50);

#[test]
fn hostile_functions_harm_nobody() {
    if let Err(failure) = run() {
        panic!("{failure:#}");
    }
}

fn run() -> Result<()> {
    let temp = tempfile::tempdir()?;
    let server = Launch::dev(temp.path().join("data")).arg("--no-limits").start()?;
    let mut client = server.client();
    for name in ["source", "target"] {
        client.call("CreateStream", &json!({ "StreamName": name, "ShardCount": 1 }))?;
    }
    let mut mappings = Vec::new();
    for program in HOSTILE {
        deploy(&mut client, program)?;
        // Each is given the same records again and again.
        mappings.push((program, map(&mut client, program, "source", json!({}))?));
    }
    deploy(&mut client, "identity")?;
    let to =
        json!({ "DestinationConfig": { "OnSuccess": { "Destination": stream_arn("target") } } });
    map(&mut client, "identity", "source", to)?;
    let start = Instant::now();
    put(&mut client)?;
    until(start, || {
        let target = reading::everything(&mut client, "target")?;
        Ok(target.iter().map(Vec::len).sum::<usize>() == RECORDS)
    })
    .context("the healthy function did not go on")?;
    let seconds = start.elapsed().as_secs_f64();
    progress(format!(
        "functions: {RECORDS} records among {} hostile ones ({seconds:.1} s)",
        HOSTILE.len()
    ));
    for (program, uuid) in mappings {
        until(start, || Ok(result(&mut client, &uuid)?.starts_with("PROBLEM")))
            .with_context(|| format!("{program} is no problem"))?;
    }
    ensure!(client.get("/health")?.status == 200, "the server is not well");
    server.stop()?;
    Ok(())
}

fn put(client: &mut Client) -> Result<()> {
    let data = base64_simd::STANDARD.encode_to_string("something");
    let entries: Vec<_> = (0..RECORDS)
        .map(|index| json!({ "PartitionKey": index.to_string(), "Data": data }))
        .collect();
    client.call("PutRecords", &json!({ "StreamName": "source", "Records": entries }))?;
    Ok(())
}

fn result(client: &mut Client, uuid: &str) -> Result<String> {
    let path = format!("/2015-03-31/event-source-mappings/{uuid}");
    let mapping = client.rest(&Method::GET, &path, &json!(null))?;
    Ok(mapping["LastProcessingResult"].as_str().unwrap_or_default().to_owned())
}

/// Looks until it holds.
fn until(start: Instant, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    while !holds()? {
        ensure!(start.elapsed() < WITHIN, "not within {WITHIN:?}");
        thread::park_timeout(LOOK_EVERY);
    }
    Ok(())
}
