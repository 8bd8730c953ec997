//! The table of operations as a whole.

use monitoring::ops::OPERATIONS;
use serde_json::json;
use wire::{Entry, State};

use crate::support::Host;

#[test]
fn holds_all_operations_of_the_model_sorted_by_name() {
    let names: Vec<&str> = OPERATIONS.iter().map(|entry| entry.info.name).collect();
    assert_eq!(names.len(), 59);
    assert!(names.is_sorted_by(|one, other| one < other));
    let works = |entry: &&Entry<_>| entry.info.state == State::Works;
    assert_eq!(OPERATIONS.iter().filter(works).count(), 4);
    for entry in OPERATIONS {
        assert_eq!(entry.info.action, format!("cloudwatch:{}", entry.info.name));
    }
}

#[tokio::test]
async fn what_is_not_built_is_refused_by_name() {
    let host = Host::new();
    let told = host.refusal("PutMetricAlarm", json!({})).await;
    assert_eq!(told.code, "InvalidParameterValueException");
    assert!(told.message.starts_with("PutMetricAlarm is not supported by this server: "));
}
