//! `shardmill:guest/state`: values for partition keys.

use bytes::Bytes;
use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lift, LinkerInstance, Lower};

use super::access::{self, Told};
use crate::message::{Page, Put, ROW_READ_BYTES, Refused, RowName, Scan};
use crate::run::State;

/// Links `get-many`, `put-many` and `scan`.
pub(super) fn link(interface: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    interface.func_wrap_async("get-many", |store, (rows,): (Vec<RowOut>,)| {
        Box::new(get_many(store, rows))
    })?;
    interface.func_wrap("put-many", put_many)?;
    interface
        .func_wrap_async("scan", |store, parameters: ScanOut| Box::new(scan(store, parameters)))
}

type ScanOut = (String, String, Option<String>, u32);

async fn get_many(
    mut store: StoreContextMut<'_, State>,
    rows: Vec<RowOut>,
) -> Told<Vec<Option<Vec<u8>>>> {
    if rows.len() > access::ROWS_MAX {
        return access::too_many(rows.len());
    }
    store.data_mut().hand(rows.iter().map(|row| 16 + row.key.len() + row.name.len()).sum())?;
    let outside = store.data().outside()?;
    // For a guest that has had all that it may have, nothing more is looked up.
    let lookups = rows.len() * ROW_READ_BYTES;
    if store.data().room() < lookups {
        return access::too_much();
    }
    let rows = rows.into_iter().map(|RowOut { key, name }| RowName { key, name }).collect();
    let answer = access::within(&store, outside.get_many(rows)).await?;
    let bytes = |values: &Vec<Option<Bytes>>| values.iter().flatten().map(Bytes::len).sum();
    if !store.data_mut().has_read(lookups + answer.as_ref().map_or_else(in_vain, bytes)) {
        return access::too_much();
    }
    let copied = |value: Option<Bytes>| value.map(|value| value.to_vec());
    access::tell(answer, |values| values.into_iter().map(copied).collect())
}

fn put_many(mut store: StoreContextMut<'_, State>, (puts,): (Vec<ChangeOut>,)) -> Told<()> {
    if puts.len() > access::ROWS_MAX {
        return access::too_many(puts.len());
    }
    store.data_mut().hand(puts.iter().map(ChangeOut::bytes).sum())?;
    let put = |ChangeOut { key, name, value }| Put {
        row: RowName { key, name },
        value: value.map(Bytes::from),
    };
    let outside = store.data().outside()?;
    access::tell(outside.put_many(puts.into_iter().map(put).collect()), |()| ())
}

async fn scan(
    mut store: StoreContextMut<'_, State>,
    (key, prefix, after, limit): ScanOut,
) -> Told<PageIn> {
    let bytes = key.len() + prefix.len() + after.as_ref().map_or(0, String::len);
    store.data_mut().hand(bytes)?;
    let outside = store.data().outside()?;
    if store.data().room() == 0 {
        return access::too_much();
    }
    let answer = outside.scan(Scan { key, prefix, after, limit });
    let answer = access::within(&store, answer).await?;
    let bytes = |page: &Page| {
        let given = page.entries.iter().map(|(name, value)| name.len() + value.len());
        page.read_bytes.max(given.sum())
    };
    if !store.data_mut().has_read(answer.as_ref().map_or_else(in_vain, bytes)) {
        return access::too_much();
    }
    access::tell(answer, |Page { entries, has_more, .. }| {
        let entry = |(name, value): (String, Bytes)| EntryIn { name, value: value.to_vec() };
        PageIn { entries: entries.into_iter().map(entry).collect(), more: has_more }
    })
}

/// What was read although the guest is given nothing.
fn in_vain(refused: &Refused) -> usize {
    match refused {
        Refused::TooMuch { read_bytes, .. } => *read_bytes,
        Refused::Denied(_) | Refused::Invalid(_) | Refused::NotNow(_) => 0,
    }
}

/// `state.row`.
#[derive(ComponentType, Lift)]
#[component(record)]
struct RowOut {
    key: String,
    name: String,
}

/// `state.change`.
#[derive(ComponentType, Lift)]
#[component(record)]
struct ChangeOut {
    key: String,
    name: String,
    value: Option<Vec<u8>>,
}

impl ChangeOut {
    fn bytes(&self) -> usize {
        28 + self.key.len() + self.name.len() + self.value.as_ref().map_or(0, Vec::len)
    }
}

/// `state.entry`.
#[derive(ComponentType, Lower)]
#[component(record)]
struct EntryIn {
    name: String,
    value: Vec<u8>,
}

/// `state.page`.
#[derive(ComponentType, Lower)]
#[component(record)]
struct PageIn {
    entries: Vec<EntryIn>,
    more: bool,
}
