//! What is written is read back, old bytes stay readable, others are refused.

use proptest::prelude::*;
use storage::Term;

use super::*;

prop_compose! {
    fn any_lane()(
        done in any::<(u32, u64)>(),
        retry in any::<Option<(u16, u32, u32, u64)>>(),
    ) -> LaneProgress {
        let done = Position { term: Term(done.0), offset: done.1 };
        let retry = retry.map(|(span, records, attempt, failed_at)| Retry {
            last: Position { term: done.term, offset: done.offset.saturating_add(span.into()) },
            records: records.max(1),
            attempt: attempt.max(2),
            failed_at: Millis(failed_at),
        });
        LaneProgress { done, retry }
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
    fn anything_else_is_refused_without_a_panic(mut value in any::<Vec<u8>>()) {
        if let Some(version) = value.first_mut() {
            *version = 1;
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

#[test]
fn reads_what_version_one_wrote() {
    let at = |term, offset| Position { term: Term(term), offset };
    let retry = Retry { last: at(8, 44), records: 3, attempt: 2, failed_at: Millis(1_790_000_000) };
    let progress = Progress {
        owner: Owner { producer: 9, generation: 3, claim: 0xdead_beef },
        lanes: vec![
            LaneProgress::at(at(7, 100)),
            LaneProgress { done: at(7, 40), retry: Some(retry) },
        ],
    };
    assert_eq!(encode(&progress), VERSION_1);
    assert_eq!(decode(VERSION_1), Ok(progress));
}

#[test]
fn what_cannot_be_is_refused() {
    // Version, number of lanes, flags, term of the last record, number of records, attempt.
    for (at, byte) in [(0, 2), (21, 0), (21, 11), (22, 2), (35, 2), (48, 6), (60, 0), (64, 1)] {
        let mut value = VERSION_1.to_vec();
        value[at] = byte;
        assert!(decode(&value).is_err(), "{at} {byte}");
    }
    for length in 0..VERSION_1.len() {
        assert!(decode(&VERSION_1[..length]).is_err(), "{length}");
    }
    assert!(decode(&[VERSION_1, &[0]].concat()).is_err());
    assert_eq!(shard_of(b"p123"), None);
}
