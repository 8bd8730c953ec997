//! Each malformed request is refused for its own reason, in AWS's words.

use super::*;

#[test]
fn the_skew_is_five_minutes_to_either_side() {
    let sent = Sent::list_streams();
    for offset_ms in [-300_000, 0, 300_999] {
        assert_eq!(sent.check(NOW_MS + offset_ms), Ok(()), "{offset_ms}");
    }
    let expired = sent.check(NOW_MS + 301_000).expect_err("too old");
    assert_eq!(expired.code(), "InvalidSignatureException");
    assert_eq!(
        expired.public_message(),
        "Signature expired: 20261101T120000Z is now earlier than 20261101T120001Z \
         (20261101T120501Z - 5 min.)"
    );
    let early = sent.check(NOW_MS - 300_001).expect_err("not yet");
    assert_eq!(
        early.public_message(),
        "Signature not yet current: 20261101T120000Z is still later than 20261101T115959Z \
         (20261101T115459Z + 5 min.)"
    );
}

#[test]
fn dates_are_read_strictly() {
    for date in
        ["20261101T120000", "2026-11-01T12:00:00Z", "20261301T120000Z", "20261101 120000Z", ""]
    {
        let rejection = refusal(|sent| sent.set("x-amz-date", date));
        assert_eq!(rejection, Rejection::DateMalformed { got: date.into() });
        assert_eq!(rejection.code(), "IncompleteSignatureException");
    }
    // Only `Date` may have the format of the internet.
    let rejection = refusal(|sent| sent.set("x-amz-date", "Sun, 01 Nov 2026 12:00:00 GMT"));
    assert!(matches!(rejection, Rejection::DateMalformed { .. }));
}

#[test]
fn the_date_header_must_be_signed_when_it_is_the_one_used() {
    let rejection = refusal(|sent| {
        sent.headers.remove("x-amz-date");
        sent.set("date", "Sun, 01 Nov 2026 12:00:00 GMT");
        let unsigned = sent.authorization().replace("x-amz-date;", "");
        sent.set("authorization", &unsigned);
    });
    assert_eq!(rejection, Rejection::UnsignedHeader { name: name("date") });
}

#[test]
fn unsigned_headers_are_refused_in_aws_words() {
    let amz = refusal(|sent| sent.set("x-amz-anything", "1"));
    assert_eq!(amz, Rejection::UnsignedHeader { name: name("x-amz-anything") });
    assert_eq!(
        refusal_of("host;", "").public_message(),
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    );
    let host = refusal(|sent| sent.set("host", "elsewhere:4567"));
    assert_eq!(host, Rejection::HostConflict);
    let unsigned_is_fine = {
        let mut sent = Sent::list_streams();
        sent.set("user-agent", "curl");
        sent.set("host", "localhost:4567");
        sent.check(NOW_MS)
    };
    assert_eq!(unsigned_is_fine, Ok(()));
}

#[test]
fn a_declared_digest_must_be_one_and_be_the_bodys() {
    for mode in ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "required", ""] {
        let rejection = refusal(|sent| {
            sent.set("x-amz-content-sha256", mode);
            sent.sign("us-east-1", "kinesis", None, NOW_MS).expect("well-formed");
        });
        assert_eq!(rejection, Rejection::ContentSha256Malformed, "{mode}");
    }
    let other = refusal(|sent| {
        sent.set("x-amz-content-sha256", &"ab".repeat(32));
        sent.sign("us-east-1", "kinesis", None, NOW_MS).expect("well-formed");
    });
    assert_eq!(other, Rejection::ContentSha256Mismatch);
}

#[test]
fn everything_is_bounded() {
    let long = refusal(|sent| sent.set("authorization", &format!("AWS4-{}", "a".repeat(8188))));
    let what = Bound::AuthorizationBytes;
    assert_eq!(long, Rejection::TooLarge { what, max: 8192 });

    let names: String = (0..64).map(|at| format!("a{at:02};")).collect();
    let many = refusal_of("SignedHeaders=", &format!("SignedHeaders={names}"));
    assert_eq!(many, Rejection::TooLarge { what: Bound::SignedHeaders, max: 64 });

    let pairs = refusal(|sent| sent.query = "a&".repeat(257));
    assert_eq!(pairs, Rejection::TooLarge { what: Bound::QueryPairs, max: 256 });
    let uri = refusal(|sent| sent.path = "/".repeat(32 * 1024 + 1));
    assert_eq!(uri, Rejection::TooLarge { what: Bound::UriBytes, max: 32 * 1024 });
    assert_eq!(uri.code(), "MalformedQueryString");

    let escape = refusal(|sent| sent.query = "a=%2".into());
    assert_eq!(escape, Rejection::QueryMalformed);
}

#[test]
fn mismatch_and_unknown_key_have_aws_words() {
    let mismatch = refusal(|sent| sent.body.push(b' '));
    assert_eq!(mismatch.code(), "InvalidSignatureException");
    assert_eq!(
        mismatch.public_message(),
        "The request signature we calculated does not match the signature you provided. Check \
         your AWS Secret Access Key and signing method. Consult the service documentation for \
         details."
    );
    let unknown = Rejection::UnknownAccessKey;
    assert_eq!(unknown.code(), "UnrecognizedClientException");
    assert_eq!(unknown.public_message(), "The security token included in the request is invalid.");
}

#[test]
fn what_was_presented_can_be_read_but_not_the_secrets() {
    let mut sent = Sent::list_streams();
    sent.sign("eu-west-3", "firehose", Some("token/=="), NOW_MS).expect("well-formed");
    let presented = sent.present(NOW_MS).expect("well-formed");
    assert_eq!(presented.access_key_id(), ACCESS_KEY_ID);
    assert_eq!((presented.region(), presented.service()), ("eu-west-3", "firehose"));
    assert_eq!(presented.security_token(), Some("token/=="));
    assert!(!format!("{presented:?}").contains("token"));

    let unreadable = refusal(|sent| {
        let value = HeaderValue::from_bytes(b"t\xc3\xb6ken").expect("a header value");
        sent.headers.insert("x-amz-security-token", value);
        sent.sign("us-east-1", "kinesis", None, NOW_MS).expect("well-formed");
        let value = HeaderValue::from_bytes(b"t\xc3\xb6ken").expect("a header value");
        sent.headers.insert("x-amz-security-token", value);
        let list =
            sent.authorization().replace("x-amz-target", "x-amz-security-token;x-amz-target");
        sent.set("authorization", &list);
    });
    assert_eq!(unreadable, Rejection::SecurityTokenMalformed);
}

#[test]
fn mistakes_of_the_signing_side_are_told() {
    let mut sent = Sent::list_streams();
    assert_eq!(sent.sign("us/east", "kinesis", None, NOW_MS), Err(SignError::Scope));
    assert_eq!(sent.sign("r", "s", Some("a\nb"), NOW_MS), Err(SignError::SecurityToken));
    assert_eq!(sent.sign("r", "s", None, i64::MAX), Err(SignError::Time));
    sent.query = "%".into();
    let target = SignError::Target(Rejection::QueryMalformed);
    assert_eq!(sent.sign("r", "s", None, NOW_MS), Err(target));
    for at in 0..64 {
        sent.set(&format!("my-{at}"), "1");
    }
    assert_eq!(sent.sign("r", "s", None, NOW_MS), Err(SignError::TooManyHeaders));
}

/// A rejection travels in every `Result` of the door.
#[test]
fn a_rejection_stays_small() {
    assert!(size_of::<Rejection>() <= 64, "{}", size_of::<Rejection>());
}
