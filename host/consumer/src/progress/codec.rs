//! Progress as bytes. The layout's page is `host/docs/formats/consumer-progress.md`.

use bytes::{BufMut, Bytes};
use domain::Millis;
use storage::{Position, Term};

use super::{Closing, LaneProgress, Owner, Progress, RETRIES_MAX, Retry, WindowProgress};
use crate::settings::Settings;

/// The layout that is written.
const VERSION: u8 = 3;
/// The one before knew no windows.
const NO_WINDOWS: u8 = 2;
/// The one before that: a lane had one batch to be tried again at most, whose attempt was at least the second.
const ONE_RETRY: u8 = 1;

const OPEN: u8 = 1;
const CLOSING: u8 = 2;
const CLOSING_EARLY: u8 = 3;

pub(crate) fn encode(progress: &Progress) -> Bytes {
    let Progress { owner, lanes } = progress;
    let mut value = vec![VERSION];
    value.put_u64_le(owner.producer);
    value.put_u32_le(owner.generation);
    value.put_u64_le(owner.claim);
    value.put_u8(u8::try_from(lanes.len()).expect("a shard has at most ten lanes"));
    for LaneProgress { done, retries, window } in lanes {
        value.put_u8(u8::try_from(retries.len()).expect("there are at most RETRIES_MAX"));
        put_position(&mut value, *done);
        for Retry { last, records, attempt, failed_at } in retries {
            put_position(&mut value, *last);
            value.put_u32_le(*records);
            value.put_u32_le(*attempt);
            value.put_u64_le(failed_at.0);
        }
        put_window(&mut value, window.as_ref());
    }
    value.into()
}

fn put_window(value: &mut Vec<u8>, window: Option<&WindowProgress>) {
    let Some(WindowProgress { start, end, state_bytes, closing }) = window else {
        value.put_u8(0);
        return;
    };
    value.put_u8(match closing {
        None => OPEN,
        Some(Closing { is_early: false, .. }) => CLOSING,
        Some(Closing { is_early: true, .. }) => CLOSING_EARLY,
    });
    value.put_u64_le(start.0);
    value.put_u64_le(end.0);
    value.put_u32_le(*state_bytes);
    if let Some(Closing { attempt, failed_at, .. }) = closing {
        value.put_u32_le(*attempt);
        value.put_u64_le(failed_at.unwrap_or_default().0);
    }
}

fn put_position(value: &mut Vec<u8>, position: Position) {
    value.put_u32_le(position.term.0);
    value.put_u64_le(position.offset);
}

/// What `value` says, or what is wrong with it.
pub(crate) fn decode(value: &[u8]) -> Result<Progress, String> {
    let mut reader = Reader(value);
    let version = reader.u8()?;
    if ![VERSION, NO_WINDOWS, ONE_RETRY].contains(&version) {
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
        let window = if version == VERSION { self.window()? } else { None };
        Ok(LaneProgress { done, retries, window })
    }

    fn window(&mut self) -> Result<Option<WindowProgress>, String> {
        let kind = self.u8()?;
        if kind == 0 {
            return Ok(None);
        }
        if kind > CLOSING_EARLY {
            return Err(format!("a window of kind {kind}"));
        }
        let (start, end, state_bytes) = (Millis(self.u64()?), Millis(self.u64()?), self.u32()?);
        if start >= end || state_bytes as usize > Settings::STATE_BYTES_KEPT_MAX {
            return Err("a window is none".to_owned());
        }
        let mut closing = None;
        if kind != OPEN {
            let (attempt, failed_at) = (self.u32()?, Millis(self.u64()?));
            if attempt == 0 {
                return Err("a window is none".to_owned());
            }
            // No attempt fails in 1970.
            let failed_at = (failed_at != Millis(0)).then_some(failed_at);
            closing = Some(Closing { is_early: kind == CLOSING_EARLY, attempt, failed_at });
        }
        Ok(Some(WindowProgress { start, end, state_bytes, closing }))
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
