//! ListStreams.

use serde_json::{Value, json};

use crate::support::{Host, arn, text};

const LIST: &str = "ListStreams";

#[tokio::test]
async fn lists_by_name_in_pages() {
    let host = Host::unlimited().await;
    for number in (0..105).rev() {
        host.create(&format!("s{number:03}"), 1).await;
    }
    let first = host.call(LIST, json!({"Limit": 1000})).await;
    assert_eq!(names(&first).len(), 100);
    assert_eq!(first["HasMoreStreams"], true);
    let summary = json!({
        "StreamARN": arn("s000"),
        "StreamCreationTimestamp": 1_790_068_000.0,
        "StreamModeDetails": {"StreamMode": "PROVISIONED"},
        "StreamName": "s000",
        "StreamStatus": "ACTIVE",
    });
    assert_eq!(first["StreamSummaries"][0], summary);
    let token = text(&first, "NextToken");
    let second = host.call(LIST, json!({"NextToken": token})).await;
    assert_eq!(names(&second), ["s100", "s101", "s102", "s103", "s104"]);
    assert_eq!(second["HasMoreStreams"], false);
    assert_eq!(second["NextToken"], Value::Null);
    // The start need not exist.
    let third = host
        .call(
            LIST,
            json!({"ExclusiveStartStreamName": "s1025", "Limit": 1}),
        )
        .await;
    assert_eq!(names(&third), ["s103"]);
}

#[tokio::test]
async fn shows_nothing_of_other_accounts() {
    let host = Host::new().await;
    host.create("mine", 1).await;
    let mut other = crate::support::caller();
    other.account = "999999999999".parse().unwrap();
    let reply = host.answer(&other, LIST, "{}").await.unwrap();
    let empty = json!({"HasMoreStreams": false, "StreamNames": [], "StreamSummaries": []});
    assert_eq!(reply, empty);
}

#[tokio::test]
async fn tokens_are_checked() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    host.create("b", 1).await;
    let invalid = "InvalidArgumentException";
    let token = text(&host.call(LIST, json!({"Limit": 1})).await, "NextToken");
    let input = json!({"NextToken": token, "ExclusiveStartStreamName": "a"});
    let message = "NextToken and ExclusiveStartStreamName cannot be provided together.";
    host.refuses(LIST, input, invalid, message).await;
    host.refuses(
        LIST,
        json!({"NextToken": "abcd"}),
        invalid,
        "Invalid NextToken.",
    )
    .await;
    host.clock.advance(300_000);
    host.call(LIST, json!({"NextToken": token})).await;
    host.clock.advance(1);
    let expired = "ExpiredNextTokenException";
    host.refuses(
        LIST,
        json!({"NextToken": token}),
        expired,
        "NextToken has expired.",
    )
    .await;
}

fn names(reply: &Value) -> Vec<&str> {
    let names = reply["StreamNames"].as_array().unwrap().iter();
    names.map(|name| name.as_str().unwrap()).collect()
}
