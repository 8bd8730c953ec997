//! A service to call, and what calls are made of.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Millis, SequenceNumber};
use identity::kms::{self, Keys};
use metering::Metrics;
use serde_json::{Value, json};
use stdx::{ManualClock, SeededEntropy};
use storage::faulty::{self, Fate, Faulty};
use storage::{Memory, Store, Term};
use streams::{Settings, Streams, Surroundings};
use wire::protocol::Protocol;
use wire::shape::{Blob, BlobOut};
use wire::token::Sealer;
use wire::{Api, Authorizer, Call, Caller, Denied, Info, Origin, Resource, Table, testing};

pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const REGION: &str = "us-east-1";
/// When tests begin: Tuesday, 22 September 2026, 09:06:40.
pub(crate) const START: Millis = Millis(1_790_068_000_000);
pub(crate) const HOUR: u64 = 3_600_000;

/// A service, its store and its clock.
pub(crate) struct Host {
    pub(crate) clock: ManualClock,
    pub(crate) service: Arc<Streams>,
    pub(crate) metrics: Metrics,
    pub(crate) keys: Arc<Keys>,
    /// What [`Host::call`] and all that is built on it speak.
    protocol: Protocol,
    store: Arc<Memory>,
    settings: Settings,
    table: Table<Streams>,
}

/// A refusal as the caller sees it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn of(failure: wire::Failure) -> Self {
        Self {
            status: failure.status,
            code: failure.code.into_owned(),
            message: failure.message.unwrap_or_default(),
        }
    }
}

impl Host {
    /// With AWS's limits.
    pub(crate) async fn new() -> Self {
        Self::with(Settings { limits: true }).await
    }

    /// Without limits.
    pub(crate) async fn unlimited() -> Self {
        Self::with(Settings { limits: false }).await
    }

    /// The same host, spoken to in this protocol.
    pub(crate) fn speaking(self, protocol: Protocol) -> Self {
        Self { protocol, ..self }
    }

    async fn with(settings: Settings) -> Self {
        let clock = ManualClock::at(START);
        let term = u32::try_from(START.0 / 1000).unwrap();
        let store = Arc::new(Memory::new(Term(term)));
        Self::open(store, clock, settings).await
    }

