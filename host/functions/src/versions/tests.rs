//! Lives of versions, played through.

use proptest::prelude::*;
use storage::{Digest, LogId};

use super::*;
use crate::function::{Architecture, Code, Config};

fn facts(word: &str) -> FunctionFacts {
    FunctionFacts {
        id: domain::FunctionId(3),
        account: domain::AccountId::DEV,
        region: "us-east-1".parse().unwrap(),
        name: "f".parse().unwrap(),
        created: domain::Millis(1),
        log: LogId(4),
        edition: 5,
        revision: "r".to_owned(),
        modified: domain::Millis(2),
        config: Config {
            description: word.to_owned(),
            runtime: None,
            handler: None,
            role: "arn:aws:iam::000000000000:role/r".parse().unwrap(),
            architecture: Architecture::X86,
            memory_mib: 128,
            timeout_seconds: 3,
            environment: Arc::default(),
        },
        code: Code {
            component: Digest([1; 32]),
            world: wasm::World::Transform,
            sha256: [2; 32],
            bytes: 9,
            language: None,
        },
        tags: Vec::new(),
        reserved: None,
    }
}

fn function(word: &str, number: Option<u64>) -> Arc<Function> {
    let published = number.map(|number| Published { number, description: None });
    Arc::new(Function { facts: facts(word), published, version: 0 })
}

fn publish(versions: &mut Versions, word: &str) -> u64 {
    match versions.next(&facts(word)) {
        Next::Same(same) => same.published.as_ref().unwrap().number,
        Next::New(number) => {
            versions.insert(number, function(word, Some(number)));
            number
        }
    }
}

fn alias(version: Option<u64>, other: Option<(u64, f64)>) -> Alias {
    let other = other.map(|(version, weight)| Other { version, weight });
    Alias { version, other, description: String::new(), revision: String::new() }
}

fn named(name: &str) -> AliasName {
    name.parse().unwrap()
}

#[test]
fn a_number_is_given_for_each_change_and_never_again() {
    let mut versions = Versions::default();
    assert_eq!(publish(&mut versions, "a"), 1);
    assert_eq!(publish(&mut versions, "a"), 1, "nothing changed");
    assert_eq!(publish(&mut versions, "b"), 2);
    assert_eq!(publish(&mut versions, "a"), 3, "the last one is what counts");
    versions.remove(3);
    assert_eq!(publish(&mut versions, "a"), 4, "the last one is gone");
    versions.resume(2);
    assert_eq!(versions.last(), 4);
    let numbers: Vec<u64> = versions.all().map(|(number, _)| number).collect();
    assert_eq!(numbers, [1, 2, 4]);
}

#[test]
fn a_change_of_revision_tags_or_places_is_none_of_the_function() {
    let mut versions = Versions::default();
    publish(&mut versions, "a");
    let mut latest = facts("a");
    latest.revision = "other".to_owned();
    latest.edition = 77;
    latest.reserved = Some(1);
    latest.tags.push(("k".to_owned(), "v".to_owned()));
    assert!(matches!(versions.next(&latest), Next::Same(_)));
    latest.config.timeout_seconds = 4;
    assert!(matches!(versions.next(&latest), Next::New(2)));
}

#[test]
fn an_alias_leads_to_one_version_or_two_that_there_are() {
    let mut versions = Versions::default();
    publish(&mut versions, "a");
    publish(&mut versions, "b");
    let check = |version, other: Option<(u64, f64)>| {
        versions.check(version, other.map(|(version, weight)| Other { version, weight }))
    };
    assert_eq!(check(None, None), Ok(()));
    assert_eq!(check(Some(1), None), Ok(()));
    assert_eq!(check(Some(1), Some((2, 0.5))), Ok(()));
    assert_eq!(check(Some(3), None), Err(Astray::Absent(3)));
    assert_eq!(check(Some(1), Some((3, 0.5))), Err(Astray::Absent(3)));
    assert_eq!(check(Some(1), Some((1, 0.5))), Err(Astray::Twice(1)));
    assert_eq!(check(None, Some((1, 0.5))), Err(Astray::Latest));
}

#[test]
fn what_an_alias_leads_to_stays() {
    let mut versions = Versions::default();
    publish(&mut versions, "a");
    publish(&mut versions, "b");
    versions.set_alias(named("live"), Some(Arc::new(alias(Some(1), Some((2, 0.1))))));
    versions.set_alias(named("beta"), Some(Arc::new(alias(Some(2), None))));
    assert_eq!(versions.aliases_of(1), [named("live")]);
    assert_eq!(versions.aliases_of(2), [named("beta"), named("live")]);
    versions.set_alias(named("live"), None);
    assert_eq!(versions.aliases_of(1), []);
}

#[test]
fn a_qualifier_says_what_a_call_meets() {
    let latest = function("now", None);
    let mut versions = Versions::default();
    publish(&mut versions, "a");
    versions.set_alias(named("live"), Some(Arc::new(alias(Some(1), None))));
    versions.set_alias(named("head"), Some(Arc::new(alias(None, None))));
    for (qualifier, expected) in [
        (None, Some("now")),
        (Some("$LATEST"), Some("now")),
        (Some("1"), Some("a")),
        (Some("2"), None),
        (Some("live"), Some("a")),
        (Some("head"), Some("now")),
        (Some("absent"), None),
    ] {
        let parsed: Option<Qualifier> = qualifier.map(|it| it.parse().unwrap());
        let met = versions.resolve(&latest, parsed.as_ref(), None);
        let met = met.map(|it| it.facts.config.description.clone());
        assert_eq!(met.as_deref(), expected, "{qualifier:?}");
    }
}

#[test]
fn weights_divide_the_calls() {
    let divided = alias(Some(1), Some((2, 0.25)));
    assert_eq!(divided.pick(Some(0)), Some(2));
    assert_eq!(divided.pick(Some(u64::MAX / 4)), Some(2));
    assert_eq!(divided.pick(Some(u64::MAX / 4 + (1 << 12))), Some(1));
    assert_eq!(divided.pick(Some(u64::MAX)), Some(1));
    assert_eq!(divided.pick(None), Some(1));
    let none = alias(Some(1), Some((2, 0.0)));
    let all = alias(Some(1), Some((2, 1.0)));
    for draw in [0, 1 << 60, u64::MAX] {
        assert_eq!((none.pick(Some(draw)), all.pick(Some(draw))), (Some(1), Some(2)));
    }
}

proptest! {
    /// Numbers rise without gaps whatever is deleted in between, and what is deleted is not met any more.
    #[test]
    fn numbers_rise(steps in prop::collection::vec((any::<bool>(), 0u64..8), 0..60)) {
        let mut versions = Versions::default();
        let mut highest = 0;
        for (step, (is_deletion, number)) in steps.into_iter().enumerate() {
            if is_deletion {
                versions.remove(number);
                let qualifier = Qualifier::Version(number);
                prop_assert!(versions.resolve(&function("", None), Some(&qualifier), None).is_none());
            } else {
                let given = publish(&mut versions, &format!("{step}"));
                prop_assert_eq!(given, highest + 1);
                highest = given;
            }
        }
    }
}
