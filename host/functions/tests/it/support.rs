//! A service to call, and what calls are made of.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use base64_simd::STANDARD;
use bytes::Bytes;
use domain::{HashKey, Millis, StreamMode};
use egress::{Egress, Networks, Options, Roots, SystemResolver};
use functions::ops::Service;
use functions::{Buckets, Components, Functions, Interpreters, Settings, Surroundings};
use http::{HeaderMap, HeaderName};
use identity::kms::{self, Keys};
use identity::{Directory, KeyRing, Kind, NewMember};
use metering::Metrics;
use parking_lot::Mutex;
use serde_json::{Value, json};
use stdx::{Clock, SeededEntropy, Tasks};
use storage::faulty::{self, Fate, Faulty};
use storage::{Memory, Store, Term};
use streams::{NewStream, PutEntry, Streams};
use tokio::net::TcpListener;
use tokio::time::Instant;
use wire::protocol::Protocol;
use wire::rest::{Head, Paths};
use wire::token::Sealer;
use wire::{
    Api, Authorizer, Binding, Call, Caller, Denied, Failure, Info, Origin, Reply, Resource, Table,
};

use crate::sandbox::Scripted;

pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const REGION: &str = "us-east-1";
pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/r";
/// When tests begin: Tuesday, 22 September 2026, 09:06:40.
pub(crate) const START: Millis = Millis(1_790_068_000_000);

/// A clock that goes with the runtime's time, which tests pause.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    fn now(&self) -> Millis {
        START.plus(u64::try_from(self.monotonic().as_millis()).unwrap())
    }

    fn monotonic(&self) -> std::time::Duration {
        self.0.elapsed()
    }
}

/// A service, its store and its sandbox.
pub(crate) struct Host<S = Scripted> {
    pub(crate) clock: RuntimeClock,
    pub(crate) memory: Arc<Memory>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) streams: Arc<Streams>,
    pub(crate) sandbox: Arc<S>,
    pub(crate) metrics: Metrics,
    pub(crate) service: Service,
    /// Takes requests to buckets as soon as somebody accepts them.
    pub(crate) buckets: Arc<TcpListener>,
    lambda: Table<Service>,
    own: Table<Service>,
    paths: Paths<&'static Info>,
}

/// An answer as the caller sees it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<&'static str, String>,
    pub(crate) body: Value,
}

/// A refusal as the caller sees it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// A request that is not sent yet.
#[derive(Clone, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, &'a str)>,
    pub(crate) body: Bytes,
}

impl Host {
    pub(crate) async fn new() -> Self {
        let term = Term(u32::try_from(START.0 / 1000).unwrap());
        let memory = Arc::new(Memory::new(term));
        let host = Self::open(memory, RuntimeClock(Instant::now()), |_| Fate::Pass).await;
        host.service.start();
        host.service.sweep().await;
        host
    }

