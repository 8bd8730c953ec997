//! Random presigned requests: each verifies as signed, and none with any one thing changed.

use proptest::prelude::*;
use proptest::sample::Index;

use super::mutations::{Plan, plans, replace_byte, runner};
use super::*;

const EXPIRES_S: u32 = 7200;

#[derive(Clone, Debug)]
enum Mutation {
    SignatureBit(Index),
    ParameterDropped(Index),
    ParameterRepeated(Index),
    ParameterRenamed(Index),
    ParameterChanged(Index),
    LongerExpiry,
    LaterDate,
    PairAdded,
    PairDropped(Index),
    PairChanged(Index),
    Unsigned,
    HeaderDropped(Index),
    HeaderChanged(Index),
    HeaderRepeated(Index),
    AmzHeaderAdded,
    AuthorizationAdded,
    TokenAdded,
    BodyByte(Index, u8),
    BodyLonger,
    ClockAhead(i64),
    ClockBehind(i64),
    HostChanged,
    MethodChanged,
    PathLonger,
    PathByte(Index),
    WrongSecret,
}

fn mutations() -> impl Strategy<Value = Mutation> {
    use Mutation::*;
    let index = any::<Index>;
    prop_oneof![
        4 => index().prop_map(SignatureBit),
        2 => index().prop_map(ParameterDropped),
        2 => index().prop_map(ParameterRepeated),
        2 => index().prop_map(ParameterRenamed),
        2 => index().prop_map(ParameterChanged),
        1 => Just(LongerExpiry),
        1 => Just(LaterDate),
        1 => Just(PairAdded),
        1 => index().prop_map(PairDropped),
        1 => index().prop_map(PairChanged),
        1 => Just(Unsigned),
        2 => index().prop_map(HeaderDropped),
        2 => index().prop_map(HeaderChanged),
        1 => index().prop_map(HeaderRepeated),
        1 => Just(AmzHeaderAdded),
        1 => Just(AuthorizationAdded),
        1 => Just(TokenAdded),
        2 => (index(), 1..=255_u8).prop_map(|(at, change)| BodyByte(at, change)),
        1 => Just(BodyLonger),
        1 => (7_201..1_000_000_i64).prop_map(ClockAhead),
        1 => (301..100_000_i64).prop_map(ClockBehind),
        1 => Just(HostChanged),
        1 => Just(MethodChanged),
        1 => Just(PathLonger),
        1 => index().prop_map(PathByte),
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
        Mutation::BodyByte(at, change) => match sent.body.is_empty() {
            true => sent.body.push(*change),
            false => *at.get_mut(&mut sent.body) ^= change,
        },
        Mutation::AmzHeaderAdded => sent.set("x-amz-added", "1"),
        Mutation::AuthorizationAdded => {
            let mut other = plan.sent.clone();
            other.query.clear();
            other.sign(plan.region, plan.service, None, NOW_MS).expect("well-formed");
            sent.set("authorization", &other.authorization());
        }
        Mutation::HeaderDropped(at) => {
            let names: Vec<HeaderName> = sent.headers.keys().cloned().collect();
            sent.headers.remove(at.get(&names));
        }
        Mutation::HeaderChanged(at) | Mutation::HeaderRepeated(at) => {
            let names: Vec<HeaderName> = sent.headers.keys().cloned().collect();
            let name = at.get(&names);
            let value = sent.headers[name].clone();
            if matches!(mutation, Mutation::HeaderRepeated(_)) {
                sent.headers.append(name, value);
            } else {
                let value = [value.as_bytes(), b"x"].concat();
                let value = HeaderValue::from_bytes(&value).expect("a header value");
                sent.headers.insert(name, value);
            }
        }
        _ => sent.query = mutated_query(&sent.query, plan.pairs.len(), mutation),
    }
    sent.present(now_ms)?.verify(secret, &body_sha256(&sent.body), &KeyCache::new(4))
}

/// The request's own pairs come first, then the parameters, the signature last.
fn mutated_query(query: &str, own: usize, mutation: &Mutation) -> String {
    let mut pairs: Vec<String> = query.split('&').map(str::to_owned).collect();
    let parameter = |at: &Index| own + at.index(pairs.len() - own);
    match mutation {
        Mutation::SignatureBit(at) => {
            let bit = at.index(256);
            let mut signature = pairs.pop().expect("signed").into_bytes();
            let place = signature.len() - 64 + bit / 4;
            let digit = char::from(signature[place]).to_digit(16).expect("a digit");
            let digit = char::from_digit(digit ^ 1 << (bit % 4), 16).expect("a digit");
            signature[place] = u8::try_from(digit).expect("ASCII");
            pairs.push(String::from_utf8(signature).expect("ASCII"));
        }
        Mutation::ParameterDropped(at) => {
            let at = parameter(at);
            pairs.remove(at);
        }
        Mutation::ParameterRepeated(at) => pairs.push(pairs[parameter(at)].clone()),
        Mutation::ParameterRenamed(at) => {
            let at = parameter(at);
            pairs[at] = pairs[at].replacen("X-Amz", "x-amz", 1);
        }
        Mutation::ParameterChanged(at) => {
            let at = parameter(at);
            pairs[at].push('x');
        }
        Mutation::PairAdded => pairs.push("k0".into()),
        Mutation::PairDropped(at) => {
            pairs.remove(at.index(own));
        }
        Mutation::PairChanged(at) => pairs[at.index(own)].push('x'),
        Mutation::TokenAdded => pairs.push("X-Amz-Security-Token=a".into()),
        Mutation::LongerExpiry => return query.replace("Expires=7200", "Expires=7201"),
        Mutation::LaterDate => return query.replace("T120000Z", "T120001Z"),
        Mutation::Unsigned => return query.replace("content-type%3B", ""),
        _ => panic!("not a change of the query: {mutation:?}"),
    }
    pairs.join("&")
}

fn presigned(mut plan: Plan) -> Plan {
    let (region, service) = (plan.region, plan.service);
    let token = plan.token.as_deref();
    plan.sent.presign(region, service, token, NOW_MS, EXPIRES_S).expect("well-formed");
    plan
}

#[test]
fn each_request_verifies_and_none_with_a_mutation() {
    let cases = (plans().prop_map(presigned), mutations());
    let outcome = runner().run(&cases, |(plan, mutation)| {
        prop_assert_eq!(plan.sent.check(NOW_MS), Ok(()));
        prop_assert!(check_mutated(&plan, &mutation).is_err(), "{:?} went unnoticed", mutation);
        Ok(())
    });
    outcome.expect("no mutation may pass");
}

#[test]
fn order_and_clock_inside_the_span_change_nothing() {
    let cases = (plans().prop_map(presigned), -300..=7200_i64);
    let outcome = runner().run(&cases, |(plan, seconds)| {
        let mut sent = plan.sent.clone();
        sent.query = sent.query.split('&').rev().collect::<Vec<_>>().join("&");
        sent.query = sent.query.replace("%2F", "%2f");
        prop_assert_eq!(sent.check(NOW_MS + seconds * 1000), Ok(()));
        Ok(())
    });
    outcome.expect("all of them verify");
}
