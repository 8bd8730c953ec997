//! What a consumer on trial asks for: state and timers in memory, which begin empty, and the secrets that were given.
//! Requests are refused in words.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use stdx::Secret;
use wasm::message::{
    Answer, Fetch, Fetched, NotFetched, Outside, Page, Put, Refused, RowName, Scan, SetTimer,
};

/// Rows of one page.
const PAGE_MAX: u32 = 1000;

/// What is there as long as the trial takes. A failed batch ends the trial, so nothing has to be taken back.
#[derive(Debug, Default)]
pub(super) struct Memory {
    inner: Mutex<Inner>,
    secrets: Vec<(String, String)>,
}

#[derive(Debug, Default)]
struct Inner {
    /// The keys of the batch.
    keys: Vec<String>,
    state: BTreeMap<(String, String), Bytes>,
    timers: BTreeMap<(String, String), u64>,
}

impl Memory {
    /// Nothing but these secrets.
    pub(super) fn new(secrets: Vec<(String, String)>) -> Self {
        Self { inner: Mutex::default(), secrets }
    }

    /// Begins a batch with these keys.
    pub(super) fn begin(&self, keys: Vec<String>) {
        self.inner.lock().keys = keys;
    }

    /// How many timers were set.
    pub(super) fn timers(&self) -> usize {
        self.inner.lock().timers.len()
    }
}

impl Inner {
    fn check(&self, key: &str) -> Answer<()> {
        if self.keys.iter().any(|known| known == key) {
            return Ok(());
        }
        Err(Refused::Invalid(format!("key {key:?} is not in the batch")))
    }

    fn check_all<'r>(&self, mut rows: impl Iterator<Item = &'r RowName>) -> Answer<()> {
        rows.try_for_each(|row| self.check(&row.key))
    }
}

#[async_trait]
impl Outside for Memory {
    async fn get_many(&self, rows: Vec<RowName>) -> Answer<Vec<Option<Bytes>>> {
        let inner = self.inner.lock();
        inner.check_all(rows.iter())?;
        Ok(rows.into_iter().map(|row| inner.state.get(&(row.key, row.name)).cloned()).collect())
    }

    fn put_many(&self, puts: Vec<Put>) -> Answer<()> {
        let mut inner = self.inner.lock();
        inner.check_all(puts.iter().map(|put| &put.row))?;
        for Put { row: RowName { key, name }, value } in puts {
            match value {
                Some(value) => drop(inner.state.insert((key, name), value)),
                None => drop(inner.state.remove(&(key, name))),
            }
        }
        Ok(())
    }

    async fn scan(&self, Scan { key, prefix, after, limit }: Scan) -> Answer<Page> {
        let inner = self.inner.lock();
        inner.check(&key)?;
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(Refused::Invalid(format!("a page has 1 to {PAGE_MAX} values")));
        }
        let of_key = inner.state.range((key.clone(), prefix.clone())..);
        let of_key = of_key.take_while(|((of, name), _)| *of == key && name.starts_with(&prefix));
        let mut found = of_key
            .map(|((_, name), value)| (name.clone(), value.clone()))
            .filter(|(name, _)| after.as_ref().is_none_or(|after| name > after));
        let entries = found.by_ref().take(limit as usize).collect();
        Ok(Page { entries, has_more: found.next().is_some(), read_bytes: 0 })
    }

    fn set_timers(&self, timers: Vec<SetTimer>) -> Answer<()> {
        let mut inner = self.inner.lock();
        inner.check_all(timers.iter().map(|timer| &timer.row))?;
        for SetTimer { row: RowName { key, name }, due_ms } in timers {
            match due_ms {
                Some(due) => drop(inner.timers.insert((key, name), due)),
                None => drop(inner.timers.remove(&(key, name))),
            }
        }
        Ok(())
    }

    fn open_secret(&self, name: String) -> Answer<u32> {
        let found = self.secrets.iter().position(|(known, _)| *known == name);
        let missing = || Refused::Denied(format!("secret {name:?} was not given: use --secret"));
        found.and_then(|at| u32::try_from(at).ok()).ok_or_else(missing)
    }

    fn reveal_secret(&self, secret: u32) -> Answer<Secret<String>> {
        let found = self.secrets.get(secret as usize);
        let missing = || Refused::Invalid(format!("secret {secret} was not opened"));
        found.map(|(_, value)| Secret::new(value.clone())).ok_or_else(missing)
    }

    /// A trial has no role, and what it did over there would stay done.
    async fn fetch(&self, request: Fetch) -> Result<Fetched, NotFetched> {
        let url: String = request.url.chars().take(200).collect();
        Err(NotFetched::Denied(format!(
            "nothing is sent on trial, so {url:?} is not asked: deploy the function to a server for that"
        )))
    }
}
