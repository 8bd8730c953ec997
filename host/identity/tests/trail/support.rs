//! A trail, callers, and what they ask.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{AccountId, Millis};
use identity::trail::{Event, Happened, Settings, Surroundings, Trail, Who, ops};
use metering::Metrics;
use serde_json::{Value, json};
use stdx::{ManualClock, SeededEntropy, Tasks};
use storage::{Memory, Store, Term};
use wire::protocol::Protocol;
use wire::token::Sealer;
use wire::{Api, Authorizer, Call, Caller, Denied, Failure, Notes, Origin, Resource};

/// 2026-11-01T00:00:00Z.
pub(crate) const NOW: Millis = Millis(1_793_491_200_000);
pub(crate) const OPERATOR: u64 = 111_111_111_111;
pub(crate) const TENANT: u64 = 222_222_222_222;

pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) trail: Arc<Trail>,
    pub(crate) clock: ManualClock,
    pub(crate) metrics: Metrics,
    pub(crate) tasks: Tasks,
}

pub(crate) fn memory() -> Arc<Memory> {
    Arc::new(Memory::new(Term(1)))
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(memory(), ManualClock::at(NOW)).await
    }

    pub(crate) async fn on(store: Arc<dyn Store>, clock: ManualClock) -> Self {
        let metrics = Metrics::new();
        let around = Surroundings {
            store: Arc::clone(&store),
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SeededEntropy::new(NOW.0 + u64::from(store.term().0))),
            metrics: metrics.clone(),
        };
        let operator = account(OPERATOR);
        let settings = Settings { data_events: false, limits: true, operator };
        let trail = Trail::open(around, settings, Sealer::new(&[7; 32])).await.unwrap();
        Self { store, trail, clock, metrics, tasks: Tasks::new() }
    }

    /// Lets the writer run.
    pub(crate) fn start(&self) {
        self.trail.start(&self.tasks);
    }

    pub(crate) async fn stop(&self) {
        self.tasks.stop();
        self.tasks.drained().await;
    }

    /// An event that is durable when this returns.
    pub(crate) async fn record(&self, caller: &Caller, name: &str) {
        let slot = self.trail.reserve().await.unwrap();
        let written = self.trail.write(event(&self.trail, caller, name), slot);
        let (written, ()) = tokio::join!(written, self.trail.flush(false));
        written.unwrap();
    }

    /// What an operation of CloudTrail's answers.
    pub(crate) async fn lookup(&self, caller: &Caller, input: Value) -> Result<Value, Failure> {
        // One call a second is within the rate.
        self.clock.advance(1000);
        self.lookup_now(caller, input).await
    }

    /// The same without regard to the rate.
    pub(crate) async fn lookup_now(&self, caller: &Caller, input: Value) -> Result<Value, Failure> {
        answer(&ops::table(Arc::clone(&self.trail)), "LookupEvents", caller, input).await
    }

    /// What the operation of our own answers.
    pub(crate) async fn events(&self, caller: &Caller, input: Value) -> Result<Value, Failure> {
        let table = ops::own_table(Arc::clone(&self.trail));
        // That somebody reads is an event, too, which may have nobody else to store it.
        let answered = answer(&table, "GetAuditEvents", caller, input);
        tokio::join!(answered, self.trail.flush(false)).0
    }

    /// The names of all events that an account sees, the oldest first.
    pub(crate) async fn names(&self, caller: &Caller) -> Vec<String> {
        let found = self.lookup(caller, json!({})).await.unwrap();
        let names = found["Events"].as_array().unwrap().iter();
        names.rev().map(|event| event["EventName"].as_str().unwrap().to_owned()).collect()
    }
}

async fn answer(
    api: &dyn Api,
    operation: &str,
    caller: &Caller,
    input: Value,
) -> Result<Value, Failure> {
    let info = api.find(operation).unwrap();
    let call = Call {
        caller,
        authorizer: &Anything,
        protocol: Protocol::AwsJson11,
        head: None,
        body: input.to_string().into(),
        notes: &Notes::default(),
    };
    let reply = api.call(info, call).await?;
    Ok(serde_json::from_slice(reply.body.whole()).unwrap())
}

/// Allows everything.
struct Anything;

#[async_trait]
impl Authorizer for Anything {
    async fn authorize(&self, _: &Caller, _: &Resource) -> Result<(), Denied> {
        Ok(())
    }
}

pub(crate) fn account(number: u64) -> AccountId {
    AccountId::from_number(number).unwrap()
}

pub(crate) fn caller(number: u64) -> Caller {
    let account = account(number);
    Caller {
        account,
        region: "us-east-1".parse().unwrap(),
        principal: format!("arn:aws:iam::{account}:root"),
        access_key_id: format!("KEY{number}"),
        origin: Origin { address: Some([10, 0, 0, 7].into()), ..Origin::default() },
        request_id: "r".to_owned(),
    }
}

pub(crate) fn event(trail: &Trail, caller: &Caller, name: &str) -> Event {
    let happened = Happened {
        who: Who::Caller(caller),
        service: "kinesis",
        name,
        trail: wire::Trail::of(name),
        notes: None,
        failure: None,
        is_open: false,
        host: "localhost",
    };
    Event::of(&happened, trail.event_id())
}

/// A refusal of somebody who claims to have a key.
pub(crate) fn refusal(trail: &Trail, key: &str, code: &'static str) -> Event {
    let failure = Failure::caller(code, "no");
    let origin = Origin { address: Some([192, 0, 2, 1].into()), ..Origin::default() };
    let happened = Happened {
        who: Who::Stranger {
            access_key_id: Some(key),
            region: None,
            origin: &origin,
            request_id: "r",
        },
        service: "kinesis",
        name: "CreateStream",
        trail: wire::Trail::Write,
        notes: None,
        failure: Some(&failure),
        is_open: false,
        host: "localhost",
    };
    Event::of(&happened, trail.event_id())
}
