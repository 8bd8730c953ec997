//! Storing what waits: one commit at a time, repeated under its id until it is known what became of it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use stdx::{Chain, Shutdown};
use storage::{
    Append, Commit, CommitId, Expect, FactWrite, Kind, LogId, Outcome, Producer, RecordsBuilder,
    Scope, Sending,
};

use super::queue::Waiting;
use super::record::Stored;
use super::{LogState, Owner, Trail};

/// Where the facts lie.
pub(super) const SCOPE: Scope = Scope("trail", 0);
/// The key of the number under which the trail commits.
pub(super) const PRODUCER: &[u8] = b"p";
/// What the keys of [`LogState`]s begin with.
pub(super) const LOGS: &[u8] = b"l";
/// When to look again at refusals whose second is not over, and at a commit that failed.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What the writer has in hand.
#[derive(Debug, Default)]
pub(super) struct Writing {
    /// Drawn with the first commit: a store that takes no writes can still be read.
    producer: Option<Producer>,
    /// Taken out of the queue, not in a commit yet.
    taken: Vec<Waiting>,
    pending: Option<Pending>,
}

/// A commit whose outcome is not known, or that is to be tried again.
#[derive(Debug)]
struct Pending {
    sending: Sending,
    batch: Vec<Waiting>,
    after: BTreeMap<Owner, LogState>,
}

impl Trail {
    /// Stores what waits until the signal is raised, and then what is left.
    pub async fn run(&self, mut shutdown: Shutdown) {
        loop {
            let is_brooding = self.is_stuck() || self.queue.lock().is_brooding();
            tokio::select! {
                () = self.filled.notified() => {}
                () = shutdown.raised() => break,
                () = tokio::time::sleep(LOOK_AGAIN), if is_brooding => {}
            }
            self.flush(false).await;
        }
        self.flush(true).await;
    }

    /// Stores what waits now; with `all`, also refusals whose second is not over.
    pub async fn flush(&self, all: bool) {
        let mut writing = self.writing.lock().await;
        // What could not be stored before goes first: the order of events is that of their times.
        if !self.store_taken(&mut writing).await {
            // Nobody waits behind what may never be stored.
            return self.queue.lock().let_go();
        }
        let (now, id) = (self.around.clock.now(), || self.event_id());
        writing.taken = self.queue.lock().take(now, all, &id);
        self.store_taken(&mut writing).await;
    }

    /// Stores what was taken out of the queue; tells whether nothing of it is left.
    async fn store_taken(&self, writing: &mut Writing) -> bool {
        let stored = async {
            if writing.pending.is_none() && !writing.taken.is_empty() {
                self.prepare(writing).await?;
            }
            self.send(writing).await
        };
        match stored.await {
            Ok(()) => {
                if self.is_stuck.swap(false, Ordering::Relaxed) {
                    tracing::info!("the audit trail can be written again");
                }
                true
            }
            Err(error) => {
                self.around.metrics.audit.failures.inc();
                if !self.is_stuck.swap(true, Ordering::Relaxed) {
                    tracing::error!(error = %Chain(&error), "the audit trail cannot be written");
                }
                let pending = writing.pending.iter_mut().flat_map(|it| &mut it.batch);
                let waiting = writing.taken.iter_mut().chain(pending);
                for told in waiting.filter_map(|waiting| waiting.told.take()) {
                    // Whoever waited may be gone.
                    let _ = told.send(false);
                }
                false
            }
        }
    }

