//! What mappings keep to in faults, where no other file has it: `docs/semantics/mappings.md` lists all of it with its
//! tests.

use std::time::Duration;

use domain::HashKey;
use serde_json::{Value, json};

use crate::mapped::{attach, host, show, shows, to};
use crate::support::{FUNCTIONS, Host, base64, merge};

const READ: (&str, &str) = ("kinesis:GetRecords", "*");
const STATE: (&str, &str) = ("shardmill:UseState", "*");
const PUT: (&str, &str) = ("kinesis:PutRecords", "*");
/// Longer than any pause between two tries.
const LONG: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn a_shard_that_fails_holds_up_no_other() {
    let host = Host::new().await;
    host.create("f", "(poison)").await;
    host.create_stream_of("in", 2).await;
    host.create_stream("out").await;
    let (failing, other) = (Some(HashKey(0)), Some(HashKey(u128::MAX)));
    host.put_at("in", failing, b"bad").await;
    host.put_at("in", failing, b"behind it").await;
    host.put_at("in", other, b"1").await;
    let uuid = attach(&host, to("out")).await;
    assert_eq!(host.holds("out", 1).await, ["1"]);
    tokio::time::sleep(LONG).await;
    let told = shows(&host, &uuid, "LastProcessingResult", "PROBLEM: poison").await;
    assert_eq!(told["MaximumRetryAttempts"], -1);
    for number in ["2", "3"] {
        host.put_at("in", other, number.as_bytes()).await;
    }
    assert_eq!(host.holds("out", 3).await, ["1", "2", "3"]);
    tokio::time::sleep(LONG).await;
    assert_eq!(host.all("out").await.len(), 3, "what is behind a failure waits for it");
    let code = json!({"ZipFile": base64("(copy)")});
    host.works("PUT", &format!("{FUNCTIONS}/f/code"), code).await;
    assert_eq!(host.holds("out", 5).await[3..], ["bad", "behind it"]);
}

/// The next event of a handler.
async fn event(host: &Host, at: usize) -> Value {
    while host.sandbox.handled().len() <= at {
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    serde_json::from_slice(&host.sandbox.handled()[at].input.payload).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_state_of_a_mebibyte_is_kept_and_a_larger_one_ends_its_window() {
    // With what stands around it, `{"all":"..xx"}`, the state has just so many bytes as it may have.
    let host = host("(handler window xx)").await;
    let data = "~".repeat((1024 * 1024 - 12) / 4 * 3);
    let uuid = attach(&host, json!({"TumblingWindowInSeconds": 900})).await;
    host.put("in", &data).await;
    event(&host, 0).await;
    shows(&host, &uuid, "LastProcessingResult", "OK").await;
    // It is stored whole, too.
    let host = host.restart().await;
    host.put("in", "a").await;
    let full = event(&host, 0).await;
    assert_eq!(full["state"].to_string().len(), 1024 * 1024);
    assert_eq!(
        (&full["isFinalInvokeForWindow"], full["Records"].as_array().unwrap().len()),
        (&json!(false), 1)
    );
    let last = event(&host, 1).await;
    let expected = format!("{}xx{}xx", base64(&data), base64("a"));
    assert_eq!(last["state"]["all"], expected, "the state that is too large is told as it is");
    assert_eq!(
        (&last["isFinalInvokeForWindow"], &last["isWindowTerminatedEarly"], &last["Records"]),
        (&json!(true), &json!(true), &json!([]))
    );
    host.put("in", "b").await;
    let next = event(&host, 2).await;
    assert_eq!((&next["state"], &next["window"]), (&json!({}), &last["window"]));
    assert_eq!(next["isWindowTerminatedEarly"], false);
}

/// Takes `taken` from the role of a mapping that works, and gives it back after a restart: nothing is done meanwhile, and
/// nothing is missed.
async fn withdrawn(word: &str, taken: (&str, &str), more: Value) -> [Vec<String>; 2] {
    let host = host(word).await;
    let all = [READ, STATE, PUT];
    let rest: Vec<_> = all.into_iter().filter(|it| *it != taken).collect();
    host.role_may(&all).await;
    let mut asked = to("out");
    merge(&mut asked, more);
    let uuid = attach(&host, asked).await;
    host.put("in", "1").await;
    let before = host.holds("out", 1).await;
    host.role_may(&rest).await;
    host.put("in", "2").await;
    host.put("in", "3").await;
    let is_told = async || {
        let told = show(&host, &uuid).await["LastProcessingResult"].to_string();
        told.contains("PROBLEM: ") && told.contains(taken.0)
    };
    while !is_told().await {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(LONG).await;
    assert!(is_told().await, "it waits");
    assert_eq!(host.all("out").await, before);
    let host = host.restart().await;
    tokio::time::sleep(LONG).await;
    assert_eq!(host.all("out").await, before);
    host.put("in", "4").await;
    host.role_may(&all).await;
    let after = host.holds("out", 4).await;
    tokio::time::sleep(LONG).await;
    assert_eq!(host.all("out").await, after);
    [before, after]
}

#[tokio::test(start_paused = true)]
async fn a_role_that_may_not_read_any_more_stops_its_mapping_and_loses_nothing() {
    // That it may not is no attempt: none is granted here but the first.
    let once = json!({"MaximumRetryAttempts": 0});
    for word in ["(copy)", "(consumer to out)"] {
        let [before, after] = withdrawn(word, READ, once.clone()).await;
        assert_eq!(before, ["1"]);
        assert_eq!(after, ["1", "2", "3", "4"], "{word}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_may_not_use_state_any_more_stops_its_mapping_and_loses_nothing() {
    // The function is told, and fails.
    let [before, after] = withdrawn("(consumer strict-count)", STATE, json!({})).await;
    assert_eq!(before, ["k:1:1"]);
    assert_eq!(after, ["k:1:1", "k:2:2", "k:3:3", "k:4:4"], "no state is lost either");
}
