//! What is stored is read as it was written, by this version and by later ones.

use domain::{FunctionId, MappingId, Millis, Qualifier, Seconds, StreamId};
use proptest::prelude::*;
use storage::{Digest, LogId};
use streams::ConsumerId;
use wasm::World;

use super::function_fact::{self, Key};
use super::mapping_fact;
use crate::destination::{Destination, Elsewhere};
use crate::filters::Filters;
use crate::function::{Architecture, Code, Config, FunctionFacts};
use crate::language::Language;
use crate::mapping::{ConsumerRef, Knobs, MappingFacts, Phase, Start, StreamRef};

pub(super) fn function() -> FunctionFacts {
    FunctionFacts {
        id: FunctionId(3),
        account: "123456789012".parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
        name: "f".parse().unwrap(),
        created: Millis(1000),
        log: LogId(4),
        edition: 5,
        revision: "r".to_owned(),
        modified: Millis(2000),
        config: Config {
            description: "d".to_owned(),
            runtime: Some("provided".to_owned()),
            handler: None,
            role: "arn:aws:iam::123456789012:role/r".parse().unwrap(),
            architecture: Architecture::Arm,
            memory_mib: 128,
            timeout_seconds: 3,
            environment: vec![("A".to_owned(), "é".to_owned())].into(),
        },
        code: Code {
            component: Digest([0xaa; 32]),
            sha256: [0xbb; 32],
            bytes: 9,
            world: World::Transform,
            language: None,
        },
        tags: vec![("k".to_owned(), "v".to_owned())],
        reserved: None,
    }
}

fn mapping() -> MappingFacts {
    let stream = |id, name: &str| StreamRef { id: StreamId(id), name: name.parse().unwrap() };
    MappingFacts {
        id: MappingId([7; 16]),
        number: 8,
        account: "123456789012".parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
        source: stream(1, "in"),
        reads_as: None,
        function: "f".parse().unwrap(),
        qualifier: None,
        target: Some(stream(2, "out")),
        on_failure: None,
        start: Start::AtTimestamp(Millis(1000)),
        knobs: Knobs {
            batch: 100,
            window_seconds: 2,
            parallel: 3,
            tumbling_seconds: 0,
            retries: Some(4),
            age_seconds: None,
            bisects: false,
            park_after: 0,
            reports: false,
            counts_events: false,
        },
        phase: Phase::Deleting,
        created: Millis(1000),
        modified: Millis(2000),
        filters: Filters::default(),
        tags: Vec::new(),
    }
}

/// A function as version 1 wrote it.
fn stored_function() -> Vec<u8> {
    let mut value = Vec::new();
    value.extend_from_slice(b"\x01");
    value.extend_from_slice(
        b"\x03\0\0\0\0\0\0\0\xe8\x03\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0",
    );
    value.extend_from_slice(b"\x01\0r\xd0\x07\0\0\0\0\0\0");
    value.extend_from_slice(b"\x01\0d\x01\x08\0provided\0");
    value.extend_from_slice(b"\x20\0arn:aws:iam::123456789012:role/r");
    value.extend_from_slice(b"\x01\x80\0\0\0\x03\0\0\0");
    value.extend_from_slice(b"\x01\0\x01\0A\x02\0\xc3\xa9");
    value.extend_from_slice(&[0xaa; 32]);
    value.extend_from_slice(&[0xbb; 32]);
    value.extend_from_slice(b"\x09\0\0\0\0\0\0\0\x01\0\x01\0k\x01\0v");
    value
}

/// A mapping as version 1 wrote it.
fn stored_mapping() -> Vec<u8> {
    let mut value = Vec::new();
    value.extend_from_slice(b"\x01\x08\0\0\0\0\0\0\0");
    value.extend_from_slice(&123_456_789_012u64.to_le_bytes());
    value.extend_from_slice(b"\x09\0us-east-1\x01\0\0\0\0\0\0\0\x02\0in\x01\0f");
    value.extend_from_slice(b"\x01\x02\0\0\0\0\0\0\0\x03\0out");
    value.extend_from_slice(b"\x02\xe8\x03\0\0\0\0\0\0");
    value.extend_from_slice(b"\x64\0\0\0\x02\0\0\0\x03\0\0\0\x01\x04\0\0\0\0\0\0\0\0");
    value.extend_from_slice(b"\x02\xe8\x03\0\0\0\0\0\0\xd0\x07\0\0\0\0\0\0");
    value
}

