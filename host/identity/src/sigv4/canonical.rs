//! The canonical request and the string to sign: the text that both sides hash.
//!
//! Signer and verifier call the same functions, so a slip here is invisible to a round trip; the
//! published vectors in the tests are what holds it.

use http::header::HOST;
use http::{HeaderMap, HeaderName, Method};

use super::encoding::{hex, percent_encode, percent_normalize};
use super::payload::body_sha256;
use super::rejection::{Bound, Rejection};
use super::signed_name::SignedName;
use super::{ALGORITHM, QUERY_PAIRS_MAX, URI_BYTES_MAX};

/// The request line as it was received: nothing decoded, nothing normalised.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) host: &'a str,
}

/// Parameters of a query in canonical form and order.
pub(super) struct Query(Vec<(Vec<u8>, Vec<u8>)>);

impl Query {
    pub(super) fn parse(path: &str, raw: &str) -> Result<Self, Rejection> {
        if path.len().saturating_add(raw.len()) > URI_BYTES_MAX {
            return Err(Rejection::TooLarge { what: Bound::UriBytes, max: URI_BYTES_MAX });
        }
        let mut pairs = Vec::new();
        for text in raw.split('&').filter(|text| !text.is_empty()) {
            if pairs.len() == QUERY_PAIRS_MAX {
                return Err(Rejection::TooLarge { what: Bound::QueryPairs, max: QUERY_PAIRS_MAX });
            }
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            let name = percent_normalize(name.as_bytes()).ok_or(Rejection::QueryMalformed)?;
            let value = percent_normalize(value.as_bytes()).ok_or(Rejection::QueryMalformed)?;
            pairs.push((name, value));
        }
        // By name first: in joined text `=` would sort behind `-` and put `a-b` before `a`.
        pairs.sort_unstable();
        Ok(Self(pairs))
    }

    /// Names and values, as they stand in the canonical form.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))
    }

    /// Whether there is a parameter of this name, in whatever case.
    pub(super) fn holds(&self, name: &[u8]) -> bool {
        self.0.iter().any(|(held, _)| held.eq_ignore_ascii_case(name))
    }

    /// What the signature in it covers: everything else.
    pub(super) fn without_signature(mut self) -> Self {
        self.0.retain(|(name, _)| name != b"X-Amz-Signature");
        self
    }

    /// Whether any of the parameters is a credential of SigV4 or of its predecessor.
    pub(super) fn has_credentials(&self) -> bool {
        const NAMES: [&[u8]; 6] = [
            b"x-amz-algorithm",
            b"x-amz-credential",
            b"x-amz-signature",
            b"x-amz-signedheaders",
            b"x-amz-security-token",
            b"awsaccesskeyid",
        ];
        let is_credential = |name: &[u8]| NAMES.iter().any(|one| name.eq_ignore_ascii_case(one));
        self.0.iter().any(|(name, _)| is_credential(name))
    }
}

/// Everything of the canonical request but its last line, the body's digest: that one is known
/// only after the body. `signed` is sorted and all of it is in `headers`, the host excepted.
pub(super) fn request_head(
    target: &Target<'_>,
    query: &Query,
    headers: &HeaderMap,
    signed: &[SignedName],
) -> Vec<u8> {
    let mut head = Vec::with_capacity(1024);
    head.extend_from_slice(target.method.as_str().as_bytes());
    head.push(b'\n');
    push_path(target.path, &mut head);
    head.push(b'\n');
    push_query(query, &mut head);
    head.push(b'\n');
    for name in signed {
        head.extend_from_slice(name.as_str().as_bytes());
        head.push(b':');
        match name {
            SignedName::Header(name) if *name != HOST => push_values(headers, name, &mut head),
            SignedName::Header(_) | SignedName::Authority => {
                push_value(target.host.as_bytes(), &mut head);
            }
        }
        head.push(b'\n');
    }
    head.push(b'\n');
    head.extend_from_slice(signed_list(signed).as_bytes());
    head.push(b'\n');
    head
}

/// `host;x-amz-date`, as in the canonical request and in the `Authorization` header.
pub(super) fn signed_list(signed: &[SignedName]) -> String {
    let mut list = String::new();
    for name in signed {
        if !list.is_empty() {
            list.push(';');
        }
        list.push_str(name.as_str());
    }
    list
}

/// The text that is signed. `iso_basic` is the request's time, `scope` the credential without its
/// access key id.
pub(super) fn string_to_sign(
    iso_basic: &str,
    scope: &str,
    head: &[u8],
    body_sha256: &[u8; 32],
) -> Vec<u8> {
    let request_sha256 = request_sha256(head, body_sha256);
    let mut text = Vec::with_capacity(192);
    for line in [ALGORITHM, iso_basic, scope] {
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
    }
    text.extend_from_slice(&hex(&request_sha256));
    text
}

fn request_sha256(head: &[u8], body: &[u8; 32]) -> [u8; 32] {
    let mut request = Vec::with_capacity(head.len() + 64);
    request.extend_from_slice(head);
    request.extend_from_slice(&hex(body));
    body_sha256(&request)
}

/// Encodes the path once more than it already is: what arrives has been encoded once, and the
/// scheme wants each segment encoded twice.
fn push_path(raw: &str, out: &mut Vec<u8>) {
    if raw.is_empty() {
        out.push(b'/');
    }
    for byte in raw.bytes() {
        if byte == b'/' {
            out.push(byte);
        } else {
            percent_encode(byte, out);
        }
    }
}

fn push_query(query: &Query, out: &mut Vec<u8>) {
    for (at, (name, value)) in query.0.iter().enumerate() {
        if at > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(name);
        out.push(b'=');
        out.extend_from_slice(value);
    }
}

fn push_values(headers: &HeaderMap, name: &HeaderName, out: &mut Vec<u8>) {
    for (at, value) in headers.get_all(name).iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        push_value(value.as_bytes(), out);
    }
}

/// Blanks at the ends go, runs of them inside become one; quotes protect nothing.
fn push_value(value: &[u8], out: &mut Vec<u8>) {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let words = value.split(blank).filter(|word| !word.is_empty());
    for (at, word) in words.enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}
