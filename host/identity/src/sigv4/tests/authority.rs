//! `:authority` in place of `host`, as the JavaScript SDK signs over HTTP/2.

use super::*;

/// Signs it anew, the host as `:authority`.
fn sign_over_http2(sent: &mut Sent) {
    sent.headers.remove("authorization");
    let Sent { method, path, host, headers, body, .. } = &*sent;
    let unsigned = Unsigned { method, path_and_query: path, host, headers, body };
    let credentials = Credentials {
        access_key_id: ACCESS_KEY_ID,
        secret_access_key: SECRET,
        security_token: None,
    };
    let (region, service) = ("us-east-1", "kinesis");
    let added = sign_http2(&unsigned, &credentials, &Scope { region, service }, NOW_MS);
    for (name, value) in added.expect("well-formed") {
        sent.headers.insert(name, value);
    }
}

fn over_http2() -> Sent {
    let mut sent = Sent::list_streams();
    sign_over_http2(&mut sent);
    sent
}

#[test]
fn it_stands_for_the_host() {
    let mut sent = over_http2();
    let signed = "SignedHeaders=:authority;content-type;x-amz-date;x-amz-target,";
    assert!(sent.authorization().contains(signed), "{}", sent.authorization());
    assert_eq!(sent.check(NOW_MS), Ok(()));
    // A host header may come beside it, with the same value only.
    sent.set("host", "localhost:4567");
    assert_eq!(sent.check(NOW_MS), Ok(()));
    sent.set("host", "elsewhere:4567");
    assert_eq!(sent.check(NOW_MS), Err(Rejection::HostConflict));
}

#[test]
fn its_value_is_covered() {
    let mut sent = over_http2();
    sent.host = "elsewhere:4567".into();
    assert_eq!(sent.check(NOW_MS), Err(Rejection::SignatureMismatch));
}

#[test]
fn the_name_is_covered() {
    let mut sent = over_http2();
    let text = sent.authorization();
    let renamed = text.replace(":authority;content-type;", "content-type;host;");
    sent.set("authorization", &renamed);
    assert_eq!(sent.check(NOW_MS), Err(Rejection::SignatureMismatch));
}

#[test]
fn one_of_the_two_is_needed_and_no_other_pseudo_header_is_a_name() {
    let mut sent = over_http2();
    let text = sent.authorization();
    sent.set("authorization", &text.replace(":authority;", ""));
    let name = name("host");
    assert_eq!(sent.check(NOW_MS), Err(Rejection::UnsignedHeader { name }));
    for other in [":path", ":method", ":Authority", ":", ":authority;:authority"] {
        sent.set("authorization", &text.replace(":authority", other));
        assert_eq!(sent.check(NOW_MS), Err(Rejection::SignedHeadersMalformed), "{other}");
    }
}

/// The list that `@aws-sdk/client-kinesis` 3.1143.0 signs, without the body's digest.
#[test]
fn more_headers_keep_their_order_behind_it() {
    let mut sent = Sent::list_streams();
    for (name, value) in [
        ("amz-sdk-invocation-id", "6f1d6bd4-5c1f-4b7e-9d3e-0d6ac4d3a5a1"),
        ("amz-sdk-request", "attempt=1; max=3"),
        ("content-length", "2"),
        ("x-amz-user-agent", "aws-sdk-js/3.1142.0"),
    ] {
        sent.set(name, value);
    }
    sign_over_http2(&mut sent);
    let signed = "SignedHeaders=:authority;amz-sdk-invocation-id;amz-sdk-request;content-length;\
                  content-type;x-amz-date;x-amz-target;x-amz-user-agent,";
    assert!(sent.authorization().contains(signed), "{}", sent.authorization());
    assert_eq!(sent.check(NOW_MS), Ok(()));
    sent.set("amz-sdk-request", "attempt=2; max=3");
    assert_eq!(sent.check(NOW_MS), Err(Rejection::SignatureMismatch));
}
