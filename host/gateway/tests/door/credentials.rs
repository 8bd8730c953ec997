//! Whose credentials count: those whose signature held, and no others, wherever they stand.
//!
//! The three shapes are known from another server: a way of signing whose payload was not covered
//! (CVE-2025-31489), a handler that knew not all ways of signing (CVE-2026-40344), and a decision by credentials
//! that nobody had verified (CVE-2026-41145).

use std::sync::Arc;

use bytes::Bytes;
use domain::AccountId;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::Full;
use identity::sigv4::{Credentials, Scope, Unsigned, presign, sign};
use identity::{Key, KeyRing, Root};
use stdx::Secret;

use crate::client::{Got, send};
use crate::server::{NOW, Server};
use crate::things;
use crate::tls::Witness;

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// One operation of each kind: AWS JSON, REST-JSON without a body, REST-JSON with a payload.
const ASKED: [(&str, &str, &str); 3] = [
    ("POST", "/", "kinesis"),
    ("GET", "/2015-03-31/things/one", "lambda"),
    ("POST", "/2015-03-31/things/one/invocations", "lambda"),
];

/// A server with two keys, `test` and `other`, that remembers whom it decided about.
async fn start() -> (Server, Arc<Witness>) {
    let mut witness = None;
    let server = things::start_with(|door| {
        let (keys, root) = (KeyRing::new(), Root::dev());
        keys.insert("test", root.key());
        let account: AccountId = "111122223333".parse().unwrap();
        let principal = "arn:aws:iam::111122223333:root".into();
        let secret = Secret::new("other".to_owned());
        keys.insert("other", Key { secret, account, principal, ..root.key() });
        door.keys = Arc::new(keys);
        witness = Some(Witness::at(door));
    })
    .await;
    (server, witness.unwrap())
}

struct Plan {
    method: Method,
    path: String,
    service: &'static str,
    headers: HeaderMap,
    body: Bytes,
}

