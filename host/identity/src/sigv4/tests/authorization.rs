//! What the `Authorization` header may look like, and AWS's words for what it may not.

use super::*;

#[test]
fn no_credentials_are_not_wrong_credentials() {
    for value in ["Bearer abc", "Basic dTpw", "", "aws4-hmac-sha256 Credential=a"] {
        let rejection = refusal(|sent| sent.set("authorization", value));
        assert_eq!(rejection, Rejection::MissingAuthenticationToken, "{value}");
    }
    let rejection = refusal(|sent| drop(sent.headers.remove("authorization")));
    assert_eq!(rejection, Rejection::MissingAuthenticationToken);
    assert_eq!(rejection.code(), "MissingAuthenticationTokenException");
    assert_eq!(rejection.public_message(), "Missing Authentication Token");
}

#[test]
fn credentials_come_once() {
    for query in
        ["X-Amz-Signature=ab", "a=b&x-amz-algorithm=c", "X-Amz%2dCredential=d", "AWSAccessKeyId"]
    {
        let both = refusal(|sent| sent.query = query.into());
        assert_eq!(both, Rejection::TwoCredentials, "{query}");
        let query_only = refusal(|sent| {
            sent.query = query.into();
            sent.headers.remove("authorization");
            sent.headers.remove("x-amz-date");
        });
        let code = query_only.code();
        let refused = ["IncompleteSignatureException", "MissingAuthenticationTokenException"];
        assert!(refused.contains(&code), "{query}: {code}");
    }
    for header in ["authorization", "x-amz-date", "content-type", "x-amz-target"] {
        let repeated = refusal(|sent| {
            let value = sent.headers[header].clone();
            sent.headers.append(header, value);
        });
        assert_eq!(repeated, Rejection::RepeatedHeader { name: name(header) });
        assert_eq!(repeated.code(), "InvalidSignatureException");
    }
    for header in ["smithy-protocol", "x-amzn-query-mode"] {
        for values in [["a", "a"], ["a", "b"]] {
            let repeated = refusal(|sent| {
                for value in values {
                    sent.headers.append(name(header), HeaderValue::from_static(value));
                }
                sent.sign("us-east-1", "kinesis", None, NOW_MS).expect("well-formed");
            });
            assert_eq!(repeated, Rejection::RepeatedHeader { name: name(header) });
        }
    }
}

#[test]
fn what_the_authorization_header_lacks_is_listed() {
    let bare = refusal(|sent| {
        sent.set("authorization", "AWS4-HMAC-SHA256");
        sent.headers.remove("x-amz-date");
    });
    assert_eq!(bare.code(), "IncompleteSignatureException");
    assert_eq!(
        bare.public_message(),
        "Authorization header requires 'Credential' parameter. Authorization header requires \
         'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. \
         Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. \
         (Hashed with SHA-256 and encoded with Base64) \
         Authorization=YI2YWea8FSxnksZL2ETHbs5elHm9HQufxTLK0W0ffV0="
    );
    for (from, to, parameter) in [
        ("Credential=", "Credentials=", Parameter::Credential),
        (
            "SignedHeaders=content-type;host;x-amz-date;x-amz-target",
            "SignedHeaders=",
            Parameter::SignedHeaders,
        ),
        (" Signature=", " Sig=", Parameter::Signature),
    ] {
        let rejection = refusal_of(from, to);
        let Rejection::Incomplete { missing, .. } = rejection else {
            panic!("{rejection:?}");
        };
        assert_eq!(missing, [parameter]);
    }
    let undated = refusal(|sent| drop(sent.headers.remove("x-amz-date")));
    assert!(
        matches!(undated, Rejection::Incomplete { missing, .. } if missing == [Parameter::Date])
    );
}

#[test]
fn a_malformed_credential_is_named() {
    let whole = "AKIDEXAMPLE/20261101/us-east-1/kinesis/aws4_request";
    let nobody = "/20261101/us-east-1/kinesis/aws4_request";
    let malformed = |got: &str| Rejection::CredentialMalformed { got: got.into() };
    let day = Rejection::ScopeDate { scope: "20261031".into(), request: "20261101T120000Z".into() };
    let terminator = Rejection::Terminator { got: "aws4".into() };
    let region = Rejection::RegionMalformed { got: "us east".into() };
    let service = Rejection::ServiceMalformed { got: "".into() };
    for (from, to, expected) in [
        (whole, "a/b/c/d", malformed("a/b/c/d")),
        (whole, "a/b/c/d/e/f", malformed("a/b/c/d/e/f")),
        (whole, nobody, malformed(nobody)),
        ("aws4_request", "aws4", terminator),
        ("us-east-1", "us east", region),
        ("/kinesis/", "//", service),
        ("/20261101/", "/20261031/", day),
    ] {
        assert_eq!(refusal_of(from, to), expected, "{from} -> {to}");
    }
    assert_eq!(
        malformed("a/b/c/d").public_message(),
        "Credential must have exactly 5 slash-delimited elements, e.g. \
         keyid/date/region/service/term, got 'a/b/c/d'"
    );
}

#[test]
fn a_malformed_list_of_signed_headers_is_refused() {
    let malformed = Rejection::SignedHeadersMalformed;
    let unsigned = |text| Rejection::UnsignedHeader { name: name(text) };
    let absent = |text| Rejection::SignedHeaderAbsent { name: name(text) };
    for (from, to, expected) in [
        ("host;x-amz-date", "x-amz-date;host", malformed.clone()),
        ("host;", "host;host;", malformed.clone()),
        ("host;", "Host;", malformed.clone()),
        ("host;", "host;;", malformed),
        ("host;", "host;my-own;", absent("my-own")),
        ("content-type;", "", unsigned("content-type")),
        ("host;", "", unsigned("host")),
        (";x-amz-target", "", unsigned("x-amz-target")),
        ("x-amz-date;", "", unsigned("x-amz-date")),
    ] {
        assert_eq!(refusal_of(from, to), expected, "{from} -> {to}");
    }
}

#[test]
fn a_malformed_algorithm_list_or_signature_is_refused() {
    let ecdsa = "AWS4-ECDSA-P256-SHA256";
    let algorithm = Rejection::UnsupportedAlgorithm { got: ecdsa.into() };
    assert_eq!(refusal_of(ALGORITHM, ecdsa), algorithm);
    let parameter = Parameter::Signature;
    let repeated = refusal_of(", Signature", ", Signature=ab, Signature");
    assert_eq!(repeated, Rejection::RepeatedParameter { parameter });
    let longer = refusal_of(" Signature=", " Signature=0");
    assert_eq!(longer, Rejection::SignatureMalformed);
    let no_pair = refusal_of(", Signature=", ", ");
    assert!(matches!(no_pair, Rejection::NotPairs { .. }));
}

#[test]
fn separators_may_lack_their_blanks() {
    let mut sent = Sent::list_streams();
    let before = sent.authorization();
    for (from, to) in [(", ", ","), (", ", " ,   "), ("SHA256 ", "SHA256   ")] {
        sent.set("authorization", &before.replace(from, to));
        assert_eq!(sent.check(NOW_MS), Ok(()), "{from:?} -> {to:?}");
    }
}
