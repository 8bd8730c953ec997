//! What is written is read back, and old bytes stay readable.

use proptest::prelude::*;

use storage::frame::Codec;

use super::*;

prop_compose! {
    fn any_shard()(
        numbers in any::<(u32, u64, u128, u128, u64)>(),
        parents in any::<(Option<u32>, Option<u32>)>(),
        closed in any::<Option<u64>>(),
    ) -> ShardFacts {
        let (id, log, first, last, creation) = numbers;
        ShardFacts {
            id: ShardId(id),
            log: LogId(log),
            range: HashRange { first: HashKey(first), last: HashKey(last) },
            creation: Seconds(creation),
            parent: parents.0.map(ShardId),
            adjacent_parent: parents.1.map(ShardId),
            // Where it ends is not written.
            closed: closed.map(|at| Closed { at: Millis(at), end: Position::START }),
        }
    }
}

prop_compose! {
    fn any_stream()(
        account in 0..1_000_000_000_000u64,
        names in ("[a-z]{1,8}(-[a-z0-9]{1,4})?", "[a-zA-Z0-9_.-]{1,128}"),
        numbers in any::<(u64, u64, bool, u32, u32, u64)>(),
        tags in prop::collection::vec((".{1,20}", ".{0,20}"), 0..5),
    ) -> StreamFacts {
        let (id, created, on_demand, retention_hours, record_kib_max, kept_from) = numbers;
        StreamFacts {
            id: StreamId(id),
            account: AccountId::from_number(account).unwrap(),
            region: names.0.parse().unwrap(),
            name: names.1.parse().unwrap(),
            created: Millis(created),
            mode: if on_demand { StreamMode::OnDemand } else { StreamMode::Provisioned },
            retention_hours,
            kept_from: Millis(kept_from),
            record_kib_max,
            tags,
            scaling: Scaling { warm_mib: on_demand.then_some(7), ..Scaling::default() },
            protection: Protection::default(),
            codec: if id % 5 == 0 { Codec::Lz4 } else { Codec::None },
            monitored: Monitored((id % 128) as u8),
            spread: if id % 2 == 0 { Spread::Auto } else { Spread::PartitionKey },
            policy: (id % 3 == 0).then(|| "{}".to_owned()),
        }
    }
}

proptest! {
    #[test]
    fn shards_round_trip(shards in prop::collection::vec(any_shard(), 0..70)) {
        let value = encode_shards(&shards);
        prop_assert_eq!(decode_shards(&value), Ok(shards));
    }

    #[test]
    fn streams_round_trip(facts in any_stream(), shards in 0..100_000usize) {
        let key = name_key(&facts);
        let value = encode_stream(&facts, shards);
        prop_assert_eq!(decode_stream(&key, &value), Ok((facts, shards)));
    }

    #[test]
    fn anything_else_is_refused_without_a_panic(key in any::<Vec<u8>>(), mut value in any::<Vec<u8>>()) {
        if let Some(version) = value.first_mut() {
            *version = 1 + *version % 3;
        }
        let _ = (decode_shards(&value), decode_stream(&key, &value));
    }
}

#[test]
fn reads_what_version_one_wrote() {
    let shard = ShardFacts {
        id: ShardId(3),
        log: LogId(17),
        range: HashRange::ALL,
        creation: Seconds(1_790_000_000),
        parent: Some(ShardId(1)),
        adjacent_parent: None,
        closed: None,
    };
    let mut bytes = vec![1, 1, 0];
    bytes.extend([3, 0, 0, 0, 1, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend([0; 16]);
    bytes.extend([0xff; 16]);
    bytes.extend([0x80, 0x3b, 0xb1, 0x6a, 0, 0, 0, 0]);
    bytes.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend([0; 20]);
    assert_eq!(encode_shards(&[shard]), bytes);
    assert_eq!(decode_shards(&bytes), Ok(vec![shard]));
}

#[test]
fn streams_are_read_in_all_layouts() {
    let mut facts = StreamFacts {
        id: StreamId(5),
        account: AccountId::DEV,
        region: "us-east-1".parse().unwrap(),
        name: "quakes".parse().unwrap(),
        created: Millis(1_790_000_000_000),
        mode: StreamMode::OnDemand,
        retention_hours: 24,
        kept_from: Millis(0),
        record_kib_max: 1024,
        tags: vec![("k".to_owned(), "v".to_owned())],
        scaling: Scaling::default(),
        protection: Protection::default(),
        codec: Codec::None,
        monitored: Monitored::default(),
        spread: Spread::default(),
        policy: None,
    };
    let key = name_key(&facts);
    let head = [5, 0, 0, 0, 0, 0, 0, 0, 0, 0x6c, 0x50, 0xc4, 0xa0, 1, 0, 0, 1, 24, 0, 0, 0];
    let kept_from = [0, 0x10, 0x2a, 0xbf, 0xa0, 1, 0, 0];
    let tail = [0, 4, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, b'k', 1, 0, b'v'];
    let first = [&[1][..], &head, &tail].concat();
    assert_eq!(decode_stream(&key, &first), Ok((facts.clone(), 4)));
    facts.kept_from = Millis(1_789_913_600_000);
    let second = [&[2][..], &head, &kept_from, &tail].concat();
    assert_eq!(decode_stream(&key, &second), Ok((facts.clone(), 4)));
    facts.spread = Spread::Auto;
    let third = [&[3][..], &head, &kept_from, &tail, &[1, 4, 1, 0, 0, 0, 1]].concat();
    assert_eq!(encode_stream(&facts, 4), third);
    assert_eq!(decode_stream(&key, &third), Ok((facts.clone(), 4)));
    facts.codec = Codec::Lz4;
    let compressed = [&third[..third.len() - 7], &[2, 4, 1, 0, 0, 0, 1, 6, 1, 0, 0, 0, 1]].concat();
    assert_eq!(encode_stream(&facts, 4), compressed);
    assert_eq!(decode_stream(&key, &compressed), Ok((facts, 4)));
    let unknown = [&compressed[..compressed.len() - 1], &[2]].concat();
    assert!(decode_stream(&key, &unknown).is_err());
}

#[test]
fn other_versions_and_lengths_are_refused() {
    let good = encode_shards(&[]);
    assert_eq!(decode_shards(&good), Ok(Vec::new()));
    let mut newer = good.to_vec();
    newer[0] = 2;
    for bytes in [&[][..], &newer, &good[..2], &[&good[..], &[0]].concat()] {
        assert!(decode_shards(bytes).is_err(), "{bytes:?}");
    }
}
