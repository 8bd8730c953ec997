//! What is kept for keys, as whoever looks from outside sees it.

use serde_json::{Value, json};
use streams::PutEntry;

use crate::mapped::{attach, host, shows, to};
use crate::sandbox::consumed::{LARGE_BYTES, LARGE_COUNT};
use crate::support::{Host, base64, merge, stream_arn};

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
    host.own("ListStateKeys", asked).await.unwrap()
}

async fn get(host: &Host, uuid: &str, key: &str, more: Value) -> Value {
    let mut asked = json!({ "UUID": uuid, "PartitionKey": key });
    merge(&mut asked, more);
    host.own("GetState", asked).await.unwrap()
}

fn summary(key: &str, values: usize, bytes: usize) -> Value {
    json!({"PartitionKey": key, "Values": values, "ValueBytes": bytes, "Timers": 0, "HasMore": false})
}

#[tokio::test(start_paused = true)]
async fn keys_and_what_is_kept_for_them_are_told() {
    let host = host("(consumer count)").await;
    let uuid = attach(&host, to("out")).await;
    put(&host, &[("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")]).await;
    host.holds("out", 4).await;
    // By the hashes of the keys: of `a` it is 0c.., of `c` 4a.., of `b` 92...
    let all = json!({"Keys": [summary("a", 1, 1), summary("c", 1, 1), summary("b", 1, 1)]});
    assert_eq!(list(&host, &uuid, json!({})).await, all);
    let told = get(&host, &uuid, "a", json!({})).await;
    let count = json!({"Name": "count", "Value": base64("2")});
    assert_eq!(told, json!({"Values": [count], "Timers": []}));
    let nothing = json!({"Values": [], "Timers": []});
    assert_eq!(get(&host, &uuid, "a", json!({"NamePrefix": "x"})).await, nothing);
    assert_eq!(get(&host, &uuid, "other", json!({})).await, nothing);
    // Page by page.
    let mut page = list(&host, &uuid, json!({"Limit": 1})).await;
    let mut keys = Vec::new();
    while page["NextToken"].is_string() {
        keys.extend(page["Keys"].as_array().unwrap().clone());
        page = list(&host, &uuid, json!({"Limit": 1, "NextToken": page["NextToken"]})).await;
    }
    keys.extend(page["Keys"].as_array().unwrap().clone());
    assert_eq!(json!(keys), all["Keys"]);
    assert_eq!(
        list(&host, &uuid, json!({"Prefix": "b"})).await,
        json!({"Keys": [summary("b", 1, 1)]})
    );
    assert_eq!(list(&host, &uuid, json!({"Prefix": "none"})).await, json!({"Keys": []}));
    // Another mapping of the same function has its own.
    host.create_stream("in2").await;
    let mut more = to("out");
    merge(&mut more, json!({"EventSourceArn": stream_arn("in2")}));
    let other = attach(&host, more).await;
    assert_eq!(list(&host, &other, json!({})).await, json!({"Keys": []}));
    assert_eq!(get(&host, &other, "a", json!({})).await, nothing);
    let page = list(&host, &uuid, json!({"Limit": 1})).await;
    let asked = json!({"UUID": other, "NextToken": page["NextToken"]});
    assert_eq!(host.own("ListStateKeys", asked).await.unwrap_err().status, 400);
}

#[tokio::test(start_paused = true)]
async fn names_come_in_pages_and_timers_behind_them() {
    let host = host("(consumer names)").await;
    let uuid = attach(&host, to("out")).await;
    let names: Vec<String> = (0..150).map(|it| format!("+a{it:03}")).collect();
    let records: Vec<(&str, &str)> = names.iter().map(|name| ("k", name.as_str())).collect();
    put(&host, &records).await;
    host.holds("out", 1).await;
    for limit in [1, 50, 64] {
        let (mut found, mut more) = (Vec::new(), json!({"Limit": limit, "NamePrefix": "a"}));
        loop {
            let page = get(&host, &uuid, "k", more.clone()).await;
            let values = page["Values"].as_array().unwrap();
            assert!(values.len() <= limit);
            found.extend(values.iter().map(|it| format!("+{}", it["Name"].as_str().unwrap())));
            if !page["NextToken"].is_string() {
                break;
            }
            more["NextToken"] = page["NextToken"].clone();
        }
        assert_eq!(found, names, "{limit}");
    }
    // The place of one key is none in another.
    let page = get(&host, &uuid, "k", json!({"Limit": 1})).await;
    let asked = json!({"UUID": uuid, "PartitionKey": "l", "NextToken": page["NextToken"]});
    assert_eq!(host.own("GetState", asked).await.unwrap_err().status, 400);
}

