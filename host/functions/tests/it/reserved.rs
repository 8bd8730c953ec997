//! Calls that functions reserve, and what the account has left.

use serde_json::{Value, json};

use crate::mapped::{attach, host as mapped_host, to};
use crate::support::{FUNCTIONS, Host, Refusal, event};

const SETTINGS: &str = "/2016-08-19/account-settings";

fn put(name: &str) -> String {
    format!("/2017-10-31/functions/{name}/concurrency")
}

fn get(name: &str) -> String {
    format!("/2019-09-30/functions/{name}/concurrency")
}

fn reserve(count: i64) -> Value {
    json!({"ReservedConcurrentExecutions": count})
}

async fn unreserved(host: &Host) -> Value {
    host.get(SETTINGS).await["AccountLimit"]["UnreservedConcurrentExecutions"].clone()
}

#[tokio::test(start_paused = true)]
async fn what_is_reserved_is_told_and_survives() {
    let host = Host::new().await;
    let made = host.create("f", "(copy)").await;
    host.create("g", "(copy)").await;
    assert_eq!(host.get(&get("f")).await, json!({}));
    assert_eq!(host.works("PUT", &put("f"), reserve(100)).await, reserve(100));
    host.works("PUT", &put("g"), reserve(0)).await;
    assert_eq!(unreserved(&host).await, 900);
    let host = host.restart().await;
    assert_eq!(host.get(&get("f")).await, reserve(100));
    assert_eq!(host.get(&get("g")).await, reserve(0));
    let shown = host.get(&format!("{FUNCTIONS}/f")).await;
    assert_eq!(shown["Concurrency"], reserve(100));
    assert_eq!(shown["Configuration"]["RevisionId"], made["RevisionId"]);
    assert_eq!(unreserved(&host).await, 900);
    let deleted = host.send("DELETE", &put("f"), Value::Null).await.unwrap();
    assert_eq!((deleted.status, deleted.body), (204, Value::Null));
    assert_eq!(host.get(&get("f")).await, json!({}));
    assert_eq!(unreserved(&host).await, 1000);
    host.works("PUT", &put("f"), reserve(7)).await;
    host.works("DELETE", &format!("{FUNCTIONS}/f"), Value::Null).await;
    assert_eq!(unreserved(&host).await, 1000, "what is gone reserves nothing");
}

#[tokio::test(start_paused = true)]
async fn a_hundred_calls_are_left_to_the_others() {
    let host = Host::new().await;
    for name in ["f", "g"] {
        host.create(name, "(copy)").await;
    }
    host.works("PUT", &put("f"), reserve(900)).await;
    host.works("PUT", &put("f"), reserve(800)).await;
    host.works("PUT", &put("g"), reserve(100)).await;
    for (name, count) in [("g", 101), ("f", 801)] {
        let told = host.refused("PUT", &put(name), reserve(count)).await;
        let message = "Specified ReservedConcurrentExecutions for function decreases account's \
                       UnreservedConcurrentExecution below its minimum value of [100].";
        let code = "InvalidParameterValueException".to_owned();
        assert_eq!(told, Refusal { status: 400, code, message: message.to_owned() });
    }
    for (body, path) in [(reserve(-1), "f"), (json!({}), "f")] {
        let told = host.refused("PUT", &put(path), body).await;
        assert_eq!(told.code, "ValidationException");
        assert!(told.message.contains("at 'reservedConcurrentExecutions'"), "{}", told.message);
    }
    let told = host.refused("PUT", &put("f:1"), reserve(1)).await;
    assert!(told.message.contains("Aliases and versions"), "{}", told.message);
    assert_eq!(host.refused("GET", &get("no"), Value::Null).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_run_than_were_reserved() {
    let host = Host::new().await;
    host.create("f", "(wait gate)").await;
    host.create("g", "(copy)").await;
    host.works("PUT", &put("f"), reserve(1)).await;
    let (gate, payload) = (host.sandbox.gate("gate"), event(&["a"]));
    let first = host.invoke("f", &[], &payload);
    let mut first = std::pin::pin!(first);
    tokio::select! {
        () = gate.reached(1) => {}
        _ = &mut first => panic!("the gate is shut"),
    }
    let told = host.invoke("f", &[], &payload).await.unwrap_err();
    assert_eq!((told.status, &*told.code), (429, "TooManyRequestsException"));
    host.invoke("g", &[], &payload).await.unwrap();
    gate.open();
    first.await.unwrap();
    host.invoke("f", &[], &payload).await.unwrap();
    host.works("PUT", &put("f"), reserve(0)).await;
    assert_eq!(host.invoke("f", &[], &payload).await.unwrap_err().status, 429);
}

#[tokio::test(start_paused = true)]
async fn a_mapping_waits_for_a_stopped_function() {
    let host = mapped_host("(copy)").await;
    host.works("PUT", &put("f"), reserve(0)).await;
    attach(&host, to("out")).await;
    host.put("in", "a").await;
    let throttles = &host.metrics.functions.throttles;
    while throttles.get() < 3 {
        tokio::time::advance(std::time::Duration::from_millis(100)).await;
        tokio::task::yield_now().await;
    }
    assert!(host.all("out").await.is_empty());
    host.works("DELETE", &put("f"), Value::Null).await;
    assert_eq!(host.holds("out", 1).await, ["a"]);
}

#[tokio::test(start_paused = true)]
async fn the_account_tells_what_it_has() {
    let host = Host::new().await;
    host.create("f", "(copy)").await;
    let expected = json!({
        "AccountLimit": {
            "TotalCodeSize": 75_000_000_000_u64, "CodeSizeUnzipped": 262_144_000, "CodeSizeZipped": 52_428_800,
            "ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000,
        },
        "AccountUsage": {"TotalCodeSize": 6, "FunctionCount": 1},
    });
    assert_eq!(host.get(SETTINGS).await, expected);
}
