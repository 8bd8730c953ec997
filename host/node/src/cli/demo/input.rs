//! The records of the demonstration, and who puts which.

use std::collections::HashMap;
use std::io::Cursor;
use std::path::Path;

use anyhow::Context as _;

use crate::cli::lines::Lines;
use crate::cli::put::field_of;
use crate::client::PutRecord;
use crate::refusal::Refusal;
use crate::wiring;

/// A week of real earthquakes; where it comes from stands beside it.
const EARTHQUAKES: &[u8] = include_bytes!("../../../../../examples/earthquakes/earthquakes.ndjson");

/// The records of `path`, or the earthquakes.
///
/// # Errors
/// If the file cannot be read, has no lines, or a line has no field `key_field`.
pub(super) fn load(path: Option<&Path>, key_field: &str) -> anyhow::Result<Vec<PutRecord>> {
    let own = match path {
        Some(path) => {
            wiring::read_file(path).with_context(|| format!("cannot read `{}`", path.display()))?
        }
        None => EARTHQUAKES.to_vec(),
    };
    let mut lines = Lines::new(Cursor::new(own));
    let mut records = Vec::new();
    while let Some(line) = lines.next().context("cannot read the input")? {
        records.push(PutRecord { key: field_of(&line, key_field)?, data: line.data });
    }
    if records.is_empty() {
        return Err(Refusal::failed("the input has no lines").into());
    }
    Ok(records)
}

/// Shares records out to `count` workers so that all of one key go to one worker, in order: only then is
/// their order in the stream certain. The largest keys are given out first, each to the least busy worker.
pub(super) fn share_out(records: &[PutRecord], count: usize) -> Vec<Vec<usize>> {
    let mut by_key: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, record) in records.iter().enumerate() {
        by_key.entry(&record.key).or_default().push(index);
    }
    let mut keys: Vec<Vec<usize>> = by_key.into_values().collect();
    keys.sort_by_key(|indexes| (std::cmp::Reverse(indexes.len()), indexes[0]));
    let mut shares = vec![Vec::new(); count.max(1)];
    for indexes in keys {
        if let Some(least) = shares.iter_mut().min_by_key(|share| share.len()) {
            least.extend(indexes);
        }
    }
    for share in &mut shares {
        share.sort_unstable();
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_records_are_all_there() {
        let records = load(None, "net").unwrap();
        assert_eq!(records.len(), 1707);
        assert_eq!(records[0].key, "uw");
        assert!(load(None, "nosuch").is_err());
    }

    #[test]
    fn each_key_has_one_worker_and_each_record_is_put_once() {
        let records = load(None, "net").unwrap();
        let shares = share_out(&records, 4);
        let mut owner = HashMap::new();
        let mut all: Vec<usize> = Vec::new();
        for (worker, share) in shares.iter().enumerate() {
            assert!(share.is_sorted());
            for index in share {
                let key = &records[*index].key;
                assert_eq!(*owner.entry(key).or_insert(worker), worker, "{key}");
            }
            all.extend(share);
        }
        all.sort_unstable();
        assert_eq!(all, (0..1707).collect::<Vec<_>>());
        assert!(shares.iter().all(|share| share.len() > 300), "evenly shared");
    }
}
