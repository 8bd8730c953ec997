//! What is written is read back, old bytes stay readable, others are refused.

use proptest::prelude::*;
use storage::Term;

use super::*;

prop_compose! {
    fn any_window()(
        start in any::<u32>(),
        length in 1..1_000_000u64,
        state_bytes in 0..1_000_000u32,
        closing in prop::option::of((any::<bool>(), 1..=u32::MAX, prop::option::of(1..=u64::MAX))),
    ) -> WindowProgress {
        let start = Millis(start.into());
        let closing = closing.map(|(is_early, attempt, failed_at)| {
            Closing { is_early, attempt, failed_at: failed_at.map(Millis) }
        });
        WindowProgress { start, end: start.plus(length), state_bytes, closing }
    }
}

prop_compose! {
    fn any_lane()(
        done in any::<(u32, u64)>(),
        retries in prop::collection::vec(any::<(u16, u32, u32, u64)>(), 0..=RETRIES_MAX),
        window in prop::option::of(any_window()),
    ) -> LaneProgress {
        let done = Position { term: Term(done.0), offset: done.1 / 2 };
        let mut last = done;
        let retries = retries.into_iter().map(|(span, records, attempt, failed_at)| {
            last.offset += 1 + u64::from(span);
            let failed_at = Millis(failed_at);
            Retry { last, records: records.max(1), attempt: attempt.max(1), failed_at }
        });
        LaneProgress { done, retries: retries.collect(), window }
    }
}

proptest! {
    #[test]
    fn progress_round_trips(
        owner in any::<(u64, u32, u64)>(),
        lanes in prop::collection::vec(any_lane(), 1..=10),
    ) {
        let (producer, generation, claim) = owner;
        let owner = Owner { producer, generation, claim };
        let progress = Progress { owner, lanes };
        prop_assert_eq!(decode(&encode(&progress)), Ok(progress));
    }

    #[test]
    fn anything_else_is_refused_without_a_panic(mut value in any::<Vec<u8>>(), layout in 1..=3u8) {
        if let Some(version) = value.first_mut() {
            *version = layout;
        }
        let _ = decode(&value);
    }

    #[test]
    fn keys_round_trip_in_order(a in any::<u32>(), b in any::<u32>()) {
        let (a, b) = (ShardId(a), ShardId(b));
        prop_assert_eq!(shard_of(&key(a)), Some(a));
        prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
    }
}

/// What version 1 wrote for two lanes, the second of which waits to try again.
const VERSION_1: &[u8] = &[
    1, // version
    9, 0, 0, 0, 0, 0, 0, 0, // producer
    3, 0, 0, 0, // generation
    0xef, 0xbe, 0xad, 0xde, 0, 0, 0, 0, // claim
    2, // lanes
    0, 7, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0, // first lane: done
    1, 7, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, // second lane: done
    8, 0, 0, 0, 44, 0, 0, 0, 0, 0, 0, 0, // last
    3, 0, 0, 0, // records
    2, 0, 0, 0, // attempt
    0x80, 0x3b, 0xb1, 0x6a, 0, 0, 0, 0, // failed at
];

/// What version 2 wrote for one lane with three pieces of a batch.
const VERSION_2: &[u8] = &[
    2, // version
    9, 0, 0, 0, 0, 0, 0, 0, // producer
    3, 0, 0, 0, // generation
    0xef, 0xbe, 0xad, 0xde, 0, 0, 0, 0, // claim
    1, // lanes
    2, 7, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, // two pieces, done
    7, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, // last of the first
    1, 0, 0, 0, // records
    1, 0, 0, 0, // attempt
    0x80, 0x3b, 0xb1, 0x6a, 0, 0, 0, 0, // failed at
    8, 0, 0, 0, 44, 0, 0, 0, 0, 0, 0, 0, // last of the second
    3, 0, 0, 0, // records
    2, 0, 0, 0, // attempt
    0x81, 0x3b, 0xb1, 0x6a, 0, 0, 0, 0, // failed at
];

