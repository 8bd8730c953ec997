//! The job of `guests/rust-quakes` in this very program: what it costs without a sandbox.
//!
//! Its source is the guest's own, so that both do the same.

#[path = "../../../../../../guests/rust-quakes/src/alert.rs"]
mod alert;
#[path = "../../../../../../guests/rust-quakes/src/event.rs"]
mod event;
#[path = "../../../../../../guests/rust-quakes/src/time.rs"]
mod time;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use wasm::message::{Batch, Disposition, Emit, Outcome, Record, Reply};

use self::alert::Alert;
use self::event::Event;
use super::report::Native;
use crate::cli::latency::Latencies;
use crate::client::Seams;
use crate::refusal::Refusal;

/// The guest's own, if nothing else is said.
const MAGNITUDE_MIN: f64 = 2.5;

/// How long it is run.
const TIME: Duration = Duration::from_secs(1);

/// What became of the records, as the host would have it.
fn handle(batch: &Batch) -> Reply {
    let mut reply = Reply::default();
    for (index, record) in (0..).zip(&batch.records) {
        one(record, index, &mut reply);
    }
    reply
}

fn one(record: &Record, index: u32, reply: &mut Reply) {
    let mut drop_with = |why: String| {
        reply.outcomes.push(Outcome { index, disposition: Disposition::Dropped(why) });
    };
    let event = match Event::parse(&record.data) {
        Ok(event) => event,
        Err(error) => return drop_with(error.to_string()),
    };
    if event.magnitude < MAGNITUDE_MIN {
        return drop_with("magnitude below the minimum".to_owned());
    }
    let alert = Alert::of(&event);
    reply.emits.push(Emit {
        index,
        target: None,
        partition_key: alert.key().to_owned(),
        explicit_hash_key: None,
        data: alert.to_json().into(),
        attributes: Vec::new(),
    });
}

/// Runs the job on these batches for a second.
///
/// # Errors
/// If none of the records is an event: then nothing is compared.
pub(super) fn measure(batches: &[Arc<Batch>], seams: &Seams) -> anyhow::Result<Native> {
    let clock = &seams.clock;
    if batches.iter().all(|batch| handle(batch).emits.is_empty()) {
        return Err(Refusal::usage("no record is an event that the job `quakes` lets through")
            .hint("leave --events and --record-bytes out, or --baseline")
            .into());
    }
    let mut latencies = Latencies::new();
    let start = clock.monotonic();
    for batch in batches.iter().cycle() {
        let before = clock.monotonic();
        if before - start >= TIME {
            break;
        }
        drop(black_box(handle(black_box(batch))));
        latencies.record(clock.monotonic() - before);
    }
    Ok(Native { job: "quakes", warm: latencies.summary() })
}