#[test]
fn stored_functions_are_read_for_ever() {
    let facts = function();
    let key = function_fact::name_key(&facts);
    let number = 123_456_789_012u64.to_be_bytes();
    assert_eq!(key, [b"n", &number[..], b"us-east-1\0f"].concat());
    let Ok(Key::Function(account, region, name)) = function_fact::decode_key(&key) else {
        panic!("the key is a function's");
    };
    let place = (account, region, name);
    assert_eq!(function_fact::decode(place.clone(), &stored_function()), Ok(facts));
    let facts = FunctionFacts { reserved: Some(7), ..function() };
    let mut stored = stored_function();
    stored[0] = 2;
    stored.extend_from_slice(b"\x01\x07\0\0\0");
    assert_eq!(function_fact::decode(place.clone(), &stored), Ok(facts.clone()));
    stored[0] = 3;
    for (world, byte) in [(World::Transform, 0), (World::Handler, 1), (World::Consumer, 2)] {
        let facts = FunctionFacts { code: Code { world, ..facts.code }, ..facts.clone() };
        let stored = [&stored[..], &[byte]].concat();
        assert_eq!(function_fact::decode(place.clone(), &stored), Ok(facts));
    }
    stored[0] = 4;
    stored.push(1);
    let languages = [None, Some(Language::JavaScript), Some(Language::Python)];
    for (language, byte) in languages.into_iter().zip(0..) {
        let code = Code { world: World::Handler, language, ..facts.code };
        let facts = FunctionFacts { code, ..facts.clone() };
        let stored = [&stored[..], &[byte]].concat();
        assert_eq!(function_fact::encode(&facts), stored);
        assert_eq!(function_fact::decode(place.clone(), &stored), Ok(facts));
    }
    assert!(function_fact::decode(place.clone(), &[&stored[..], &[3]].concat()).is_err());
    stored[0] = 3;
    stored.pop();
    stored.push(3);
    assert!(function_fact::decode(place, &stored).is_err());
    for (key, read) in [
        (function_fact::policy_key(&function(), None), Key::Policy(function().arn(), None)),
        (
            function_fact::policy_key(&function(), Some(&Qualifier::Latest)),
            Key::Policy(function().arn(), Some(Qualifier::Latest)),
        ),
        (function_fact::last_key(&function()), Key::Last(function().arn())),
        (function_fact::version_key(&function(), 256), Key::Version(function().arn(), 256)),
        (
            function_fact::alias_key(&function(), &"live".parse().unwrap()),
            Key::Alias(function().arn(), "live".parse().unwrap()),
        ),
    ] {
        assert_eq!(function_fact::decode_key(&key), Ok(read), "{key:?}");
    }
    let key = function_fact::version_key(&function(), 256);
    assert_eq!(key, [b"v", &number[..], b"us-east-1\0f\0\0\0\0\0\0\0\x01\0"].concat());
    let component = Digest([1; 32]);
    let key = function_fact::component_key(component);
    assert_eq!(function_fact::decode_key(&key), Ok(Key::Component(component)));
}

#[test]
fn stored_mappings_are_read_for_ever() {
    let facts = mapping();
    let key = mapping_fact::key(facts.id);
    assert_eq!(key, [b"m", &[7; 16][..]].concat());
    assert_eq!(mapping_fact::decode_key(&key), Ok(facts.id));
    assert_eq!(mapping_fact::decode(facts.id, &stored_mapping()), Ok(facts));
    let facts = MappingFacts { filters: Filters::stored(["{}".to_owned()]), ..mapping() };
    let mut stored = stored_mapping();
    stored[0] = 2;
    stored.extend_from_slice(b"\x01\x02\0{}");
    assert_eq!(mapping_fact::decode(facts.id, &stored), Ok(facts.clone()));
    let facts = MappingFacts { qualifier: Some("live".parse().unwrap()), ..facts };
    stored[0] = 3;
    stored.extend_from_slice(b"\x01\x04\0live");
    assert_eq!(mapping_fact::decode(facts.id, &stored), Ok(facts.clone()));
    let knobs = Knobs { bisects: true, reports: true, ..facts.knobs };
    let bad = StreamRef { id: StreamId(9), name: "bad".parse().unwrap() };
    let on_failure = Some(Destination::Stream(bad));
    let facts = MappingFacts { knobs, on_failure, ..facts };
    stored[0] = 4;
    let flags = stored.len();
    stored.extend_from_slice(b"\x03\x01\x09\0\0\0\0\0\0\0\x03\0bad");
    assert_eq!(mapping_fact::decode(facts.id, &stored), Ok(facts.clone()));
    let knobs = Knobs { tumbling_seconds: 258, ..facts.knobs };
    let facts = MappingFacts { knobs, ..facts };
    stored[0] = 5;
    stored.extend_from_slice(b"\x02\x01\0\0");
    assert_eq!(mapping_fact::decode(facts.id, &stored), Ok(facts.clone()));
    let knobs = Knobs { park_after: 3, ..facts.knobs };
    let facts = MappingFacts { knobs, ..facts };
    stored[0] = 6;
    stored.extend_from_slice(b"\x03\0\0\0");
    assert_eq!(mapping_fact::decode(facts.id, &stored), Ok(facts.clone()));
    stored[0] = 7;
    assert_eq!(mapping_fact::decode(facts.id, &stored), Ok(facts.clone()));
    stored[0] = 8;
    stored.push(0);
    assert_eq!(mapping_fact::decode(facts.id, &stored), Ok(facts.clone()));
    stored[flags] = 7;
    assert!(mapping_fact::decode(facts.id, &stored).is_err(), "it was not known then");
    let knobs = Knobs { counts_events: true, ..facts.knobs };
    let facts = MappingFacts { tags: vec![("k".to_owned(), "v".to_owned())], knobs, ..facts };
    stored[0] = 9;
    stored.extend_from_slice(b"\x01\0\x01\0k\x01\0v");
    assert_eq!(mapping_fact::encode(&facts), stored);
    assert_eq!(mapping_fact::decode(facts.id, &stored), Ok(facts.clone()));
    let place = Elsewhere::parse("https://h/x").unwrap().unwrap();
    let facts = MappingFacts { on_failure: Some(Destination::Elsewhere(place)), ..facts };
    let end = stored.split_off(flags + 1);
    stored.extend_from_slice(b"\x03\x0b\0https://h/x");
    stored.extend_from_slice(&end[b"\x01\x09\0\0\0\0\0\0\0\x03\0bad".len()..]);
    assert_eq!(mapping_fact::encode(&facts), stored);
    assert_eq!(mapping_fact::decode(facts.id, &stored), Ok(facts));
    stored[flags] = 8;
    assert!(mapping_fact::decode(MappingId([7; 16]), &stored).is_err(), "a flag is not known");
    let bare = MappingFacts {
        target: None,
        start: Start::Latest,
        knobs: Knobs::default(),
        phase: Phase::Enabled,
        ..mapping()
    };
    assert_eq!(mapping_fact::decode(bare.id, &mapping_fact::encode(&bare)), Ok(bare));
}

