//! The tables of operations as a whole.

use functions::ops::{OPERATIONS, OWN_OPERATIONS};
use serde_json::Value;
use wire::{Entry, State};

use crate::support::Host;

#[test]
fn holds_all_91_operations_sorted_by_name() {
    let names: Vec<&str> = OPERATIONS.iter().map(|entry| entry.info.name).collect();
    assert_eq!(names.len(), 91);
    assert!(names.is_sorted());
    let works = |entry: &&Entry<_>| entry.info.state == State::Works;
    assert_eq!(OPERATIONS.iter().filter(works).count(), 35);
    assert!(OWN_OPERATIONS.iter().all(|entry| entry.info.state == State::Works));
}

#[test]
fn every_operation_is_guarded_by_an_action_of_its_service() {
    for entry in OPERATIONS {
        assert!(entry.info.action.starts_with("lambda:"), "{}", entry.info.name);
    }
    for entry in OWN_OPERATIONS {
        assert_eq!(entry.info.action, format!("shardmill:{}", entry.info.name));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_here_is_refused_by_name() {
    let host = Host::new().await;
    for (method, path, told) in [
        ("GET", "/2018-10-31/layers?find=LayerVersion", "GetLayerVersionByArn is not supported by"),
        ("GET", "/2018-10-31/layers", "ListLayers is not supported by this server: "),
        (
            "POST",
            "/2014-11-13/functions/f/invoke-async",
            "InvokeAsync is not supported by this server: use Invoke with InvocationType Event",
        ),
    ] {
        let refusal = host.refused(method, path, Value::Null).await;
        assert_eq!(refusal.code, "InvalidParameterValueException");
        assert!(refusal.message.starts_with(told), "{}", refusal.message);
    }
}
