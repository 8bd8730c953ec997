//! Trying events: one loop starts what is due, a task tries each.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Millis;
use stdx::Shutdown;
use storage::Kind;
use storage::ledger::write;
use storage::{Commit, Expect};

use super::decide::{self, Attempt, Condition, Next};
use super::fact::{self, EventId};
use super::queue::{Event, Running};
use super::record::Response;
use super::settle::Over;
use crate::function::Function;
use crate::run::{Asked, Source};
use crate::{Error, Functions, Result};

/// States read at once.
const SCAN_FACTS: usize = 256;
/// How long the loop sleeps at most: the time of day may jump.
const SLEEP_MAX: Duration = Duration::from_secs(60);
/// How long it is waited for a store that takes nothing.
pub(super) const STORE_PAUSE: Duration = Duration::from_secs(1);
/// When it is tried again to read a payload.
const READ_PAUSE_MS: u64 = 60_000;

impl Functions {
    /// Reads which events wait.
    ///
    /// # Errors
    /// If the store cannot be read, or what it says of them is damaged.
    pub(crate) async fn load_events(&self) -> Result<()> {
        let store = &self.around.store;
        let mut after: Option<Bytes> = None;
        loop {
            let page = store.scan(&fact::SCOPE, fact::STATES, after.as_deref(), SCAN_FACTS).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            for stored in &page {
                let damaged = |what: String| storage::Error::new(Kind::Damaged, what);
                let id = fact::decode_key(&stored.key).map_err(damaged)?;
                let state = fact::decode(&stored.value).map_err(damaged)?;
                self.events.found(id, Event { state, version: stored.version });
            }
        }
    }

    /// Tries events when they are due, until it is time to stop.
    pub(crate) async fn run_events(self: Arc<Self>, mut shutdown: Shutdown) {
        loop {
            let now = self.around.clock.now();
            let due = match self.events.next(now) {
                Ok((id, event, running)) => {
                    let service = Arc::clone(&self);
                    let shutdown = shutdown.clone();
                    self.around.tasks.spawn("event", async move {
                        service.run_event((id, event), running, shutdown).await;
                    });
                    continue;
                }
                Err(due) => due,
            };
            let pause = due.map(|due| Duration::from_millis(due.since(now)).min(SLEEP_MAX));
            tokio::select! {
                () = shutdown.raised() => return,
                () = self.events.wake.notified() => {}
                () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
            }
        }
    }

    /// Tries an event once, and sees to what becomes of it.
    async fn run_event(
        self: &Arc<Self>,
        (id, mut event): (EventId, Event),
        running: Running,
        mut shutdown: Shutdown,
    ) {
        let bytes = event.state.bytes;
        let again = tokio::select! {
            biased;
            again = self.try_event(id, &mut event) => again,
            // It is tried again in the next life.
            () = left(&mut shutdown) => None,
        };
        drop(running);
        match again {
            Some(()) => self.events.wait(id, event),
            None => self.events.release(id.0, bytes),
        }
    }

    /// Whether it is to be tried again.
    async fn try_event(self: &Arc<Self>, id: EventId, event: &mut Event) -> Option<()> {
        let read = self.around.store.get(&fact::SCOPE, &fact::payload_key(id)).await;
        let payload = match read {
            Ok(Some(payload)) => payload.value,
            // Nobody but this loop removes it.
            Ok(None) => return None,
            Err(error) => {
                tracing::error!(error = %stdx::Chain(&error), "payload of an event cannot be read");
                event.state.due = self.around.clock.now().plus(READ_PAUSE_MS);
                return Some(());
            }
        };
        let target = &event.state.target;
        let found = self.pick(target).ok().filter(|function| function.facts.id == id.0);
        let Some(function) = found else {
            self.forget_event(id, event).await;
            return None;
        };
        let config = self.effective_event_config(id.0, target);
        let (attempt, response) = match self.attempt(&function, event, &config, &payload).await {
            Ok(tried) => tried,
            Err(condition) => {
                let over =
                    Over { id, event, function: &function, config: &config, payload: &payload };
                over.tell(self, condition, event.state.attempts, None).await;
                return None;
            }
        };
        match decide::next(&event.state, &config, attempt, self.around.clock.now()) {
            Next::Over(condition) => {
                let over =
                    Over { id, event, function: &function, config: &config, payload: &payload };
                let count = event.state.attempts + 1;
                over.tell(self, condition, count, response.as_ref()).await;
                None
            }
            Next::Again { attempts, throttles, due } => {
                self.put_off(id, event, (attempts, throttles, due)).await
            }
        }
    }

    /// Calls the function, unless the event is over before that.
    async fn attempt(
        self: &Arc<Self>,
        function: &Arc<Function>,
        event: &Event,
        config: &super::EventConfig,
        payload: &Bytes,
    ) -> std::result::Result<(Attempt, Option<Response>), Condition> {
        let now = self.around.clock.now();
        let measured = self.measures.of(&function.facts);
        if self.reserved(function) == Some(0) {
            return Err(Condition::ZeroReservedConcurrency);
        }
        if decide::is_too_old(&event.state, config, now) {
            return Err(Condition::EventAgeExceeded);
        }
        measured.event_age(now.since(event.state.accepted));
        let asked = Asked { request_id: &event.state.request_id, source: Source::Invoke };
        let version = function.qualifier().to_string();
        let (error, payload) = match self.call_once(function, payload.clone(), asked).await {
            Ok((Ok(answer), _)) => (None, answer),
            Ok((Err(failed), _)) => (Some(failed.kind()), failed.to_bytes()),
            // The function is another one since the event came, and takes no such payloads.
            Err(Error::Content(why)) => {
                let failed = crate::failed::Failed::content(why);
                (Some(failed.kind()), failed.to_bytes())
            }
            Err(_) => return Ok((Attempt::NotRun, None)),
        };
        let attempt = if error.is_some() { Attempt::Failed } else { Attempt::Succeeded };
        Ok((attempt, Some(Response { version, error, payload })))
    }

    /// Stores that an event is tried again, and when.
    async fn put_off(
        &self,
        id: EventId,
        event: &mut Event,
        (attempts, throttles, due): (u32, u32, Millis),
    ) -> Option<()> {
        let state = &mut event.state;
        (state.attempts, state.throttles, state.due) = (attempts, throttles, due);
        let account = state.target.function.account;
        loop {
            let mut commit = Commit::new(account.number(), fact::SCOPE);
            let expect = Expect::Version(event.version);
            commit.facts.push(write(fact::state_key(id), fact::encode(&event.state), expect));
            match self.around.store.commit(commit).await {
                Ok(committed) => {
                    event.version = committed.version;
                    return Some(());
                }
                Err(error) if is_passing(&error) => tokio::time::sleep(STORE_PAUSE).await,
                Err(error) => {
                    tracing::error!(error = %stdx::Chain(&error), "an event cannot be put off");
                    return None;
                }
            }
        }
    }
}

/// Whether the same commit may succeed later.
pub(super) fn is_passing(error: &storage::Error) -> bool {
    matches!(error.kind(), Kind::Unavailable | Kind::Full | Kind::Indefinite)
}

/// How long an event that is in hand holds up the end of the program.
const LEAVE_AFTER: Duration = Duration::from_secs(5);

async fn left(shutdown: &mut Shutdown) {
    shutdown.raised().await;
    tokio::time::sleep(LEAVE_AFTER).await;
}
