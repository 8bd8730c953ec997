//! Telling the shards of a consumer of timers that commits changed.
//!
//! A timer belongs to the shard whose range has the hash of its key, and the batch that sets it may be of another one:
//! records can have hash keys of their own. Who reads a shard has an inbox here while it does.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{HashKey, HashRange, Millis};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::keyed::{Change, Row, To};

/// Changes that wait in an inbox; beyond, the shard reads its timers again.
const WAITING_MAX: usize = 100_000;

/// The inboxes of a consumer's shards, by where their ranges begin.
#[derive(Debug, Default)]
pub(crate) struct Timetable {
    shards: Mutex<BTreeMap<u128, Arc<Inbox>>>,
}

/// What a shard is told.
#[derive(Debug)]
pub(crate) struct Inbox {
    range: HashRange,
    waiting: Mutex<Waiting>,
    came: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    changes: Vec<(Row, Option<Millis>)>,
    is_lost: bool,
}

/// Changes that waited, and whether some were too many to be kept.
pub(crate) struct Told {
    pub(crate) changes: Vec<(Row, Option<Millis>)>,
    pub(crate) is_lost: bool,
}

/// An inbox, there as long as this lives.
#[derive(Debug)]
pub(crate) struct Letterbox {
    table: Arc<Timetable>,
    inbox: Arc<Inbox>,
}

impl Timetable {
    /// An inbox for the timers of `range`. No two that live at a time may have keys in common.
    pub(crate) fn open(self: &Arc<Self>, range: HashRange) -> Letterbox {
        let (waiting, came) = (Mutex::default(), Notify::new());
        let inbox = Arc::new(Inbox { range, waiting, came });
        self.shards.lock().insert(range.first.0, Arc::clone(&inbox));
        Letterbox { table: Arc::clone(self), inbox }
    }

    /// Tells of the timers that a commit set or took away.
    pub(crate) fn tell(&self, changes: &[Change]) {
        for change in changes {
            if let To::Due(due) = change.to {
                self.tell_one(&change.row, due);
            }
        }
    }

    /// Tells that nobody knows whether these changes happened: who reads those timers reads them again.
    pub(crate) fn lose(&self, changes: &[Change]) {
        let timers = changes.iter().filter(|change| matches!(change.to, To::Due(_)));
        for inbox in timers.filter_map(|change| self.inbox(&change.row)) {
            inbox.waiting.lock().is_lost = true;
            inbox.came.notify_one();
        }
    }

    /// Where nobody reads, the store is read later.
    fn inbox(&self, row: &Row) -> Option<Arc<Inbox>> {
        let HashKey(hash) = row.hash();
        let found = self.shards.lock().range(..=hash).next_back().map(|it| Arc::clone(it.1));
        found.filter(|inbox| hash <= inbox.range.last.0)
    }

    fn tell_one(&self, row: &Row, due: Option<Millis>) {
        let Some(inbox) = self.inbox(row) else { return };
        let mut waiting = inbox.waiting.lock();
        if waiting.changes.len() < WAITING_MAX {
            waiting.changes.push((row.clone(), due));
        } else {
            waiting.is_lost = true;
        }
        drop(waiting);
        inbox.came.notify_one();
    }
}

impl Letterbox {
    /// Waits until something was told.
    pub(crate) async fn came(&self) {
        self.inbox.came.notified().await;
    }

    /// What was told.
    pub(crate) fn take(&self) -> Told {
        let Waiting { changes, is_lost } = std::mem::take(&mut *self.inbox.waiting.lock());
        Told { changes, is_lost }
    }
}

impl Drop for Letterbox {
    fn drop(&mut self) {
        let mut shards = self.table.shards.lock();
        let first = self.inbox.range.first.0;
        // Another one may have begun there.
        if shards.get(&first).is_some_and(|inbox| Arc::ptr_eq(inbox, &self.inbox)) {
            shards.remove(&first);
        }
    }
}
