//! A time of day that jumps ahead, as after a pause of the machine: retention is held back then, timers and windows are not.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use consumer::{Change, Effects, Kept, Row, Settings, To, Verdict};

use crate::support::{HOUR, Host, Script, done, emission, pass, text, until, within};

const SECOND: Duration = Duration::from_secs(1);

/// Each record sets a timer for so long after its arrival, which goes when it fires.
fn alarmed(after_ms: u64) -> Arc<Script> {
    Script::new(move |batch| {
        let gone =
            batch.timers.iter().map(|due| Change { row: due.row.clone(), to: To::Due(None) });
        let set = batch.records.iter().map(|record| {
            let row = Row::new(&text(&record.partition_key).into(), "alarm");
            Change { row, to: To::Due(Some(record.arrival.plus(after_ms))) }
        });
        let kept = Kept { changes: set.chain(gone).collect(), ..Kept::default() };
        Verdict::Done(Effects { kept, ..Effects::default() })
    })
}

#[tokio::test(start_paused = true)]
async fn timers_go_by_the_time_of_day_although_retention_is_held_back() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let (id, script) = (host.begin(&stream).await, alarmed(10_000));
    let _handle = host.start(id, &stream, Settings::default(), &script).await;
    host.set_ahead(3 * HOUR);
    assert!(host.engine.clock.now().since(host.engine.streams.believed_time()) > 7_200_000);
    host.put(&stream, &[("a", "1")]).await;
    pass(9 * SECOND).await;
    assert_eq!(script.data(), [["1"]]);
    pass(2 * SECOND).await;
    assert_eq!(script.data(), [["1"], ["a!alarm"]]);
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_is_waited_for_is_not_late_by_the_jump() {
    let host = Host::new().await;
    let stream = host.create("in", 1).await;
    let (id, script) = (host.begin(&stream).await, alarmed(7_200_000));
    let _handle = host.start(id, &stream, Settings::default(), &script).await;
    host.put(&stream, &[("a", "1")]).await;
    pass(300 * SECOND).await;
    host.set_ahead(3 * HOUR);
    pass(61 * SECOND).await;
    assert_eq!(script.data(), [["1"], ["a!alarm"]]);
}

#[tokio::test(start_paused = true)]
async fn windows_end_by_the_time_of_day_although_retention_is_held_back() {
    let host = Host::new().await;
    let (source, target) = (host.create("in", 1).await, host.create("out", 1).await);
    let (id, to) = (host.begin(&source).await, Arc::clone(&target));
    let script = Script::new(move |batch| {
        if !batch.window.as_ref().unwrap().is_final {
            return done();
        }
        let emits = vec![emission(&to, "k", Bytes::from_static(b"over"))];
        Verdict::Done(Effects { emits, ..Effects::default() })
    });
    let settings = Settings { tumbling: Some(60 * SECOND), ..Settings::default() };
    let handle = host.start(id, &source, settings, &script).await;
    host.set_ahead(3 * HOUR);
    host.put(&source, &[("a", "1")]).await;
    within(script.was_given(1)).await;
    pass(62 * SECOND).await;
    until(&handle, |status| status.counters.batches == 2).await;
    assert_eq!(host.all(&target).await, ["over"]);
    assert!(script.given()[1].at < 62 * SECOND);
}
