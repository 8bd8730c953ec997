//! How the catalogue is stored.
//!
//! | key | value |
//! |---|---|
//! | `p` | the producer number under which the catalogue commits |
//! | `n` account (8) region `0` name | a stream |
//! | `s` stream id (8) chunk (4) | those of its shards whose number divided by 64 is the chunk, in order |
//!
//! Numbers in keys are big-endian, so that keys are read in order; in values they are little-endian. Every
//! value starts with the version of its layout: 3 for a stream, where 1 and 2 are read as well, and 1 for the rest.
//! Texts have their length in two bytes before them. A shard takes 84 bytes. Where a closed one ends is told by
//! its log: the commit that closes it is the one that ends the log, and writes this before that is known.

mod sections;
#[cfg(test)]
mod tests;

use bytes::{BufMut, Bytes};
use domain::{
    AccountId, HashKey, HashRange, Millis, Region, Seconds, ShardId, StreamId, StreamMode,
    StreamName,
};
use storage::codec::{Decoded, Reader};
use storage::frame::Codec;
use storage::{LogId, Position};

use crate::stream::{Closed, Monitored, Protection, Scaling, ShardFacts, Spread, StreamFacts};

const VERSION: u8 = 1;
/// The layout of a stream before its retention could be changed.
const STREAM_VERSION_1: u8 = 1;
/// The layout before there were sections.
const STREAM_VERSION_2: u8 = 2;
const STREAM_VERSION: u8 = 3;

const STREAM_VERSIONS: [u8; 3] = [STREAM_VERSION_1, STREAM_VERSION_2, STREAM_VERSION];

/// What keys of streams start with.
pub(super) const NAMES: &[u8] = b"n";
/// What keys of shards start with.
pub(super) const CHUNKS: &[u8] = b"s";

/// Room that was once meant for where a shard ended.
const END_BYTES: u32 = 12;

const HAS_PARENT: u8 = 1;
const HAS_ADJACENT_PARENT: u8 = 2;
const IS_CLOSED: u8 = 4;

pub(super) fn name_key(facts: &StreamFacts) -> Bytes {
    let mut key = Vec::from(NAMES);
    key.put_u64(facts.account.number());
    key.put_slice(facts.region.as_str().as_bytes());
    key.put_u8(0);
    key.put_slice(facts.name.as_str().as_bytes());
    key.into()
}

pub(super) fn chunk_key(stream: StreamId, number: u32) -> Bytes {
    let mut key = Vec::from(CHUNKS);
    key.put_u64(stream.0);
    key.put_u32(number);
    key.into()
}

/// Whose shards the fact under this key holds.
pub(super) fn chunk_stream(key: &[u8]) -> Decoded<StreamId> {
    let id = key.get(1..9).and_then(|bytes| bytes.try_into().ok());
    let id = id.ok_or("key of shards is too short")?;
    Ok(StreamId(u64::from_be_bytes(id)))
}

pub(super) fn encode_stream(facts: &StreamFacts, shards: usize) -> Bytes {
    let mut value = vec![STREAM_VERSION];
    value.put_u64_le(facts.id.0);
    value.put_u64_le(facts.created.0);
    value.put_u8(match facts.mode {
        StreamMode::Provisioned => 0,
        StreamMode::OnDemand => 1,
    });
    value.put_u32_le(facts.retention_hours);
    value.put_u64_le(facts.kept_from.0);
    value.put_u32_le(facts.record_kib_max);
    value.put_u64_le(shards as u64);
    put_length(&mut value, facts.tags.len());
    for (key, text) in &facts.tags {
        put_text(&mut value, key);
        put_text(&mut value, text);
    }
    sections::put(&mut value, facts);
    value.into()
}

