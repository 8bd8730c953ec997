//! The table of operations as a whole.

use serde_json::json;
use wire::{Entry, State};

use crate::support::Host;

#[test]
fn holds_all_57_operations_sorted_by_name() {
    let names: Vec<&str> = names().collect();
    assert_eq!(names.len(), 57);
    assert!(names.is_sorted());
}

#[test]
fn every_operation_is_guarded_by_its_own_action() {
    for entry in streams::ops::OPERATIONS {
        assert_eq!(entry.info.action, format!("kinesis:{}", entry.info.name));
    }
}

#[tokio::test]
async fn what_is_not_built_is_refused_by_name() {
    let host = Host::new().await;
    let refused = |entry: &&Entry<_>| entry.info.state != State::Works;
    for entry in streams::ops::OPERATIONS.iter().filter(refused) {
        let name = entry.info.name;
        let refusal = host.refusal(name, json!({})).await;
        assert_eq!(refusal.code, "InvalidArgumentException");
        let start = format!("{name} is not supported by this server: ");
        assert!(refusal.message.starts_with(&start));
    }
}

#[tokio::test]
async fn wrong_types_and_bodies_are_told_before_anything_else() {
    let host = Host::new().await;
    let caller = crate::support::caller();
    for (operation, body, message) in [
        (
            "ListStreams",
            r#"{"Limit":"23"}"#,
            "class java.lang.String can not be converted to an Integer",
        ),
        ("PutRecords", r#"{"StreamName":"","Records":[5]}"#, "Expected null"),
        (
            "PutRecords",
            r#"{"StreamName":"","Records":[["AA==","a"]]}"#,
            "Start of list found where not expected",
        ),
        (
            "PutRecords",
            r#"{"StreamName":"","Records":{}}"#,
            "Start of structure or map found where not expected.",
        ),
        ("CreateStream", "[]", "Start of list found where not expected"),
        ("PutRecord", "{", ""),
    ] {
        let refusal = host.answer(&caller, operation, body).await.unwrap_err();
        assert_eq!(refusal.code, "SerializationException", "{body}");
        assert_eq!(refusal.message, message, "{body}");
    }
}

fn names() -> impl Iterator<Item = &'static str> {
    streams::ops::OPERATIONS.iter().map(|entry| entry.info.name)
}
