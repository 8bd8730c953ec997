//! A function, a stream that it reads, one that it emits to, and what tests do with mappings.

use serde_json::{Value, json};

use crate::support::{Host, MAPPINGS, merge, stream_arn};

pub(crate) fn mapping(more: Value) -> Value {
    let mut input = json!({"EventSourceArn": stream_arn("in"), "FunctionName": "f", "StartingPosition": "TRIM_HORIZON"});
    merge(&mut input, more);
    input
}

pub(crate) fn to(stream: &str) -> Value {
    json!({"DestinationConfig": {"OnSuccess": {"Destination": stream_arn(stream)}}})
}

/// A function, a stream that it reads and one that it emits to.
pub(crate) async fn host(word: &str) -> Host {
    let host = Host::new().await;
    host.create("f", word).await;
    host.create_stream("in").await;
    host.create_stream("out").await;
    host
}

pub(crate) async fn attach(host: &Host, more: Value) -> String {
    let told = host.works("POST", MAPPINGS, mapping(more)).await;
    told["UUID"].as_str().unwrap().to_owned()
}

pub(crate) async fn show(host: &Host, uuid: &str) -> Value {
    host.get(&format!("{MAPPINGS}/{uuid}")).await
}

/// Lets everything run that can until the mapping shows `value` as `member`. No time passes.
pub(crate) async fn shows(host: &Host, uuid: &str, member: &str, value: &str) -> Value {
    let mut seen = Value::Null;
    for _ in 0..10_000 {
        seen = show(host, uuid).await;
        if seen[member] == value {
            return seen;
        }
        tokio::task::yield_now().await;
    }
    panic!("{member} is not {value}: {seen}");
}

/// Lets everything run until the mapping is gone.
pub(crate) async fn goes(host: &Host, uuid: &str) {
    let path = format!("{MAPPINGS}/{uuid}");
    for _ in 0..10_000 {
        if host.send("GET", &path, Value::Null).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{uuid} stays");
}
