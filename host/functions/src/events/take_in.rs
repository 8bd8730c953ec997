//! Taking events in: they are acknowledged when they are stored.

use std::sync::Arc;

use bytes::Bytes;
use domain::{FunctionId, Millis, QualifiedArn, limits};
use storage::ledger::write;
use storage::{Commit, Expect};
use tokio::sync::oneshot;
use wasm::World;

use super::EventState;
use super::fact::{self, EventId};
use super::queue::Event;
use crate::error::Scarce;
use crate::function::Function;
use crate::{Error, Functions, Result, event, payload};

/// A place of an event in its queue, given back unless the event is stored.
pub(super) struct Admitted<'f> {
    functions: &'f Functions,
    id: EventId,
    state: EventState,
    is_stored: bool,
}

impl Functions {
    /// Takes an event in for what `target` names, which is `function` now. It is durable when this returns.
    ///
    /// # Errors
    /// If the function does not take such payloads, too many events wait for it, or the store does not take it.
    pub(crate) async fn take_event(
        self: &Arc<Self>,
        function: &Function,
        target: QualifiedArn,
        payload: Bytes,
        request_id: &str,
    ) -> Result<()> {
        if payload.len() > limits::EVENT_BYTES_MAX {
            return Err(Error::TooLarge(payload.len()));
        }
        let now = self.around.clock.now();
        let payload = match function.facts.code.world {
            World::Transform | World::Consumer => {
                event::read(&payload, now).map_err(Error::Content)?;
                payload
            }
            World::Handler => payload::event(payload).map_err(Error::Content)?,
        };
        let measured = self.measures.of(&function.facts);
        let (state, id) = (new(target, request_id, &payload, now, 0), function.facts.id);
        let (done, answer) = oneshot::channel();
        let service = Arc::clone(self);
        // Of its own, because a commit that was sent happens even if nobody waits for it any more.
        self.around.tasks.spawn("event intake", async move {
            let stored = service.store_event(id, state, payload).await;
            let _ = done.send(stored);
        });
        let stored = answer.await;
        stored.map_err(|_panicked| Error::NotRun("the event was not stored".to_owned()))??;
        measured.event_received();
        Ok(())
    }

    async fn store_event(&self, id: FunctionId, state: EventState, payload: Bytes) -> Result<()> {
        let account = state.target.function.account;
        let mut commit = Commit::new(account.number(), fact::SCOPE);
        let admitted = self.admit_event(id, state, payload, &mut commit)?;
        let committed = self.around.store.commit(commit).await?;
        admitted.stored(committed.version);
        Ok(())
    }

    /// Takes a place for an event, and writes it with `commit`.
    pub(super) fn admit_event(
        &self,
        function: FunctionId,
        state: EventState,
        payload: Bytes,
        commit: &mut Commit,
    ) -> Result<Admitted<'_>> {
        let number = self.events.reserve(function, state.bytes);
        let id = (function, number.map_err(|_full| Error::Busy(Scarce::Events))?);
        let state_value = fact::encode(&state);
        commit.facts.push(write(fact::state_key(id), state_value, Expect::Absent));
        commit.facts.push(write(fact::payload_key(id), payload, Expect::Absent));
        Ok(Admitted { functions: self, id, state, is_stored: false })
    }
}

/// The state of an event that comes now.
pub(super) fn new(
    target: QualifiedArn,
    request_id: &str,
    payload: &Bytes,
    now: Millis,
    depth: u8,
) -> EventState {
    EventState {
        target,
        request_id: request_id.to_owned(),
        accepted: now,
        attempts: 0,
        throttles: 0,
        due: now,
        depth,
        bytes: u32::try_from(payload.len()).unwrap_or(u32::MAX),
    }
}

impl Admitted<'_> {
    /// The event is stored, and waits for its turn.
    pub(super) fn stored(mut self, version: u64) {
        self.is_stored = true;
        let event = Event { state: self.state.clone(), version };
        self.functions.events.wait(self.id, event);
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        if !self.is_stored {
            self.functions.events.release(self.id.0, self.state.bytes);
        }
    }
}
