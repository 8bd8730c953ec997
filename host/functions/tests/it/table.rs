//! The tables of operations as a whole.

use functions::ops::{OPERATIONS, OWN_OPERATIONS};
use serde_json::Value;
use wire::{Binding, Entry, State};

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

/// A path of a template, whose labels are all `x`.
fn path(template: &str) -> String {
    let mut parts = template.split(['{', '}']);
    let mut path = parts.next().unwrap_or_default().to_owned();
    while let (Some(_label), Some(text)) = (parts.next(), parts.next()) {
        path += "x";
        path += text;
    }
    path
}

#[tokio::test(start_paused = true)]
async fn what_is_not_here_is_refused_by_name() {
    let host = Host::new().await;
    let mut refused = 0;
    for entry in OPERATIONS {
        let State::Refused(reason) = entry.info.state else { continue };
        let Binding::Path { method, path: template } = entry.info.binding else {
            panic!("{} has no path", entry.info.name);
        };
        let told = host.refused(method.as_str(), &path(template), Value::Null).await;
        assert_eq!((told.status, &*told.code), (400, "InvalidParameterValueException"));
        let expected = format!("{} is not supported by this server: {reason}", entry.info.name);
        assert_eq!(told.message, expected);
        refused += 1;
    }
    assert_eq!(refused, 56);
}
