//! A sandbox that follows a script: the code of a function is a word that says what it does.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::{Value, json};
use storage::Digest;
use tokio::sync::watch;
use wasm::message::{
    Batch, Disposition, Emit, Event, Level, LogLine, Outcome, Raised, Reply, Usage, World,
};
use wasm::{Admitted, Call, ComponentId, Components, Ended, Fault, Keyed, Rejection, Sandbox};

#[path = "consumed.rs"]
pub(crate) mod consumed;

/// What a call waits for.
#[derive(Clone)]
pub(crate) struct Gate {
    open: Arc<watch::Sender<bool>>,
    reached: Arc<watch::Sender<usize>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { open: Arc::new(watch::Sender::new(false)), reached: Arc::default() }
    }
}

impl Gate {
    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }

    /// Waits until as many calls wait here.
    pub(crate) async fn reached(&self, count: usize) {
        let mut reached = self.reached.subscribe();
        reached.wait_for(|calls| *calls >= count).await.unwrap();
    }

    async fn pass(&self) {
        self.reached.send_modify(|calls| *calls += 1);
        let mut open = self.open.subscribe();
        open.wait_for(|open| *open).await.unwrap();
    }
}

/// Runs words.
pub(crate) struct Scripted {
    components: Arc<dyn Components>,
    calls: Mutex<Vec<Call>>,
    handled: Mutex<Vec<Call<Event>>>,
    consumed: Mutex<Vec<Call<Keyed>>>,
    loaded: Mutex<Vec<ComponentId>>,
    gates: Mutex<HashMap<String, Gate>>,
}

impl Scripted {
    pub(crate) fn new(components: Arc<dyn Components>) -> Self {
        let (calls, handled, consumed) = Default::default();
        let (loaded, gates) = Default::default();
        Self { components, calls, handled, consumed, loaded, gates }
    }

    /// All calls so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().clone()
    }

    /// What was loaded without a call so far.
    pub(crate) fn loaded(&self) -> Vec<ComponentId> {
        self.loaded.lock().clone()
    }

    /// All calls of handlers so far.
    pub(crate) fn handled(&self) -> Vec<Call<Event>> {
        self.handled.lock().clone()
    }

    /// All calls of consumers so far.
    pub(crate) fn consumed(&self) -> Vec<Call<Keyed>> {
        self.consumed.lock().clone()
    }

    /// What calls of `(wait name)` wait for.
    pub(crate) fn gate(&self, name: &str) -> Gate {
        self.gates.lock().entry(name.to_owned()).or_default().clone()
    }

    async fn reply(&self, word: &str, batch: &Batch) -> Result<Reply, Fault> {
        let argument = word.split_once(' ').map_or("", |(_, rest)| rest).trim_end_matches(')');
        match word.trim_matches(['(', ')']).split(' ').next().unwrap_or_default() {
            "wait" => {
                let gate = self.gate(argument);
                gate.pass().await;
                Ok(copy(batch, None, None))
            }
            "copy" => Ok(copy(batch, None, None)),
            "to" => Ok(copy(batch, Some(argument), None)),
            "hash" => Ok(copy(batch, None, Some(argument))),
            "fail" => Err(Fault::Failed(argument.to_owned())),
            "trap" => Err(Fault::Trapped {
                what: "unreachable".to_owned(),
                backtrace: vec!["handle".to_owned()],
            }),
            "slow" => Err(Fault::TimedOut(Duration::from_secs(3))),
            "full" => Err(Fault::NotRun("too much is running".to_owned())),
            "drop" => Ok(outcomes(batch, |_| Disposition::Dropped("not wanted".to_owned()))),
            "bad" => Ok(outcomes(batch, |_| Disposition::Failed(argument.to_owned()))),
            "poison" if batch.records.iter().any(is_bad) => Err(Fault::Failed("poison".to_owned())),
            "poison" => Ok(copy(batch, None, None)),
            "report" => {
                let bad = |record| is_bad(record).then(|| Disposition::Failed("poison".to_owned()));
                let outcomes = (0..).zip(&batch.records).filter_map(|(index, record)| {
                    Some(Outcome { index, disposition: bad(record)? })
                });
                Ok(Reply { outcomes: outcomes.collect(), ..copy(batch, None, None) })
            }
            "large" => {
                let mut reply = copy(batch, None, None);
                reply.emits[0].data = vec![0; 6 * 1024 * 1024].into();
                Ok(reply)
            }
            _ => Ok(Reply::default()),
        }
    }
}

/// What a handler whose code is `(handler word argument)` answers.
fn handled(word: &str, event: &Event) -> Result<Bytes, Fault> {
    let said = word.trim_start_matches("(handler ").trim_end_matches(')');
    let (word, argument) = said.split_once(' ').unwrap_or((said, ""));
    match word {
        "echo" => Ok(event.payload.clone()),
        "say" => Ok(Bytes::copy_from_slice(argument.as_bytes())),
        "report" => {
            let event: Value = serde_json::from_slice(&event.payload).unwrap();
            let kinesis = event["Records"].as_array().unwrap().iter().map(|it| &it["kinesis"]);
            let bad = kinesis.filter(|it| it["data"].as_str() == Some("YmFk"));
            let bad = bad.map(|it| json!({"itemIdentifier": it["sequenceNumber"]}));
            let answer = json!({"batchItemFailures": bad.collect::<Vec<_>>()});
            Ok(answer.to_string().into())
        }
        // A state that grows by the data of each record, or, at the end of its window, an answer without one.
        "window" => {
            let event: Value = serde_json::from_slice(&event.payload).unwrap();
            if event["isFinalInvokeForWindow"] == true {
                return Ok(Bytes::from_static(b"null"));
            }
            let records = event["Records"].as_array().unwrap().iter();
            let data = records.map(|it| it["kinesis"]["data"].as_str().unwrap());
            let all = event["state"]["all"].as_str().unwrap_or_default().to_owned();
            let all = data.fold(all, |all, data| all + data + argument);
            Ok(json!({"state": {"all": all}}).to_string().into())
        }
        "raise" => Err(Fault::Raised(Raised {
            error_type: "Demo.Wrong".to_owned(),
            message: argument.to_owned(),
            stack: vec!["handle".to_owned()],
        })),
        "slow" => Err(Fault::TimedOut(Duration::from_secs(3))),
        "exit" => Err(Fault::Trapped {
            what: "function trapped: called exit".to_owned(),
            backtrace: Vec::new(),
        }),
        "full" => Err(Fault::NotRun("too much is running".to_owned())),
        other => panic!("no handler does {other}"),
    }
}

