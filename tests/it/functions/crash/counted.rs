//! The same with a function that counts: `guests/rust-counts` keeps, for each key, how many records there were, and emits
//! that for each record. State and progress are one commit, so that every number of a key comes once, up to how many
//! records it has.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, ensure};
use e2e::client::Client;
use e2e::{Random, seed, workspace};
use serde_json::{Value, json};

use super::super::reading::Row;
use super::super::{deploy_code, map, stream_arn};

#[test]
fn state_counts_every_record_once() {
    let mut random = Random::new(seed("functions::crash::counted"));
    if let Err(failure) = super::run(&mut random, set_up, compare) {
        panic!("{failure:#}");
    }
}

fn set_up(client: &mut Client) -> Result<()> {
    for (name, shards) in [("source", 2), ("target", 3)] {
        client.call("CreateStream", &json!({ "StreamName": name, "ShardCount": shards }))?;
    }
    let code = fs::read(workspace::root().join("guests/rust-counts/counts.wasm"))?;
    deploy_code(client, "counts", &code)?;
    let more = json!({
        "BatchSize": 20,
        "ParallelizationFactor": 10,
        "DestinationConfig": { "OnSuccess": { "Destination": stream_arn("target") } },
    });
    map(client, "counts", "source", more)?;
    Ok(())
}

fn compare(source: &[Vec<Row>], target: &[Vec<Row>]) -> Result<()> {
    let mut put: BTreeMap<&str, u64> = BTreeMap::new();
    for row in source.iter().flatten() {
        *put.entry(&row.key).or_default() += 1;
    }
    let mut counted: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for row in target.iter().flatten() {
        let told: Value = serde_json::from_slice(&row.data).context("the function emits JSON")?;
        ensure!(told["key"] == *row.key, "{told} was emitted for {}", row.key);
        let count = told["count"].as_u64().context("a count is a number")?;
        counted.entry(&row.key).or_default().push(count);
    }
    ensure!(put.len() == counted.len(), "{} keys became {}", put.len(), counted.len());
    for (key, records) in put {
        // Records of a key keep their order, so they come as they were counted.
        let expected: Vec<u64> = (1..=records).collect();
        ensure!(
            counted[key] == expected,
            "{key} was put {records} times, counted {:?}",
            counted[key]
        );
    }
    Ok(())
}
