//! Rows as facts. The layout's page is `host/docs/formats/consumer-state.md`.

use std::sync::Arc;

use bytes::{BufMut, Bytes};
use domain::{HashKey, Millis};

use super::Row;

/// What keys of state start with.
pub(crate) const STATE: u8 = b's';
/// What keys of timers start with.
pub(crate) const TIMERS: u8 = b't';

/// The layout of values of state.
const STATE_VERSION: u8 = 1;
/// The layout of values of timers.
const TIMER_VERSION: u8 = 1;

/// What a row takes besides key, name and value: prefix, hash, length of the key, version.
pub(super) const ROW_BYTES: usize = 1 + 16 + 2 + 1;

/// The key of a row's fact. All names of a partition key follow each other, in the order of their bytes.
pub(super) fn key(kind: u8, row: &Row) -> Bytes {
    let Row { hash, key, name } = row;
    let mut bytes = Vec::with_capacity(ROW_BYTES + key.len() + name.len());
    bytes.put_u8(kind);
    bytes.put_u128(hash.0);
    bytes.put_u16(u16::try_from(key.len()).expect("a partition key is far shorter"));
    bytes.put_slice(key.as_bytes());
    bytes.put_slice(name.as_bytes());
    bytes.into()
}

/// What lies behind the keys of all rows of this kind of a partition key: no name has the last byte.
pub(super) fn behind(kind: u8, partition_key: &Arc<str>) -> Bytes {
    let mut bytes = key(kind, &Row::new(partition_key, "")).to_vec();
    bytes.put_u8(0xff);
    bytes.into()
}

/// What keys of rows of this kind start with, if the hash of their partition key is `hash`.
pub(crate) fn from_hash(kind: u8, hash: HashKey) -> Bytes {
    let mut bytes = vec![kind];
    bytes.put_u128(hash.0);
    bytes.into()
}

/// The row of which this is the fact's key.
pub(crate) fn row(key: &[u8]) -> Result<Row, String> {
    let unknown = || format!("key {:?} names no row", key.escape_ascii().to_string());
    let (_, rest) = key.split_first().ok_or_else(unknown)?;
    let (hash, rest) = rest.split_first_chunk().ok_or_else(unknown)?;
    let (length, rest) = rest.split_first_chunk().ok_or_else(unknown)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (key, name) = rest.split_at_checked(length).ok_or_else(unknown)?;
    let text = |bytes| std::str::from_utf8(bytes).map_err(|_no_text| unknown());
    let (key, name) = (text(key)?.into(), text(name)?.into());
    Ok(Row { hash: HashKey(u128::from_be_bytes(*hash)), key, name })
}

/// A value of state as it is stored.
pub(super) fn value(value: &[u8]) -> Bytes {
    let mut bytes = Vec::with_capacity(1 + value.len());
    bytes.put_u8(STATE_VERSION);
    bytes.put_slice(value);
    bytes.into()
}

/// The value of state that was stored.
pub(super) fn read_value(stored: &Bytes) -> Result<Bytes, String> {
    match stored.first() {
        Some(&STATE_VERSION) => Ok(stored.slice(1..)),
        Some(other) => Err(format!("layout {other} is not known")),
        None => Err("a value without a layout".to_owned()),
    }
}

/// When a timer is due, as it is stored.
pub(super) fn due(due: Millis) -> Bytes {
    let mut bytes = vec![TIMER_VERSION];
    bytes.put_u64_le(due.0);
    bytes.into()
}

/// When a timer that was stored is due.
pub(crate) fn read_due(stored: &[u8]) -> Result<Millis, String> {
    match stored.split_first() {
        Some((&TIMER_VERSION, due)) => {
            let due = due.try_into().map_err(|_wrong| "a timer of another length".to_owned())?;
            Ok(Millis(u64::from_le_bytes(due)))
        }
        Some((other, _)) => Err(format!("layout {other} is not known")),
        None => Err("a timer without a layout".to_owned()),
    }
}
