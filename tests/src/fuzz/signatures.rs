//! Signatures: the head of a request and its body, by text, as a door would have them after its HTTP library.
//!
//! An input is a line with method and target, lines of headers, an empty line, and the body.

use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use identity::sigv4::{
    self, Credentials, KeyCache, Presented, Rejection, Scope, Unsigned, body_sha256,
};

use super::host::NOW;

const HOST_NAME: &str = "localhost:4566";
const BODY: &[u8] = b"{}";
const SECRET: &[u8] = b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

pub(super) fn run(bytes: &[u8]) {
    if let Some(asked) = Asked::read(bytes) {
        let _ = holds(&asked);
    }
}

/// Whether the signature does; why not can be told.
fn holds(asked: &Asked<'_>) -> bool {
    let checked = verify(asked);
    if let Err(rejection) = &checked {
        assert!(!rejection.code().is_empty() && !rejection.public_message().is_empty());
    }
    checked.is_ok()
}

fn verify(asked: &Asked<'_>) -> Result<(), Rejection> {
    let (path, query) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
    let host = asked.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let (method, headers) = (&asked.method, &asked.headers);
    let presented = Presented::from_request(method, path, query, host, headers, now())?;
    let claimed = [presented.access_key_id(), presented.region(), presented.service()];
    assert!(claimed.iter().all(|claim| claim.len() <= 128), "{claimed:?}");
    presented.verify(SECRET, &body_sha256(asked.body), &KeyCache::new(0))
}

struct Asked<'a> {
    method: Method,
    target: String,
    headers: HeaderMap,
    body: &'a [u8],
}

impl<'a> Asked<'a> {
    /// Nothing if an HTTP library would not have let it through.
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let end = bytes.windows(2).position(|pair| pair == b"\n\n")?;
        let (head, body) = (&bytes[..end], &bytes[end + 2..]);
        let mut lines = head.split(|byte| *byte == b'\n');
        let first = std::str::from_utf8(lines.next()?).ok()?;
        let (method, target) = first.split_once(' ')?;
        let mut headers = HeaderMap::new();
        for line in lines {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = HeaderName::from_bytes(&line[..colon]).ok()?;
            let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
            headers.try_append(name, value).ok()?;
        }
        Some(Self { method: method.parse().ok()?, target: target.to_owned(), headers, body })
    }
}

pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    [
        ("kinesis", "POST", "/", "kinesis", None),
        (
            "lambda",
            "GET",
            "/2015-03-31/functions/arn%3Aaws%3Alambda/?Qualifier=%24LATEST&a=",
            "lambda",
            None,
        ),
        ("session", "DELETE", "/a//b/../c?z=1&y", "kinesis", Some("token/+=")),
    ]
    .into_iter()
    .flat_map(|(name, method, target, service, token)| {
        let method = method.parse().expect("a method");
        [
            (name.to_owned(), signed(&method, target, service, token)),
            (format!("{name}-presigned"), presigned(&method, target, service, token)),
        ]
    })
    .collect()
}

fn signed(method: &Method, target: &str, service: &str, security_token: Option<&str>) -> Vec<u8> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
    let unsigned =
        Unsigned { method, path_and_query: target, host: HOST_NAME, headers: &headers, body: BODY };
    let scope = Scope { region: "us-east-1", service };
    let added = sigv4::sign(&unsigned, &credentials(security_token), &scope, now());
    headers.extend(added.expect("a request of ours"));
    input(method, target, &headers)
}

/// A request whose query carries the signature.
fn presigned(
    method: &Method,
    target: &str,
    service: &str,
    security_token: Option<&str>,
) -> Vec<u8> {
    let headers = HeaderMap::new();
    let unsigned =
        Unsigned { method, path_and_query: target, host: HOST_NAME, headers: &headers, body: BODY };
    let scope = Scope { region: "us-east-1", service };
    let target = sigv4::presign(&unsigned, &credentials(security_token), &scope, now(), 900);
    input(method, &target.expect("a request of ours"), &headers)
}

fn credentials(security_token: Option<&str>) -> Credentials<'_> {
    Credentials { access_key_id: "AKIDEXAMPLE", secret_access_key: SECRET, security_token }
}

fn now() -> i64 {
    i64::try_from(NOW.0).expect("a time of our age")
}

fn input(method: &Method, target: &str, headers: &HeaderMap) -> Vec<u8> {
    let mut text = format!("{method} {target}\nhost: {HOST_NAME}\n");
    for (name, value) in headers {
        text += &format!("{name}: {}\n", value.to_str().expect("our headers are ASCII"));
    }
    text += "\n";
    let input = [text.as_bytes(), BODY].concat();
    assert!(Asked::read(&input).is_some_and(|asked| holds(&asked)), "a seed verifies");
    input
}