/// What version 3 writes for one lane whose window is over early, and whose last batch failed once.
const VERSION_3: &[u8] = &[
    3, // version
    9, 0, 0, 0, 0, 0, 0, 0, // producer
    3, 0, 0, 0, // generation
    0xef, 0xbe, 0xad, 0xde, 0, 0, 0, 0, // claim
    1, // lanes
    0, 7, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, // nothing to be tried again, done
    3, // over before its time
    0x80, 0x3b, 0xb1, 0x6a, 0, 0, 0, 0, // start
    0xe0, 0x25, 0xb2, 0x6a, 0, 0, 0, 0, // end
    2, 1, 0, 0, // bytes of the state
    2, 0, 0, 0, // attempt
    0x80, 0x3b, 0xb1, 0x6a, 0, 0, 0, 0, // failed at
];

const OWNER: Owner = Owner { producer: 9, generation: 3, claim: 0xdead_beef };

fn at(term: u32, offset: u64) -> Position {
    Position { term: Term(term), offset }
}

#[test]
fn reads_what_version_one_wrote() {
    let retry = Retry { last: at(8, 44), records: 3, attempt: 2, failed_at: Millis(1_790_000_000) };
    let lanes = vec![
        LaneProgress::at(at(7, 100)),
        LaneProgress { retries: vec![retry], ..LaneProgress::at(at(7, 40)) },
    ];
    let progress = Progress { owner: OWNER, lanes };
    assert_eq!(decode(VERSION_1), Ok(progress));
}

/// A lane with two pieces of a batch.
fn two_pieces() -> Progress {
    let retry = |last, records, attempt, failed_at| Retry { last, records, attempt, failed_at };
    let first = retry(at(7, 40), 1, 1, Millis(1_790_000_000));
    let second = retry(at(8, 44), 3, 2, Millis(1_790_000_001));
    let lane = LaneProgress { retries: vec![first, second], ..LaneProgress::at(at(7, 40)) };
    Progress { owner: OWNER, lanes: vec![lane] }
}

#[test]
fn reads_what_version_two_wrote() {
    assert_eq!(decode(VERSION_2), Ok(two_pieces()));
    // The third layout says the same, and that there is no window.
    let written = encode(&two_pieces());
    assert_eq!(written[1..], [&VERSION_2[1..], &[0]].concat());
}

#[test]
fn writes_version_three() {
    let closing = Closing { is_early: true, attempt: 2, failed_at: Some(Millis(1_790_000_000)) };
    let (start, end) = (Millis(1_790_000_000), Millis(1_790_060_000));
    let window = WindowProgress { start, end, state_bytes: 258, closing: Some(closing) };
    let lane = LaneProgress { window: Some(window), ..LaneProgress::at(at(7, 40)) };
    let progress = Progress { owner: OWNER, lanes: vec![lane] };
    assert_eq!(encode(&progress), VERSION_3);
    assert_eq!(decode(VERSION_3), Ok(progress));
}

#[test]
fn what_cannot_be_is_refused() {
    // Version, number of lanes, batches to be tried again, term of the last record, number of records, attempt.
    let wrong_1 = [(0, 4), (21, 0), (21, 11), (22, 2), (35, 2), (48, 6), (60, 0), (64, 1)];
    // The same, and a second piece that does not end behind the first one.
    let wrong_2 = [(0, 1), (21, 0), (22, 3), (22, 33), (35, 6), (47, 0), (51, 0), (63, 6)];
    // Version, kind of window, end before start, far too large a state, attempt.
    let wrong_3 = [(0, 2), (0, 4), (35, 4), (35, 1), (47, 0), (54, 0xff), (55, 0xff), (56, 0)];
    for (good, wrong) in [(VERSION_1, &wrong_1[..]), (VERSION_2, &wrong_2), (VERSION_3, &wrong_3)] {
        for &(at, byte) in wrong {
            let mut value = good.to_vec();
            value[at] = byte;
            assert!(decode(&value).is_err(), "{at} {byte}");
        }
        for length in 0..good.len() {
            assert!(decode(&good[..length]).is_err(), "{length}");
        }
        assert!(decode(&[good, &[0]].concat()).is_err());
    }
    assert_eq!(shard_of(b"p123"), None);
}