    /// The same host on a store whose calls meet the fate that `decide` gives them.
    pub(crate) async fn failing(
        self,
        decide: impl Fn(&faulty::Call<'_>) -> Fate + Send + Sync + 'static,
    ) -> Self {
        let faulty = Arc::new(Faulty::new(Arc::clone(&self.store), decide));
        Self::serve(faulty, self.store, self.clock, self.settings).await
    }

    async fn open(store: Arc<Memory>, clock: ManualClock, settings: Settings) -> Self {
        let served = Arc::<Memory>::clone(&store);
        Self::serve(served, store, clock, settings).await
    }

    async fn serve(
        served: Arc<dyn Store>,
        store: Arc<Memory>,
        clock: ManualClock,
        settings: Settings,
    ) -> Self {
        let keys = Keys::open(
            kms::Surroundings {
                store: Arc::<Memory>::clone(&store),
                clock: Arc::new(clock.clone()),
                // Ids of another life must not come again.
                entropy: Arc::new(SeededEntropy::new(Store::term(&*store).0.into())),
            },
            &[9; 32],
        );
        let keys = keys.await.expect("the keys open");
        let mut around = Surroundings::new(
            served,
            Arc::new(clock.clone()),
            Arc::new(SeededEntropy::new(1)),
            Sealer::new(&[7; 32]),
        );
        around.keys = Some(Arc::clone(&keys));
        let metrics = around.metrics.clone();
        let service = Streams::open(around, settings);
        let service = Arc::new(service.await.expect("the store opens"));
        let table = streams::table(Arc::clone(&service));
        let protocol = Protocol::AwsJson11;
        Self { clock, service, metrics, keys, protocol, store, settings, table }
    }

    /// The service after the process has ended and started again.
    pub(crate) async fn restart(self) -> Self {
        let seconds = u32::try_from(self.now().0 / 1000).unwrap();
        let store = Arc::new(self.store.reopen(seconds));
        let host = Self::open(store, self.clock, self.settings).await;
        host.speaking(self.protocol)
    }

    pub(crate) fn protocol(&self) -> Protocol {
        self.protocol
    }

    pub(crate) fn table(&self) -> &Table<Streams> {
        &self.table
    }

    /// The store, as the service sees it but for faults.
    pub(crate) fn store(&self) -> &Memory {
        &self.store
    }

    pub(crate) fn now(&self) -> Millis {
        stdx::Clock::now(&self.clock)
    }

    /// What a raw body is answered.
    pub(crate) async fn answer(
        &self,
        caller: &Caller,
        operation: &str,
        body: &str,
    ) -> Result<Value, Refusal> {
        self.answer_under(&AllowAll, caller, operation, body).await
    }

    /// What a raw body is answered, if `authorizer` decides.
    pub(crate) async fn answer_under(
        &self,
        authorizer: &dyn Authorizer,
        caller: &Caller,
        operation: &str,
        body: &str,
    ) -> Result<Value, Refusal> {
        let info = self.table.find(operation).expect("the operation exists");
        let (protocol, head) = (Protocol::AwsJson11, None);
        let body = body.to_owned().into();
        let notes = &wire::Notes::default();
        self.made(info, Call { caller, authorizer, protocol, head, body, notes }).await
    }

    /// What a document is answered in the host's protocol.
    pub(crate) async fn answer_to(&self, operation: &str, input: &Value) -> Result<Value, Refusal> {
        let info = self.table.find(operation).expect("the operation exists");
        let body = testing::write(self.protocol, input).into();
        let (caller, authorizer, head) = (&caller(), &AllowAll, None);
        let protocol = self.protocol;
        let notes = &wire::Notes::default();
        self.made(info, Call { caller, authorizer, protocol, head, body, notes }).await
    }

    async fn made(&self, info: &'static Info, call: Call<'_>) -> Result<Value, Refusal> {
        let protocol = call.protocol;
        match self.table.call(info, call).await {
            Ok(reply) => {
                Ok(testing::read(protocol, reply.body.whole()).expect("a reply can be read"))
            }
            Err(failure) => Err(Refusal::of(failure)),
        }
    }

    /// What a call brings that works.
    pub(crate) async fn call(&self, operation: &str, input: Value) -> Value {
        let answer = self.answer_to(operation, &input).await;
        answer.unwrap_or_else(|refusal| panic!("{operation} {input}: {refusal:?}"))
    }

    /// What a call is told that does not.
    pub(crate) async fn refusal(&self, operation: &str, input: Value) -> Refusal {
        self.answer_to(operation, &input).await.expect_err(operation)
    }

    /// Checks the refusal of a call.
    pub(crate) async fn refuses(&self, operation: &str, input: Value, code: &str, message: &str) {
        let refusal = self.refusal(operation, input.clone()).await;
        let expected = Refusal {
            status: if code == "InternalFailure" { 500 } else { 400 },
            code: code.to_owned(),
            message: message.to_owned(),
        };
        assert_eq!(refusal, expected, "{operation} {input}");
    }

    pub(crate) async fn create(&self, name: &str, shards: u32) {
        let input = json!({"StreamName": name, "ShardCount": shards});
        assert_eq!(self.call("CreateStream", input).await, Value::Null);
    }

    /// Puts one record and says under which number.
    pub(crate) async fn put(&self, name: &str, key: &str, data: &[u8]) -> String {
        let input = json!({"StreamName": name, "PartitionKey": key, "Data": base64(data)});
        text(&self.call("PutRecord", input).await, "SequenceNumber")
    }

    /// An iterator of shard 0.
    pub(crate) async fn iterator(&self, name: &str, kind: &str, more: Value) -> String {
        let mut input = json!({"StreamName": name, "ShardId": "shardId-000000000000",
                               "ShardIteratorType": kind});
        merge(&mut input, more);
        text(&self.call("GetShardIterator", input).await, "ShardIterator")
    }

    pub(crate) async fn get(&self, iterator: &str) -> Value {
        self.call("GetRecords", json!({"ShardIterator": iterator})).await
    }

    /// The data of all that shard 0 keeps.
    pub(crate) async fn all(&self, name: &str) -> Vec<Vec<u8>> {
        let iterator = self.iterator(name, "TRIM_HORIZON", json!({})).await;
        data(&self.get(&iterator).await)
    }
}

pub(crate) fn caller() -> Caller {
    Caller {
        account: ACCOUNT.parse().unwrap(),
        region: REGION.parse().unwrap(),
        principal: format!("arn:aws:iam::{ACCOUNT}:root"),
        access_key_id: "AKIATEST".to_owned(),
        origin: Origin::default(),
        request_id: "test".to_owned(),
    }
}

/// Lets everybody do everything.
pub(crate) struct AllowAll;

#[async_trait]
impl Authorizer for AllowAll {
    async fn authorize(&self, _: &Caller, asked: &Resource) -> Result<(), Denied> {
        let Resource { action, arn, .. } = asked;
        let (service, _) = action.split_once(':').expect("an action has a service");
        assert!(["kinesis", "kms"].contains(&service), "{action}");
        assert!(arn == "*" || arn.starts_with(&format!("arn:aws:{service}:")), "{arn}");
        Ok(())
    }
}

pub(crate) fn arn(name: &str) -> String {
    format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}")
}

pub(crate) fn base64(bytes: &[u8]) -> Value {
    let written = wire::json::to_vec(&BlobOut(bytes)).unwrap();
    serde_json::from_slice(&written).unwrap()
}

/// The data of the records of a GetRecords reply.
pub(crate) fn data(reply: &Value) -> Vec<Vec<u8>> {
    let records = reply["Records"].as_array().unwrap().iter();
    let decode = |record: &Value| {
        let text = record["Data"].to_string();
        serde_json::from_str::<Blob<'_>>(&text).unwrap().to_vec()
    };
    records.map(decode).collect()
}

pub(crate) fn text(value: &Value, member: &str) -> String {
    value[member].as_str().expect(member).to_owned()
}

pub(crate) fn number(text: &str) -> SequenceNumber {
    text.parse().unwrap()
}

pub(crate) fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

pub(crate) fn merge(into: &mut Value, more: Value) {
    let Value::Object(more) = more else { return };
    into.as_object_mut().unwrap().extend(more);
}

/// The one sentence about a constraint.
pub(crate) fn told(value: &str, path: &str, constraint: &str) -> String {
    format!(
        "1 validation error detected: Value {value} at '{path}' failed to satisfy constraint: \
         Member must {constraint}"
    )
}
