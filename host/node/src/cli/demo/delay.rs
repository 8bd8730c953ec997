//! How long it took from a record to what was made of it (pure).

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::check::{Placed, Read};
use super::filtered::Match;
use crate::cli::latency::Latencies;

/// The time between the arrival of each matched output and that of its input, both as the server tells them:
/// milliseconds. What was not read has none.
pub(super) fn delays<'a>(
    matches: impl IntoIterator<Item = &'a Match>,
    placed: &[Placed],
    read: &BTreeMap<String, Vec<Read>>,
) -> Latencies {
    let mut arrivals: HashMap<(&str, &str), u64> = HashMap::new();
    for (shard, read) in read {
        let arrived = read.iter().map(|one| ((&**shard, &*one.sequence_number), one.arrival_ms));
        arrivals.extend(arrived);
    }
    let mut delays = Latencies::new();
    for one in matches {
        let Placed { shard, sequence_number } = &placed[one.index];
        if let Some(arrival) = arrivals.get(&(&**shard, &**sequence_number)) {
            delays.record(Duration::from_millis(one.arrival_ms.saturating_sub(*arrival)));
        }
    }
    delays
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_output_is_measured_against_its_own_input() {
        let placed: Vec<Placed> = ["1", "2", "3"]
            .map(|number| Placed { shard: "0".to_owned(), sequence_number: number.to_owned() })
            .into();
        let read = [("1", 1000), ("2", 1010)].map(|(number, arrival_ms)| Read {
            sequence_number: number.to_owned(),
            key: String::new(),
            data: Vec::new(),
            arrival_ms,
        });
        let read = BTreeMap::from([("0".to_owned(), Vec::from(read))]);
        let matches = [(1, 1013), (0, 1009), (2, 5000)];
        let matches = matches.map(|(index, arrival_ms)| Match { index, arrival_ms });
        let summary = delays(&matches, &placed, &read).summary();
        assert_eq!(summary.count, 2, "the third was not read");
        assert!((summary.p50_ms - 3.0).abs() < 0.01, "{summary:?}");
        assert!((summary.max_ms - 9.0).abs() < 0.01, "{summary:?}");
    }
}
