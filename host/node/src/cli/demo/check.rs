//! Whether what was read is what was put (pure).

use std::collections::{BTreeMap, HashMap};

use crate::client::PutRecord;

/// Where the server said that a record went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) shard: String,
    pub(super) sequence_number: String,
}

/// A record as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) sequence_number: String,
    pub(super) key: String,
    pub(super) data: Vec<u8>,
    /// When the server says that it arrived.
    pub(super) arrival_ms: u64,
}

/// What is wrong, in sentences; empty if nothing is.
///
/// Every record must come back once, from the shard and under the number that the server acknowledged, byte
/// for byte; numbers must rise along each shard; and the records of one key must come in the order in which
/// they were put. `placed` goes with `records`, one for one.
pub(super) fn problems(
    records: &[PutRecord],
    placed: &[Placed],
    read: &BTreeMap<String, Vec<Read>>,
) -> Vec<String> {
    let mut problems = Vec::new();
    let mut expected: HashMap<(&str, &str), usize> = HashMap::new();
    for (index, Placed { shard, sequence_number }) in placed.iter().enumerate() {
        if expected.insert((shard, sequence_number), index).is_some() {
            problems.push(format!("{shard}: {sequence_number} was given twice"));
        }
    }
    let mut newest_of_key: HashMap<&str, usize> = HashMap::new();
    for (shard, read) in read {
        for pair in read.windows(2) {
            if pair[0].sequence_number >= pair[1].sequence_number {
                problems.push(format!("{shard}: {} does not rise", pair[1].sequence_number));
            }
        }
        for one in read {
            let number = &one.sequence_number;
            let Some(index) = expected.remove(&(shard.as_str(), number.as_str())) else {
                problems.push(format!("{shard}: {number} was not acknowledged, or came twice"));
                continue;
            };
            let record = &records[index];
            if record.key != one.key || record.data != one.data {
                problems.push(format!("{shard}: {number} is not what was put"));
            }
            let newest = newest_of_key.insert(&record.key, index);
            if newest.is_some_and(|newest| newest > index) {
                problems.push(format!("{shard}: {number} is out of the order of `{}`", record.key));
            }
        }
    }
    let mut missing: Vec<_> = expected.into_keys().collect();
    missing.sort_unstable();
    problems.extend(
        missing.iter().map(|(shard, number)| format!("{shard}: {number} did not come back")),
    );
    problems
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    type Shards = BTreeMap<String, Vec<Read>>;

    /// Six records of two keys, each key in its own shard, read back as put.
    fn good() -> (Vec<PutRecord>, Vec<Placed>, Shards) {
        let mut read = Shards::new();
        let (mut records, mut placed) = (Vec::new(), Vec::new());
        for index in 0..6 {
            let key = ["a", "b"][index % 2].to_owned();
            let data = format!("data {index}");
            let shard = format!("shard {key}");
            let sequence_number = format!("49{index:03}");
            records.push(PutRecord::new(key.clone(), Bytes::from(data.clone())));
            placed.push(Placed { shard: shard.clone(), sequence_number: sequence_number.clone() });
            let data = data.into();
            let one = Read { sequence_number, key, data, arrival_ms: 0 };
            read.entry(shard).or_default().push(one);
        }
        (records, placed, read)
    }

    fn after(change: impl FnOnce(&mut Vec<Read>)) -> Vec<String> {
        let (records, placed, mut read) = good();
        change(read.get_mut("shard a").unwrap());
        problems(&records, &placed, &read)
    }

    #[test]
    fn what_was_put_and_read_is_no_problem() {
        assert_eq!(after(|_| {}), Vec::<String>::new());
    }

    #[test]
    fn a_record_that_is_gone_changed_doubled_or_added_is_found() {
        assert_eq!(after(|read| drop(read.pop())), ["shard a: 49004 did not come back"]);
        assert_eq!(after(|read| read[1].data[0] ^= 1), ["shard a: 49002 is not what was put"]);
        assert_eq!(after(|read| read[1].key.push('x')), ["shard a: 49002 is not what was put"]);
        let doubled = after(|read| read.push(read[2].clone()));
        assert_eq!(doubled.len(), 2, "{doubled:?}");
        let added = after(|read| read[0].sequence_number.push('0'));
        assert_eq!(added.len(), 2, "{added:?}");
    }

    #[test]
    fn records_that_changed_places_are_found() {
        let swapped = after(|read| read.swap(0, 1));
        assert!(swapped.iter().any(|problem| problem.contains("does not rise")), "{swapped:?}");
        assert!(swapped.iter().any(|problem| problem.contains("order of `a`")), "{swapped:?}");
    }

    #[test]
    fn a_key_out_of_order_is_found_though_numbers_rise() {
        let (records, mut placed, mut read) = good();
        placed.swap(0, 2);
        let shard = read.get_mut("shard a").unwrap();
        let data = shard[0].data.clone();
        shard[0].data = std::mem::replace(&mut shard[1].data, data);
        let found = problems(&records, &placed, &read);
        assert_eq!(found, ["shard a: 49002 is out of the order of `a`"]);
    }

    #[test]
    fn a_number_given_twice_is_found() {
        let (records, mut placed, read) = good();
        placed[2] = placed[0].clone();
        assert!(!problems(&records, &placed, &read).is_empty());
    }
}
