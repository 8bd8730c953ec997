//! Counts the records of each partition key, and tells of keys that have become quiet.

mod summary;

use std::collections::BTreeMap;

use shardmill_guest::consumer::{Timers, state, timers};
use shardmill_guest::{Batch, Failure, Reply, config, consumer};

use summary::Summary;

consumer!(handle, on_timers);

/// Where the summary of a key lies.
const SUMMARY: &str = "summary";
/// The timer that is due when a key was quiet for long.
const QUIET: &str = "quiet";

fn handle(batch: Batch) -> Result<Reply, Failure> {
    let quiet_seconds: u64 = config::parse("QUIET_SECONDS", 0)?;
    let mut summaries = summaries(batch.records.iter().map(|record| &*record.partition_key))?;
    let mut reply = Reply::new();
    for record in &batch {
        let key = &*record.partition_key;
        let summary = summaries.entry(key).or_default();
        summary.count(&record.data);
        reply.emit(record, serde_json::to_vec(&summary.told(key, false))?);
    }
    if quiet_seconds > 0 {
        let due = timers::now() + quiet_seconds * 1000;
        let set: Vec<_> = summaries.keys().map(|key| (*key, QUIET, Some(due))).collect();
        timers::set_many(&set)?;
    }
    let changes: Result<Vec<_>, serde_json::Error> = summaries
        .iter()
        .map(|(key, summary)| Ok((*key, SUMMARY, Some(serde_json::to_vec(summary)?))))
        .collect();
    state::put_many(changes?)?;
    Ok(reply)
}

/// Tells of each key that nothing came for a while, in the stream `QUIET_STREAM` if one is named.
fn on_timers(due: Timers) -> Result<Reply, Failure> {
    let stream = config::get("QUIET_STREAM").filter(|name| !name.is_empty());
    let summaries = summaries(due.timers.iter().map(|timer| &*timer.key))?;
    let mut reply = Reply::new();
    for timer in &due {
        let summary = summaries.get(&*timer.key).copied().unwrap_or_default();
        let emit = reply.emit_for(timer, serde_json::to_vec(&summary.told(&timer.key, true))?);
        if let Some(stream) = &stream {
            emit.to(stream);
        }
    }
    Ok(reply)
}

/// The summaries of these keys as they are kept, asked for at once.
fn summaries<'k>(
    keys: impl Iterator<Item = &'k str>,
) -> Result<BTreeMap<&'k str, Summary>, Failure> {
    let mut summaries: BTreeMap<&str, Summary> =
        keys.map(|key| (key, Summary::default())).collect();
    let rows: Vec<(&str, &str)> = summaries.keys().map(|key| (*key, SUMMARY)).collect();
    let kept = state::get_many(&rows)?;
    for (summary, kept) in summaries.values_mut().zip(kept) {
        if let Some(kept) = kept {
            *summary = serde_json::from_slice(&kept)?;
        }
    }
    Ok(summaries)
}

#[cfg(test)]
mod tests {
    use shardmill_guest::testing;

    use super::*;

    fn told(reply: &Reply) -> Vec<String> {
        reply.emits.iter().map(|emit| String::from_utf8_lossy(&emit.data).into_owned()).collect()
    }

    #[test]
    fn counts_from_batch_to_batch() {
        let batch = testing::batch([("us", r#"{"mag":2}"#), ("ci", "{}"), ("us", r#"{"mag":1}"#)]);
        testing::with_state(&batch, || {
            testing::with_environment([("QUIET_SECONDS", "60")], || {
                let expected = [
                    r#"{"key":"us","count":1,"largest":2.0}"#,
                    r#"{"key":"ci","count":1,"largest":null}"#,
                    r#"{"key":"us","count":2,"largest":2.0}"#,
                ];
                assert_eq!(told(&handle(batch.clone()).expect("it works")), expected);
                let again = told(&handle(batch.clone()).expect("it works"));
                assert_eq!(again[2], r#"{"key":"us","count":4,"largest":2.0}"#);
            });
            let due = testing::NOW_MS + 60_000;
            let quiet = |key: &str| (key.to_owned(), QUIET.to_owned(), due);
            assert_eq!(testing::timers(), [quiet("ci"), quiet("us")]);
        });
    }
}
