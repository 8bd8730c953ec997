//! Records on their way to the server, call by call.

use std::collections::{BTreeMap, VecDeque};

use anyhow::Context as _;
use bytes::Bytes;
use serde::Serialize;
use wire::aggregation::Aggregate;

use super::pack::{Packer, unpacked};
use crate::client::{
    Backoff, Batcher, Client, ClientError, PutRecord, PutRecordsReply, Shard, parse,
    put_records_body,
};
use crate::refusal::Refusal;

/// Pauses for one batch before giving up: about half a minute.
const TRIES: u32 = 12;

/// What was put.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    pub(super) records: u64,
    /// The records of the stream that hold them.
    pub(super) stream_records: u64,
    pub(super) bytes: u64,
    calls: u64,
    pub(super) retried: u64,
    pub(super) seconds: f64,
    pub(super) records_by_shard: BTreeMap<String, u64>,
}

/// Puts records in order.
pub(super) struct Sender<'a> {
    client: &'a Client,
    stream: &'a str,
    batcher: Batcher,
    packer: Option<Packer>,
    pub(super) summary: Summary,
}

impl<'a> Sender<'a> {
    pub(super) fn new(client: &'a Client, stream: &'a str, count_max: usize) -> Self {
        let batcher = Batcher::new(count_max);
        Self { client, stream, batcher, packer: None, summary: Summary::default() }
    }

    /// Lets records share records from now on, by the shards that there are.
    pub(super) async fn aggregate(&mut self) -> anyhow::Result<()> {
        let shards = self.client.list_shards(self.stream).await;
        let shards = shards.context("cannot aggregate without knowing the shards")?;
        self.packer = Some(Packer::new(&shards));
        Ok(())
    }

    pub(super) async fn push(&mut self, record: PutRecord) -> anyhow::Result<()> {
        let record = match &mut self.packer {
            Some(packer) => packer.push(record),
            None => Some(record),
        };
        match record.and_then(|record| self.batcher.push(record)) {
            Some(batch) => self.put(batch).await,
            None => Ok(()),
        }
    }

    /// Puts whatever is held back.
    pub(super) async fn flush(&mut self) -> anyhow::Result<()> {
        let packed = self.packer.as_mut().map(Packer::take).unwrap_or_default();
        for record in packed {
            if let Some(batch) = self.batcher.push(record) {
                self.put(batch).await?;
            }
        }
        match self.batcher.take() {
            Some(batch) => self.put(batch).await,
            None => Ok(()),
        }
    }

    async fn put(&mut self, batch: Vec<PutRecord>) -> anyhow::Result<()> {
        let mut batches = VecDeque::from([batch]);
        while let Some(batch) = batches.pop_front() {
            let packed = self.put_all(batch).await?;
            let mut batcher = Batcher::new(usize::MAX);
            for record in self.astray(packed).await? {
                batches.extend(batcher.push(record));
            }
            batches.extend(batcher.take());
        }
        Ok(())
    }

    /// The user records of what did not come to a shard that they are for, since it was split or merged meanwhile:
    /// readers that take records apart leave them out, and expect that they are put again.
    async fn astray(&mut self, packed: Vec<(PutRecord, String)>) -> anyhow::Result<Vec<PutRecord>> {
        let Some(packer) = &mut self.packer else { return Ok(Vec::new()) };
        if packed.iter().all(|(record, shard)| packer.expects(record, shard)) {
            return Ok(Vec::new());
        }
        let shards = self.client.list_shards(self.stream).await?;
        let mut astray = Vec::new();
        for (record, shard) in packed {
            let range = shards.iter().find(|it| it.shard_id == shard).map(Shard::range);
            let is_within =
                |range| Aggregate::read(&record.data).is_none_or(|it| it.is_within(range));
            if range.is_none_or(is_within) {
                continue;
            }
            self.summary.records -= record.count as u64;
            if let Some(count) = self.summary.records_by_shard.get_mut(&shard) {
                *count -= record.count as u64;
            }
            astray.extend(unpacked(record));
        }
        // What became full was for the new shards; it goes with the rest, in order.
        astray.extend(packer.turn_to(&shards));
        Ok(astray)
    }