/// The stream, and how many shards it has.
pub(super) fn decode_stream(key: &[u8], value: &[u8]) -> Decoded<(StreamFacts, usize)> {
    let (account, region, name) = decode_name(key).ok_or("key of a stream is damaged")?;
    let (version, mut reader) = Reader::versions(&STREAM_VERSIONS, value)?;
    let id = StreamId(reader.u64()?);
    let created = Millis(reader.u64()?);
    let mode = match reader.u8()? {
        0 => StreamMode::Provisioned,
        1 => StreamMode::OnDemand,
        other => return Err(format!("stream {name} has unknown mode {other}")),
    };
    let retention_hours = reader.u32()?;
    let kept_from = Millis(if version == STREAM_VERSION_1 { 0 } else { reader.u64()? });
    let record_kib_max = reader.u32()?;
    let shards = usize::try_from(reader.u64()?).map_err(|error| error.to_string())?;
    let mut tags = Vec::new();
    for _ in 0..reader.u16()? {
        tags.push((reader.text()?, reader.text()?));
    }
    let mut facts = StreamFacts {
        id,
        account,
        region,
        name,
        created,
        mode,
        retention_hours,
        kept_from,
        record_kib_max,
        tags,
        scaling: Scaling::default(),
        protection: Protection::default(),
        codec: Codec::None,
        monitored: Monitored::default(),
        spread: Spread::default(),
        policy: None,
    };
    if version == STREAM_VERSION {
        sections::take(&mut reader, &mut facts)?;
    }
    reader.end()?;
    Ok((facts, shards))
}

fn decode_name(key: &[u8]) -> Option<(AccountId, Region, StreamName)> {
    let (account, rest) = key.strip_prefix(NAMES)?.split_first_chunk()?;
    let account = AccountId::from_number(u64::from_be_bytes(*account)).ok()?;
    let (region, name) = std::str::from_utf8(rest).ok()?.split_once('\0')?;
    Some((account, region.parse().ok()?, name.parse().ok()?))
}

pub(super) fn encode_shards(shards: &[ShardFacts]) -> Bytes {
    let mut value = vec![VERSION];
    put_length(&mut value, shards.len());
    for shard in shards {
        put_shard(&mut value, shard);
    }
    value.into()
}

fn put_shard(value: &mut Vec<u8>, shard: &ShardFacts) {
    let flag = |holds: bool, flag: u8| if holds { flag } else { 0 };
    let flags = flag(shard.parent.is_some(), HAS_PARENT)
        | flag(shard.adjacent_parent.is_some(), HAS_ADJACENT_PARENT)
        | flag(shard.closed.is_some(), IS_CLOSED);
    let closed_at = shard.closed.map_or(Millis(0), |closed| closed.at);
    value.put_u32_le(shard.id.0);
    value.put_u32_le(flags.into());
    value.put_u64_le(shard.log.0);
    value.put_u128_le(shard.range.first.0);
    value.put_u128_le(shard.range.last.0);
    value.put_u64_le(shard.creation.0);
    value.put_u32_le(shard.parent.map_or(0, |it| it.0));
    value.put_u32_le(shard.adjacent_parent.map_or(0, |it| it.0));
    value.put_u64_le(closed_at.0);
    value.put_bytes(0, END_BYTES as usize);
}

pub(super) fn decode_shards(value: &[u8]) -> Decoded<Vec<ShardFacts>> {
    let mut reader = Reader::new(VERSION, value)?;
    let mut shards = Vec::new();
    for _ in 0..reader.u16()? {
        shards.push(take_shard(&mut reader)?);
    }
    reader.end()?;
    Ok(shards)
}

fn take_shard(reader: &mut Reader<'_>) -> Decoded<ShardFacts> {
    let id = ShardId(reader.u32()?);
    let flags = reader.u32()?;
    let has = |flag: u8| flags & u32::from(flag) != 0;
    let log = LogId(reader.u64()?);
    let range = HashRange { first: HashKey(reader.u128()?), last: HashKey(reader.u128()?) };
    let creation = Seconds(reader.u64()?);
    let parent = ShardId(reader.u32()?);
    let adjacent_parent = ShardId(reader.u32()?);
    // Stands until its log has told.
    let closed = Closed { at: Millis(reader.u64()?), end: Position::START };
    reader.bytes(END_BYTES)?;
    Ok(ShardFacts {
        id,
        log,
        range,
        creation,
        parent: has(HAS_PARENT).then_some(parent),
        adjacent_parent: has(HAS_ADJACENT_PARENT).then_some(adjacent_parent),
        closed: has(IS_CLOSED).then_some(closed),
    })
}

fn put_length(value: &mut Vec<u8>, length: usize) {
    value.put_u16_le(
        u16::try_from(length).expect("what is listed and written is bounded far below"),
    );
}

fn put_text(value: &mut Vec<u8>, text: &str) {
    put_length(value, text.len());
    value.put_slice(text.as_bytes());
}
