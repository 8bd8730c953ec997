//! Adds to each record what another service knows of its partition key. The key to that service is a secret, which the
//! host puts into the header: this code never knows it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use shardmill_guest::consumer::http::{Error, Request};
use shardmill_guest::consumer::secrets;
use shardmill_guest::{Batch, Failure, Reply, config, consumer};

consumer!(handle);

/// How long the service may take: a batch has many keys.
const PATIENCE: Duration = Duration::from_secs(2);

fn handle(batch: Batch) -> Result<Reply, Failure> {
    let service = config::get("SERVICE").ok_or_else(|| Failure::new("SERVICE is not set"))?;
    let token = secrets::open(&config::get("TOKEN").unwrap_or_else(|| "token".to_owned()))?;
    let mut known: BTreeMap<&str, Value> = BTreeMap::new();
    let mut reply = Reply::new();
    for record in &batch {
        let key = record.partition_key.as_str();
        if !known.contains_key(key) {
            // Asking again does no harm. What would, needs a header with the record's sequence number, by which the
            // service knows a request that it has seen.
            let request = Request::get(format!("{service}/{}", encoded(key)))
                .secret("authorization", "Bearer ", token)
                .within(PATIENCE);
            known.insert(key, learn(request)?);
        }
        let told = json!({"data": String::from_utf8_lossy(&record.data), "known": known[key]});
        reply.emit(record, told.to_string());
    }
    Ok(reply)
}

/// A key as one part of a path, whatever is in it.
fn encoded(key: &str) -> String {
    let mut text = String::new();
    for byte in key.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => text.push(byte.into()),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// What the service knows. What only this moment keeps from being known is worth another attempt at the batch.
fn learn(request: Request) -> Result<Value, Failure> {
    match request.send() {
        Ok(response) if response.is_success() => Ok(serde_json::from_slice(&response.body)?),
        Ok(response) if response.status == 404 => Ok(Value::Null),
        Ok(response) => Err(Failure::new(format!("the service answered {}", response.status))),
        Err(Error::Busy(_)) => Err(Failure::retry_after(Duration::from_secs(1))),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use shardmill_guest::consumer::http::Response;
    use shardmill_guest::testing;

    use super::*;

    #[test]
    fn a_key_stays_one_part_of_the_path() {
        assert_eq!(encoded("us-7_~"), "us-7_~");
        assert_eq!(encoded("../a?b"), "%2E%2E%2Fa%3Fb");
    }

    #[test]
    fn asks_once_for_each_key() {
        testing::add_secret("token", "hush");
        testing::answer_requests(|request| {
            assert_eq!(request.headers.len(), 1);
            let status = if request.url.ends_with("/a") { 200 } else { 404 };
            Ok(Response { status, body: br#"{"name":"Ada"}"#.to_vec(), ..Response::default() })
        });
        let batch = testing::batch([("a", "1"), ("b", "2"), ("a", "3")]);
        let reply =
            testing::with_environment([("SERVICE", "https://people.test")], || handle(batch));
        let reply = reply.expect("it works");
        let told = |at: usize| String::from_utf8_lossy(&reply.emits[at].data).into_owned();
        assert_eq!(told(0), r#"{"data":"1","known":{"name":"Ada"}}"#);
        assert_eq!(told(1), r#"{"data":"2","known":null}"#);
    }
}
