//! Loads that real streams have: what is refused, how often shards change, and how many there are.

use std::f64::consts::TAU;

use super::world::{DAY, Keys, World};

const MONTH: u64 = 30 * DAY;

fn many() -> Keys {
    Keys::new(20_000, 0.0)
}

#[expect(clippy::cast_precision_loss, reason = "minutes of some weeks")]
fn float(minute: u64) -> f64 {
    minute as f64
}

/// A number from 0 to 1 that looks random.
fn noise(minute: u64) -> f64 {
    let mixed = minute.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    float(mixed) / float(1 << 24)
}

#[test]
fn silence_changes_nothing() {
    let mut world = World::new(many());
    world.run(MONTH, |_| 0.0);
    assert_eq!((world.count(), world.changes.len()), (4, 0));
}

#[test]
fn a_flat_load_gets_twice_what_it_takes_and_keeps_it() {
    for (load, least, days) in [(1500.0, 4, 30), (20_000.0, 40, 30), (100_000.0, 200, 3)] {
        let mut world = World::new(many());
        world.run(days * DAY, |_| load);
        // From four shards on the number doubles minute by minute.
        assert_eq!(world.throttled_since(10), 0, "{load}: {:?}", world.throttled);
        assert!((least..=least * 2).contains(&world.count()), "{load}: {}", world.count());
        assert_eq!(world.changes_since(DAY), 0, "{load}: {:?}", world.changes);
        assert!(world.changes.len() <= 20, "{load}: {:?}", world.changes);
    }
}

#[test]
fn a_daily_wave_is_learnt_on_its_first_day() {
    let wave = |minute: u64| 5200.0 - 4800.0 * (TAU * float(minute) / float(DAY)).cos();
    let mut world = World::new(many());
    world.run(MONTH, wave);
    // It doubles more slowly than every fifteen minutes.
    assert_eq!(world.throttled, []);
    assert!((20..=40).contains(&world.count()), "{}", world.count());
    assert_eq!(world.changes_since(2 * DAY), 0, "{:?}", world.changes);
}

#[test]
fn noise_does_not_make_shards_flap() {
    let mut world = World::new(many());
    world.run(MONTH, |minute| 5000.0 * (0.7 + 0.6 * noise(minute)));
    assert_eq!(world.throttled_since(10), 0);
    assert!((13..=20).contains(&world.count()), "{}", world.count());
    assert_eq!(world.changes_since(2 * DAY), 0, "{:?}", world.changes);
}

#[test]
fn a_spike_is_remembered_for_thirty_days() {
    let spike =
        |minute: u64| if (3 * DAY..3 * DAY + 10).contains(&minute) { 8000.0 } else { 1000.0 };
    let mut world = World::new(many());
    world.run(20 * DAY, spike);
    // More than twice of what there was, within a minute: the first minutes are refused in part.
    assert!(world.throttled_since(0) <= 3, "{:?}", world.throttled);
    assert!((16..=20).contains(&world.count()), "{}", world.count());
    // What the first minutes split too much is merged again once that is known.
    assert_eq!(world.changes_since(7 * DAY), 0, "{:?}", world.changes);
    world.run(12 * DAY, spike);
    assert_eq!(world.changes_since(7 * DAY), 0, "{:?}", world.changes);
    world.run(8 * DAY, spike);
    assert!(world.count() <= 5, "{}", world.count());
    assert!(world.changes.iter().filter(|(at, _)| *at > 33 * DAY).all(|(_, by)| *by < 0));
    let shrinking = world.changes_since(33 * DAY);
    world.run(20 * DAY, spike);
    assert_eq!(world.changes_since(33 * DAY), shrinking);
    assert_eq!(world.throttled_since(3 * DAY + 3), 0);
}

#[test]
fn a_ramp_is_never_refused() {
    let mut world = World::new(many());
    world.run(MONTH, |minute| 40_000.0 * float(minute) / float(MONTH));
    assert_eq!(world.throttled, []);
    assert!((80..=160).contains(&world.count()), "{}", world.count());
    assert!(world.changes.iter().all(|(_, by)| *by > 0));
    assert!(world.changes.len() < 160, "{}", world.changes.len());
}

#[test]
fn a_load_that_doubles_every_fifteen_minutes_is_never_refused() {
    let mut world = World::new(many());
    let demand = |minute: u64| 1000.0 * (float(minute.min(105)) / 15.0).exp2();
    world.run(2 * DAY, demand);
    assert_eq!(world.throttled, []);
    assert!((256..=512).contains(&world.count()), "{}", world.count());
}

#[test]
fn a_hot_key_gets_a_shard_and_is_then_left_alone() {
    let mut world = World::new(Keys::new(1000, 0.6));
    world.run(MONTH, |_| 1400.0);
    assert_eq!(world.throttled, []);
    assert!((4..=8).contains(&world.count()), "{}", world.count());
    assert_eq!(world.changes_since(4 * DAY), 0, "{:?}", world.changes);
    assert!(world.changes.len() <= 6, "{:?}", world.changes);
    // Beyond what one shard takes nothing helps; the others go on, and nobody splits without end.
    let mut world = World::new(Keys::new(1000, 0.6));
    world.run(MONTH, |_| 4000.0);
    assert_eq!(world.throttled_since(0), MONTH);
    assert!(world.most <= 20, "{}", world.most);
    assert_eq!(world.changes_since(4 * DAY), 0, "{:?}", world.changes);
}

#[test]
fn a_skewed_load_is_split_where_it_is() {
    // Half of all goes to a tenth of the keys, which lie where they lie.
    let mut world = World::new(Keys::new(40, 0.2));
    world.run(MONTH, |_| 3000.0);
    assert_eq!(world.throttled_since(15), 0, "{:?}", world.throttled);
    assert!((6..=12).contains(&world.count()), "{}", world.count());
    assert_eq!(world.changes_since(4 * DAY), 0, "{:?}", world.changes);
}

#[test]
fn growth_and_decline_over_months_follow_the_load() {
    let months = |minute: u64| {
        let month = float(minute) / float(MONTH);
        if month < 1.0 {
            1000.0 * (month * 4.0).exp2()
        } else {
            16_000.0 * (-(month - 1.0) * 4.0).exp2()
        }
    };
    let mut world = World::new(many());
    world.run(MONTH, months);
    assert_eq!(world.throttled, []);
    assert!((32..=64).contains(&world.count()), "{}", world.count());
    world.run(2 * MONTH, months);
    assert_eq!(world.throttled, []);
    // The load of the month before that is what counts.
    assert!(world.count() <= 6, "{}", world.count());
    assert!(world.changes.len() < 120, "{}", world.changes.len());
}

#[test]
fn warm_throughput_is_a_floor() {
    let mut world = World::new(many());
    world.floor = 50;
    world.run(MONTH, |_| 1000.0);
    assert_eq!((world.count(), world.changes.len()), (50, 1));
    world.floor = 4;
    world.run(5 * DAY, |_| 1000.0);
    assert!(world.count() <= 5, "{}", world.count());
    assert_eq!(world.throttled, []);
}
