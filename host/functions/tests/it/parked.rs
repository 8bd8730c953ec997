//! Records that a mapping puts aside with their keys: what is told of them, and how they are run again.

use serde_json::{Value, json};
use streams::PutEntry;

use crate::mapped::{attach, host, mapping, show, shows, to};
use crate::support::{FUNCTIONS, Host, MAPPINGS, base64, merge};

fn parks(more: Value) -> Value {
    let mut all = to("out");
    merge(&mut all, json!({"ParkAfterAttempts": 2}));
    merge(&mut all, more);
    all
}

/// Puts records in one call, each with a key.
async fn put(host: &Host, records: &[(&str, &str)]) {
    let entries: Vec<PutEntry<'_, [u8]>> = records
        .iter()
        .map(|(key, text)| PutEntry { partition_key: key, hash_key: None, data: text.as_bytes() })
        .collect();
    host.streams.put_records(&host.stream("in"), &entries).await.unwrap();
}

async fn list(host: &Host, uuid: &str, more: Value) -> Value {
    let mut asked = json!({ "UUID": uuid });
    merge(&mut asked, more);
    host.own("ListParkedRecords", asked).await.unwrap()
}

/// Waits until so many records are parked.
async fn parked(host: &Host, uuid: &str, count: usize) -> Vec<Value> {
    loop {
        let told = list(host, uuid, json!({"IncludeData": true})).await;
        let records = told["Records"].as_array().unwrap().clone();
        if records.len() == count {
            return records;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

async fn redrive(host: &Host, uuid: &str, more: Value) -> Value {
    let mut asked = json!({ "UUID": uuid });
    merge(&mut asked, more);
    host.own("RedriveParkedRecords", asked).await.unwrap()
}

async fn mend(host: &Host) {
    let code = json!({"ZipFile": base64("(copy)")});
    host.works("PUT", &format!("{FUNCTIONS}/f/code"), code).await;
}

#[tokio::test(start_paused = true)]
async fn a_bad_record_is_shown_with_its_data_and_the_rest_goes_on() {
    let host = host("(poison)").await;
    let uuid = attach(&host, parks(json!({}))).await;
    assert_eq!(show(&host, &uuid).await["ParkAfterAttempts"], 2);
    put(&host, &[("a", "bad"), ("b", "one"), ("a", "two")]).await;
    let records = parked(&host, &uuid, 2).await;
    assert_eq!(host.holds("out", 1).await, ["one"]);
    let first = &records[0];
    assert_eq!((&first["PartitionKey"], &first["Data"]), (&json!("a"), &json!(base64("bad"))));
    assert_eq!((&first["Attempts"], &first["Error"]), (&json!(2), &json!("poison")));
    assert_eq!(first["ShardId"], "shardId-000000000000");
    let second = &records[1];
    assert_eq!((&second["Attempts"], second.get("Error")), (&json!(0), None));
    assert_eq!(second["Data"], base64("two"));
    assert!(first["SequenceNumber"].as_str() < second["SequenceNumber"].as_str());
    // Page by page.
    let page = list(&host, &uuid, json!({"Limit": 1})).await;
    assert_eq!(page["Records"].as_array().unwrap().len(), 1);
    assert_eq!(page["Records"][0].get("Data"), None);
    let more = json!({"Limit": 5, "NextToken": page["NextToken"]});
    let page = list(&host, &uuid, more).await;
    assert_eq!(page["Records"][0]["SequenceNumber"], second["SequenceNumber"]);
    assert_eq!(page.get("NextToken"), None);
}

#[tokio::test(start_paused = true)]
async fn what_is_parked_is_run_again_once_the_function_is_mended() {
    let host = host("(poison)").await;
    let uuid = attach(&host, parks(json!({}))).await;
    put(&host, &[("a", "bad"), ("a", "two"), ("b", "bad"), ("c", "one")]).await;
    parked(&host, &uuid, 3).await;
    let told = redrive(&host, &uuid, json!({})).await;
    assert_eq!(
        (&told["Records"], &told["Keys"], &told["HasMore"]),
        (&json!(0), &json!(0), &json!(false))
    );
    assert_eq!(told["Failed"].as_array().unwrap().len(), 2);
    assert_eq!(told["Failed"][0]["Error"], "poison");
    mend(&host).await;
    let told = redrive(&host, &uuid, json!({"PartitionKey": "a"})).await;
    assert_eq!(told, json!({"Records": 2, "Keys": 1, "Failed": [], "HasMore": false}));
    assert_eq!(host.all("out").await, ["one", "bad", "two"]);
    let host = host.restart().await;
    parked(&host, &uuid, 1).await;
    let mut told = host.own("RedriveParkedRecords", json!({"UUID": uuid, "Drop": true})).await;
    while told.as_ref().is_err_and(|it| it.message.starts_with("The mapping is not enabled")) {
        tokio::task::yield_now().await;
        told = host.own("RedriveParkedRecords", json!({"UUID": uuid, "Drop": true})).await;
    }
    assert_eq!(told.unwrap(), json!({"Records": 1, "Keys": 1, "Failed": [], "HasMore": false}));
    parked(&host, &uuid, 0).await;
    assert_eq!(host.all("out").await, ["one", "bad", "two"]);
}

#[tokio::test(start_paused = true)]
async fn a_mapping_that_is_not_enabled_runs_nothing_and_says_so_if_there_is_something() {
    let host = host("(poison)").await;
    let uuid = attach(&host, parks(json!({"Enabled": false}))).await;
    let told = redrive(&host, &uuid, json!({})).await;
    assert_eq!((&told["Records"], &told["Keys"]), (&json!(0), &json!(0)));
    let path = format!("{MAPPINGS}/{uuid}");
    host.works("PUT", &path, json!({"Enabled": true})).await;
    put(&host, &[("a", "bad")]).await;
    parked(&host, &uuid, 1).await;
    host.works("PUT", &path, json!({"Enabled": false})).await;
    shows(&host, &uuid, "State", "Disabled").await;
    let told = host.own("RedriveParkedRecords", json!({"UUID": uuid})).await.unwrap_err();
    assert_eq!((told.status, &*told.code), (400, "InvalidParameterValueException"));
    assert!(told.message.starts_with("The mapping is not enabled"), "{}", told.message);
}

#[tokio::test(start_paused = true)]
async fn a_trap_is_kept_with_its_backtrace() {
    let host = host("(trap)").await;
    let uuid = attach(&host, parks(json!({}))).await;
    put(&host, &[("a", "one")]).await;
    let records = parked(&host, &uuid, 1).await;
    assert_eq!(records[0]["Error"], "unreachable\n    at handle");
    let result = show(&host, &uuid).await["LastProcessingResult"].as_str().unwrap().to_owned();
    assert!(result.starts_with("PROBLEM: record ") && !result.contains('\n'), "{result}");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_is_refused() {
    let host = host("(poison)").await;
    for (more, told) in [
        (
            json!({"ParkAfterAttempts": 1001}),
            "1 validation error detected: Value '1001' at 'parkAfterAttempts'",
        ),
        (
            json!({"ParkAfterAttempts": 1, "TumblingWindowInSeconds": 5}),
            "TumblingWindowInSeconds and ParkAfterAttempts exclude each other",
        ),
    ] {
        let refusal = host.refused("POST", MAPPINGS, mapping(more)).await;
        assert!(refusal.message.starts_with(told), "{}", refusal.message);
    }
    let uuid = attach(&host, parks(json!({"Enabled": false}))).await;
    assert_eq!(list(&host, &uuid, json!({})).await, json!({"Records": []}));
    for operation in ["ListParkedRecords", "RedriveParkedRecords"] {
        let none = json!({"UUID": "00000000-0000-0000-0000-000000000000"});
        let told = host.own(operation, none).await.unwrap_err();
        assert_eq!((told.status, &*told.code), (404, "ResourceNotFoundException"));
        let told = host.own(operation, json!({})).await.unwrap_err();
        assert_eq!(told.status, 400);
    }
    let bad = json!({"UUID": uuid, "NextToken": "no token"});
    assert_eq!(host.own("ListParkedRecords", bad).await.unwrap_err().status, 400);
}