fn usage() -> Usage {
    Usage {
        cpu: Duration::from_micros(500),
        wall: Duration::from_micros(1500),
        memory_bytes: 3 * 1024 * 1024,
        is_cold: false,
        instantiation: Duration::ZERO,
    }
}

fn is_bad(record: &wasm::message::Record) -> bool {
    &record.data[..] == b"bad"
}

fn copy(batch: &Batch, target: Option<&str>, hash_key: Option<&str>) -> Reply {
    let emit = |(index, record): (u32, &wasm::message::Record)| Emit {
        index,
        target: target.map(str::to_owned),
        partition_key: record.partition_key.clone(),
        explicit_hash_key: hash_key.map(str::to_owned),
        data: record.data.clone(),
        attributes: Vec::new(),
    };
    Reply { emits: (0..).zip(&batch.records).map(emit).collect(), outcomes: Vec::new() }
}

fn outcomes(batch: &Batch, disposition: impl Fn(u32) -> Disposition) -> Reply {
    let count = u32::try_from(batch.records.len()).unwrap();
    let outcome = |index| Outcome { index, disposition: disposition(index) };
    Reply { emits: Vec::new(), outcomes: (0..count).map(outcome).collect() }
}

#[async_trait]
impl Sandbox for Scripted {
    async fn admit(&self, code: Bytes) -> Result<Admitted, Rejection> {
        if let Ok(word) = std::str::from_utf8(&code)
            && let Some(gate) = word.strip_prefix("(slow ")
        {
            self.gate(gate.trim_end_matches(')')).pass().await;
        }
        match std::str::from_utf8(&code) {
            Ok(word) if word.starts_with("(unfit") => {
                Err(Rejection::Unfit("import `x` is not known".to_owned()))
            }
            Ok(word) if word.starts_with("(busy") => {
                Err(Rejection::Unavailable("no room to compile".to_owned()))
            }
            Ok(_) | Err(_) => {
                // What the packer makes of it is not what was uploaded.
                let component: Bytes = [b"packed ", &code[..]].concat().into();
                let world = match () {
                    () if code.starts_with(b"(handler ") => World::Handler,
                    () if code.starts_with(b"(consumer ") => World::Consumer,
                    () => World::Transform,
                };
                Ok(Admitted { id: ComponentId(Digest::of(&component).0), component, world })
            }
        }
    }

    async fn ready(&self, id: ComponentId, is_loaded: bool) -> Result<(), Rejection> {
        self.components.fetch(id).await.map_err(Rejection::Unavailable)?;
        if is_loaded {
            self.loaded.lock().push(id);
        }
        Ok(())
    }

    async fn call(&self, call: Call) -> Ended {
        self.calls.lock().push(call.clone());
        let mut log = Vec::new();
        let result = match self.components.fetch(call.component).await {
            Ok(component) => {
                let text = String::from_utf8_lossy(&component).into_owned();
                let word = text.strip_prefix("packed ").unwrap_or(&text);
                if let Some(said) = word.strip_prefix("(log ") {
                    let text = said.trim_end_matches(')').to_owned();
                    log.push(LogLine { level: Level::Info, text });
                }
                self.reply(word, &call.input).await
            }
            Err(why) => Err(Fault::NotRun(why)),
        };
        Ended { result, log, usage: usage() }
    }

    async fn handle(&self, call: Call<Event>) -> Ended<Bytes> {
        self.handled.lock().push(call.clone());
        let result = match self.components.fetch(call.component).await {
            Ok(component) => {
                let text = String::from_utf8_lossy(&component).into_owned();
                handled(text.strip_prefix("packed ").unwrap_or(&text), &call.input)
            }
            Err(why) => Err(Fault::NotRun(why)),
        };
        let log = vec![LogLine { level: Level::Info, text: "handled".to_owned() }];
        Ended { result, log, usage: usage() }
    }

    async fn consume(&self, call: Call<Keyed>) -> Ended {
        self.consumed.lock().push(call.clone());
        let result = match self.components.fetch(call.component).await {
            Ok(component) => {
                let text = String::from_utf8_lossy(&component).into_owned();
                let said = text.trim_start_matches("packed ").trim_start_matches("(consumer ");
                let said = said.trim_end_matches(')');
                if let Some(gate) = said.strip_prefix("gated-count ") {
                    self.gate(gate).pass().await;
                }
                consumed::reply(said, &call.input).await
            }
            Err(why) => Err(Fault::NotRun(why)),
        };
        Ended { result, log: Vec::new(), usage: usage() }
    }
}
