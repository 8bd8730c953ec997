//! Lists the keys for which something is kept, and how much that is; for people who look.
//!
//! Keys follow each other by their hashes, as rows do. A look at some of them reads a bounded number of rows, also where
//! few keys begin as wanted, or one has very many names.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use domain::Millis;
use storage::Fact;

use super::{Keyed, Row, STATE, TIMERS, codec};
use crate::progress;

/// Rows read at once, if they are small.
const ROWS_AT_ONCE: usize = 64;
/// Bytes of values read at once: whoever reads waits for what is read before.
const BYTES_AT_ONCE: usize = 1024 * 1024;
/// Rows of one kind that are counted of a key.
const COUNTED_MAX: usize = 1000;
/// Rows after which a page ends.
const ROWS_MAX: usize = 10_000;
/// Bytes of values after which a page ends, or a key is counted no further.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// A partition key, and how much is kept for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySummary {
    /// The partition key.
    pub key: Arc<str>,
    /// Values of its state.
    pub values: usize,
    /// Bytes of these.
    pub bytes: usize,
    /// Its timers.
    pub timers: usize,
    /// When the first of these is due.
    pub first_due: Option<Millis>,
    /// There is more than was counted.
    pub has_more: bool,
}

/// Some keys for which something is kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct KeyPage {
    /// Those that were wanted.
    pub keys: Vec<KeySummary>,
    /// The last key that was looked at, wanted or not, if there are more.
    pub last: Option<Arc<str>>,
}

impl Keyed {
    /// Up to `limit` keys that begin with `prefix`, behind the key `after`; fewer if rows of many others lie between them.
    ///
    /// # Errors
    /// As [`Keyed::values`].
    pub async fn keys(
        &self,
        prefix: &str,
        after: Option<&Arc<str>>,
        limit: usize,
    ) -> storage::Result<KeyPage> {
        let mut state = Cursor::new(self, STATE, after);
        let mut timers = Cursor::new(self, TIMERS, after);
        let mut page = KeyPage::default();
        let (mut rows, mut bytes) = (0, 0);
        let mut last = None;
        loop {
            state.fill().await?;
            timers.fill().await?;
            let next = [&state, &timers].into_iter().filter_map(Cursor::next);
            let Some(key) = next.min_by(|a, b| place(a).cmp(&place(b))) else { return Ok(page) };
            if page.keys.len() >= limit || rows >= ROWS_MAX || bytes >= BYTES_MAX {
                page.last = last;
                return Ok(page);
            }
            let key = Arc::clone(key.key());
            let summary = summary(&key, &mut state, &mut timers).await?;
            rows += summary.values + summary.timers;
            bytes += summary.bytes;
            if key.starts_with(prefix) {
                page.keys.push(summary);
            }
            last = Some(key);
        }
    }
}

/// Takes all that there is of a key, and counts it as far as that goes.
async fn summary(
    key: &Arc<str>,
    state: &mut Cursor<'_>,
    timers: &mut Cursor<'_>,
) -> storage::Result<KeySummary> {
    let (key, first_due) = (Arc::clone(key), None);
    let mut told = KeySummary { key, values: 0, bytes: 0, timers: 0, first_due, has_more: false };
    while let Some(fact) = state.take(&told.key).await? {
        if told.values >= COUNTED_MAX || told.bytes >= BYTES_MAX {
            told.has_more = true;
            state.pass(&told.key);
            break;
        }
        told.values += 1;
        told.bytes += state.keyed.value(&fact)?.len();
    }
    while let Some(fact) = timers.take(&told.key).await? {
        if told.timers >= COUNTED_MAX {
            told.has_more = true;
            timers.pass(&told.key);
            break;
        }
        let due = timers.keyed.due(&fact)?;
        told.timers += 1;
        told.first_due = Some(told.first_due.map_or(due, |first| first.min(due)));
    }
    Ok(told)
}

/// Where the rows of a key lie among others, as their facts' keys say.
fn place(row: &Row) -> (u128, usize, &str) {
    (row.hash.0, row.key.len(), &row.key)
}

/// Rows of one kind, read some at a time.
struct Cursor<'a> {
    keyed: &'a Keyed,
    kind: u8,
    after: Option<Bytes>,
    read: VecDeque<(Row, Fact)>,
    is_over: bool,
}

impl<'a> Cursor<'a> {
    /// Behind all rows of the key `after`.
    fn new(keyed: &'a Keyed, kind: u8, after: Option<&Arc<str>>) -> Self {
        let after = after.map(|key| codec::behind(kind, key));
        Self { keyed, kind, after, read: VecDeque::new(), is_over: false }
    }

    /// Reads on, if nothing that was read is left.
    async fn fill(&mut self) -> storage::Result<()> {
        if !self.read.is_empty() || self.is_over {
            return Ok(());
        }
        let (scope, after) = (progress::scope(self.keyed.id), self.after.as_deref());
        let (store, most) = (&self.keyed.store, (ROWS_AT_ONCE, BYTES_AT_ONCE));
        let facts = store.scan_within(&scope, &[self.kind], after, most).await?;
        let bytes: usize = facts.iter().map(|fact| fact.value.len()).sum();
        self.is_over = facts.len() < ROWS_AT_ONCE && bytes < BYTES_AT_ONCE;
        for fact in facts {
            self.after = Some(fact.key.clone());
            self.read.push_back((self.keyed.row(&fact.key)?, fact));
        }
        Ok(())
    }

    /// The row that is next of what was read.
    fn next(&self) -> Option<&Row> {
        self.read.front().map(|(row, _)| row)
    }

    /// The next row, if it is one of `key`.
    async fn take(&mut self, key: &str) -> storage::Result<Option<Fact>> {
        self.fill().await?;
        let taken = self.read.pop_front_if(|(row, _)| &*row.key == key);
        Ok(taken.map(|(_, fact)| fact))
    }

    /// Passes over the rows of `key`.
    fn pass(&mut self, key: &Arc<str>) {
        self.read.retain(|(row, _)| row.key != *key);
        if self.read.is_empty() && !self.is_over {
            self.after = Some(codec::behind(self.kind, key));
        }
    }
}
