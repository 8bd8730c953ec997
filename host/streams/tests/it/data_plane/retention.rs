//! Records end with their retention.

use serde_json::json;

use crate::support::{HOUR, Host, data};

#[tokio::test]
async fn reads_hide_what_has_expired_before_anything_is_trimmed() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    let old = host.put("a", "k", b"old").await;
    host.clock.advance(HOUR);
    host.put("a", "k", b"new").await;
    host.clock.advance(23 * HOUR);
    // Exactly a day old is not older than a day.
    assert_eq!(host.all("a").await, [b"old", b"new"]);
    host.sweep().await;
    host.clock.advance(1);
    assert_eq!(host.all("a").await, [b"new"]);
    let at = json!({"StartingSequenceNumber": old});
    let iterator = host.iterator("a", "AT_SEQUENCE_NUMBER", at).await;
    assert_eq!(data(&host.get(&iterator).await), [b"new"]);
    host.clock.advance(HOUR);
    let iterator = host.iterator("a", "TRIM_HORIZON", json!({})).await;
    let reply = host.get(&iterator).await;
    assert!(data(&reply).is_empty());
    assert_eq!(reply["MillisBehindLatest"], 0);
}

#[tokio::test]
async fn a_sweep_trims_what_has_expired_and_no_more() {
    let host = Host::unlimited().await;
    host.create("a", 2).await;
    host.put("a", "a", b"old").await;
    host.clock.advance(HOUR);
    host.put("a", "a", b"new").await;
    for _ in 0..24 {
        host.clock.advance(HOUR);
        host.sweep().await;
    }
    assert_eq!(host.all("a").await, [b"new"]);
    let host = host.restart().await;
    assert_eq!(host.all("a").await, [b"new"]);
}

#[tokio::test]
async fn a_clock_that_jumps_expires_nothing_until_it_is_accepted() {
    let host = Host::unlimited().await;
    host.create("a", 1).await;
    host.put("a", "k", b"kept").await;
    host.clock.jump_to(host.now().plus(1000 * HOUR));
    host.sweep().await;
    assert_eq!(host.all("a").await, [b"kept"]);
    // However long it lasts, time without the jump counts.
    host.clock.advance(HOUR);
    host.sweep().await;
    assert_eq!(host.all("a").await, [b"kept"]);
    host.service.accept_time();
    assert!(host.all("a").await.is_empty());
}

impl Host {
    async fn sweep(&self) {
        self.service.sweep().await.unwrap();
    }
}
