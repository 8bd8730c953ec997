//! Committing: one commit at a time, sent again under its id until it is known what became of it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Millis;
use storage::{Append, Commit, CommitId, Committed, Expect, FactWrite, Kind};

use crate::backoff;
use crate::keyed::Change;
use crate::progress::{self, Progress};

use super::timers::timers_left;
use super::verdict::Output;
use super::{Ending, Pump};

/// What a commit came to.
pub(super) type Answer = storage::Result<Committed>;

/// A commit on its way.
pub(super) struct Committing {
    commit: Commit,
    /// The state of the window that is open once it is done.
    window_state: Bytes,
    failures: u32,
    state: State,
}

enum State {
    Sent(Pin<Box<dyn Future<Output = Answer> + Send>>),
    /// Failed, and sent again then.
    Due(Duration),
}

impl Committing {
    pub(super) fn deadline(&self) -> Option<Duration> {
        match self.state {
            State::Sent(_) => None,
            State::Due(due) => Some(due),
        }
    }
}

/// The answer, if a commit was sent. It must be given to [`Pump::take_commit`].
pub(super) async fn answer(committing: &mut Option<Committing>) -> Answer {
    match committing {
        Some(Committing { state: State::Sent(answer), .. }) => answer.await,
        Some(Committing { state: State::Due(_), .. }) | None => std::future::pending().await,
    }
}

impl Pump {
    /// Sends what is to be committed, or sends it again.
    pub(super) fn start_commit(&mut self) {
        if let Some(committing) = self.committing.take() {
            self.committing = Some(self.send_again(committing));
            return;
        }
        let Some(group) = self.lanes.group() else { return };
        self.ordinal += 1;
        let mut commit = Commit::new(self.stream.facts.account.number(), progress::scope(self.id));
        commit.id = Some(CommitId {
            producer: self.owner.producer,
            generation: self.owner.generation,
            ordinal: self.ordinal,
        });
        let progress = Progress { owner: self.owner, lanes: group.progress };
        commit.facts.push(FactWrite {
            key: progress::key(self.shard.facts.id),
            value: Some(progress::encode(&progress)),
            expect: Expect::Version(self.version),
        });
        let shard = self.shard.facts.id;
        commit.facts.extend(progress::state::writes(shard, &self.state, &group.state));
        let outputs = group.lanes.iter().map(|lane| &self.outputs[usize::from(*lane)]);
        // Cheap: records are shared.
        let changes = outputs.clone().flat_map(|output| &output.effects.kept.changes);
        commit.facts.extend(changes.map(Change::write));
        commit.facts.extend(outputs.clone().flat_map(|output| output.parked.iter().cloned()));
        let appends = outputs.flat_map(|output| &output.prepared.appends);
        commit.appends = appends.cloned().collect::<Vec<Append>>();
        let state = self.sent(&commit);
        self.committing =
            Some(Committing { commit, window_state: group.state, failures: 0, state });
    }

    fn send_again(&self, mut committing: Committing) -> Committing {
        let now = self.engine.clock.monotonic();
        if committing.deadline().is_some_and(|due| due <= now) {
            committing.state = self.sent(&committing.commit);
        }
        committing
    }

    fn sent(&self, commit: &Commit) -> State {
        let (store, commit) = (Arc::clone(&self.engine.store), commit.clone());
        State::Sent(Box::pin(async move { store.commit(commit).await }))
    }

    pub(super) fn take_commit(&mut self, answer: Answer) {
        let Some(committing) = self.committing.take() else { return };
        let error = match answer {
            Ok(committed) => {
                self.state = committing.window_state;
                return self.committed(&committed);
            }
            Err(error) => error,
        };
        let (consumer, shard) = (self.id, self.shard.facts.id);
        let shown = stdx::Chain(&error);
        tracing::warn!(%consumer, stream = %self.stream.arn(), %shard, error = %shown, "commit failed");
        match error.kind() {
            Kind::Unavailable | Kind::Full | Kind::Indefinite => self.put_off(committing),
            // A target was deleted after its records were prepared: they are prepared again, and refused. Or
            // its shards were changed: then they come to where their keys belong now.
            Kind::NotFound | Kind::Ended => {
                self.give_back();
                let pause = backoff::pause(1, self.random());
                self.lanes.undone(self.engine.clock.monotonic().saturating_add(pause));
            }
            Kind::Conflict => {
                self.end(Ending::Lost(
                    "the consumer was started elsewhere or forgotten".to_owned(),
                ));
            }
            Kind::Closed | Kind::Refused | Kind::Damaged | Kind::Bug => {
                self.end(Ending::Lost(format!("the store does not take the commit: {error}")));
            }
        }
    }

    /// Sends the same commit later. Who is ending anyway does not wait for a store that fails: what was not
    /// committed is processed again.
    fn put_off(&mut self, mut committing: Committing) {
        let why = "the store takes no commits at the moment";
        if !matches!(self.ending, Ending::No) {
            self.end(Ending::Lost(why.to_owned()));
            return;
        }
        self.board.troubled(why);
        committing.failures = committing.failures.saturating_add(1);
        let pause = backoff::pause(committing.failures, self.random());
        committing.state = State::Due(self.engine.clock.monotonic().saturating_add(pause));
        self.committing = Some(committing);
    }

    /// What the commit would have emitted has not taken any throughput.
    fn give_back(&mut self) {
        for lane in self.lanes.committing() {
            let output = &mut self.outputs[usize::from(lane)];
            self.engine.streams.give_back_emits(&std::mem::take(&mut output.prepared));
        }
    }

    fn committed(&mut self, committed: &Committed) {
        self.version = committed.version;
        let now: Millis = self.engine.clock.now();
        let mut left = Vec::new();
        let (mut batches, mut records, mut emitted, mut age_ms) = (0, 0, 0, 0);
        for finished in self.lanes.committed() {
            let batch = finished.batch;
            let output = std::mem::take(&mut self.outputs[usize::from(batch.lane)]);
            self.timetable.tell(&output.effects.kept.changes);
            left.extend(timers_left(&batch, &output.effects.kept.changes));
            let Output { prepared, .. } = output;
            self.engine.streams.count_emits(&prepared);
            if finished.is_parked {
                let parked = batch.records.len() as u64;
                self.parked.settle(&batch.records);
                self.board.parked(parked);
            }
            if finished.is_given_up || finished.is_parked {
                self.processor.gave_up(&batch, finished.is_parked);
                continue;
            }
            batches += 1;
            records += batch.records.len() as u64;
            emitted += prepared.records;
            age_ms = batch.records.last().map_or(0, |last| now.since(last.arrival));
        }
        self.look_at_timers(&left);
        if batches > 0 {
            self.board.finished(batches, records, emitted, age_ms);
        }
    }
}
