//! Published vectors, another implementation's signatures, refusals, and random mutations.

use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::*;

mod authority;
mod authorization;
mod aws_suite;
mod botocore;
mod keys;
mod mutations;
mod presigned;
mod presigned_mutations;
mod refusals;
mod vectors;

const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
const SECRET: &[u8] = b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// 2026-11-01 12:00:00 UTC.
const NOW_MS: i64 = 1_793_534_400_000;

/// A request as it stands on the wire, open to every change.
#[derive(Clone, Debug)]
struct Sent {
    method: Method,
    path: String,
    query: String,
    host: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Sent {
    /// A genuine `ListStreams` of [`NOW_MS`], signed.
    fn list_streams() -> Self {
        let mut sent = Self {
            method: Method::POST,
            path: "/".into(),
            query: String::new(),
            host: "localhost:4567".into(),
            headers: header_map(&[
                ("content-type", "application/x-amz-json-1.1"),
                ("x-amz-target", "Kinesis_20131202.ListStreams"),
            ]),
            body: b"{}".to_vec(),
        };
        sent.sign("us-east-1", "kinesis", None, NOW_MS).expect("well-formed");
        sent
    }

    fn sign(
        &mut self,
        region: &str,
        service: &str,
        security_token: Option<&str>,
        now_ms: i64,
    ) -> Result<(), SignError> {
        let path_and_query = match self.query.as_str() {
            "" => self.path.clone(),
            query => format!("{}?{query}", self.path),
        };
        let unsigned = Unsigned {
            method: &self.method,
            path_and_query: &path_and_query,
            host: &self.host,
            headers: &self.headers,
            body: &self.body,
        };
        let credentials =
            Credentials { access_key_id: ACCESS_KEY_ID, secret_access_key: SECRET, security_token };
        let added = sign(&unsigned, &credentials, &Scope { region, service }, now_ms)?;
        for (name, value) in added {
            self.headers.insert(name, value);
        }
        Ok(())
    }

    fn present(&self, now_ms: i64) -> Result<Presented, Rejection> {
        let Self { method, path, query, host, headers, body: _ } = self;
        Presented::from_request(method, path, query, host, headers, now_ms)
    }

    /// Both phases.
    fn check(&self, now_ms: i64) -> Result<(), Rejection> {
        self.check_with(&KeyCache::new(0), now_ms)
    }

    fn check_with(&self, keys: &KeyCache, now_ms: i64) -> Result<(), Rejection> {
        self.present(now_ms)?.verify(SECRET, &body_sha256(&self.body), keys)
    }

    fn authorization(&self) -> String {
        let value = self.headers.get("authorization").expect("signed");
        value.to_str().expect("visible").to_owned()
    }

    fn set(&mut self, name: &str, value: &str) {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        self.headers.insert(name, HeaderValue::from_str(value).expect("a header value"));
    }
}

fn header_map(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        // Bytes, as on the wire: a test value may have leading blanks.
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
    }
    headers
}

/// What a change to a genuine request leads to.
fn refusal(change: impl FnOnce(&mut Sent)) -> Rejection {
    let mut sent = Sent::list_streams();
    assert_eq!(sent.check(NOW_MS), Ok(()));
    change(&mut sent);
    sent.check(NOW_MS).expect_err("must be refused")
}

/// As [`refusal`], for a change of the `Authorization` header's text.
fn refusal_of(from: &str, to: &str) -> Rejection {
    refusal(|sent| {
        let before = sent.authorization();
        assert!(before.contains(from), "{before}");
        sent.set("authorization", &before.replace(from, to));
    })
}

fn name(text: &'static str) -> HeaderName {
    HeaderName::from_static(text)
}
