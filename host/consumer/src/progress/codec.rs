//! Progress as bytes. The layout's page is `host/docs/formats/consumer-progress.md`.

use bytes::{BufMut, Bytes};
use domain::Millis;
use storage::{Position, Term};

use super::{LaneProgress, Owner, Progress, RETRIES_MAX, Retry};
use crate::settings::Settings;

/// The layout that is written.
const VERSION: u8 = 2;
/// The one before: a lane had one batch to be tried again at most, whose attempt was at least the second.
const ONE_RETRY: u8 = 1;

pub(crate) fn encode(progress: &Progress) -> Bytes {
    let Progress { owner, lanes } = progress;
    let mut value = vec![VERSION];
    value.put_u64_le(owner.producer);
    value.put_u32_le(owner.generation);
    value.put_u64_le(owner.claim);
    value.put_u8(u8::try_from(lanes.len()).expect("a shard has at most ten lanes"));
    for LaneProgress { done, retries } in lanes {
        value.put_u8(u8::try_from(retries.len()).expect("there are at most RETRIES_MAX"));
        put_position(&mut value, *done);
        for Retry { last, records, attempt, failed_at } in retries {
            put_position(&mut value, *last);
            value.put_u32_le(*records);
            value.put_u32_le(*attempt);
            value.put_u64_le(failed_at.0);
        }
    }
    value.into()
}

fn put_position(value: &mut Vec<u8>, position: Position) {
    value.put_u32_le(position.term.0);
    value.put_u64_le(position.offset);
}

/// What `value` says, or what is wrong with it.
pub(crate) fn decode(value: &[u8]) -> Result<Progress, String> {
    let mut reader = Reader(value);
    let version = reader.u8()?;
    if ![VERSION, ONE_RETRY].contains(&version) {
        return Err(format!("layout {version} is not known"));
    }
    let owner = Owner { producer: reader.u64()?, generation: reader.u32()?, claim: reader.u64()? };
    let count = reader.u8()?;
    if count == 0 || u16::from(count) > Settings::FACTOR_MAX {
        return Err(format!("{count} lanes"));
    }
    let mut lanes = Vec::with_capacity(count.into());
    for _ in 0..count {
        lanes.push(reader.lane(version)?);
    }
    match reader.0.len() {
        0 => Ok(Progress { owner, lanes }),
        left => Err(format!("{left} bytes too many")),
    }
}

/// What is left of a value.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or("value is too short")?;
        self.0 = rest;
        Ok(*bytes)
    }

    fn u8(&mut self) -> Result<u8, String> {
        self.take().map(u8::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, String> {
        self.take().map(u64::from_le_bytes)
    }

    fn position(&mut self) -> Result<Position, String> {
        Ok(Position { term: Term(self.u32()?), offset: self.u64()? })
    }

    fn lane(&mut self, version: u8) -> Result<LaneProgress, String> {
        let count = usize::from(self.u8()?);
        let (most, least_attempt) = if version == ONE_RETRY { (1, 2) } else { (RETRIES_MAX, 1) };
        if count > most {
            return Err(format!("{count} batches to be tried again"));
        }
        let done = self.position()?;
        let mut retries: Vec<Retry> = Vec::with_capacity(count);
        for _ in 0..count {
            let retry = self.retry()?;
            let is_behind = match retries.last() {
                None => retry.last >= done,
                Some(before) => retry.last > before.last,
            };
            if !is_behind || retry.records == 0 || retry.attempt < least_attempt {
                return Err("a batch to be tried again is none".to_owned());
            }
            retries.push(retry);
        }
        Ok(LaneProgress { done, retries })
    }

    fn retry(&mut self) -> Result<Retry, String> {
        Ok(Retry {
            last: self.position()?,
            records: self.u32()?,
            attempt: self.u32()?,
            failed_at: Millis(self.u64()?),
        })
    }
}
