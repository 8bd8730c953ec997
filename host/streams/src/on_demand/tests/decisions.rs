//! Single decisions.

use domain::ShardId;

use super::super::load::Load;
use super::super::policy::{Decision, Seen, View, decide, target};

fn view(loads: &[u32], peak: u32) -> View {
    let shard = |(id, load): (u32, &u32)| Seen {
        id: ShardId(id),
        width: 1 << 100,
        load: Load(*load),
        is_hot: *load > 500,
        is_stuck: false,
        long_peak: Some(Load(*load)),
    };
    View {
        floor: 4,
        ceiling: 100,
        peak: Load(peak),
        merged_lately: false,
        shards: (0..).zip(loads).map(shard).collect(),
    }
}

fn ids(ids: &[u32]) -> Vec<ShardId> {
    ids.iter().copied().map(ShardId).collect()
}

#[test]
fn the_target_keeps_between_floor_and_ceiling() {
    for (peak, shards) in [(0, 4), (2000, 4), (2001, 5), (49_999, 100), (60_000, 100)] {
        assert_eq!(target(&view(&[], peak)), shards, "{peak}");
    }
}

#[test]
fn what_is_missing_is_added_where_the_load_is() {
    let decided = decide(&view(&[10, 400, 20, 30], 3000));
    assert_eq!(decided, Decision::Split(ids(&[1, 3])));
    assert_eq!(decide(&view(&[10, 400, 20, 30], 4000)), Decision::Resize(8));
}

#[test]
fn what_is_hot_is_split_up_to_twice_the_target() {
    let hot = view(&[600, 10, 700, 10], 1500);
    assert_eq!(decide(&hot), Decision::Split(ids(&[2, 0])));
    let full = view(&[600, 10, 10, 10, 10, 10, 10, 10], 1500);
    assert!(!matches!(decide(&full), Decision::Split(_)));
    let mut stuck = hot;
    stuck.shards[2].is_stuck = true;
    assert_eq!(decide(&stuck), Decision::Split(ids(&[0])));
    stuck.shards[0].width = 0;
    assert_eq!(decide(&stuck), Decision::Stay);
}

#[test]
fn cold_neighbours_are_merged_a_few_at_a_time() {
    let pair = |low: u32, high: u32| (ShardId(low), ShardId(high));
    let cold = view(&[1, 1, 300, 0, 0, 0, 9, 9], 100);
    assert_eq!(decide(&cold), Decision::Merge(vec![pair(3, 4), pair(0, 1)]));
    let mut lately = cold.clone();
    lately.merged_lately = true;
    assert_eq!(decide(&lately), Decision::Stay);
    let mut unknown = cold;
    unknown.shards.iter_mut().for_each(|shard| shard.long_peak = None);
    assert_eq!(decide(&unknown), Decision::Stay);
    // Together they would be half as hot as it takes to split.
    assert_eq!(decide(&view(&[200, 100, 200, 100, 200, 100], 900)), Decision::Stay);
    // One of many is not worth it.
    assert_eq!(decide(&view(&[0; 21], 10_000)), Decision::Stay);
    assert_eq!(decide(&view(&[0; 4], 0)), Decision::Stay);
}
