//! What functions used.

use serde_json::{Value, json};

use crate::support::{Host, event};

const STATS: &str = "GetFunctionStats";

async fn one(host: &Host) -> Value {
    host.own(STATS, json!({"FunctionName": "f"})).await.unwrap()["Functions"][0].clone()
}

#[tokio::test(start_paused = true)]
async fn calls_are_counted_with_what_they_moved() {
    let host = Host::new().await;
    host.create("f", "(handler echo)").await;
    assert_eq!(one(&host).await["Invocations"], 0);
    for _ in 0..3 {
        host.invoke("f", &[], &json!([1, 2])).await.unwrap();
    }
    let told = one(&host).await;
    let expected = json!({
        "FunctionName": "f", "Invocations": 3, "Errors": 0, "Throttles": 0, "ColdStarts": 0,
        "CpuMilliseconds": 1.5, "DurationMilliseconds": 4.5, "PeakMemoryBytes": 3 * 1024 * 1024,
        "RecordsIn": 3, "BytesIn": 15, "RecordsOut": 3, "BytesOut": 15,
    });
    assert_eq!(told, expected);
}

#[tokio::test(start_paused = true)]
async fn errors_bring_nothing_out() {
    let host = Host::new().await;
    host.create("f", "(handler raise why)").await;
    host.invoke("f", &[], &json!({})).await.unwrap();
    let told = one(&host).await;
    assert_eq!(
        (&told["Invocations"], &told["Errors"], &told["BytesOut"]),
        (&json!(1), &json!(1), &json!(0))
    );
}

#[tokio::test(start_paused = true)]
async fn records_of_a_batch_count_one_by_one() {
    let host = Host::new().await;
    host.create("f", "(log hello)").await;
    host.invoke("f", &[], &event(&["a", "bcd"])).await.unwrap();
    let told = one(&host).await;
    assert_eq!((&told["RecordsIn"], &told["BytesIn"]), (&json!(2), &json!(4)));
}

#[tokio::test(start_paused = true)]
async fn all_functions_come_in_pages_by_name() {
    let host = Host::new().await;
    for name in ["b", "a", "c"] {
        host.create(name, "(handler echo)").await;
    }
    let names = |page: &Value| {
        let functions = page["Functions"].as_array().unwrap().iter();
        functions.map(|it| it["FunctionName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let page = host.own(STATS, json!({"MaxItems": 2})).await.unwrap();
    assert_eq!((names(&page), &page["IsTruncated"]), (vec!["a".into(), "b".into()], &json!(true)));
    assert!(page["Since"].is_number());
    let rest = host.own(STATS, json!({"Marker": page["Marker"]})).await.unwrap();
    assert_eq!((names(&rest), &rest["IsTruncated"]), (vec!["c".into()], &json!(false)));
}

#[tokio::test(start_paused = true)]
async fn a_function_that_is_not_there_is_told() {
    let host = Host::new().await;
    let refusal = host.own(STATS, json!({"FunctionName": "f"})).await.unwrap_err();
    assert_eq!(refusal.code, "ResourceNotFoundException");
}
