//! Single cases: bounds of memory and of commits, windows, stopping, replays.

use std::time::Duration;

use crate::settings::Settings;

use super::dispatch::Said;
use super::world::World;

const SECOND: Duration = Duration::from_secs(1);
/// Of two lanes, "a" has one and "e" the other.
const TWO: Settings = Settings {
    batch_records: 100,
    batch_bytes: Settings::BATCH_BYTES_MAX,
    window: Duration::ZERO,
    factor: 2,
    tumbling: None,
    retries_max: None,
    age_max: None,
    bisects: false,
    park_after: None,
    tells_given_up: false,
    notes_given_up: false,
};

fn world(settings: Settings) -> World {
    let mut world = World::new(settings, 24 * 3600 * SECOND);
    world.dispatch();
    world.commit();
    world.committed();
    assert_eq!(world.durable.len(), usize::from(settings.factor));
    world
}

impl World {
    fn put_and_read(&mut self, keys: &[&'static str]) {
        keys.iter().for_each(|key| self.put(key));
        self.read(keys.len());
        self.dispatch();
    }

    /// Everything that runs is done and committed.
    fn finish(&mut self) {
        while !self.running.is_empty() {
            self.say(0, Said::Done { bytes: 0 });
        }
        self.commit();
        self.committed();
        self.dispatch();
    }
}

#[test]
fn a_lane_that_fails_stops_nobody_until_the_memory_is_full() {
    let mut world = world(TWO);
    world.put_and_read(&["a"]);
    world.say(0, Said::Failed { retry_after_ms: Some(1_000_000) });
    world.commit();
    world.committed();
    let mut rounds = 0;
    while world.lanes.wants().is_some() {
        rounds += 1;
        world.put_and_read(&["e", "a"]);
        assert_eq!(world.running.len(), 1);
        world.finish();
    }
    assert_eq!(rounds, 13);
    let stuck = world.durable.iter().filter(|lane| lane.done.offset == 0).count();
    let free = world.durable.iter().filter(|lane| lane.done.offset == 27).count();
    assert_eq!((stuck, free), (1, 1));
    world.now += 1000 * SECOND;
    world.dispatch();
    world.finish();
    assert!(world.lanes.wants().is_some());
    world.finish();
    assert!(world.durable.iter().all(|lane| lane.done.offset == 27));
}

#[test]
fn a_window_ends_early_where_the_memory_is_full() {
    let mut world = world(Settings { window: 100 * SECOND, ..TWO });
    while world.lanes.wants().is_some() {
        assert!(world.running.is_empty());
        world.put_and_read(&["a", "e"]);
    }
    assert_eq!(world.running.len(), 2);
}

#[test]
fn what_is_too_much_for_one_commit_comes_with_the_next() {
    let mut world = world(TWO);
    world.put_and_read(&["a", "e"]);
    world.say(0, Said::Done { bytes: 16_000_000 });
    world.say(0, Said::Done { bytes: 16_000_000 });
    for effects in 1..=2 {
        world.commit();
        world.committed();
        assert_eq!(world.effects.len(), effects);
    }
}

#[test]
fn what_finishes_during_a_commit_shares_the_next() {
    let mut world = world(Settings { factor: 10, ..TWO });
    world.put_and_read(&["a", "b", "c", "d", "e", "f", "g"]);
    let lanes = world.running.len();
    assert!(lanes > 3, "{lanes}");
    let first = world.running.values().next().unwrap().records.len();
    world.say(0, Said::Done { bytes: 10 });
    world.commit();
    while !world.running.is_empty() {
        world.say(0, Said::Done { bytes: 10 });
        world.commit();
    }
    world.committed();
    assert_eq!(world.effects.len(), first);
    world.commit();
    world.committed();
    assert_eq!(world.effects.len(), 7);
}

#[test]
fn who_is_stopped_finishes_notes_and_begins_nothing() {
    let mut world = world(TWO);
    world.put_and_read(&["a", "e", "a"]);
    world.lanes.stop();
    world.put_and_read(&["a", "e"]);
    assert_eq!((world.running.len(), world.lanes.wants()), (2, None));
    world.say(0, Said::Done { bytes: 0 });
    world.say(0, Said::Failed { retry_after_ms: None });
    assert!(!world.lanes.is_settled());
    world.commit();
    assert!(!world.lanes.is_settled());
    world.committed();
    assert!(world.lanes.is_settled());
    world.now += 1000 * SECOND;
    world.dispatch();
    assert!(world.running.is_empty() && world.lanes.deadline(&world.time()).is_none());
    assert_eq!(world.durable.iter().filter(|lane| !lane.retries.is_empty()).count(), 1);
}

#[test]
fn only_what_an_earlier_life_may_have_handed_out_is_a_replay() {
    let mut world = world(Settings { batch_records: 1, factor: 1, ..TWO });
    world.put_and_read(&["a", "a"]);
    assert!(!world.running[&0].is_replay);
    world.crash(false);
    world.read(2);
    world.dispatch();
    assert!(world.running[&0].is_replay);
    world.put_and_read(&["a"]);
    world.finish();
    assert!(world.running[&0].is_replay);
    world.finish();
    // It came after the start.
    assert!(!world.running[&0].is_replay);
}

#[test]
fn fewer_attempts_hold_at_once_for_what_waits() {
    let mut world = world(Settings { factor: 1, ..TWO });
    world.put_and_read(&["a"]);
    world.say(0, Said::Failed { retry_after_ms: Some(1_000_000) });
    world.commit();
    world.committed();
    world.put_and_read(&["a"]);
    assert!(world.running.is_empty());
    world.update(Settings { retries_max: Some(0), factor: 1, ..TWO });
    world.dispatch();
    world.commit();
    world.committed();
    world.dispatch();
    assert_eq!(world.running[&0].records[0].position.offset, 1);
}
