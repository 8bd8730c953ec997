//! Consumers: what they ask for while they run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use stdx::Secret;
use wasm::message::{
    Answer, Due, DueBatch, Fault, Fetch, Fetched, Keyed, KeyedWork, NotFetched, Outside, Page, Put,
    Refused, Reply, RowName, Scan, SetTimer, World,
};
use wasm::{Call, ComponentId, Limits, Rejection, Sandbox};

use crate::program;
use crate::support::{Bed, LIMITS, batch, call};

/// Values in memory, or an answer that is always the same.
#[derive(Debug, Default)]
struct Shelf {
    values: Mutex<BTreeMap<(String, String), Bytes>>,
    refuses: Option<Refused>,
    is_silent: bool,
    asked: AtomicUsize,
}

#[async_trait]
impl Outside for Shelf {
    async fn get_many(&self, rows: Vec<RowName>) -> Answer<Vec<Option<Bytes>>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.is_silent {
            std::future::pending::<()>().await;
        }
        if let Some(refused) = &self.refuses {
            return Err(refused.clone());
        }
        let values = self.values.lock();
        Ok(rows.into_iter().map(|row| values.get(&(row.key, row.name)).cloned()).collect())
    }

    fn put_many(&self, puts: Vec<Put>) -> Answer<()> {
        let mut values = self.values.lock();
        for Put { row: RowName { key, name }, value } in puts {
            values.insert((key, name), value.expect("the guest puts values"));
        }
        Ok(())
    }

    async fn scan(&self, _: Scan) -> Answer<Page> {
        unreachable!("the guest does not scan")
    }

    fn set_timers(&self, _: Vec<SetTimer>) -> Answer<()> {
        unreachable!("the guest sets no timers")
    }

    fn open_secret(&self, _: String) -> Answer<u32> {
        unreachable!("the guest has no secrets")
    }

    fn reveal_secret(&self, _: u32) -> Answer<Secret<String>> {
        unreachable!("the guest has no secrets")
    }

    async fn fetch(&self, _: Fetch) -> Result<Fetched, NotFetched> {
        unreachable!("the guest sends nothing")
    }
}

fn keyed(id: ComponentId, limits: Limits, shelf: &Arc<Shelf>, work: KeyedWork) -> Call<Keyed> {
    let outside = Arc::clone(shelf) as Arc<dyn Outside>;
    let Call { component, tenant, function, environment, .. } = call(id, limits);
    let input = Arc::new(Keyed { work, outside });
    Call { component, tenant, function, limits, environment, input }
}

fn records() -> KeyedWork {
    KeyedWork::Records(batch(3, 10))
}

fn timers() -> KeyedWork {
    let due = Due { key: "k".to_owned(), name: String::new(), due_ms: 7 };
    let (stream, shard) = ("s".to_owned(), "shardId-000000000000".to_owned());
    KeyedWork::Timers(DueBatch { stream, shard, attempt: 1, timers: vec![due] })
}

#[tokio::test]
async fn a_consumer_is_answered_while_it_runs() {
    let bed = Bed::new();
    let admitted = bed.try_admit(program!("tally").as_bytes()).await.unwrap();
    assert_eq!(admitted.world, World::Consumer);
    let shelf = Arc::new(Shelf::default());
    for count in 1..4 {
        let ended = bed.host.consume(keyed(admitted.id, LIMITS, &shelf, records())).await;
        let emits = ended.result.unwrap().emits;
        assert_eq!(emits.len(), 1);
        assert_eq!(emits[0].data[..], [count]);
        assert_eq!(ended.usage.is_cold, count == 1);
    }
    assert_eq!(shelf.values.lock().len(), 1);
    let ended = bed.host.consume(keyed(admitted.id, LIMITS, &shelf, timers())).await;
    assert_eq!(ended.result, Ok(Reply::default()));
    // It is nothing else.
    let ended = bed.host.call(call(admitted.id, LIMITS)).await;
    let why = "the function is a consumer and was called as a transform".to_owned();
    assert_eq!(ended.result, Err(Fault::NotRun(why)));
}

#[tokio::test]
async fn what_is_refused_is_told_and_what_cannot_be_had_ends_the_call_once() {
    let bed = Bed::new();
    let id = bed.admit(program!("tally")).await;
    for refused in [Refused::Denied("not you".to_owned()), Refused::Invalid("not that".to_owned())]
    {
        let why = refused.to_string();
        let shelf = Arc::new(Shelf { refuses: Some(refused), ..Shelf::default() });
        let ended = bed.host.consume(keyed(id, LIMITS, &shelf, records())).await;
        assert_eq!(ended.result, Err(Fault::Failed(why)));
    }
    // A cold instance, beside which others wait: what began is not begun again.
    let refuses = Some(Refused::NotNow("the store is away".to_owned()));
    let shelf = Arc::new(Shelf { refuses, ..Shelf::default() });
    let mut call = keyed(id, LIMITS, &shelf, records());
    call.function = 2;
    let ended = bed.host.consume(call).await;
    assert_eq!(ended.result, Err(Fault::NotRun("the store is away".to_owned())));
    assert_eq!(shelf.asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn an_answer_that_does_not_come_ends_the_call_at_its_deadline() {
    let bed = Bed::new();
    let id = bed.admit(program!("tally")).await;
    let shelf = Arc::new(Shelf { is_silent: true, ..Shelf::default() });
    let limits = Limits { time: Duration::from_millis(200), ..LIMITS };
    let ended = bed.host.consume(keyed(id, limits, &shelf, records())).await;
    assert_eq!(ended.result, Err(Fault::TimedOut(limits.time)));
}

#[tokio::test]
async fn what_a_guest_hands_over_is_bounded_together() {
    let bed = Bed::new();
    let id = bed.admit(program!("tally")).await;
    let shelf = Arc::new(Shelf::default());
    let limits = Limits { output_bytes: 40, ..LIMITS };
    let ended = bed.host.consume(keyed(id, limits, &shelf, records())).await;
    assert_eq!(ended.result, Err(Fault::OutputTooLarge(40)));
}

#[tokio::test]
async fn state_is_for_consumers_only() {
    let bed = Bed::new();
    let state = r#"(module
        (import "shardmill:guest/state@0.1.0" "get-many" (func (param i32 i32 i32)))
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
        (func (export "shardmill:guest/stateful@0.1.0#handle")
            (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32 i32 i32 i32) (result i32)
            unreachable))"#;
    let refusal = |code: String| {
        let bed = &bed;
        async move {
            match bed.try_admit(code.as_bytes()).await {
                Err(Rejection::Unfit(why)) => why,
                other => panic!("{other:?}"),
            }
        }
    };
    let why = refusal(state.to_owned()).await;
    assert!(why.contains("must export `shardmill:guest/stateful@0.1.0#on-timers`"), "{why}");
    let why = refusal(state.replace("stateful", "transformer")).await;
    assert!(why.contains("shardmill:guest/state@0.1.0"), "{why}");
}
