//! The records of the demonstration, and who puts which.

use std::collections::{HashMap, HashSet};
use std::io::Cursor;
use std::path::Path;

use anyhow::Context as _;

use super::quake::Quake;
use crate::cli::lines::Lines;
use crate::cli::put::field_of;
use crate::client::PutRecord;
use crate::refusal::Refusal;
use crate::wiring;

/// A week of real earthquakes; where it comes from stands beside it.
const EARTHQUAKES: &[u8] = include_bytes!("../../../../../examples/earthquakes/earthquakes.ndjson");

/// Records to put, and the events in them, one for one.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) records: Vec<PutRecord>,
    pub(super) quakes: Vec<Quake>,
}

/// The records of `path`, or the earthquakes.
///
/// # Errors
/// If the file cannot be read, has no lines, or a line is no event, has no field `key_field`, or repeats an id.
pub(super) fn load(path: Option<&Path>, key_field: &str) -> anyhow::Result<Input> {
    let own = match path {
        Some(path) => {
            wiring::read_file(path).with_context(|| format!("cannot read `{}`", path.display()))?
        }
        None => EARTHQUAKES.to_vec(),
    };
    let mut lines = Lines::new(Cursor::new(own));
    let mut input = Input { records: Vec::new(), quakes: Vec::new() };
    let mut ids = HashSet::new();
    while let Some(line) = lines.next().context("cannot read the input")? {
        let record = PutRecord::new(field_of(&line, key_field)?, line.data);
        let quake = Quake::parse(&record).map_err(|error| {
            Refusal::failed(format!("line {} is no earthquake", line.number)).because(error).hint(
                "the function of the demonstration reads events like those in examples/earthquakes",
            )
        })?;
        if !ids.insert(quake.id.clone()) {
            let (number, id) = (line.number, &quake.id);
            return Err(
                Refusal::failed(format!("line {number}: event {id} was there before")).into()
            );
        }
        input.records.push(record);
        input.quakes.push(quake);
    }
    if input.records.is_empty() {
        return Err(Refusal::failed("the input has no lines").into());
    }
    Ok(input)
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
        let input = load(None, "net").unwrap();
        assert_eq!((input.records.len(), input.quakes.len()), (1707, 1707));
        assert_eq!(input.records[0].key, "uw");
        let significant = input.quakes.iter().filter(|quake| quake.magnitude >= 2.5);
        assert_eq!(significant.count(), 297);
        assert!(load(None, "nosuch").is_err());
    }

    #[test]
    fn a_line_that_cannot_be_used_is_named() {
        let temp = tempfile::tempdir().unwrap();
        let dir = wiring::open_dir(temp.path()).unwrap();
        let line = EARTHQUAKES.split_inclusive(|byte| *byte == b'\n').next().unwrap();
        let message = |text: &[u8]| {
            dir.replace("input", text, 0o600).unwrap();
            load(Some(&temp.path().join("input")), "net").unwrap_err().to_string()
        };
        assert_eq!(message(b""), "the input has no lines");
        assert_eq!(message(b"{\"net\":\"us\"}"), "line 1 is no earthquake");
        let twice = message(&[line, line].concat());
        assert_eq!(twice, "line 2: event uw61345682 was there before");
    }

    #[test]
    fn each_key_has_one_worker_and_each_record_is_put_once() {
        let records = load(None, "net").unwrap().records;
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
