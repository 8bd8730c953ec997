//! The end of an event: what is told of it, and that it is forgotten, in one commit.

use std::time::Duration;

use bytes::Bytes;
use domain::{QualifiedArn, StreamId, limits};
use storage::ledger::erase;
use storage::{Commit, Expect, Kind};
use streams::{Emit, Emits, NotEmitted};

use super::decide::Condition;
use super::fact::{self, EventId};
use super::queue::Event;
use super::record::{Response, Told};
use super::run::{STORE_PAUSE, is_passing};
use super::take_in::{self, Admitted};
use super::{EventConfig, EventState};
use crate::Functions;
use crate::delivery::{Parcel, Undelivered};
use crate::destination::{Destination, Elsewhere};
use crate::function::{Function, FunctionFacts};

/// How long it is tried to tell of an event before that is dropped, as AWS does: the event has one of its function's
/// places meanwhile. That is eight times where a place elsewhere refuses it at once.
const SEND_FOR: Duration = Duration::from_secs(150);
/// How long it is waited before the second time; twice as long each time.
const SEND_PAUSE: Duration = Duration::from_secs(1);
/// And never longer, whatever the place asks for.
const SEND_PAUSE_MAX: Duration = Duration::from_secs(64);

/// An event that is over.
pub(super) struct Over<'a> {
    pub(super) id: EventId,
    pub(super) event: &'a Event,
    pub(super) function: &'a Function,
    pub(super) config: &'a EventConfig,
    pub(super) payload: &'a Bytes,
}

/// What a commit brings besides the end of the event.
enum Brought<'f> {
    Nothing,
    Records(Emits),
    Event(Admitted<'f>),
}

/// Why nothing is told.
struct Untold(String);

impl Over<'_> {
    /// Tells of the event where its function's owner wants it, and forgets it.
    pub(super) async fn tell(
        &self,
        functions: &Functions,
        condition: Condition,
        count: u32,
        response: Option<&Response>,
    ) {
        let measured = functions.measures.of(&self.function.facts);
        let is_success = condition == Condition::Success;
        if !is_success {
            measured.event_dropped();
        }
        let Self { config, event, payload, .. } = self;
        let destination = if is_success { &config.on_success } else { &config.on_failure };
        let told = Told {
            state: &event.state,
            count,
            condition,
            request: payload,
            response,
            now: functions.around.clock.now(),
        };
        let mut destination = destination.as_ref();
        loop {
            let mut commit = functions.forgetting(self.id, event);
            let prepared = functions.prepare(&self.function.facts, destination, &told, &mut commit);
            let brought = match prepared.await {
                Ok(Brought::Nothing) => {
                    // It is told: nothing but the commit is left.
                    destination = None;
                    Brought::Nothing
                }
                Ok(brought) => brought,
                Err(Untold(why)) => {
                    measured.destination_failed();
                    let target = &event.state.target;
                    tracing::warn!(%target, why, "an event cannot be told of");
                    destination = None;
                    continue;
                }
            };
            if functions.settle(commit, brought).await {
                return;
            }
        }
    }
}

impl Functions {
    /// Forgets an event whose function is gone.
    pub(super) async fn forget_event(&self, id: EventId, event: &Event) {
        while !self.settle(self.forgetting(id, event), Brought::Nothing).await {}
    }

    /// A commit that forgets an event.
    fn forgetting(&self, id: EventId, event: &Event) -> Commit {
        let account = event.state.target.function.account;
        let mut commit = Commit::new(account.number(), fact::SCOPE);
        commit.facts.push(erase(fact::state_key(id), Expect::Version(event.version)));
        commit.facts.push(erase(fact::payload_key(id), Expect::Anything));
        commit
    }

