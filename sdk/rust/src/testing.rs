//! What stands in for the host when functions are tested natively: batches, an environment, a log.
//!
//! ```
//! use shardmill_guest::{config, testing};
//!
//! let batch = testing::batch([("key", "payload"), ("key", "more")]);
//! assert_eq!(batch.records[1].text(), Ok("more"));
//! testing::with_environment([("LEVEL", "3")], || assert_eq!(config::parse("LEVEL", 0), Ok(3)));
//! ```

mod keyed;

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::log::Level;
use crate::{Batch, Record};

pub use keyed::{NOW_MS, add_secret, answer_requests, timers, with_state};
pub(crate) use keyed::{
    fetch, open_secret, reveal_secret, set_timers, state_get_many, state_put_many, state_scan,
};

type Lines = Vec<(Level, String)>;

thread_local! {
    static ENVIRONMENT: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
    static LOG: RefCell<Option<Lines>> = const { RefCell::new(None) };
}

/// A batch of records with these partition keys and payloads.
pub fn batch<K: Into<String>, D: Into<Vec<u8>>>(
    records: impl IntoIterator<Item = (K, D)>,
) -> Batch {
    let record = |(index, (key, data)): (u32, (K, D))| Record {
        index,
        sequence: format!("{:056}", 49 + index),
        sub_sequence: 0,
        partition_key: key.into(),
        arrival_ms: 1_700_000_000_000 + u64::from(index),
        data: data.into(),
    };
    let records: Vec<Record> = (0..).zip(records).map(record).collect();
    let sequence = |record: Option<&Record>| record.map(|one| one.sequence.clone());
    Batch {
        stream: "arn:aws:kinesis:us-east-1:000000000000:stream/test".to_owned(),
        shard: "shardId-000000000000".to_owned(),
        first_sequence: sequence(records.first()).unwrap_or_default(),
        last_sequence: sequence(records.last()).unwrap_or_default(),
        attempt: 1,
        is_replay: false,
        behind_ms: 0,
        records,
        extra: Vec::new(),
    }
}

/// Runs `work` with these variables, on this thread.
pub fn with_environment<K: Into<String>, V: Into<String>, T>(
    variables: impl IntoIterator<Item = (K, V)>,
    work: impl FnOnce() -> T,
) -> T {
    let variables = variables.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
    let before = ENVIRONMENT.replace(variables);
    let result = work();
    ENVIRONMENT.set(before);
    result
}

/// Runs `work` and gives what it logged on this thread, which then does not go to stderr.
pub fn logged<T>(work: impl FnOnce() -> T) -> (T, Vec<(Level, String)>) {
    let before = LOG.replace(Some(Lines::new()));
    let result = work();
    (result, LOG.replace(before).unwrap_or_default())
}

pub(crate) fn log(level: Level, message: &str) {
    LOG.with_borrow_mut(|lines| match lines {
        Some(lines) => lines.push((level, message.to_owned())),
        None => eprintln!("{level:?}: {message}"),
    });
}

pub(crate) fn config_get(key: &str) -> Option<String> {
    ENVIRONMENT.with_borrow(|variables| variables.get(key).cloned())
}

pub(crate) fn config_all() -> Vec<(String, String)> {
    let all = |variables: &BTreeMap<String, String>| variables.clone().into_iter().collect();
    ENVIRONMENT.with_borrow(all)
}
