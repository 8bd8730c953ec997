//! Reading: facts at the start, and runs of an owner's events by their numbers.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::Millis;
use storage::{Error, Kind, ReadLimits, Store};

use super::record::Stored;
use super::writer::{LOGS, SCOPE, owner_of};
use super::{LogState, Owner, Trail};

/// Facts read at once.
const SCAN_FACTS: usize = 256;
/// Bytes of one read; more than so many events of the greatest length.
const READ_BYTES: usize = 8 * 1024 * 1024;

/// Which logs there are.
pub(super) async fn states(store: &dyn Store) -> storage::Result<BTreeMap<Owner, LogState>> {
    let mut states = BTreeMap::new();
    let mut after: Option<Bytes> = None;
    loop {
        let facts = store.scan(&SCOPE, LOGS, after.as_deref(), SCAN_FACTS).await?;
        for fact in &facts {
            let state = LogState::decode(&fact.value);
            let known = owner_of(&fact.key).zip(state);
            let unreadable =
                || Error::new(Kind::Damaged, "a fact of the audit trail is unreadable");
            let (owner, state) = known.ok_or_else(unreadable)?;
            states.insert(owner, state);
        }
        match facts.last() {
            Some(last) => after = Some(last.key.clone()),
            None => return Ok(states),
        }
    }
}

impl Trail {
    /// The number that an owner's next event gets.
    pub(super) fn next(&self, owner: Owner) -> u64 {
        self.states.read().get(&owner).map_or(0, |state| state.next)
    }

    /// Whose logs there are.
    pub(super) fn owners(&self) -> Vec<Owner> {
        self.states.read().keys().copied().collect()
    }

    /// The first event that was stored at `at` or later.
    pub(super) async fn seek(&self, owner: Owner, at: Millis) -> storage::Result<u64> {
        let Some(state) = self.state(owner) else {
            return Ok(0);
        };
        let position = self.around.store.seek(state.log, at).await?;
        Ok(state.number(position))
    }

    /// Up to `count` events from a number on, in order. What was trimmed is passed over.
    pub(super) async fn from(
        &self,
        owner: Owner,
        number: u64,
        count: usize,
    ) -> storage::Result<Vec<Stored>> {
        let Some(state) = self.state(owner).filter(|state| number < state.next) else {
            return Ok(Vec::new());
        };
        let limits = ReadLimits { tenant: owner.tenant(), records: count, bytes: READ_BYTES };
        let chunk = self.around.store.read(state.log, state.position(number), limits).await?;
        let mut events = Vec::new();
        for (position, record) in chunk.records().take(count) {
            let event = Stored::decode(record.data).map_err(|why| {
                Error::new(Kind::Damaged, format!("event at {position} of {owner}: {why}"))
            })?;
            events.push(event);
        }
        Ok(events)
    }

    /// Up to `count` events before a number, the newest first.
    pub(super) async fn before(
        &self,
        owner: Owner,
        number: u64,
        count: usize,
    ) -> storage::Result<Vec<Stored>> {
        let from = number.saturating_sub(count as u64);
        let mut events = self.from(owner, from, count).await?;
        events.retain(|event| event.number < number);
        events.reverse();
        Ok(events)
    }

    pub(super) fn state(&self, owner: Owner) -> Option<LogState> {
        self.states.read().get(&owner).cloned()
    }
}
