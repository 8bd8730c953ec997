//! Random requests: each verifies as signed, and none with any one thing changed.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;

use super::*;

/// What was signed, and with what.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) sent: Sent,
    pub(super) pairs: Vec<String>,
    pub(super) region: &'static str,
    pub(super) service: &'static str,
    pub(super) token: Option<String>,
}

#[derive(Clone, Debug)]
enum Mutation {
    SignatureBit(Index),
    HeaderDropped(Index),
    HeaderChanged(Index),
    HeaderRepeated(Index),
    AmzHeaderAdded,
    Unsigned(Index),
    QueryPairAdded,
    QueryPairDropped(Index),
    QueryPairChanged(Index),
    QueryValuesExchanged,
    BodyByte(Index, u8),
    BodyLonger,
    BodyShorter,
    ClockAhead(i64),
    ClockBehind(i64),
    DateChanged,
    HostChanged,
    MethodChanged,
    PathLonger,
    PathByte(Index),
    ScopeRegion,
    ScopeService,
    ScopeDate,
    WrongSecret,
}

pub(super) fn plans() -> impl Strategy<Value = Plan> {
    let head = (
        select(vec!["GET", "POST", "PUT", "DELETE"]),
        "(/[a-zA-Z0-9._~-]{1,8}(%2F|%20|:|!)?){1,4}",
        prop::collection::vec("[a-zA-Z0-9._~-]{0,6}(%20|%2F|\\+|/)?", 2..6),
        "[a-z]{1,10}\\.test(:[0-9]{4})?",
    );
    let rest = (
        prop::collection::vec("[!-~]{1,8}( {1,3}[!-~]{1,8})?", 1..5),
        prop::collection::vec(any::<u8>(), 0..64),
        select(vec!["us-east-1", "eu-central-1"]),
        select(vec!["kinesis", "lambda"]),
        prop::option::of("[A-Za-z0-9/+=]{1,40}"),
    );
    (head, rest).prop_map(
        |((method, path, values, host), (custom, body, region, service, token))| {
            // Names differ and values carry their number, so that each pair can be told from the rest.
            let pair = |(at, value): (usize, &String)| format!("k{at}={value}{at}");
            let pairs: Vec<String> = values.iter().enumerate().map(pair).collect();
            let mut headers = header_map(&[
                ("content-type", "application/x-amz-json-1.1"),
                ("x-amz-target", "Kinesis_20131202.PutRecords"),
            ]);
            for (at, value) in custom.iter().enumerate() {
                let name = if at % 2 == 0 { format!("x-amz-c{at}") } else { format!("my-c{at}") };
                headers.extend(header_map(&[(&name, value)]));
            }
            let method = method.parse().expect("a method");
            let query = pairs.join("&");
            let sent = Sent { method, path, query, host, headers, body };
            Plan { sent, pairs, region, service, token }
        },
    )
}

fn mutations() -> impl Strategy<Value = Mutation> {
    use Mutation::*;
    let index = any::<Index>;
    prop_oneof![
        4 => index().prop_map(SignatureBit),
        2 => index().prop_map(HeaderDropped),
        2 => index().prop_map(HeaderChanged),
        1 => index().prop_map(HeaderRepeated),
        1 => Just(AmzHeaderAdded),
        1 => index().prop_map(Unsigned),
        1 => Just(QueryPairAdded),
        1 => index().prop_map(QueryPairDropped),
        1 => index().prop_map(QueryPairChanged),
        1 => Just(QueryValuesExchanged),
        2 => (index(), 1..=255_u8).prop_map(|(at, change)| BodyByte(at, change)),
        1 => Just(BodyLonger),
        1 => Just(BodyShorter),
        1 => (301..100_000_i64).prop_map(ClockAhead),
        1 => (301..100_000_i64).prop_map(ClockBehind),
        1 => Just(DateChanged),
        1 => Just(HostChanged),
        1 => Just(MethodChanged),
        1 => Just(PathLonger),
        1 => index().prop_map(PathByte),
        1 => Just(ScopeRegion),
        1 => Just(ScopeService),
        1 => Just(ScopeDate),
        1 => Just(WrongSecret),
    ]
}

/// The outcome for the request with one change.
fn check_mutated(plan: &Plan, mutation: &Mutation) -> Result<(), Rejection> {
    let mut sent = plan.sent.clone();
    let (mut now_ms, mut secret) = (NOW_MS, SECRET);
    match mutation {
        Mutation::ClockAhead(seconds) => now_ms += seconds * 1000,
        Mutation::ClockBehind(seconds) => now_ms -= seconds * 1000,
        Mutation::WrongSecret => secret = b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEZ",
        Mutation::MethodChanged => sent.method = Method::PATCH,
        Mutation::HostChanged => sent.host.push('x'),
        Mutation::PathLonger => sent.path.push('/'),
        Mutation::PathByte(at) => sent.path = replace_byte(&sent.path, at),
        Mutation::BodyLonger => sent.body.push(0),
        Mutation::BodyShorter if sent.body.pop().is_none() => sent.body.push(0),
        Mutation::BodyShorter => {}
        Mutation::BodyByte(at, change) => match sent.body.is_empty() {
            true => sent.body.push(*change),
            false => *at.get_mut(&mut sent.body) ^= change,
        },
        Mutation::QueryPairAdded
        | Mutation::QueryPairDropped(_)
        | Mutation::QueryPairChanged(_)
        | Mutation::QueryValuesExchanged => sent.query = mutated_query(&plan.pairs, mutation),
        Mutation::SignatureBit(_)
        | Mutation::Unsigned(_)
        | Mutation::ScopeRegion
        | Mutation::ScopeService
        | Mutation::ScopeDate => {
            let authorization = mutated_authorization(&sent.authorization(), plan, mutation);
            sent.set("authorization", &authorization);
        }
        Mutation::HeaderDropped(_)
        | Mutation::HeaderChanged(_)
        | Mutation::HeaderRepeated(_)
        | Mutation::AmzHeaderAdded
        | Mutation::DateChanged => mutate_headers(&mut sent, mutation),
    }
    sent.present(now_ms)?.verify(secret, &body_sha256(&sent.body), &KeyCache::new(4))
}

