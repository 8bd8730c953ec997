//! What a consumer sees and changes while a batch is with it.
//!
//! A session answers the calls of one batch. It sees what commits left and, over it, what the batch itself changed so
//! far; what it changed becomes part of the batch's commit, or is forgotten with the session.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use consumer::{Change, Due, Keyed, Row, Scanned, To};
use domain::{Millis, SecretName, limits};
use identity::Directory;
use parking_lot::Mutex;
use stdx::Secret;
use tokio::runtime::Handle;
use wasm::message::{
    Answer, Fetch, Fetched, NotFetched, Outside, Page, Put, ROW_READ_BYTES, Refused, RowName, Scan,
    SetTimer,
};

use super::touched::Touched;
use crate::function::Function;
use crate::roles::USE_STATE;
use crate::{Functions, mapping::MappingFacts};

/// Rows of one page.
const PAGE_MAX: u32 = 1000;
/// Rows that are read of the store at once: values may be large.
const READ_ROWS: usize = 64;
/// Bytes that are read of the store for one page. There is more than a page takes only if the batch itself took away
/// what is read.
const SCAN_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Secrets that one batch may open.
const SECRETS_MAX: usize = 100;

/// Where state and timers are.
pub(crate) enum Home {
    /// With a mapping.
    Mapping(Keyed),
    /// Nowhere: it begins empty and is forgotten.
    Nowhere,
}

/// What a consumer sees and changes while a batch is with it.
pub(crate) struct Session {
    pub(super) functions: Arc<Functions>,
    pub(super) function: Arc<Function>,
    home: Home,
    /// Whether the role allows state and timers, and why not.
    state_allowed: Result<(), String>,
    /// Where connections live.
    pub(super) runtime: Handle,
    pub(super) inner: Mutex<Touched>,
}

impl Session {
    /// A session of `function` for a batch of a mapping.
    pub(crate) fn of_mapping(
        functions: &Arc<Functions>,
        function: &Arc<Function>,
        mapping: &MappingFacts,
    ) -> Self {
        let keyed = functions.engine().keyed(consumer::ConsumerId(mapping.number));
        let state_allowed = functions.may(&function.facts, &mapping.asked(USE_STATE));
        Self::new(functions, function, Home::Mapping(keyed), state_allowed)
    }

    /// A session of `function` for a call that no mapping makes.
    pub(crate) fn of_nothing(functions: &Arc<Functions>, function: &Arc<Function>) -> Self {
        Self::new(functions, function, Home::Nowhere, Ok(()))
    }

    fn new(
        functions: &Arc<Functions>,
        function: &Arc<Function>,
        home: Home,
        state_allowed: Result<(), String>,
    ) -> Self {
        let (functions, function) = (Arc::clone(functions), Arc::clone(function));
        let runtime = Handle::current();
        Self { functions, function, home, state_allowed, runtime, inner: Mutex::default() }
    }

    /// Lets these keys be touched, too.
    pub(crate) fn admit(&self, keys: &BTreeSet<Arc<str>>) {
        self.inner.lock().keys.extend(keys.iter().cloned());
    }

    /// These timers go with the batch, unless it sets them again.
    pub(crate) fn expect_gone(&self, timers: &[Due]) {
        let mut inner = self.inner.lock();
        timers.iter().for_each(|due| inner.expect_gone(due.row.clone()));
    }

    /// What was changed.
    pub(crate) fn changes(&self) -> Vec<Change> {
        let inner = self.inner.lock();
        let state = inner.state.iter().map(|(row, value)| (row, To::Value(value.clone())));
        let timers = inner.timers.iter().map(|(row, due)| (row, To::Due(*due)));
        state.chain(timers).map(|(row, to)| Change { row: row.clone(), to }).collect()
    }

    fn check_state(&self) -> Answer<()> {
        self.state_allowed.clone().map_err(Refused::Denied)
    }

    /// What the store has under these rows.
    async fn stored(&self, rows: &[Row]) -> Answer<Vec<Option<Bytes>>> {
        let Home::Mapping(keyed) = &self.home else { return Ok(vec![None; rows.len()]) };
        let values = keyed.values(rows, limits::INVOKE_BYTES_MAX).await.map_err(not_now)?;
        match values.len() == rows.len() {
            true => Ok(values),
            false => Err(too_much(limits::INVOKE_BYTES_MAX)),
        }
    }

