//! The world `transform` as the component model has it, and the way from there to our own types. Only
//! [`transform!`](crate::transform) uses it: it is no part of what this crate promises.

use std::panic::{self, PanicHookInfo};
use std::sync::Once;

use crate::log::Level;
use crate::{Disposition, batch, failure, reply};

#[doc(hidden)]
#[allow(unsafe_code, missing_docs, clippy::all, reason = "generated from the interface")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "transform",
        pub_export_macro: true,
        export_macro_name: "export_transform",
        default_bindings_module: "shardmill_guest::abi::bindings",
    });
}

use bindings::shardmill::guest::{config, log as host_log, types};

pub use bindings::export_transform as export;
pub use bindings::exports::shardmill::guest::transformer::Guest;
pub use types::{Batch, Failure, Reply};

/// Calls a function as the host asked to.
///
/// # Errors
/// What the function itself says.
pub fn run(
    handle: fn(batch::Batch) -> Result<reply::Reply, failure::Failure>,
    batch: Batch,
) -> Result<Reply, Failure> {
    static HOOK: Once = Once::new();
    // Without it the reason of a panic were lost: the target has no stderr.
    HOOK.call_once(|| panic::set_hook(Box::new(report)));
    handle(batch.into()).map(Reply::from).map_err(Failure::from)
}

fn report(info: &PanicHookInfo<'_>) {
    // Its place and its message stand on lines of their own, which would be two lines in the log.
    log(Level::Error, &info.to_string().replacen(":\n", ": ", 1));
}

pub(crate) fn log(level: Level, message: &str) {
    let level = match level {
        Level::Trace => host_log::Level::Trace,
        Level::Debug => host_log::Level::Debug,
        Level::Info => host_log::Level::Info,
        Level::Warn => host_log::Level::Warn,
        Level::Error => host_log::Level::Error,
    };
    host_log::write(level, message);
}

pub(crate) fn config_get(key: &str) -> Option<String> {
    config::get(key)
}

pub(crate) fn config_all() -> Vec<(String, String)> {
    config::all()
}

impl From<Batch> for batch::Batch {
    fn from(from: Batch) -> Self {
        let record = |(index, event): (u32, types::Event)| batch::Record {
            index,
            sequence: event.sequence,
            sub_sequence: event.sub_sequence,
            partition_key: event.partition_key,
            arrival_ms: event.arrival_ms,
            data: event.data,
        };
        Self {
            stream: from.stream,
            shard: from.shard,
            first_sequence: from.first_sequence,
            last_sequence: from.last_sequence,
            attempt: from.attempt,
            is_replay: from.replay,
            behind_ms: from.behind_ms,
            records: (0..).zip(from.records).map(record).collect(),
            extra: from.extra,
        }
    }
}

impl From<reply::Reply> for Reply {
    fn from(from: reply::Reply) -> Self {
        let emit = |emit: reply::Emit| types::Emit {
            index: emit.index,
            target: emit.target,
            partition_key: emit.partition_key,
            explicit_hash_key: emit.explicit_hash_key.map(|key| key.to_string()),
            data: emit.data,
            attributes: emit.attributes,
        };
        let outcome = |outcome: reply::Outcome| types::Outcome {
            index: outcome.index,
            disposition: match outcome.disposition {
                Disposition::Failed(why) => types::Disposition::Failed(why),
                Disposition::RetryAfter(ms) => types::Disposition::RetryAfter(ms),
                Disposition::Dropped(why) => types::Disposition::Dropped(why),
            },
        };
        Self {
            emits: from.emits.into_iter().map(emit).collect(),
            outcomes: from.outcomes.into_iter().map(outcome).collect(),
        }
    }
}

impl From<failure::Failure> for Failure {
    fn from(from: failure::Failure) -> Self {
        match from {
            failure::Failure::Failed(why) => Self::Failed(why),
            failure::Failure::RetryAfter(time) => Self::RetryAfter(failure::milliseconds(time)),
        }
    }
}