    /// Makes a commit of what was taken.
    async fn prepare(&self, writing: &mut Writing) -> storage::Result<()> {
        let store = &self.around.store;
        let id = self.next_id(writing).await?;
        let mut commit = Commit::new(0, SCOPE);
        commit.id = Some(id);
        let mut after: BTreeMap<Owner, LogState> = BTreeMap::new();
        let mut records: BTreeMap<Owner, RecordsBuilder> = BTreeMap::new();
        for waiting in &writing.taken {
            let owner = waiting.owner;
            let state = match after.entry(owner) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let known = self.states.read().get(&owner).cloned();
                    let state = match known {
                        Some(state) => state,
                        None => LogState::new(LogId(store.new_ids(1).await?)),
                    };
                    new.insert(self.begin(state, owner, &mut commit).await?)
                }
            };
            let data = Stored::encode(state.next, waiting.at, &waiting.text);
            state.next += 1;
            records.entry(owner).or_default().push(b"", &data);
        }
        let arrival = writing.taken.last().map(|last| last.at).unwrap_or_default();
        for (owner, records) in records {
            let Some(state) = after.get(&owner) else { continue };
            commit.facts.push(write(key(owner), state.encode()));
            commit.appends.push(Append { log: state.log, records: records.finish(), arrival });
        }
        if let [only] = &*commit.facts
            && let Some(owner) = owner_of(&only.key)
        {
            commit.tenant = owner.tenant();
        }
        // Deletions make room, and none is done without its event.
        commit.from_reserve = true;
        let batch = std::mem::take(&mut writing.taken);
        writing.pending = Some(Pending { sending: Sending::new(commit), batch, after });
        Ok(())
    }

    /// The state of a log that is appended to in this term.
    async fn begin(
        &self,
        mut state: LogState,
        owner: Owner,
        commit: &mut Commit,
    ) -> storage::Result<LogState> {
        let store = &self.around.store;
        let term = store.term();
        if !self.states.read().contains_key(&owner) {
            commit.create_logs.push(state.log);
            state.begin(storage::Position { term, offset: 0 });
        } else if !state.knows(term) {
            // Nobody else appends, so the next record will stand there.
            let next = store.bounds(state.log).await?.next;
            state.begin(storage::Position { term, offset: next.offset });
        }
        Ok(state)
    }

    async fn next_id(&self, writing: &mut Writing) -> storage::Result<CommitId> {
        let store = &self.around.store;
        let producer = match &mut writing.producer {
            Some(producer) => producer,
            None => writing.producer.insert(producer(&**store).await?),
        };
        Ok(producer.next(store.term()))
    }

    async fn send(&self, writing: &mut Writing) -> storage::Result<()> {
        let Some(pending) = &mut writing.pending else {
            return Ok(());
        };
        let sent = match pending.sending.send(&*self.around.store).await {
            Outcome::Happened(_) => Ok(()),
            Outcome::Void(error) => Err(error),
            Outcome::Unknown(error) => return Err(error),
        };
        if let Some(Pending { batch, after, .. }) = writing.pending.take() {
            match &sent {
                Ok(()) => self.tell(batch, after),
                // Another one is made of the same events.
                Err(_) => writing.taken = batch,
            }
        }
        sent
    }

    /// Events are durable: whoever waits goes on, whoever follows looks.
    fn tell(&self, batch: Vec<Waiting>, after: BTreeMap<Owner, LogState>) {
        self.states.write().extend(after);
        self.around.metrics.audit.events.inc_by(batch.len() as u64);
        self.stored.send_modify(|count| *count += 1);
        for Waiting { told, slot, .. } in batch {
            drop(slot);
            if let Some(told) = told {
                let _ = told.send(true);
            }
        }
    }
}

/// Under which number the trail commits; drawn once in the life of a store.
async fn producer(store: &dyn storage::Store) -> storage::Result<Producer> {
    if let Some(fact) = store.get(&SCOPE, PRODUCER).await? {
        let value: Result<[u8; 8], _> = fact.value.as_ref().try_into();
        let damaged = |_| storage::Error::new(Kind::Damaged, "the trail's producer is unreadable");
        let number = value.map(u64::from_le_bytes).map_err(damaged)?;
        return Ok(Producer::new(number));
    }
    let number = store.new_ids(1).await?;
    let mut commit = Commit::new(0, SCOPE);
    let value = number.to_le_bytes().to_vec();
    commit.facts.push(write(Bytes::from_static(PRODUCER), value.into()));
    store.commit(commit).await?;
    Ok(Producer::new(number))
}

fn write(key: Bytes, value: Bytes) -> FactWrite {
    FactWrite { key, value: Some(value), expect: Expect::Anything }
}

fn key(owner: Owner) -> Bytes {
    [LOGS, owner.to_string().as_bytes()].concat().into()
}

/// Whose fact it is.
pub(super) fn owner_of(key: &[u8]) -> Option<Owner> {
    str::from_utf8(key.strip_prefix(LOGS)?).ok().and_then(Owner::parse)
}