fn mutate_headers(sent: &mut Sent, mutation: &Mutation) {
    let names: Vec<HeaderName> = sent.headers.keys().cloned().collect();
    match mutation {
        Mutation::HeaderDropped(at) => {
            sent.headers.remove(at.get(&names));
        }
        Mutation::HeaderChanged(at) => {
            let name = at.get(&names);
            let mut value = sent.headers[name].as_bytes().to_vec();
            value.push(b'x');
            let value = HeaderValue::from_bytes(&value).expect("a header value");
            sent.headers.insert(name, value);
        }
        Mutation::HeaderRepeated(at) => {
            let name = at.get(&names);
            let value = sent.headers[name].clone();
            sent.headers.append(name, value);
        }
        Mutation::DateChanged => sent.set("x-amz-date", "20261101T120001Z"),
        _ => sent.set("x-amz-added", "1"),
    }
}

fn mutated_query(pairs: &[String], mutation: &Mutation) -> String {
    let mut pairs = pairs.to_vec();
    match mutation {
        Mutation::QueryPairDropped(at) => {
            pairs.remove(at.index(pairs.len()));
        }
        Mutation::QueryPairChanged(at) => at.get_mut(&mut pairs).push('x'),
        Mutation::QueryValuesExchanged => {
            let values: Vec<String> = pairs.iter().map(|pair| pair[3..].to_owned()).collect();
            pairs[0] = format!("k0={}", values[1]);
            pairs[1] = format!("k1={}", values[0]);
        }
        _ => pairs.push("k0".into()),
    }
    pairs.join("&")
}

fn mutated_authorization(authorization: &str, plan: &Plan, mutation: &Mutation) -> String {
    match mutation {
        Mutation::SignatureBit(at) => {
            let start = authorization.len() - 64;
            let (kept, signature) = authorization.split_at(start);
            let bit = at.index(256);
            let mut digits: Vec<u32> =
                signature.chars().filter_map(|one| one.to_digit(16)).collect();
            digits[bit / 4] ^= 1 << (bit % 4);
            let digits = digits.into_iter().filter_map(|digit| char::from_digit(digit, 16));
            kept.chars().chain(digits).collect()
        }
        Mutation::Unsigned(at) => {
            let (before, after) = authorization.split_once("SignedHeaders=").expect("present");
            let (list, after) = after.split_once(',').expect("followed by the signature");
            let mut names: Vec<&str> = list.split(';').collect();
            names.remove(at.index(names.len()));
            format!("{before}SignedHeaders={},{after}", names.join(";"))
        }
        Mutation::ScopeRegion => authorization.replace(plan.region, "us-west-2"),
        Mutation::ScopeService => {
            authorization.replace(&format!("/{}/", plan.service), "/firehose/")
        }
        _ => authorization.replace("/20261101/", "/20261102/"),
    }
}

/// Another byte that is no escape and no separator, at a place where neither stood.
pub(super) fn replace_byte(path: &str, at: &Index) -> String {
    let plain: Vec<usize> = path
        .char_indices()
        .filter(|(_, one)| !matches!(one, '/' | '%'))
        .map(|(at, _)| at)
        .collect();
    let at = *at.get(&plain);
    let other = if &path[at..=at] == "q" { "r" } else { "q" };
    format!("{}{other}{}", &path[..at], &path[at + 1..])
}

pub(super) fn runner() -> TestRunner {
    TestRunner::new(ProptestConfig {
        cases: 4_000,
        failure_persistence: None,
        ..Default::default()
    })
}

fn signed(mut plan: Plan) -> Plan {
    let (region, service) = (plan.region, plan.service);
    plan.sent.sign(region, service, plan.token.as_deref(), NOW_MS).expect("well-formed");
    plan
}

#[test]
fn each_request_verifies_and_none_with_a_mutation() {
    let cases = (plans().prop_map(signed), mutations());
    let outcome = runner().run(&cases, |(plan, mutation)| {
        prop_assert_eq!(plan.sent.check(NOW_MS), Ok(()));
        prop_assert!(check_mutated(&plan, &mutation).is_err(), "{:?} went unnoticed", mutation);
        Ok(())
    });
    outcome.expect("no mutation may pass");
}

/// The scheme sorts the query, so its order on the wire is nobody's promise; nor is the clock's
/// inside the skew, nor the case of an escape in the query.
#[test]
fn what_the_scheme_does_not_cover_changes_nothing() {
    let cases = (plans().prop_map(signed), -300..=300_i64);
    let outcome = runner().run(&cases, |(plan, skew_s)| {
        let mut sent = plan.sent.clone();
        sent.query = plan.pairs.iter().rev().cloned().collect::<Vec<_>>().join("&");
        sent.query = sent.query.replace("%2F", "%2f");
        prop_assert_eq!(sent.check(NOW_MS + skew_s * 1000), Ok(()));
        Ok(())
    });
    outcome.expect("all of them verify");
}
