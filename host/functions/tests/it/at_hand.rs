//! Code is at hand before the first record after a restart.

use serde_json::json;

use crate::mapped::{attach, host, mapping};
use crate::support::{Host, MAPPINGS};

/// Lets everything run that can until so many components were loaded without a call.
async fn loads(host: &Host, count: usize) {
    for _ in 0..10_000 {
        if host.sandbox.loaded().len() == count {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{count} components were to be loaded, not {:?}", host.sandbox.loaded());
}

#[tokio::test(start_paused = true)]
async fn what_enabled_mappings_call_is_loaded_at_the_start() {
    let host = host("(copy)").await;
    for (name, word) in [("same", "(copy)"), ("other", "(drop)"), ("resting", "(fail)")] {
        host.create(name, word).await;
    }
    host.create("nobodys", "(empty)").await;
    attach(&host, json!({})).await;
    for name in ["same", "other"] {
        attach(&host, json!({"FunctionName": name})).await;
    }
    let resting = mapping(json!({"FunctionName": "resting", "Enabled": false}));
    host.works("POST", MAPPINGS, resting).await;
    assert_eq!(host.sandbox.loaded(), [], "an upload was compiled just now");
    let host = host.restart().await;
    loads(&host, 2).await;
    host.put("in", "one").await;
    // Whatever else could be loaded would have been by then.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        host.sandbox.loaded().len(),
        2,
        "two mappings share a component, two functions call nothing"
    );
    let other = host.sandbox.loaded();
    assert_ne!(other[0], other[1]);
}