    /// Adds to a commit what is told; waits for a stream that has taken too much, and a while for one whose key cannot be
    /// used.
    async fn prepare(
        &self,
        function: &FunctionFacts,
        destination: Option<&Destination>,
        told: &Told<'_>,
        commit: &mut Commit,
    ) -> Result<Brought<'_>, Untold> {
        let Some(destination) = destination else { return Ok(Brought::Nothing) };
        match destination {
            Destination::Elsewhere(place) => {
                self.send_event(function, place, told).await?;
                Ok(Brought::Nothing)
            }
            Destination::Stream(stream) => {
                self.may_tell(function, destination, "").map_err(Untold)?;
                let target = self.target_now(function.account, &function.region, stream);
                let emits = self.emit_record(target, told).await;
                let emits =
                    emits.map_err(|why| Untold(format!("stream {}: {why}", stream.name)))?;
                commit.appends.clone_from(&emits.appends);
                Ok(Brought::Records(emits))
            }
            Destination::Function(arn) => {
                self.may_tell(function, destination, "").map_err(Untold)?;
                self.call_next(arn, told, commit)
            }
        }
    }

    /// Sends what is told to a place outside of this server, before the event goes. One that does not take it is asked
    /// again for a while.
    async fn send_event(
        &self,
        function: &FunctionFacts,
        place: &Elsewhere,
        told: &Told<'_>,
    ) -> Result<(), Untold> {
        let EventState { request_id, accepted, .. } = told.state;
        let body = told.write(usize::MAX);
        let parcel = Parcel::of_event(&function.name, request_id, *accepted, body);
        let (clock, shown) = (&self.around.clock, place.logged());
        let until = clock.monotonic().saturating_add(SEND_FOR);
        let (mut pause, mut tries) = (SEND_PAUSE, 0);
        loop {
            tries += 1;
            let Err(Undelivered { why, retry_after }) =
                self.deliver(function, place, &parcel).await
            else {
                return Ok(());
            };
            let wait = retry_after.unwrap_or_default().max(pause).min(SEND_PAUSE_MAX);
            if clock.monotonic().saturating_add(wait) > until {
                return Err(Untold(format!("{shown}, tried {tries} times: {why}")));
            }
            self.measures.of(function).destination_failed();
            tracing::warn!(target = %told.state.target, place = shown, why, "an event cannot be told of yet");
            tokio::time::sleep(wait).await;
            pause = pause.saturating_mul(2);
        }
    }

    async fn emit_record(&self, stream: StreamId, told: &Told<'_>) -> Result<Emits, NotEmitted> {
        let streams = &self.around.streams;
        let kib = streams.stream_by_id(stream).map(|it| it.facts.record_kib_max);
        let partition_key = &told.state.request_id;
        let bytes_max = kib.unwrap_or(limits::RECORD_KIB_DEFAULT) as usize * 1024;
        let data = told.write(bytes_max - partition_key.len());
        let emit = Emit { stream, partition_key, hash_key: None, data: &data };
        let clock = &self.around.clock;
        let until = clock.monotonic().saturating_add(SEND_FOR);
        loop {
            let wait = match streams.prepare_emits(&[emit]) {
                Err(NotEmitted::Wait(wait)) => wait,
                Err(NotEmitted::Unsealed { wait, .. })
                    if clock.monotonic().saturating_add(wait) <= until =>
                {
                    wait
                }
                prepared => return prepared,
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Has another function be called with what is told.
    fn call_next(
        &self,
        arn: &QualifiedArn,
        told: &Told<'_>,
        commit: &mut Commit,
    ) -> Result<Brought<'_>, Untold> {
        let depth = told.state.depth.saturating_add(1);
        if depth > limits::EVENT_DEPTH_MAX {
            return Err(Untold(format!(
                "function {arn}: each of {depth} events came of the one before, which has no end"
            )));
        }
        let found = self.find(arn).map_err(|error| Untold(error.to_string()))?;
        let payload = told.write(limits::EVENT_BYTES_MAX);
        let request_id = self.uuid();
        let state: EventState = take_in::new(arn.clone(), &request_id, &payload, told.now, depth);
        let admitted = self.admit_event(found.facts.id, state, payload, commit);
        let admitted = admitted
            .map_err(|_full| Untold(format!("function {arn}: too many events wait for it")))?;
        self.measures.of(&found.facts).event_received();
        Ok(Brought::Event(admitted))
    }

    /// Commits; whether the event is over with that.
    async fn settle(&self, commit: Commit, brought: Brought<'_>) -> bool {
        let streams = &self.around.streams;
        let error = match self.around.store.commit(commit).await {
            Ok(committed) => {
                match brought {
                    Brought::Nothing => {}
                    Brought::Records(emits) => streams.count_emits(&emits),
                    Brought::Event(admitted) => admitted.stored(committed.version),
                }
                return true;
            }
            Err(error) => error,
        };
        if let Brought::Records(emits) = &brought {
            streams.give_back_emits(emits);
        }
        match error.kind() {
            // Another stream of the name, or other shards of it: it is prepared anew.
            Kind::NotFound | Kind::Ended => false,
            // A commit whose outcome was not known did happen.
            Kind::Conflict => true,
            _ if is_passing(&error) => {
                tokio::time::sleep(STORE_PAUSE).await;
                false
            }
            _ => {
                tracing::error!(error = %stdx::Chain(&error), "the end of an event is not stored");
                true
            }
        }
    }
}
