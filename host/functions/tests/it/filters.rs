//! Which records functions get, by the filters of their mappings.

use serde_json::{Value, json};

use crate::mapped::{attach, goes, host, mapping, show, to};
use crate::support::{Host, MAPPINGS, merge};

const STRONG: &str = r#"{"data":{"mag":[{"numeric":[">",5]}]}}"#;
const PLAIN: &str = r#"{"data":["plain"]}"#;

fn criteria(patterns: &[&str]) -> Value {
    let filters: Vec<_> = patterns.iter().map(|it| json!({ "Pattern": it })).collect();
    json!({"FilterCriteria": {"Filters": filters}})
}

fn filtered(patterns: &[&str]) -> Value {
    let mut more = to("out");
    merge(&mut more, criteria(patterns));
    more
}

async fn put_all(host: &Host) {
    for data in [r#"{"mag":6}"#, r#"{"mag":4}"#, "plain", "other", r#"{"mag":7}"#] {
        host.put("in", data).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_gets_what_one_of_the_filters_wants() {
    let host = host("(copy)").await;
    put_all(&host).await;
    let uuid = attach(&host, filtered(&[STRONG, PLAIN])).await;
    assert_eq!(host.holds("out", 3).await, [r#"{"mag":6}"#, "plain", r#"{"mag":7}"#]);
    assert_eq!(host.sandbox.calls().len(), 1);
    assert_eq!(host.metrics.functions.filtered.get(), 2);
    let shown = show(&host, &uuid).await;
    assert_eq!(shown["FilterCriteria"], criteria(&[STRONG, PLAIN])["FilterCriteria"]);
    assert_eq!(shown.get("FilterCriteriaError"), None);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_woken_for_what_nobody_wants() {
    let host = host("(copy)").await;
    let uuid = attach(&host, filtered(&[r#"{"partitionKey":["other"]}"#])).await;
    put_all(&host).await;
    while host.metrics.functions.filtered.get() < 5 {
        tokio::task::yield_now().await;
    }
    assert!(host.sandbox.calls().is_empty());
    // What was passed over is not read again.
    let host = host.restart().await;
    let path = format!("{MAPPINGS}/{uuid}");
    let shown = show(&host, &uuid).await;
    assert_eq!(shown["FilterCriteria"]["Filters"][0]["Pattern"], r#"{"partitionKey":["other"]}"#);
    host.works("PUT", &path, json!({"FilterCriteria": {}})).await;
    host.put("in", "last").await;
    assert_eq!(host.holds("out", 1).await, ["last"]);
    assert_eq!(show(&host, &uuid).await.get("FilterCriteria"), None);
    host.works("DELETE", &path, Value::Null).await;
    goes(&host, &uuid).await;
}

#[tokio::test(start_paused = true)]
async fn data_that_is_no_json_passes_nothing_that_looks_into_it() {
    let host = host("(copy)").await;
    let absent = r#"{"data":{"mag":[{"exists":false}]}}"#;
    attach(&host, filtered(&[absent])).await;
    for data in [&b"plain"[..], b"", b"{\"mag\":", &[0xff, 0xfe], b"{\"depth\":3}"] {
        host.put_at("in", None, data).await;
    }
    assert_eq!(host.holds("out", 1).await, [r#"{"depth":3}"#]);
    assert_eq!(host.metrics.functions.filtered.get(), 4);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_filter_is_refused() {
    let host = host("(copy)").await;
    let long = format!(r#"{{"data":["{}"]}}"#, "x".repeat(4096));
    for (more, code, text) in [
        (
            criteria(&["no"]),
            "InvalidParameterValueException",
            "Invalid filter pattern definition: ",
        ),
        (
            criteria(&[r#"{"body":{"a":[1]}}"#]),
            "InvalidParameterValueException",
            "Invalid filter pattern definition: a record has no `body`",
        ),
        (criteria(&["{}"; 11]), "InvalidParameterValueException", "at most 10 filters"),
        (criteria(&[&long]), "ValidationException", "'filterCriteria.filters.1.member.pattern'"),
    ] {
        let told = host.refused("POST", MAPPINGS, mapping(more)).await;
        assert_eq!(told.code, code, "{}", told.message);
        assert!(told.message.contains(text), "{}", told.message);
    }
    let uuid = attach(&host, filtered(&[])).await;
    assert_eq!(show(&host, &uuid).await.get("FilterCriteria"), None);
    let path = format!("{MAPPINGS}/{uuid}");
    let told = host.refused("PUT", &path, criteria(&["no"])).await;
    assert!(told.message.starts_with("Invalid filter pattern definition: "), "{}", told.message);
    host.put("in", "a").await;
    assert_eq!(host.holds("out", 1).await, ["a"], "the mapping goes on as it was");
}
