//! The published test suite: requests with the signatures that AWS computed for them.
//!
//! Cases that want the path normalised are apart from the table: this verifier signs paths as they
//! were sent.

use super::vectors::{STS_TOKEN, VECTORS, Vector};
use super::*;

/// 2015-08-30 12:36:00 UTC, the moment of all cases.
const SUITE_NOW_MS: i64 = 1_440_938_160_000;

impl Vector {
    fn sent(&self) -> Sent {
        let (path, query) = self.target.split_once('?').unwrap_or((self.target, ""));
        let mut sent = Sent {
            method: self.method.parse().expect("a method"),
            path: path.into(),
            query: query.into(),
            host: "example.amazonaws.com".into(),
            headers: header_map(self.headers),
            body: self.body.into(),
        };
        sent.set("x-amz-date", "20150830T123600Z");
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders={}, Signature={}",
            self.signed_headers, self.signature
        );
        sent.set("authorization", &authorization);
        sent
    }
}

#[test]
fn every_vector_verifies() {
    let keys = KeyCache::new(8);
    for vector in &VECTORS {
        let sent = vector.sent();
        assert_eq!(sent.check_with(&keys, SUITE_NOW_MS), Ok(()), "{}", vector.name);
    }
    assert_eq!(keys.len(), 1, "one key signs them all");
}

#[test]
fn the_signer_gives_the_published_headers() {
    for vector in &VECTORS {
        let published = vector.sent();
        let mut sent = published.clone();
        sent.headers.remove("authorization");
        let token = sent.headers.remove("x-amz-security-token");
        let token = token.as_ref().map(|token| token.to_str().expect("visible"));
        sent.sign("us-east-1", "service", token, SUITE_NOW_MS).expect("well-formed");
        assert_eq!(sent.headers, published.headers, "{}", vector.name);
    }
}

/// `post-sts-header-after`: the token joins after signing. AWS leaves that to each service; here
/// every `x-amz-` header must be signed.
#[test]
fn a_token_added_after_signing_is_refused() {
    let vanilla = VECTORS.iter().find(|vector| vector.name == "post-vanilla");
    let mut sent = vanilla.expect("in the table").sent();
    sent.set("x-amz-security-token", STS_TOKEN);
    let name = HeaderName::from_static("x-amz-security-token");
    assert_eq!(sent.check(SUITE_NOW_MS), Err(Rejection::UnsignedHeader { name }));
}

/// `get-slash-normalized` and its kin: the signature covers the shortened path, so it holds for a
/// request that was sent with that path and for no other spelling.
#[test]
fn a_normalised_signature_holds_for_the_normal_path_only() {
    let root = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    let example = "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5";
    let cases = [
        ("//", "/", root),
        ("/./", "/", root),
        ("/example/..", "/", root),
        ("/example1/example2/../..", "/", root),
        ("/./example", "/example", example),
    ];
    for (raw, normal, signature) in cases {
        let vector = |target| Vector {
            name: "normalized",
            method: "GET",
            target,
            headers: &[],
            body: "",
            signed_headers: "host;x-amz-date",
            signature,
        };
        assert_eq!(vector(normal).sent().check(SUITE_NOW_MS), Ok(()), "{normal}");
        let refused = vector(raw).sent().check(SUITE_NOW_MS);
        assert_eq!(refused, Err(Rejection::SignatureMismatch), "{raw}");
    }
}

/// The example of the IAM user guide, "Signature Version 4 signing process".
#[test]
fn the_documented_list_users_example_verifies() {
    let mut sent = Sent {
        method: Method::GET,
        path: "/".into(),
        query: "Action=ListUsers&Version=2010-05-08".into(),
        host: "iam.amazonaws.com".into(),
        headers: header_map(&[
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("x-amz-date", "20150830T123600Z"),
        ]),
        body: Vec::new(),
    };
    let authorization = "AWS4-HMAC-SHA256 \
        Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
        SignedHeaders=content-type;host;x-amz-date, \
        Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    sent.set("authorization", authorization);
    assert_eq!(sent.check(SUITE_NOW_MS), Ok(()));
}

/// The suite's first edition (2011, Apache-2.0 in `boto/botocore`) dates its requests by `Date`,
/// with a weekday that is not that day's. Its paths are as on the wire, so they show that what
/// arrives encoded is encoded a second time.
#[test]
fn the_first_edition_with_a_date_header_verifies() {
    let cases = [
        ("GET", "/", "b27ccfbfa7df52a200ff74193ca6e32d4b48b8856fab7ebf1c595d0670a7e470"),
        ("GET", "/%20/foo", "2be9e587d1ee1f0fd02128724b86b4358ba3630d39f493b6e06610a19a50779e"),
        ("GET", "/%E1%88%B4", "57b1eb3df3b16a8479c0097b66c0b261cfd65b829419a3f2c3d05319722490b8"),
    ];
    for (method, path, signature) in cases {
        let mut sent = Sent {
            method: method.parse().expect("a method"),
            path: path.into(),
            query: String::new(),
            host: "host.foo.com".into(),
            headers: header_map(&[("date", "Mon, 09 Sep 2011 23:36:00 GMT")]),
            body: Vec::new(),
        };
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20110909/us-east-1/host/aws4_request, \
             SignedHeaders=date;host, Signature={signature}"
        );
        sent.set("authorization", &authorization);
        assert_eq!(sent.check(1_315_611_360_000), Ok(()), "{path}");
    }
}
