//! The verifier's two phases.
//!
//! [`Presented::from_request`] needs the head of the request only and refuses whatever cannot
//! become valid. It proves nothing: [`Presented::access_key_id`] and the rest are claims until
//! [`Presented::verify`] has returned `Ok`.

use std::fmt;
use std::hint::black_box;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};
use subtle::{Choice, ConstantTimeEq};

use super::authorization::{self, Authorization};
use super::canonical::{Query, Target, request_head, string_to_sign};
use super::credential::Credential;
use super::headers::{SECURITY_TOKEN, check_signed, check_unambiguous};
use super::key::{KeyCache, SigningKey};
use super::payload;
use super::presigned::Presigned;
use super::rejection::Rejection;
use super::time::RequestTime;

/// Credentials as presented, well-formed but not proven.
pub struct Presented {
    credential: Credential,
    time: RequestTime,
    /// Canonical request without the body's digest.
    head: Vec<u8>,
    signature: [u8; 32],
    declared_sha256: Option<[u8; 32]>,
    security_token: Option<Box<str>>,
}

impl Presented {
    /// First phase. `raw_path` and `raw_query` (without `?`, empty if there is none) are the bytes
    /// of the request line; `host` is the `Host` header's value or HTTP/2's `:authority`, with its
    /// port if the client sent one.
    pub fn from_request(
        method: &Method,
        raw_path: &str,
        raw_query: &str,
        host: &str,
        headers: &HeaderMap,
        now_ms: i64,
    ) -> Result<Self, Rejection> {
        check_unambiguous(headers, host)?;
        let query = Query::parse(raw_path, raw_query)?;
        let target = Target { method, path: raw_path, host };
        match (headers.get(AUTHORIZATION), query.has_credentials()) {
            (Some(_), true) => Err(Rejection::TwoCredentials),
            (None, true) => Self::from_query(&target, query, headers, now_ms),
            (Some(value), false) if authorization::is_aws4(value) => {
                Self::from_header(value, &target, &query, headers, now_ms)
            }
            (_, false) => Err(Rejection::MissingAuthenticationToken),
        }
    }

    fn from_header(
        value: &HeaderValue,
        target: &Target<'_>,
        query: &Query,
        headers: &HeaderMap,
        now_ms: i64,
    ) -> Result<Self, Rejection> {
        let dated = RequestTime::from_headers(headers);
        let authorization = authorization::parse(value, !matches!(dated, Ok(None)))?;
        // The parser has refused a request without a date; this arm only satisfies the types.
        let (time, date_header) = dated?.ok_or(Rejection::MissingAuthenticationToken)?;
        let Authorization { credential, signed_headers, signature } = authorization;
        time.check_skew(now_ms)?;
        check_scope(&credential, &time)?;
        check_signed(headers, &signed_headers, Some(&date_header))?;
        let declared_sha256 = payload::declared(headers)?;
        let head = request_head(target, query, headers, &signed_headers);
        let security_token = security_token(headers)?;
        Ok(Self { credential, time, head, signature, declared_sha256, security_token })
    }

    fn from_query(
        target: &Target<'_>,
        query: Query,
        headers: &HeaderMap,
        now_ms: i64,
    ) -> Result<Self, Rejection> {
        let presigned = Presigned::parse(&query, headers)?;
        let Presigned { credential, signed_headers, signature, time, expires_s, .. } = presigned;
        time.check_presigned(now_ms, expires_s)?;
        check_scope(&credential, &time)?;
        check_signed(headers, &signed_headers, None)?;
        let head = request_head(target, &query.without_signature(), headers, &signed_headers);
        let Presigned { declared_sha256, security_token, .. } = presigned;
        Ok(Self { credential, time, head, signature, declared_sha256, security_token })
    }

    pub fn access_key_id(&self) -> &str {
        self.credential.access_key_id()
    }

    pub fn region(&self) -> &str {
        self.credential.region()
    }

    pub fn service(&self) -> &str {
        self.credential.service()
    }

    /// The token of temporary credentials; whether it belongs to the key is for the caller.
    pub fn security_token(&self) -> Option<&str> {
        self.security_token.as_deref()
    }

    /// Second phase: whether the holder of `secret` signed this request with exactly this body.
    pub fn verify(
        &self,
        secret: &[u8],
        body_sha256: &[u8; 32],
        keys: &KeyCache,
    ) -> Result<(), Rejection> {
        let cached = keys.get(&self.credential, secret);
        let known = cached.is_some();
        let key = cached.unwrap_or_else(|| self.derive(secret));
        let (signature_holds, body_holds) = self.compare(&key, body_sha256);
        // The digest first: it tells an honest client what happened, and a forger nothing.
        if !bool::from(body_holds) {
            return Err(Rejection::ContentSha256Mismatch);
        }
        if !bool::from(signature_holds) {
            return Err(Rejection::SignatureMismatch);
        }
        if !known {
            keys.insert(&self.credential, secret, key);
        }
        Ok(())
    }

    /// For an access key id that nobody has: does what [`Presented::verify`] does for a key that
    /// is not cached yet, and then refuses. The cache stays out of it, or a key created later
    /// under this id could meet an entry made from no secret at all.
    pub fn burn(&self, body_sha256: &[u8; 32]) -> Rejection {
        // As long as a genuine secret, so that the first HMAC hashes as many blocks.
        const NO_SECRET: [u8; 40] = [0; 40];
        let key = self.derive(&NO_SECRET);
        black_box(self.compare(&key, body_sha256));
        Rejection::UnknownAccessKey
    }

    fn derive(&self, secret: &[u8]) -> SigningKey {
        SigningKey::derive(
            secret,
            self.credential.date(),
            self.credential.region(),
            self.credential.service(),
        )
    }

    fn compare(&self, key: &SigningKey, body_sha256: &[u8; 32]) -> (Choice, Choice) {
        let (time, scope) = (self.time.iso_basic(), self.credential.scope());
        let expected = key.sign(&string_to_sign(time, scope, &self.head, body_sha256));
        let declared = self.declared_sha256.as_ref().unwrap_or(body_sha256);
        (expected.ct_eq(&self.signature), declared.ct_eq(body_sha256))
    }
}

/// The token, the signature and the headers stay out of logs.
impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented")
            .field("credential", &self.credential.text())
            .field("time", &self.time.iso_basic())
            .finish_non_exhaustive()
    }
}

/// The key was narrowed to a day, which must be that of the request.
fn check_scope(credential: &Credential, time: &RequestTime) -> Result<(), Rejection> {
    if credential.date() == time.date() {
        return Ok(());
    }
    let (scope, request) = (credential.date().into(), time.iso_basic().into());
    Err(Rejection::ScopeDate { scope, request })
}

/// A token that cannot be read must not pass for none at all.
fn security_token(headers: &HeaderMap) -> Result<Option<Box<str>>, Rejection> {
    let Some(value) = headers.get(&SECURITY_TOKEN) else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(token) => Ok(Some(token.into())),
        Err(_not_visible_ascii) => Err(Rejection::SecurityTokenMalformed),
    }
}
