//! Stores that fail, and processes that are killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use storage::faulty::{Call, Fate};
use storage::{Blob as _, Memory, Meta as _, Scope, Term};
use wire::Caller;

use crate::support::{
    AllowAll, Answer, Asked, FUNCTIONS, Host, MAPPINGS, Refusal, START, base64, caller,
    new_function, stream_arn,
};

/// A host whose store fails the call with this number, counted once `armed` says so, in this way. Whatever
/// follows is not reached: the process counts as killed.
async fn failing(memory: Arc<Memory>, at: usize, fate: Fate) -> (Host, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(usize::MAX / 2));
    let count = Arc::clone(&calls);
    let decide = move |call: &Call<'_>| {
        let writes = matches!(
            call,
            Call::Commit(_) | Call::PutBlob(_) | Call::DeleteBlob(_) | Call::NewIds(_)
        );
        if !writes {
            return Fate::Pass;
        }
        let number = count.fetch_add(1, Ordering::Relaxed);
        match number {
            number if number < at || number >= usize::MAX / 2 => Fate::Pass,
            number if number == at => fate.clone(),
            _ => Fate::FailBefore,
        }
    };
    (Host::open(memory, Host::clock(), decide).await, calls)
}

fn memory() -> Arc<Memory> {
    Arc::new(Memory::new(Term(u32::try_from(START.0 / 1000).unwrap())))
}

/// Does `act` on hosts that are killed at each of its writes, before and after the write, and shows what is
/// there after a restart to `check`, with whether `act` was acknowledged.
async fn killed_anywhere(
    prepare: impl AsyncFn(&Host),
    act: impl AsyncFn(&Host) -> bool,
    check: impl AsyncFn(&Host, bool),
) {
    for fate in [Fate::FailBefore, Fate::LoseAnswer] {
        for at in 0.. {
            let (host, calls) = failing(memory(), at, fate.clone()).await;
            prepare(&host).await;
            calls.store(0, Ordering::Relaxed);
            let acknowledged = act(&host).await;
            let made = calls.load(Ordering::Relaxed);
            calls.store(usize::MAX / 2, Ordering::Relaxed);
            let host = host.restart().await;
            check(&host, acknowledged).await;
            if made <= at {
                assert!(acknowledged, "nothing failed");
                break;
            }
        }
    }
}

async fn exists(host: &Host, name: &str) -> Option<Value> {
    let found = host.send("GET", &format!("{FUNCTIONS}/{name}"), Value::Null).await;
    found.ok().map(|answer| answer.body)
}

/// The components that are stored are those that functions name.
async fn no_litter(host: &Host) {
    let listed = host.get(FUNCTIONS).await;
    let mut named: Vec<String> = Vec::new();
    for function in listed["Functions"].as_array().unwrap() {
        let shown = exists(host, function["FunctionName"].as_str().unwrap()).await.unwrap();
        let location = shown["Code"]["Location"].as_str().unwrap();
        named.push(location.trim_start_matches("shardmill:component/").to_owned());
    }
    named.sort();
    named.dedup();
    let stored = host.memory.list_blobs().await.unwrap();
    let stored: Vec<String> = stored.iter().map(ToString::to_string).collect();
    assert_eq!(stored, named);
    let noted = host.memory.scan(&Scope("functions", 0), b"b", None, 100).await.unwrap();
    assert_eq!(noted.len(), named.len());
}

/// What an upload of some account is answered.
async fn upload(host: &Host, account: &str, name: &str, word: &str) -> Result<Answer, Refusal> {
    let caller = Caller { account: account.parse().unwrap(), ..caller() };
    let mut new = new_function(name, word);
    new["Role"] = json!(format!("arn:aws:iam::{account}:role/r"));
    let (headers, body) = (Vec::new(), new.to_string().into());
    let asked = Asked { method: "POST", path: FUNCTIONS.to_owned(), headers, body };
    host.ask(&AllowAll, &caller, asked).await
}

/// Work that was begun takes its room until it is over, whoever goes meanwhile.
#[tokio::test(start_paused = true)]
async fn uploads_that_are_cancelled_make_no_room_for_others() {
    let host = Host::new().await;
    let gate = host.sandbox.gate("gate");
    let [one, two, three] = ["000000000001", "000000000002", "000000000003"];
    {
        let slow = async |account| upload(&host, account, "f", "(slow gate)").await;
        let mut slow = std::pin::pin!(async { tokio::join!(slow(one), slow(two)) });
        tokio::select! {
            biased;
            _ = &mut slow => panic!("they wait"),
            () = gate.reached(2) => {}
        }
    }
    let mut third = std::pin::pin!(upload(&host, three, "f", "(copy)"));
    for _ in 0..100 {
        tokio::select! {
            biased;
            _ = &mut third => panic!("there is no room"),
            () = tokio::task::yield_now() => {}
        }
    }
    gate.open();
    assert_eq!(third.await.unwrap().status, 201);
}