#[test]
fn a_mapping_is_stored_with_the_consumer_as_which_it_reads() {
    let mut stored = mapping_fact::encode(&mapping()).to_vec();
    assert_eq!(stored.split_off(stored.len() - 3), [0, 0, 0], "no consumer, no tags");
    stored.extend_from_slice(b"\x01\x09\0\0\0\0\0\0\0\x03\0app\x02\x01\0\0\0\0\0\0\0\0");
    let (name, created) = ("app".parse().unwrap(), Seconds(258));
    let reads_as = Some(ConsumerRef { id: ConsumerId(9), name, created });
    let facts = MappingFacts { reads_as, ..mapping() };
    assert_eq!(mapping_fact::encode(&facts), stored);
    assert_eq!(mapping_fact::decode(facts.id, &stored), Ok(facts.clone()));
    let arn = "arn:aws:kinesis:us-east-1:123456789012:stream/in/consumer/app:258";
    assert_eq!(facts.source_arn(), arn);
    for at in stored.len() - 24..stored.len() {
        assert!(mapping_fact::decode(facts.id, &stored[..at]).is_err(), "{at}");
    }
}

#[test]
fn what_is_cut_or_too_long_is_damaged() {
    let place = || (function().account, function().region, function().name);
    for at in 0..stored_function().len() {
        assert!(function_fact::decode(place(), &stored_function()[..at]).is_err(), "{at}");
    }
    for at in 0..stored_mapping().len() {
        assert!(mapping_fact::decode(MappingId([0; 16]), &stored_mapping()[..at]).is_err(), "{at}");
    }
    let long = [&stored_mapping()[..], b"\0"].concat();
    assert!(mapping_fact::decode(MappingId([0; 16]), &long).is_err());
    for key in [
        &b""[..],
        b"x",
        b"n",
        b"b1",
        b"nabcdefghus-east-1",
        b"qabcdefghus-east-1\0f",
        b"vabcdefghus-east-1\0f\x001",
    ] {
        assert!(function_fact::decode_key(key).is_err(), "{key:?}");
    }
    assert!(mapping_fact::decode_key(b"m123").is_err());
}

proptest! {
    #[test]
    fn changed_bytes_never_panic(at in 0usize..300, byte: u8) {
        let place = (function().account, function().region, function().name);
        let mut value = stored_function();
        let length = value.len();
        value[at % length] = byte;
        let _ = function_fact::decode(place, &value);
        let mut value = stored_mapping();
        let length = value.len();
        value[at % length] = byte;
        let _ = mapping_fact::decode(MappingId([0; 16]), &value);
    }

    #[test]
    fn random_bytes_never_panic(bytes in any::<Vec<u8>>()) {
        let place = (function().account, function().region, function().name);
        let _ = function_fact::decode_key(&bytes);
        let _ = mapping_fact::decode_key(&bytes);
        let _ = function_fact::decode(place, &[&b"\x01"[..], &bytes].concat());
        let _ = mapping_fact::decode(MappingId([0; 16]), &[&b"\x01"[..], &bytes].concat());
    }
}
