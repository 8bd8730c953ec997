//! The client's half, for our own command line, benches and tests.
//!
//! Signs everything the request has but what proxies and HTTP libraries change on the way. Uses
//! the same canonical form as the verifier, so the two cannot drift apart; the fixed cases of
//! another implementation in the tests keep both honest.

use http::header::{
    AUTHORIZATION, CONNECTION, DATE, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
    USER_AGENT,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::canonical::{Query, Target, request_head, signed_list, string_to_sign};
use super::credential::{is_access_key_id, is_scope_name};
use super::headers::{AMZ_DATE, SECURITY_TOKEN};
use super::key::SigningKey;
use super::payload::body_sha256;
use super::rejection::Rejection;
use super::signed_name::SignedName;
use super::time::RequestTime;
use super::{ALGORITHM, SIGNED_HEADERS_MAX, TERMINATOR};

/// Who signs. No `Debug`: it holds the secret.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    pub access_key_id: &'a str,
    pub secret_access_key: &'a [u8],
    /// Of temporary credentials; becomes `x-amz-security-token`.
    pub security_token: Option<&'a str>,
}

/// Where the signature counts.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub region: &'a str,
    pub service: &'a str,
}

/// The request before it is signed, as it will be sent: the path percent-encoded, the host with
/// its port unless it is the scheme's own. No `Debug`: bodies stay out of logs.
#[derive(Clone, Copy)]
pub struct Unsigned<'a> {
    pub method: &'a Method,
    pub path_and_query: &'a str,
    pub host: &'a str,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

/// Requests that cannot be signed; each is a mistake of the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    #[error("access key id, region or service is not well-formed")]
    Scope,
    #[error("security token is not a header value")]
    SecurityToken,
    #[error("time lies outside the calendar")]
    Time,
    #[error("more than {SIGNED_HEADERS_MAX} headers to sign")]
    TooManyHeaders,
    #[error("request target cannot be signed")]
    Target(#[source] Rejection),
}

/// Gives the headers to set on the request, each in place of any that it has under that name.
pub fn sign(
    request: &Unsigned<'_>,
    credentials: &Credentials<'_>,
    scope: &Scope<'_>,
    now_ms: i64,
) -> Result<Vec<(HeaderName, HeaderValue)>, SignError> {
    let host = SignedName::Header(HOST);
    sign_host_as(host, request, credentials, scope, now_ms)
}

/// As [`sign`], with the host signed as `:authority`, which is how some clients do it over HTTP/2.
pub fn sign_http2(
    request: &Unsigned<'_>,
    credentials: &Credentials<'_>,
    scope: &Scope<'_>,
    now_ms: i64,
) -> Result<Vec<(HeaderName, HeaderValue)>, SignError> {
    sign_host_as(SignedName::Authority, request, credentials, scope, now_ms)
}

fn sign_host_as(
    host: SignedName,
    request: &Unsigned<'_>,
    credentials: &Credentials<'_>,
    scope: &Scope<'_>,
    now_ms: i64,
) -> Result<Vec<(HeaderName, HeaderValue)>, SignError> {
    let names = [scope.region, scope.service];
    if !is_access_key_id(credentials.access_key_id) || !names.into_iter().all(is_scope_name) {
        return Err(SignError::Scope);
    }
    let time = RequestTime::from_unix_ms(now_ms).ok_or(SignError::Time)?;
    let mut added = vec![(AMZ_DATE, visible(time.iso_basic()).ok_or(SignError::Time)?)];
    if let Some(token) = credentials.security_token {
        let mut value = visible(token).ok_or(SignError::SecurityToken)?;
        value.set_sensitive(true);
        added.push((SECURITY_TOKEN, value));
    }

    let mut headers = request.headers.clone();
    headers.remove(SECURITY_TOKEN);
    for (name, value) in &added {
        headers.insert(name, value.clone());
    }
    let signed = names_to_sign(host, &headers)?;
    let (path, query) =
        request.path_and_query.split_once('?').unwrap_or((request.path_and_query, ""));
    let query = Query::parse(path, query).map_err(SignError::Target)?;
    let target = Target { method: request.method, path, host: request.host };
    let head = request_head(&target, &query, &headers, &signed);

    let Scope { region, service } = scope;
    let scope = format!("{}/{region}/{service}/{TERMINATOR}", time.date());
    let text = string_to_sign(time.iso_basic(), &scope, &head, &body_sha256(request.body));
    let key = SigningKey::derive(credentials.secret_access_key, time.date(), region, service);
    let authorization = format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={}, Signature={}",
        credentials.access_key_id,
        signed_list(&signed),
        stdx::hex(&key.sign(&text))
    );
    let mut value = visible(&authorization).ok_or(SignError::Scope)?;
    value.set_sensitive(true);
    added.push((AUTHORIZATION, value));
    Ok(added)
}

/// What arrives changed or not at all; `date` because `x-amz-date` replaces it.
fn is_volatile(name: &HeaderName) -> bool {
    const VOLATILE: [HeaderName; 10] = [
        AUTHORIZATION,
        CONNECTION,
        DATE,
        EXPECT,
        HOST,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
        USER_AGENT,
    ];
    VOLATILE.contains(name) || name.as_str() == "x-amzn-trace-id"
}

pub(super) fn names_to_sign(
    host: SignedName,
    headers: &HeaderMap,
) -> Result<Vec<SignedName>, SignError> {
    // The host is always signed, from the request's own field rather than from the map.
    let mut names = vec![host];
    let steady = headers.keys().filter(|name| !is_volatile(name));
    names.extend(steady.cloned().map(SignedName::Header));
    if names.len() > SIGNED_HEADERS_MAX {
        return Err(SignError::TooManyHeaders);
    }
    names.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
    Ok(names)
}

fn visible(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(text).ok()
}