    /// What the store has of a key behind `after`: at most so many rows, and about so many bytes.
    async fn stored_page(
        &self,
        key: &Arc<str>,
        prefix: &str,
        after: Option<&str>,
        most: (usize, usize),
    ) -> Answer<Scanned> {
        match &self.home {
            Home::Mapping(keyed) => keyed.scan(key, prefix, after, most).await.map_err(not_now),
            Home::Nowhere => Ok(Scanned { rows: Vec::new(), is_all: true }),
        }
    }

    fn secret_arn(&self, name: &str) -> String {
        let facts = &self.function.facts;
        Directory::secret_arn(facts.account, facts.region.as_str(), name)
    }
}

#[async_trait]
impl Outside for Session {
    async fn get_many(&self, rows: Vec<RowName>) -> Answer<Vec<Option<Bytes>>> {
        self.check_state()?;
        let (mut values, mut missing) = (Vec::with_capacity(rows.len()), Vec::new());
        {
            let inner = self.inner.lock();
            for name in &rows {
                let row = inner.row(name)?;
                match inner.state.get(&row) {
                    Some(own) => values.push(own.clone()),
                    None => {
                        missing.push((values.len(), row));
                        values.push(None);
                    }
                }
            }
        }
        let (places, rows): (Vec<usize>, Vec<Row>) = missing.into_iter().unzip();
        if !rows.is_empty() {
            let stored = self.stored(&rows).await?;
            for (place, value) in places.into_iter().zip(stored) {
                values[place] = value;
            }
        }
        let bytes: usize = values.iter().flatten().map(Bytes::len).sum();
        if bytes > limits::INVOKE_BYTES_MAX { Err(too_much(bytes)) } else { Ok(values) }
    }

    fn put_many(&self, puts: Vec<Put>) -> Answer<()> {
        self.check_state()?;
        let mut inner = self.inner.lock();
        let mut changes = Vec::with_capacity(puts.len());
        for Put { row, value } in puts {
            let bytes = value.as_ref().map_or(0, Bytes::len);
            if bytes > Row::VALUE_BYTES_MAX {
                let may = Row::VALUE_BYTES_MAX;
                let told = format!("a value of {bytes} bytes; at most {may} are taken");
                return Err(Refused::Invalid(told));
            }
            changes.push(Change { row: inner.row(&row)?, to: To::Value(value) });
        }
        inner.change(changes)
    }

    async fn scan(&self, scan: Scan) -> Answer<Page> {
        self.check_state()?;
        let Scan { key, prefix, after, limit } = scan;
        if !(1..=PAGE_MAX).contains(&limit) {
            let told = format!("a page of {limit} values; there may be 1 to {PAGE_MAX}");
            return Err(Refused::Invalid(told));
        }
        let key = {
            let inner = self.inner.lock();
            for name in std::iter::once(&prefix).chain(&after) {
                inner.row(&RowName { key: key.clone(), name: name.clone() })?;
            }
            Arc::clone(inner.key(&key)?)
        };
        let mut page = Paging::new(limit as usize);
        let mut cursor = after;
        // One more than is asked for tells whether there are more.
        let mut rows = READ_ROWS.min(limit as usize + 1);
        loop {
            let most = (rows, page.room());
            let stored = self.stored_page(&key, &prefix, cursor.as_deref(), most).await?;
            page.has_read(&stored)?;
            rows = READ_ROWS;
            let end = stored.rows.last().filter(|_| !stored.is_all);
            let end = end.map(|(row, _)| row.name().to_owned());
            let mut merged: BTreeMap<String, Option<Bytes>> = stored
                .rows
                .into_iter()
                .map(|(row, value)| (row.name().to_owned(), Some(value)))
                .collect();
            {
                let inner = self.inner.lock();
                let own = inner.state.range(Row::new(&key, &prefix)..);
                let own = own.take_while(|(row, _)| {
                    row.key() == &key && row.name().starts_with(prefix.as_str())
                });
                let is_here = |name: &str| {
                    cursor.as_deref().is_none_or(|cursor| name > cursor)
                        && end.as_deref().is_none_or(|end| name <= end)
                };
                let own = own.filter(|(row, _)| is_here(row.name()));
                merged.extend(own.map(|(row, value)| (row.name().to_owned(), value.clone())));
            }
            let found = merged.into_iter().filter_map(|(name, value)| Some((name, value?)));
            if !page.take(found) || end.is_none() {
                return Ok(page.page);
            }
            cursor = end;
        }
    }

