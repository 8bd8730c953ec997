//! Whether what came out is what filtering the input gives (pure).

use std::collections::{BTreeMap, HashMap};

use super::check::Read;
use super::quake::{Alert, Quake};
use crate::client::PutRecord;

/// An event that must come out, and the place in the input of the record that holds it.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) index: usize,
    quake: Quake,
}

/// The events whose magnitude is `min_magnitude` or more. `quakes` goes with the input, one for one.
pub(super) fn expected(quakes: Vec<Quake>, min_magnitude: f64) -> Vec<Expected> {
    let all = quakes.into_iter().enumerate().map(|(index, quake)| Expected { index, quake });
    all.filter(|expected| expected.quake.magnitude >= min_magnitude).collect()
}

/// What came out of one input record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// The place of the input record.
    pub(super) index: usize,
    /// When its output arrived.
    pub(super) arrival_ms: u64,
}

/// What is wrong, in sentences, and what was made of which input.
///
/// Every expected event must come out once, tell what the event told, and nothing else may come out; and
/// along each shard, what was made of the records of one input key must stand in the order in which these
/// were put.
pub(super) fn compare(
    records: &[PutRecord],
    expected: &[Expected],
    read: &BTreeMap<String, Vec<Read>>,
) -> (Vec<Match>, Vec<String>) {
    let mut matches = Vec::new();
    let mut problems = Vec::new();
    let mut wanted: HashMap<&str, &Expected> =
        expected.iter().map(|expected| (expected.quake.id.as_str(), expected)).collect();
    for (shard, read) in read {
        let mut newest_of_key: HashMap<&str, usize> = HashMap::new();
        for one in read {
            let number = &one.sequence_number;
            let alert = match Alert::parse(&one.data) {
                Ok(alert) => alert,
                Err(error) => {
                    problems.push(format!("{shard}: {number} is no alert: {error}"));
                    continue;
                }
            };
            let Some(expected) = wanted.remove(alert.id.as_str()) else {
                problems
                    .push(format!("{shard}: event {} must not come out, or came twice", alert.id));
                continue;
            };
            if let Some(what) = expected.quake.differs_from(&alert, one) {
                problems.push(format!("{shard}: {what} of event {} is not the input's", alert.id));
            }
            let index = expected.index;
            let newest = newest_of_key.insert(&records[index].key, index);
            if newest.is_some_and(|newest| newest > index) {
                let key = &records[index].key;
                problems
                    .push(format!("{shard}: event {} is out of the order of `{key}`", alert.id));
            }
            matches.push(Match { index, arrival_ms: one.arrival_ms });
        }
    }
    let mut missing: Vec<_> = wanted.into_keys().collect();
    missing.sort_unstable();
    problems.extend(missing.iter().map(|id| format!("event {id} did not come out")));
    (matches, problems)
}

#[cfg(test)]
mod tests {
    use super::super::quake::tests::{alert, event};
    use super::*;

    type Shards = BTreeMap<String, Vec<Read>>;

    fn out(number: u32, id: &str, net: &str, magnitude: f64) -> Read {
        Read {
            sequence_number: format!("49{number:03}"),
            key: "Taiwan".to_owned(),
            data: alert(id, net, magnitude).to_string().into_bytes(),
            arrival_ms: 7,
        }
    }

    /// Four events of two networks, of which three are strong enough.
    fn problems_after(change: impl FnOnce(&mut Shards)) -> Vec<String> {
        let records = [
            event("a", "us", 5.0),
            event("b", "us", 2.4),
            event("c", "tw", 2.5),
            event("d", "us", 3.0),
        ];
        let quakes = records.iter().map(|record| Quake::parse(record).unwrap()).collect();
        let expected = expected(quakes, 2.5);
        let reads = vec![out(1, "c", "tw", 2.5), out(2, "a", "us", 5.0), out(3, "d", "us", 3.0)];
        let mut read = Shards::from([("0".to_owned(), reads)]);
        change(&mut read);
        let (matches, problems) = compare(&records, &expected, &read);
        if problems.is_empty() {
            let mut indexes: Vec<usize> = matches.iter().map(|one| one.index).collect();
            indexes.sort_unstable();
            assert_eq!(indexes, [0, 2, 3]);
        }
        problems
    }

    fn shard(read: &mut Shards) -> &mut Vec<Read> {
        read.get_mut("0").unwrap()
    }

    #[test]
    fn what_the_filter_gives_is_no_problem() {
        assert_eq!(problems_after(|_| {}), Vec::<String>::new());
    }

    #[test]
    fn what_is_missing_added_doubled_or_changed_is_found() {
        let found = problems_after(|read| drop(shard(read).pop()));
        assert_eq!(found, ["event d did not come out"]);
        let found = problems_after(|read| shard(read).push(out(4, "b", "us", 2.4)));
        assert_eq!(found, ["0: event b must not come out, or came twice"]);
        let found = problems_after(|read| {
            read.insert("1".to_owned(), vec![out(4, "a", "us", 5.0)]);
        });
        assert_eq!(found, ["1: event a must not come out, or came twice"]);
        let found = problems_after(|read| shard(read)[1] = out(2, "a", "us", 5.1));
        assert_eq!(found, ["0: magnitude of event a is not the input's"]);
        let found = problems_after(|read| shard(read)[1].data = b"{}".to_vec());
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn a_key_out_of_order_is_found() {
        let found = problems_after(|read| shard(read).swap(1, 2));
        assert_eq!(found, ["0: event a is out of the order of `us`"]);
        // Keys have no order between each other, shards neither.
        assert_eq!(problems_after(|read| shard(read).swap(0, 1)).len(), 0);
    }
}