    /// Puts a batch, and what failed of it again until nothing did. Gives those records that hold several, and the
    /// shards that they came to.
    async fn put_all(
        &mut self,
        mut batch: Vec<PutRecord>,
    ) -> anyhow::Result<Vec<(PutRecord, String)>> {
        let mut backoff = Backoff::times(TRIES);
        let mut packed = Vec::new();
        while !batch.is_empty() {
            let body: Bytes = put_records_body(self.stream, &batch);
            let patience = Backoff::times(TRIES);
            let reply = match self.summary.calls {
                // Whether anybody is there is told at once; who was there may come again.
                0 => self.client.ask("PutRecords", body, patience).await,
                _ => self.client.call_patiently("PutRecords", body, patience).await,
            };
            let reply = reply.map_err(|error| about_line(error, &batch))?;
            let reply: PutRecordsReply<'_> = parse(&reply)?;
            let is_whole = reply.records.len() == batch.len();
            anyhow::ensure!(is_whole, "reply has another number of records");
            self.summary.calls += 1;
            let mut refused = Vec::new();
            let mut reason = String::new();
            for (record, entry) in batch.into_iter().zip(reply.records) {
                match (entry.shard_id, entry.error_code) {
                    (Some(shard), None) => {
                        self.summary.add(&record, &shard);
                        if record.count > 1 {
                            packed.push((record, shard.into_owned()));
                        }
                    }
                    (_, code) => {
                        reason = code.unwrap_or_default().into_owned();
                        refused.push(record);
                    }
                }
            }
            batch = refused;
            self.summary.retried += batch.len() as u64;
            if !batch.is_empty() {
                let pause = backoff.next(self.client.entropy());
                let pause = pause.ok_or_else(|| given_up(batch.len(), &reason))?;
                tokio::time::sleep(pause).await;
            }
        }
        Ok(packed)
    }
}

/// Says which line a call was refused for, where the server names the place in the call.
fn about_line(error: ClientError, batch: &[PutRecord]) -> anyhow::Error {
    let message = error.message().unwrap_or_default();
    let place = message.split_once("'records.").and_then(|(_, rest)| rest.split_once(".member"));
    let place = place.and_then(|(place, _)| place.parse::<usize>().ok());
    let record = place.and_then(|place| batch.get(place.checked_sub(1)?));
    match record.and_then(|record| record.line.map(|line| (line, record.data.len()))) {
        Some((line, bytes)) => {
            let what = format!("line {line}, which has {bytes} bytes, was refused");
            Refusal::failed(what).because(error).into()
        }
        None => error.into(),
    }
}

fn given_up(count: usize, reason: &str) -> Refusal {
    Refusal::failed(format!("{count} records were refused again and again: {reason}"))
        .hint("use more shards, or start the server with --no-limits")
}

impl Summary {
    fn add(&mut self, record: &PutRecord, shard: &str) {
        self.records += record.count as u64;
        self.stream_records += 1;
        self.bytes += record.bytes() as u64;
        *self.records_by_shard.entry(shard.to_owned()).or_default() += record.count as u64;
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn a_refusal_names_the_line() {
        let record = |line| PutRecord { line, ..PutRecord::new("k", Bytes::from_static(b"12345")) };
        let batch = [record(Some(3)), record(Some(7)), record(None)];
        let told = |place: &str| {
            let message = format!("1 validation error detected: Value 'x' at '{place}' failed");
            let code = "ValidationException".to_owned();
            let error = ClientError::Api { status: StatusCode::BAD_REQUEST, code, message };
            about_line(error, &batch).to_string()
        };
        let line = "line 7, which has 5 bytes, was refused";
        assert_eq!(told("records.2.member.data"), line);
        for place in [
            "records.3.member.data",
            "records.0.member.data",
            "records.9.member",
            "records",
            "streamName",
        ] {
            assert!(told(place).starts_with("ValidationException"), "{place}");
        }
    }
}
