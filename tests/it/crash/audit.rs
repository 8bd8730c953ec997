//! Reading everything back.

use std::borrow::Cow;

use anyhow::{Context as _, Result, ensure};
use e2e::client::{CallError, Client, Reply, refused};
use e2e::{Random, Server};
use serde::Deserialize;
use serde_json::{Value, json};

use super::STREAMS;
use super::churn::Churn;
use super::ledger::{Fate, Ledger, Place, Token};
use super::reshard::{self, Shard};

/// A reply of GetRecords, read without copies: the whole load passes through here after each kill.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Page<'a> {
    #[serde(borrow)]
    pub(super) records: Vec<Row<'a>>,
    pub(super) next_shard_iterator: Option<String>,
    child_shards: Option<Vec<Value>>,
    millis_behind_latest: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Row<'a> {
    #[serde(borrow)]
    sequence_number: Cow<'a, str>,
    #[serde(borrow)]
    partition_key: Cow<'a, str>,
    #[serde(borrow)]
    data: Cow<'a, str>,
}

/// A record as read.
pub(super) type Read = (Token, Place, blake3::Hash);

/// Reads all streams from their beginnings and compares them with the ledger.
pub(super) fn everything(server: &Server, ledger: &Ledger, churn: &Churn) -> Result<()> {
    let mut client = server.client();
    let mut read = Vec::new();
    for (stream, (name, ..)) in STREAMS.iter().enumerate() {
        for shard in reshard::checked(&mut client, name)? {
            let of_shard = shard_from_start(&mut client, stream, &shard)?;
            let shard = &shard.id;
            ensure!(
                of_shard.is_sorted_by(|one, other| one.1.number < other.1.number),
                "numbers of {name}/{shard} do not rise"
            );
            read.extend(of_shard);
        }
    }
    ledger.compare(&read)?;
    churn.compare(&mut client)
}

fn shard_from_start(client: &mut Client, stream: usize, shard: &Shard) -> Result<Vec<Read>> {
    let mut iterator = iterator(client, stream, &shard.id, "TRIM_HORIZON", None)?;
    let mut found = Vec::new();
    loop {
        let reply = get_records(client, &iterator, 10_000)?;
        let page: Page<'_> = serde_json::from_slice(&reply.body)?;
        let is_end = page.records.is_empty() && page.millis_behind_latest == 0;
        for row in page.records {
            found.push(read(stream, &shard.id, row)?);
        }
        match page.next_shard_iterator {
            Some(next) => iterator = next,
            None => {
                ensure!(!shard.is_open && page.child_shards.is_some(), "{shard:?} ends");
                return Ok(found);
            }
        }
        if is_end {
            ensure!(shard.is_open, "{shard:?} does not end");
            return Ok(found);
        }
    }
}

pub(super) fn read(stream: usize, shard: &str, row: Row<'_>) -> Result<Read> {
    let data = base64_simd::STANDARD.decode_to_vec(row.data.as_bytes())?;
    let token = row.partition_key.parse().context("a key that was never sent")?;
    let number = row.sequence_number.into_owned();
    let place = Place { stream, shard: shard.to_owned(), number };
    Ok((token, place, blake3::hash(&data)))
}

pub(super) fn get_records(client: &mut Client, iterator: &str, limit: u32) -> Result<Reply> {
    let input = json!({ "ShardIterator": iterator, "Limit": limit });
    let reply = client.send("GetRecords", input.to_string().as_bytes())?;
    if reply.status != 200 {
        return Err(CallError::Refused(refused(&reply)).into());
    }
    Ok(reply)
}

pub(super) fn iterator(
    client: &mut Client,
    stream: usize,
    shard: &str,
    kind: &str,
    number: Option<&str>,
) -> Result<String> {
    let (name, ..) = STREAMS[stream];
    let mut input = json!({ "StreamName": name, "ShardId": shard, "ShardIteratorType": kind });
    if let Some(number) = number {
        input["StartingSequenceNumber"] = number.into();
    }
    let reply = client.call("GetShardIterator", &input)?;
    let Value::String(iterator) = &reply["ShardIterator"] else {
        anyhow::bail!("no iterator in {reply}");
    };
    Ok(iterator.clone())
}

/// At and after some numbers that were acknowledged stand the record itself and its neighbour.
pub(super) fn iterators_agree(server: &Server, ledger: &Ledger, random: &mut Random) -> Result<()> {
    let mut places = Vec::new();
    for entry in ledger.entries().into_values() {
        if let Fate::Acknowledged(place) | Fate::Found(place) = entry.fate {
            places.push(place);
        }
    }
    places.sort();
    let mut client = server.client();
    for _ in 0..50 {
        let at = random.index(places.len());
        let (place, next) = (&places[at], places.get(at + 1));
        let next = next.filter(|next| (next.stream, &next.shard) == (place.stream, &place.shard));
        let mut first = |kind| first_from(&mut client, place, kind);
        ensure!(first("AT_SEQUENCE_NUMBER")?.as_ref() == Some(&place.number), "at {place:?}");
        let after = first("AFTER_SEQUENCE_NUMBER")?;
        ensure!(after.as_ref() == next.map(|next| &next.number), "{after:?} after {place:?}");
    }
    Ok(())
}

fn first_from(client: &mut Client, place: &Place, kind: &str) -> Result<Option<String>> {
    let iterator = iterator(client, place.stream, &place.shard, kind, Some(&place.number))?;
    let reply = get_records(client, &iterator, 1)?;
    let page: Page<'_> = serde_json::from_slice(&reply.body)?;
    Ok(page.records.into_iter().next().map(|row| row.sequence_number.into_owned()))
}