impl Plan {
    fn all() -> Vec<Self> {
        let plan = |(method, path, service): (&str, &str, &'static str)| {
            let mut headers = HeaderMap::new();
            if path == "/" {
                let json = HeaderValue::from_static("application/x-amz-json-1.1");
                headers.insert(CONTENT_TYPE, json);
                headers.insert(TARGET, HeaderValue::from_static("Test_20261101.Echo"));
            }
            let body = if method == "POST" { br#"{"Text":"abc"}"#.as_slice() } else { b"" };
            let (method, path) = (method.parse().unwrap(), path.to_owned());
            Self { method, path, service, headers, body: Bytes::from_static(body) }
        };
        ASKED.into_iter().map(plan).collect()
    }

    fn with<T>(
        &self,
        server: &Server,
        key: (&str, &str),
        f: impl Fn(&Unsigned<'_>, &Credentials<'_>, &Scope<'_>) -> T,
    ) -> T {
        let host = server.address.to_string();
        let unsigned = Unsigned {
            method: &self.method,
            path_and_query: &self.path,
            host: &host,
            headers: &self.headers,
            body: &self.body,
        };
        let (access_key_id, secret) = key;
        let secret_access_key = secret.as_bytes();
        let credentials = Credentials { access_key_id, secret_access_key, security_token: None };
        f(&unsigned, &credentials, &Scope { region: "us-east-1", service: self.service })
    }

    fn presign(&mut self, server: &Server, key: (&str, &str)) {
        self.path = self.with(server, key, |unsigned, credentials, scope| {
            presign(unsigned, credentials, scope, now(), 600).unwrap()
        });
    }

    fn sign(&mut self, server: &Server, key: (&str, &str)) {
        let added = self.with(server, key, |unsigned, credentials, scope| {
            sign(unsigned, credentials, scope, now()).unwrap()
        });
        self.headers.extend(added);
    }

    async fn send(&self, server: &Server) -> Got {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.path.parse().unwrap();
        *request.headers_mut() = self.headers.clone();
        let host = server.address.to_string();
        request.headers_mut().insert(HOST, host.parse().unwrap());
        send(server, request).await
    }
}

fn now() -> i64 {
    i64::try_from(NOW.0).unwrap()
}

const TEST: (&str, &str) = ("test", "test");
const OTHER: (&str, &str) = ("other", "other");

#[tokio::test]
async fn presigned_requests_work_for_every_kind_of_operation() {
    let (server, witness) = start().await;
    for (at, mut plan) in Plan::all().into_iter().enumerate() {
        plan.presign(&server, OTHER);
        let got = plan.send(&server).await;
        assert_eq!(got.status, 200, "{}", got.text());
        assert_eq!(witness.callers(), at + 1);
        assert_eq!(witness.last_key(), "other");
    }
}

/// CVE-2025-31489: what was signed did not cover what was used.
#[tokio::test]
async fn a_payload_that_is_not_covered_is_refused() {
    let (server, witness) = start().await;
    let modes = [
        "UNSIGNED-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    ];
    for mode in modes {
        for is_presigned in [false, true] {
            for mut plan in Plan::all() {
                plan.headers.insert(SHA256, HeaderValue::from_static(mode));
                let trailer = HeaderName::from_static("x-amz-trailer");
                plan.headers.insert(trailer, HeaderValue::from_static("x-amz-checksum-crc32"));
                if is_presigned {
                    plan.presign(&server, TEST)
                } else {
                    plan.sign(&server, TEST)
                }
                let got = plan.send(&server).await;
                assert_eq!(got.header("x-amzn-errortype"), "InvalidSignatureException", "{mode}");
            }
        }
    }
    // Nor is a body that was exchanged.
    for is_presigned in [false, true] {
        for mut plan in Plan::all() {
            if is_presigned {
                plan.presign(&server, TEST)
            } else {
                plan.sign(&server, TEST)
            }
            plan.body = Bytes::from_static(br#"{"Text":"abd"}"#);
            let got = plan.send(&server).await;
            assert_eq!(got.header("x-amzn-errortype"), "InvalidSignatureException");
        }
    }
    assert_eq!(witness.callers(), 0);
}

/// CVE-2026-40344: one handler knew not all ways of signing, and let the unknown one pass.
#[tokio::test]
async fn no_way_of_signing_goes_unverified_for_any_operation() {
    let (server, witness) = start().await;
    let sent = [
        "AWS4-HMAC-SHA256 Credential=test/20261101/us-east-1/kinesis/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature=00",
        "AWS4-ECDSA-P256-SHA256 Credential=test/20261101/us-east-1/kinesis/aws4_request",
        "AWS test:c2lnbmF0dXJl",
        "Bearer test",
        "Basic dGVzdDp0ZXN0",
        "",
    ];
    for text in sent {
        for mut plan in Plan::all() {
            plan.headers.insert(AUTHORIZATION, HeaderValue::from_str(text).unwrap());
            assert!(plan.send(&server).await.status.is_client_error(), "{text}");
        }
    }
    let queries = [
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Signature=00",
        "AWSAccessKeyId=test&Signature=c2ln&Expires=9999999999",
        "X-Amz-Security-Token=test",
    ];
    for query in queries {
        for mut plan in Plan::all() {
            plan.path = format!("{}?{query}", plan.path);
            assert!(plan.send(&server).await.status.is_client_error(), "{query}");
        }
    }
    for mut plan in Plan::all() {
        plan.presign(&server, ("test", "guess"));
        let got = plan.send(&server).await;
        assert_eq!(got.header("x-amzn-errortype"), "InvalidSignatureException");
    }
    for plan in Plan::all() {
        assert!(plan.send(&server).await.status.is_client_error(), "no credentials at all");
    }
    assert_eq!(witness.callers(), 0);
}

/// CVE-2026-41145: the header was verified, and the query decided.
#[tokio::test]
async fn only_the_credential_that_was_verified_decides() {
    let (server, witness) = start().await;
    for plan in Plan::all() {
        // Signed by one in the header, naming another in the query, in every order of doing so.
        let mut named = Plan {
            headers: plan.headers.clone(),
            path: plan.path.clone(),
            body: plan.body.clone(),
            ..plan
        };
        named.path += "?X-Amz-Credential=other%2F20261101%2Fus-east-1%2Fkinesis%2Faws4_request";
        named.sign(&server, TEST);
        let got = named.send(&server).await;
        assert_eq!(got.header("x-amzn-errortype"), "InvalidSignatureException", "{}", got.text());
        let mut both = Plan {
            headers: plan.headers.clone(),
            path: plan.path.clone(),
            body: plan.body.clone(),
            ..named
        };
        both.presign(&server, OTHER);
        both.sign(&server, TEST);
        assert!(both.send(&server).await.status.is_client_error());
        // Presigned by one, with the id of another.
        let mut other = Plan { headers: plan.headers, path: plan.path, body: plan.body, ..both };
        other.presign(&server, TEST);
        other.path = other.path.replace("Credential=test", "Credential=other");
        let got = other.send(&server).await;
        assert_eq!(got.header("x-amzn-errortype"), "InvalidSignatureException", "{}", got.text());
    }
    assert_eq!(witness.callers(), 0);
}
