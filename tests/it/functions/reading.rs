//! Reading a stream from its start, as it is when nobody writes.

use anyhow::{Context as _, Result};
use e2e::client::Client;
use serde_json::{Value, json};

/// A record as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) key: String,
    pub(super) data: Vec<u8>,
}

/// All records of a stream: for each shard, in order.
pub(super) fn everything(client: &mut Client, stream: &str) -> Result<Vec<Vec<Row>>> {
    let reply = client.call("ListShards", &json!({ "StreamName": stream }))?;
    let shards = reply["Shards"].as_array().context("a list of shards")?.clone();
    shards.iter().map(|shard| from_start(client, stream, &shard["ShardId"])).collect()
}

fn from_start(client: &mut Client, stream: &str, shard: &Value) -> Result<Vec<Row>> {
    let asked =
        json!({ "StreamName": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
    let mut iterator = client.call("GetShardIterator", &asked)?["ShardIterator"].clone();
    let mut rows = Vec::new();
    loop {
        let page = client.call("GetRecords", &json!({ "ShardIterator": iterator }))?;
        let records = page["Records"].as_array().context("a list of records")?;
        for record in records {
            rows.push(row(record)?);
        }
        if records.is_empty() && page["MillisBehindLatest"] == 0 {
            return Ok(rows);
        }
        iterator = page["NextShardIterator"].clone();
    }
}

fn row(record: &Value) -> Result<Row> {
    let text = |name: &str| record[name].as_str().context("a text");
    let data = base64_simd::STANDARD.decode_to_vec(text("Data")?)?;
    Ok(Row { key: text("PartitionKey")?.to_owned(), data })
}
