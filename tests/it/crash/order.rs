//! Order in a shard agrees with the order in which answers came and requests went.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use super::ledger::{Fate, Ledger};

/// When a record was sent and answered, by its number.
type Shard = BTreeMap<String, (u64, u64)>;

/// A record that was sent after another one was acknowledged has the larger number.
pub(super) fn real_time(ledger: &Ledger) -> Result<()> {
    let mut shards: BTreeMap<(usize, String), Shard> = BTreeMap::new();
    for entry in ledger.entries().into_values() {
        if let Fate::Acknowledged(place) = entry.fate {
            let shard = shards.entry((place.stream, place.shard)).or_default();
            shard.insert(place.number, (entry.sent, entry.answered));
        }
    }
    for (shard, records) in shards {
        ensure!(is_in_order(&records), "{shard:?} is not in the order of time");
    }
    Ok(())
}

fn is_in_order(records: &Shard) -> bool {
    let mut first_answer_above = u64::MAX;
    for (sent, answered) in records.values().rev() {
        if *sent > first_answer_above {
            return false;
        }
        first_answer_above = first_answer_above.min(*answered);
    }
    true
}

#[test]
fn a_swap_is_noticed() {
    let records = |times: [(u64, u64); 3]| {
        let numbers = ["1", "2", "3"].map(str::to_owned);
        numbers.into_iter().zip(times).collect::<Shard>()
    };
    assert!(is_in_order(&records([(0, 1), (2, 4), (3, 5)])));
    assert!(is_in_order(&records([(3, 5), (2, 4), (0, 6)])), "all three were under way at once");
    assert!(!is_in_order(&records([(2, 3), (0, 1), (4, 5)])));
}