#[tokio::test(start_paused = true)]
async fn an_account_with_many_uploads_keeps_nobody_else_from_theirs() {
    let host = Host::new().await;
    let gate = host.sandbox.gate("gate");
    let [one, two] = ["000000000001", "000000000002"];
    let slow = async |name| upload(&host, one, name, "(slow gate)").await;
    let mut many = std::pin::pin!(async { tokio::join!(slow("a"), slow("b"), slow("c")) });
    tokio::select! {
        biased;
        _ = &mut many => panic!("they wait"),
        () = gate.reached(1) => {}
    }
    assert_eq!(upload(&host, two, "a", "(copy)").await.unwrap().status, 201);
    gate.open();
    let (a, b, c) = many.await;
    for made in [a, b, c] {
        assert_eq!(made.unwrap().status, 201);
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_is_made_or_not() {
    killed_anywhere(
        async |_| {},
        async |host| host.send("POST", FUNCTIONS, new_function("f", "(copy)")).await.is_ok(),
        async |host, acknowledged| {
            let found = exists(host, "f").await;
            assert!(found.is_some() || !acknowledged);
            no_litter(host).await;
            // Whichever it was, the name is in order.
            if found.is_none() {
                host.create("f", "(copy)").await;
            }
            host.works("DELETE", &format!("{FUNCTIONS}/f"), Value::Null).await;
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn code_is_old_or_new() {
    let code = |function: &Value| function["Configuration"]["CodeSize"].as_u64().unwrap();
    killed_anywhere(
        async |host| {
            host.create("f", "(copy)").await;
        },
        async |host| {
            let input = json!({"ZipFile": base64("(drop it)")});
            host.send("PUT", &format!("{FUNCTIONS}/f/code"), input).await.is_ok()
        },
        async |host, acknowledged| {
            let found = code(&exists(host, "f").await.unwrap());
            assert!(found == 9 || (!acknowledged && found == 6), "{found}");
            no_litter(host).await;
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_function_is_deleted_or_not() {
    killed_anywhere(
        async |host| {
            host.create("f", "(copy)").await;
        },
        async |host| host.send("DELETE", &format!("{FUNCTIONS}/f"), Value::Null).await.is_ok(),
        async |host, acknowledged| {
            let found = exists(host, "f").await;
            assert!(found.is_none() || !acknowledged);
            no_litter(host).await;
        },
    )
    .await;
}

fn new_mapping() -> Value {
    json!({"EventSourceArn": stream_arn("in"), "FunctionName": "f", "StartingPosition": "TRIM_HORIZON",
           "DestinationConfig": {"OnSuccess": {"Destination": stream_arn("out")}}})
}

async fn prepare(host: &Host) {
    host.create("f", "(copy)").await;
    host.create_stream("in").await;
    host.create_stream("out").await;
    host.put("in", "a").await;
}

async fn mappings(host: &Host) -> Vec<Value> {
    let listed = host.get(MAPPINGS).await;
    listed["EventSourceMappings"].as_array().unwrap().clone()
}

/// Lets everything run until no mapping is being deleted.
async fn settled(host: &Host) -> Vec<Value> {
    for _ in 0..10_000 {
        let found = mappings(host).await;
        if found.iter().all(|it| it["State"] != "Deleting") {
            return found;
        }
        tokio::task::yield_now().await;
    }
    panic!("a mapping stays");
}

#[tokio::test(start_paused = true)]
async fn a_mapping_is_made_or_not() {
    killed_anywhere(
        prepare,
        async |host| host.send("POST", MAPPINGS, new_mapping()).await.is_ok(),
        async |host, acknowledged| {
            let found = settled(host).await;
            assert!(found.len() == 1 || (!acknowledged && found.is_empty()));
            if found.is_empty() {
                host.works("POST", MAPPINGS, new_mapping()).await;
            }
            assert_eq!(host.holds("out", 1).await, ["a"]);
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_mapping_is_deleted_or_not() {
    killed_anywhere(
        async |host| {
            prepare(host).await;
            // Not started: what it has in the store is what making it left.
            host.works("POST", MAPPINGS, new_mapping()).await;
            host.holds("out", 1).await;
        },
        async |host| {
            let uuid = mappings(host).await[0]["UUID"].as_str().unwrap().to_owned();
            let sent = host.send("DELETE", &format!("{MAPPINGS}/{uuid}"), Value::Null).await;
            // The rest is done by itself, as far as the store lets it.
            for _ in 0..1000 {
                tokio::task::yield_now().await;
            }
            sent.is_ok()
        },
        async |host, acknowledged| {
            let found = settled(host).await;
            assert!(found.is_empty() || !acknowledged, "{found:?}");
            // What the function has done already, it does not do again.
            assert_eq!(host.all("out").await, ["a"]);
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_leaves_no_half_change() {
    let memory = memory();
    let gate = storage::faulty::Gate::new();
    let (held, armed) = (gate.clone(), Arc::new(AtomicUsize::new(0)));
    let is_armed = Arc::clone(&armed);
    let decide = move |call: &Call<'_>| match call {
        Call::Commit(commit)
            if is_armed.load(Ordering::Relaxed) == 1 && !commit.create_logs.is_empty() =>
        {
            Fate::HoldAnswer(held.clone())
        }
        _ => Fate::Pass,
    };
    let host = Host::open(memory, Host::clock(), decide).await;
    armed.store(1, Ordering::Relaxed);
    {
        let mut asked = Box::pin(host.send("POST", FUNCTIONS, new_function("f", "(copy)")));
        tokio::select! {
            _ = &mut asked => panic!("the answer is held"),
            () = gate.reached(1) => {}
        }
    }
    armed.store(0, Ordering::Relaxed);
    gate.open();
    assert!(exists(&host, "f").await.is_none(), "nobody knows yet");
    host.service.sweep().await;
    assert!(exists(&host, "f").await.is_some());
    let told = host.refused("POST", FUNCTIONS, new_function("f", "(copy)")).await;
    assert_eq!(told.code, "ResourceConflictException");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_unavailable_says_so() {
    let (host, calls) = failing(memory(), 0, Fate::FailBefore).await;
    calls.store(0, Ordering::Relaxed);
    let told = host.refused("POST", FUNCTIONS, new_function("f", "(copy)")).await;
    assert_eq!((told.status, &*told.code), (500, "ServiceException"));
    assert_eq!(told.message, "The service is temporarily unavailable.");
}