    fn set_timers(&self, timers: Vec<SetTimer>) -> Answer<()> {
        self.check_state()?;
        let mut inner = self.inner.lock();
        let change = |SetTimer { row, due_ms }: SetTimer| {
            Ok(Change { row: inner.row(&row)?, to: To::Due(due_ms.map(Millis)) })
        };
        let changes = timers.into_iter().map(change).collect::<Answer<Vec<_>>>()?;
        inner.change(changes)
    }

    async fn fetch(&self, request: Fetch) -> Result<Fetched, NotFetched> {
        self.send(request).await
    }

    fn open_secret(&self, name: String) -> Answer<u32> {
        let Ok(name) = name.parse::<SecretName>() else {
            return Err(Refused::Invalid("that is no name of a secret".to_owned()));
        };
        let facts = &self.function.facts;
        let arn = self.secret_arn(name.as_str());
        self.functions.may_use_secret(facts, &arn, false).map_err(Refused::Denied)?;
        let directory = &self.functions.around.directory;
        let found = directory.secret(facts.account, &facts.region, &name);
        drop(found.map_err(|error| Refused::Invalid(format!("secret {name}: {error}")))?);
        let mut inner = self.inner.lock();
        if inner.secrets.len() >= SECRETS_MAX {
            let told = format!("a batch may open {SECRETS_MAX} secrets");
            return Err(Refused::Invalid(told));
        }
        inner.secrets.push(name);
        Ok(u32::try_from(inner.secrets.len() - 1).unwrap_or(u32::MAX))
    }

    fn reveal_secret(&self, secret: u32) -> Answer<Secret<String>> {
        let opened = self.inner.lock().secrets.get(secret as usize).cloned();
        let Some(name) = opened else {
            return Err(Refused::Invalid(format!("secret {secret} was not opened in this batch")));
        };
        let facts = &self.function.facts;
        let arn = self.secret_arn(name.as_str());
        self.functions.may_use_secret(facts, &arn, true).map_err(Refused::Denied)?;
        let directory = &self.functions.around.directory;
        let value = directory.secret(facts.account, &facts.region, &name);
        value.map_err(|error| Refused::Invalid(format!("secret {name}: {error}")))
    }
}

/// A page that is being filled.
struct Paging {
    page: Page,
    limit: usize,
    bytes: usize,
}

impl Paging {
    fn new(limit: usize) -> Self {
        Self { page: Page::default(), limit, bytes: 0 }
    }

    /// Bytes that it may still have.
    fn room(&self) -> usize {
        limits::INVOKE_BYTES_MAX.saturating_sub(self.bytes)
    }

    /// Notes what was read for it.
    fn has_read(&mut self, stored: &Scanned) -> Answer<()> {
        let bytes = |(row, value): &(Row, Bytes)| ROW_READ_BYTES + row.name().len() + value.len();
        self.page.read_bytes += stored.rows.iter().map(bytes).sum::<usize>();
        match self.page.read_bytes > SCAN_BYTES_MAX {
            true => Err(too_much(self.page.read_bytes)),
            false => Ok(()),
        }
    }

    /// Takes what was found next; whether there is room for more.
    fn take(&mut self, found: impl Iterator<Item = (String, Bytes)>) -> bool {
        for (name, value) in found {
            self.bytes += name.len() + value.len();
            let is_full = self.page.entries.len() >= self.limit;
            if is_full || (self.bytes > limits::INVOKE_BYTES_MAX && !self.page.entries.is_empty()) {
                self.page.has_more = true;
                return false;
            }
            self.page.entries.push((name, value));
        }
        true
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session")
    }
}

fn too_much(read_bytes: usize) -> Refused {
    let why = format!(
        "these values take more than {} bytes: ask for fewer at once",
        limits::INVOKE_BYTES_MAX
    );
    Refused::TooMuch { why, read_bytes }
}

fn not_now(error: storage::Error) -> Refused {
    tracing::warn!(error = %stdx::Chain(&error), "state of a function cannot be read");
    Refused::NotNow("the function's state cannot be read at the moment".to_owned())
}
