//! The world `consumer`.

use super::records::conversions;
use crate::consumer::http as ours;
use crate::{Disposition, batch, consumer, failure, reply};

#[doc(hidden)]
#[allow(unsafe_code, missing_docs, clippy::all, reason = "generated from the interface")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "consumer",
        pub_export_macro: true,
        export_macro_name: "export_consumer",
        default_bindings_module: "shardmill_guest::abi::bindings",
    });
}

use bindings::shardmill::guest::access::Problem;
use bindings::shardmill::guest::{http, secrets, state, timers, types};

pub use bindings::export_consumer as export;
pub use bindings::exports::shardmill::guest::stateful::{DueBatch, Guest};
pub use types::{Batch, Failure, Reply};

/// Calls a function as the host asked to.
///
/// # Errors
/// What the function itself says.
pub fn run(
    handle: fn(batch::Batch) -> Result<reply::Reply, failure::Failure>,
    batch: Batch,
) -> Result<Reply, Failure> {
    super::watch_panics();
    handle(batch.into()).map(Reply::from).map_err(Failure::from)
}

/// Calls a function with timers.
///
/// # Errors
/// What the function itself says.
pub fn run_timers(
    on_timers: fn(consumer::Timers) -> Result<reply::Reply, failure::Failure>,
    due: DueBatch,
) -> Result<Reply, Failure> {
    super::watch_panics();
    on_timers(due.into()).map(Reply::from).map_err(Failure::from)
}

pub(crate) fn get_many(rows: &[(&str, &str)]) -> Result<Vec<Option<Vec<u8>>>, consumer::Problem> {
    let row = |(key, name): &(&str, &str)| state::Row { key: (*key).into(), name: (*name).into() };
    let rows: Vec<_> = rows.iter().map(row).collect();
    state::get_many(&rows).map_err(consumer::Problem::from)
}

pub(crate) fn put_many(
    changes: Vec<(String, String, Option<Vec<u8>>)>,
) -> Result<(), consumer::Problem> {
    let change = |(key, name, value)| state::Change { key, name, value };
    let changes: Vec<_> = changes.into_iter().map(change).collect();
    state::put_many(&changes).map_err(consumer::Problem::from)
}

pub(crate) fn scan(
    key: &str,
    prefix: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<(Vec<(String, Vec<u8>)>, bool), consumer::Problem> {
    let page = state::scan(key, prefix, after, limit).map_err(consumer::Problem::from)?;
    let entries = page.entries.into_iter().map(|entry| (entry.name, entry.value));
    Ok((entries.collect(), page.more))
}

pub(crate) fn now() -> u64 {
    timers::now()
}

pub(crate) fn set_timers(timers: &[(&str, &str, Option<u64>)]) -> Result<(), consumer::Problem> {
    let timer = |(key, name, due_ms): &(&str, &str, Option<u64>)| timers::Timer {
        key: (*key).into(),
        name: (*name).into(),
        due_ms: *due_ms,
    };
    let timers: Vec<_> = timers.iter().map(timer).collect();
    timers::set_many(&timers).map_err(consumer::Problem::from)
}

pub(crate) fn open_secret(name: &str) -> Result<u32, consumer::Problem> {
    secrets::open(name).map_err(consumer::Problem::from)
}

pub(crate) fn reveal_secret(secret: u32) -> Result<String, consumer::Problem> {
    secrets::reveal(secret).map_err(consumer::Problem::from)
}

pub(crate) fn fetch(request: ours::Request) -> Result<ours::Response, ours::Error> {
    let header = |(name, value)| http::Header {
        name,
        value: match value {
            ours::Value::Plain(bytes) => http::Value::Bytes(bytes),
            ours::Value::Secret { secret, prefix } => {
                let (secret, suffix) = (secret.number(), String::new());
                http::Value::Secret(http::Sealed { secret, prefix, suffix })
            }
        },
    };
    let ours::Request { method, url, headers, body, time } = request;
    let headers = headers.into_iter().map(header).collect();
    let time_ms = time.map(|time| u32::try_from(time.as_millis()).unwrap_or(u32::MAX));
    let request = http::Request { method, url, headers, body, time_ms, extra: Vec::new() };
    match http::fetch(&request) {
        Ok(http::Response { status, headers, body, .. }) => {
            Ok(ours::Response { status, headers, body })
        }
        Err(error) => Err(error.into()),
    }
}

impl From<http::Error> for ours::Error {
    fn from(from: http::Error) -> Self {
        match from {
            http::Error::Denied(why) => Self::Denied(why),
            http::Error::Invalid(why) => Self::Invalid(why),
            http::Error::TooMany(why) => Self::TooMany(why),
            http::Error::Busy(why) => Self::Busy(why),
            http::Error::NotReached(why) => Self::NotReached(why),
            http::Error::TimedOut(why) => Self::TimedOut(why),
            http::Error::TooLarge(why) => Self::TooLarge(why),
            http::Error::Failed(why) => Self::Failed(why),
            http::Error::Extra((kind, value)) => Self::Failed(format!("{kind}: {value}")),
        }
    }
}

impl From<Problem> for consumer::Problem {
    fn from(from: Problem) -> Self {
        match from {
            Problem::Denied(why) => Self::Denied(why),
            Problem::Invalid(why) => Self::Invalid(why),
            Problem::Extra((kind, value)) => Self::Invalid(format!("{kind}: {value}")),
        }
    }
}

impl From<DueBatch> for consumer::Timers {
    fn from(from: DueBatch) -> Self {
        let due = |(index, due): (u32, bindings::exports::shardmill::guest::stateful::Due)| {
            consumer::Due { index, key: due.key, name: due.name, due_ms: due.due_ms }
        };
        Self {
            stream: from.stream,
            shard: from.shard,
            attempt: from.attempt,
            timers: (0..).zip(from.timers).map(due).collect(),
            extra: from.extra,
        }
    }
}

conversions!();