#[tokio::test(start_paused = true)]
async fn timers_that_wait_are_told() {
    let host = host("(consumer timer 3600000)").await;
    let uuid = attach(&host, to("out")).await;
    put(&host, &[("k", "x"), ("k", "y"), ("l", "z")]).await;
    shows(&host, &uuid, "LastProcessingResult", "OK").await;
    let page = get(&host, &uuid, "k", json!({"Limit": 1})).await;
    assert_eq!((&page["Values"], &page["Timers"][0]["Name"]), (&json!([]), &json!("x")));
    let page = get(&host, &uuid, "k", json!({"NextToken": page["NextToken"]})).await;
    assert_eq!((&page["Timers"][0]["Name"], page.get("NextToken")), (&json!("y"), None));
    let keys = list(&host, &uuid, json!({})).await;
    let k = keys["Keys"].as_array().unwrap().iter().find(|it| it["PartitionKey"] == "k").unwrap();
    assert_eq!((&k["Timers"], &k["Values"]), (&json!(2), &json!(0)));
    assert_eq!(k["FirstDueTime"], page["Timers"][0]["DueTime"]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_is_refused() {
    let host = host("(copy)").await;
    let uuid = attach(&host, to("out")).await;
    assert_eq!(list(&host, &uuid, json!({})).await, json!({"Keys": []}), "it keeps nothing");
    let none = "00000000-0000-0000-0000-000000000000";
    for (operation, more, status) in [
        ("ListStateKeys", json!({"UUID": none}), 404),
        ("GetState", json!({"UUID": none, "PartitionKey": "k"}), 404),
        ("ListStateKeys", json!({}), 400),
        ("GetState", json!({"UUID": uuid}), 400),
        ("GetState", json!({"PartitionKey": "k"}), 400),
        ("GetState", json!({"UUID": uuid, "PartitionKey": "k".repeat(1025)}), 400),
        (
            "GetState",
            json!({"UUID": uuid, "PartitionKey": "k", "NamePrefix": "n".repeat(513)}),
            400,
        ),
        ("GetState", json!({"UUID": uuid, "PartitionKey": "k", "Limit": 65}), 400),
        ("GetState", json!({"UUID": uuid, "PartitionKey": "k", "NextToken": "no"}), 400),
        ("ListStateKeys", json!({"UUID": uuid, "Limit": 0}), 400),
        ("ListStateKeys", json!({"UUID": uuid, "Prefix": "k".repeat(1025)}), 400),
        ("ListStateKeys", json!({"UUID": uuid, "NextToken": "no"}), 400),
    ] {
        let told = host.own(operation, more.clone()).await.unwrap_err();
        assert_eq!(told.status, status, "{operation} {more}: {}", told.message);
    }
}

/// Pages of values end where they have had their bytes, whatever the limit.
#[tokio::test(start_paused = true)]
async fn large_values_come_in_pages_as_well() {
    let host = host("(consumer large)").await;
    let mut more = to("out");
    merge(&mut more, json!({"BatchSize": 1}));
    let uuid = attach(&host, more).await;
    put(&host, &[("k", "put 1"), ("k", "put 2")]).await;
    host.holds("out", 2).await;
    let (mut found, mut more) = (Vec::new(), json!({}));
    loop {
        let page = get(&host, &uuid, "k", more.clone()).await;
        let values = page["Values"].as_array().unwrap();
        found.push(values.len());
        if !page["NextToken"].is_string() {
            break;
        }
        more["NextToken"] = page["NextToken"].clone();
    }
    let fit = 4 * 1024 * 1024 / LARGE_BYTES;
    assert_eq!(found, [fit, 2 * LARGE_COUNT - fit]);
}
