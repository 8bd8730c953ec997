//! Progress as bytes. The layout's page is `host/docs/formats/consumer-progress.md`.

use bytes::Bytes;
use domain::Millis;
use storage::codec::{Decoded, Reader, Writer};

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
    let mut value = Writer::new(VERSION);
    value.u64(owner.producer);
    value.u32(owner.generation);
    value.u64(owner.claim);
    value.u8(u8::try_from(lanes.len()).expect("a shard has at most ten lanes"));
    for LaneProgress { done, retries, window } in lanes {
        value.u8(u8::try_from(retries.len()).expect("there are at most RETRIES_MAX"));
        value.position(*done);
        for Retry { last, records, attempt, failed_at } in retries {
            value.position(*last);
            value.u32(*records);
            value.u32(*attempt);
            value.u64(failed_at.0);
        }
        put_window(&mut value, window.as_ref());
    }
    value.finish()
}

fn put_window(value: &mut Writer, window: Option<&WindowProgress>) {
    let Some(WindowProgress { start, end, state_bytes, closing }) = window else {
        value.u8(0);
        return;
    };
    value.u8(match closing {
        None => OPEN,
        Some(Closing { is_early: false, .. }) => CLOSING,
        Some(Closing { is_early: true, .. }) => CLOSING_EARLY,
    });
    value.u64(start.0);
    value.u64(end.0);
    value.u32(*state_bytes);
    if let Some(Closing { attempt, failed_at, .. }) = closing {
        value.u32(*attempt);
        value.u64(failed_at.unwrap_or_default().0);
    }
}

/// What `value` says, or what is wrong with it.
pub(crate) fn decode(value: &[u8]) -> Decoded<Progress> {
    let (version, mut reader) = Reader::versions(&[VERSION, NO_WINDOWS, ONE_RETRY], value)?;
    let owner = Owner { producer: reader.u64()?, generation: reader.u32()?, claim: reader.u64()? };
    let count = reader.u8()?;
    if count == 0 || u16::from(count) > Settings::FACTOR_MAX {
        return Err(format!("{count} lanes"));
    }
    let mut lanes = Vec::with_capacity(count.into());
    for _ in 0..count {
        lanes.push(take_lane(&mut reader, version)?);
    }
    reader.end()?;
    Ok(Progress { owner, lanes })
}

fn take_lane(reader: &mut Reader<'_>, version: u8) -> Decoded<LaneProgress> {
    let count = usize::from(reader.u8()?);
    let (most, least_attempt) = if version == ONE_RETRY { (1, 2) } else { (RETRIES_MAX, 1) };
    if count > most {
        return Err(format!("{count} batches to be tried again"));
    }
    let done = reader.position()?;
    let mut retries: Vec<Retry> = Vec::with_capacity(count);
    for _ in 0..count {
        let retry = take_retry(reader)?;
        let is_behind = match retries.last() {
            None => retry.last >= done,
            Some(before) => retry.last > before.last,
        };
        if !is_behind || retry.records == 0 || retry.attempt < least_attempt {
            return Err("a batch to be tried again is none".to_owned());
        }
        retries.push(retry);
    }
    let window = if version == VERSION { take_window(reader)? } else { None };
    Ok(LaneProgress { done, retries, window })
}

fn take_window(reader: &mut Reader<'_>) -> Decoded<Option<WindowProgress>> {
    let kind = reader.u8()?;
    if kind == 0 {
        return Ok(None);
    }
    if kind > CLOSING_EARLY {
        return Err(format!("a window of kind {kind}"));
    }
    let (start, end, state_bytes) = (Millis(reader.u64()?), Millis(reader.u64()?), reader.u32()?);
    if start >= end || state_bytes as usize > Settings::STATE_BYTES_KEPT_MAX {
        return Err("a window is none".to_owned());
    }
    let mut closing = None;
    if kind != OPEN {
        let (attempt, failed_at) = (reader.u32()?, Millis(reader.u64()?));
        if attempt == 0 {
            return Err("a window is none".to_owned());
        }
        // No attempt fails in 1970.
        let failed_at = (failed_at != Millis(0)).then_some(failed_at);
        closing = Some(Closing { is_early: kind == CLOSING_EARLY, attempt, failed_at });
    }
    Ok(Some(WindowProgress { start, end, state_bytes, closing }))
}

fn take_retry(reader: &mut Reader<'_>) -> Decoded<Retry> {
    Ok(Retry {
        last: reader.position()?,
        records: reader.u32()?,
        attempt: reader.u32()?,
        failed_at: Millis(reader.u64()?),
    })
}