    /// On a store whose calls meet the fate that `decide` gives them; not started.
    pub(crate) async fn open(
        memory: Arc<Memory>,
        clock: RuntimeClock,
        decide: impl Fn(&faulty::Call<'_>) -> Fate + Send + Sync + 'static,
    ) -> Self {
        Self::build(memory, clock, decide, Scripted::new).await
    }

    pub(crate) fn clock() -> RuntimeClock {
        RuntimeClock(Instant::now())
    }

    /// The host after its process was killed and started again.
    pub(crate) async fn restart(self) -> Self {
        let host = self.reopen().await;
        host.service.start();
        host.service.sweep().await;
        host
    }

    /// The same, not started.
    pub(crate) async fn reopen(self) -> Self {
        let seconds = u32::try_from(self.clock.now().0 / 1000).unwrap();
        let memory = Arc::new(self.memory.reopen(seconds));
        Self::open(memory, self.clock, |_| Fate::Pass).await
    }
}

impl<S: wasm::Sandbox + 'static> Host<S> {
    /// With the sandbox that `make` makes.
    pub(crate) async fn build(
        memory: Arc<Memory>,
        clock: RuntimeClock,
        decide: impl Fn(&faulty::Call<'_>) -> Fate + Send + Sync + 'static,
        make: impl FnOnce(Arc<dyn wasm::Components>) -> S,
    ) -> Self {
        Self::build_with(memory, clock, decide, make, Arc::default()).await
    }

    /// The same with these interpreters.
    pub(crate) async fn build_with(
        memory: Arc<Memory>,
        clock: RuntimeClock,
        decide: impl Fn(&faulty::Call<'_>) -> Fate + Send + Sync + 'static,
        make: impl FnOnce(Arc<dyn wasm::Components>) -> S,
        interpreters: Arc<Interpreters>,
    ) -> Self {
        let store: Arc<dyn Store> = Arc::new(Faulty::new(Arc::clone(&memory), decide));
        let components = Arc::new(Components::new(Arc::clone(&store), Arc::clone(&interpreters)));
        let sandbox = Arc::new(make(components));
        let shared: Arc<dyn Clock> = Arc::new(clock);
        let metrics = Metrics::new();
        let settings = streams::Settings { limits: false };
        let around = kms::Surroundings {
            store: Arc::clone(&store),
            clock: Arc::clone(&shared),
            // Ids of another life must not come again.
            entropy: Arc::new(SeededEntropy::new(Store::term(&*memory).0.into())),
        };
        let keys = Keys::open(around, &[9; 32]).await.unwrap();
        let mut around = streams::Surroundings::new(
            Arc::clone(&store),
            Arc::clone(&shared),
            Arc::new(SeededEntropy::new(1)),
            Sealer::new(&[7; 32]),
        );
        around.keys = Some(Arc::clone(&keys));
        let streams = Streams::open(around, settings);
        let streams = Arc::new(streams.await.unwrap());
        let around = identity::Surroundings {
            store: Arc::clone(&store),
            keys: Arc::new(KeyRing::new()),
            clock: Arc::clone(&shared),
            entropy: Arc::new(SeededEntropy::new(Store::term(&*memory).0.into())),
            operator: ACCOUNT.parse().unwrap(),
        };
        let directory = Directory::open(around, &[7; 32]).await.unwrap();
        let around = Surroundings {
            store,
            streams: Arc::clone(&streams),
            directory: Arc::clone(&directory),
            sandbox: Arc::<S>::clone(&sandbox),
            interpreters,
            egress: egress(&metrics),
            clock: shared,
            // Ids of another life must not come again.
            entropy: Arc::new(SeededEntropy::new(Store::term(&*memory).0.into())),
            tasks: Tasks::new(),
            metrics: metrics.clone(),
        };
        let buckets = Arc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
        let settings = with_buckets(&buckets);
        let service = Functions::open(around, settings, Sealer::new(&[7; 32]));
        let service = service.await.unwrap();
        let lambda = functions::table(Arc::clone(&service));
        let own = functions::own_table(Arc::clone(&service));
        let mut paths = Paths::default();
        for info in lambda.operations() {
            let Binding::Path { method, path } = info.binding else {
                panic!("{} has no path", info.name);
            };
            paths.insert(method, path, info);
        }
        Self {
            clock,
            memory,
            keys,
            directory,
            streams,
            sandbox,
            metrics,
            service,
            buckets,
            lambda,
            own,
            paths,
        }
    }

    /// What a request is answered.
    pub(crate) async fn ask(
        &self,
        authorizer: &dyn Authorizer,
        caller: &Caller,
        asked: Asked<'_>,
    ) -> Result<Answer, Refusal> {
        let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        let found = self.paths.find(asked.method, path, query);
        let found = found.unwrap_or_else(|| panic!("{} {path} is no operation", asked.method));
        let mut headers = HeaderMap::new();
        for (name, value) in asked.headers {
            let name: HeaderName = name.parse().unwrap();
            headers.insert(name, value.parse().unwrap());
        }
        let head = Head { labels: &found.labels, query, headers: &headers };
        let call = Call {
            caller,
            authorizer,
            protocol: Protocol::RestJson,
            head: Some(head),
            body: asked.body,
            notes: &wire::Notes::default(),
        };
        answer(self.lambda.call(found.value, call).await)
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        body: Value,
    ) -> Result<Answer, Refusal> {
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        let asked = Asked { method, path: path.to_owned(), headers: Vec::new(), body };
        self.ask(&AllowAll, &caller(), asked).await
    }

    /// What a request brings that works.
    pub(crate) async fn works(&self, method: &str, path: &str, body: Value) -> Value {
        let sent = self.send(method, path, body.clone()).await;
        sent.unwrap_or_else(|refusal| panic!("{method} {path} {body}: {refusal:?}")).body
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.works("GET", path, Value::Null).await
    }

    /// What a request is told that does not.
    pub(crate) async fn refused(&self, method: &str, path: &str, body: Value) -> Refusal {
        let sent = self.send(method, path, body.clone()).await;
        sent.err().unwrap_or_else(|| panic!("{method} {path} {body} worked"))
    }

    /// Makes a function whose code is `word`.
    pub(crate) async fn create(&self, name: &str, word: &str) -> Value {
        self.works("POST", FUNCTIONS, new_function(name, word)).await
    }

    /// What an operation of our own is answered.
    pub(crate) async fn own(&self, operation: &str, body: Value) -> Result<Value, Refusal> {
        let info = self.own.find(operation).expect("the operation exists");
        let call = Call {
            caller: &caller(),
            authorizer: &AllowAll,
            protocol: Protocol::AwsJson11,
            head: None,
            body: body.to_string().into(),
            notes: &wire::Notes::default(),
        };
        answer(self.own.call(info, call).await).map(|answer| answer.body)
    }

    /// Calls a function on a payload.
    pub(crate) async fn invoke(
        &self,
        name: &str,
        headers: &[(&'static str, &str)],
        payload: &Value,
    ) -> Result<Answer, Refusal> {
        let (name, query) = name
            .split_once('?')
            .map_or((name, String::new()), |(name, query)| (name, format!("?{query}")));
        let path = format!("{FUNCTIONS}/{name}/invocations{query}");
        let (headers, body) = (headers.to_vec(), payload.to_string().into());
        let asked = Asked { method: "POST", path, headers, body };
        self.ask(&AllowAll, &caller(), asked).await
    }

    pub(crate) async fn create_stream(&self, name: &str) {
        self.create_stream_of(name, 1).await;
    }

    pub(crate) async fn create_stream_of(&self, name: &str, shards: u32) {
        let new = NewStream {
            account: ACCOUNT.parse().unwrap(),
            region: REGION.parse().unwrap(),
            name: name.parse().unwrap(),
            mode: StreamMode::Provisioned,
            shards,
            record_kib_max: 1024,
            spread: streams::Spread::default(),
            warm_mib: None,
            tags: Vec::new(),
        };
        self.streams.create_stream(new).await.unwrap();
    }

    /// Gives the role of functions these policies, each an action and a resource that it allows; makes it if it is not
    /// there. From then on it may do nothing else.
    pub(crate) async fn role_may(&self, allowed: &[(&str, &str)]) {
        let account = ACCOUNT.parse().unwrap();
        let name = "r".parse().unwrap();
        let new =
            NewMember { kind: Kind::Role, account, name, tags: Vec::new(), trust: "{}".to_owned() };
        // It is there after the first time.
        let _ = self.directory.create_member(new).await;
        let statement = |(action, resource): &(&str, &str)| json!({"Effect": "Allow", "Action": action, "Resource": resource});
        let mut statements: Vec<Value> = allowed.iter().map(statement).collect();
        statements.push(json!({"Effect": "Allow", "Action": "none:None", "Resource": "*"}));
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        self.directory.put_policy((Kind::Role, account, "r"), "p", &policy).await.unwrap();
    }

    pub(crate) fn stream(&self, name: &str) -> Arc<streams::Stream> {
        let (account, region) = (ACCOUNT.parse().unwrap(), REGION.parse().unwrap());
        self.streams.stream(account, &region, &name.parse().unwrap()).unwrap()
    }

    pub(crate) async fn put(&self, name: &str, data: &str) {
        self.put_at(name, None, data.as_bytes()).await;
    }

    pub(crate) async fn put_at(&self, name: &str, hash_key: Option<HashKey>, data: &[u8]) {
        let entry = PutEntry { partition_key: "k", hash_key, data };
        self.streams.put_records(&self.stream(name), &[entry]).await.unwrap();
    }

    /// The data of all that the stream's one shard keeps.
    pub(crate) async fn all(&self, name: &str) -> Vec<String> {
        let stream = self.stream(name);
        let shard = &stream.shards[0];
        let page = self.streams.get_records(&stream, shard, storage::Position::START, 1000).await;
        let page = page.unwrap();
        let text = |data: &[u8]| String::from_utf8(data.to_vec()).unwrap();
        page.records().map(|(_, record)| text(record.data)).collect()
    }

    /// Waits until the stream's one shard keeps so many records.
    pub(crate) async fn holds(&self, name: &str, count: u64) -> Vec<String> {
        let stream = self.stream(name);
        let log = stream.shards[0].facts.log;
        let mut end = storage::Log::watch(&*self.memory, log).unwrap();
        end.wait_for(|end| end.offset >= count).await.unwrap();
        self.all(name).await
    }
}

/// What the operator decided, with buckets there.
fn with_buckets(buckets: &TcpListener) -> Settings {
    let at = format!("http://{}", buckets.local_addr().unwrap());
    let buckets = Buckets::at(Some(&at), None, false).unwrap();
    // The role of functions is not there unless a test makes it.
    Settings { absent_roles_allow: true, buckets, ..Settings::default() }
}

/// A way out that leads to this machine, and trusts nobody over TLS.
fn egress(metrics: &Metrics) -> Arc<Egress> {
    let networks = Networks { allowed: vec!["127.0.0.0/8".parse().unwrap()], own: Vec::new() };
    Arc::new(Egress::new(Options {
        networks,
        limits: egress::Limits::default(),
        roots: Roots::none(),
        resolver: Arc::new(SystemResolver::default()),
        tasks: Tasks::new(),
        metrics: metrics.clone(),
    }))
}

fn answer(answered: Result<Reply, Failure>) -> Result<Answer, Refusal> {
    match answered {
        Ok(Reply { status, headers, body, .. }) => {
            let body = match body.whole() {
                [] => Value::Null,
                bytes => serde_json::from_slice(bytes).expect("a reply is JSON"),
            };
            Ok(Answer { status, headers: headers.into_iter().collect(), body })
        }
        Err(failure) => Err(Refusal {
            status: failure.status,
            code: failure.code.into_owned(),
            message: failure.message.unwrap_or_default(),
        }),
    }
}

pub(crate) const FUNCTIONS: &str = "/2015-03-31/functions";
pub(crate) const MAPPINGS: &str = "/2015-03-31/event-source-mappings";

pub(crate) fn caller() -> Caller {
    Caller {
        account: ACCOUNT.parse().unwrap(),
        region: REGION.parse().unwrap(),
        principal: format!("arn:aws:iam::{ACCOUNT}:root"),
        access_key_id: "AKIATEST".to_owned(),
        origin: Origin::default(),
        request_id: "11111111-2222-4333-8444-555555555555".to_owned(),
    }
}

pub(crate) fn new_function(name: &str, word: &str) -> Value {
    json!({"FunctionName": name, "Role": ROLE, "Code": {"ZipFile": base64(word)}})
}

pub(crate) fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode_to_string(bytes)
}

pub(crate) fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

pub(crate) fn stream_arn(name: &str) -> String {
    format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}")
}

pub(crate) fn merge(into: &mut Value, more: Value) {
    let Value::Object(more) = more else { return };
    into.as_object_mut().unwrap().extend(more);
}

/// The event of a batch with these payloads.
pub(crate) fn event(payloads: &[&str]) -> Value {
    let record = |(number, data): (usize, &&str)| {
        json!({
            "eventID": format!("shardId-000000000000:{number}"),
            "eventSourceARN": stream_arn("s"),
            "kinesis": {"partitionKey": "k", "sequenceNumber": number.to_string(), "data": base64(data)},
        })
    };
    json!({"Records": payloads.iter().enumerate().map(record).collect::<Vec<_>>()})
}

/// Lets everybody do everything.
pub(crate) struct AllowAll;

#[async_trait]
impl Authorizer for AllowAll {
    async fn authorize(&self, _: &Caller, _: &Resource) -> Result<(), Denied> {
        Ok(())
    }
}

/// Notes what is asked, and refuses it.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) asked: Mutex<Vec<(String, String)>>,
    pub(crate) conditions: Mutex<Vec<(String, Vec<String>)>>,
    /// How many questions are answered with yes before.
    pub(crate) allowed: usize,
}

impl Notes {
    /// What was told of a condition key, question by question.
    pub(crate) fn values_of(&self, key: &str) -> Vec<String> {
        let conditions = self.conditions.lock();
        let of_key = conditions.iter().filter(|(name, _)| name == key);
        of_key.flat_map(|(_, values)| values.clone()).collect()
    }
}

#[async_trait]
impl Authorizer for Notes {
    async fn authorize(&self, _: &Caller, asked: &Resource) -> Result<(), Denied> {
        let question = (asked.action.to_owned(), asked.arn.clone());
        self.conditions.lock().extend(asked.conditions.iter().cloned());
        let mut asked = self.asked.lock();
        asked.push(question);
        if asked.len() > self.allowed {
            return Err(Denied { message: "no".to_owned() });
        }
        Ok(())
    }
}
