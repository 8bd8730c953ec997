//! Signed heads of requests.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use identity::sigv4::{self, Scope, SignError, Unsigned};
use parking_lot::Mutex;
use stdx::Clock;

use super::{Api, ClientError, Credentials, Endpoint, Rest};

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");
const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("shardmill/", env!("CARGO_PKG_VERSION")));

/// Signs for one user, endpoint and region.
pub(super) struct Signer {
    authority: String,
    credentials: Credentials,
    region: String,
    clock: Arc<dyn Clock>,
}

/// A request that may be sent many times.
///
/// A signature tells time in whole seconds, so the same body signed twice within one second has the same
/// signature: it is computed once a second, which keeps a load generator's own share of the processor low.
pub(crate) struct Prepared {
    api: Api,
    operation: &'static str,
    body: Bytes,
    signed: Mutex<Option<(i64, HeaderMap)>>,
}

impl Prepared {
    /// A request for `operation` of Kinesis.
    pub(crate) fn new(operation: &'static str, body: Bytes) -> Self {
        Self::of(Api::KINESIS, operation, body)
    }

    /// A request for `operation` of `api`.
    pub(super) fn of(api: Api, operation: &'static str, body: Bytes) -> Self {
        Self { api, operation, body, signed: Mutex::new(None) }
    }

    pub(super) fn body(&self) -> &Bytes {
        &self.body
    }

    /// The head to send now.
    pub(super) fn headers(&self, signer: &Signer) -> Result<HeaderMap, ClientError> {
        let now = signer.clock.now().0 / 1000;
        let now = i64::try_from(now).unwrap_or(i64::MAX / 1000);
        let mut signed = self.signed.lock();
        if let Some((second, headers)) = &*signed
            && *second == now
        {
            return Ok(headers.clone());
        }
        let headers = signer.head(self.api, self.operation, &self.body, now * 1000)?;
        *signed = Some((now, headers.clone()));
        Ok(headers)
    }
}

impl Signer {
    pub(super) fn new(
        endpoint: &Endpoint,
        credentials: Credentials,
        region: String,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        Self {
            authority: endpoint.authority.clone(),
            credentials,
            region,
            clock: Arc::clone(clock),
        }
    }

    fn head(
        &self,
        api: Api,
        operation: &str,
        body: &[u8],
        now_ms: i64,
    ) -> Result<HeaderMap, SignError> {
        let target = HeaderValue::try_from(format!("{}.{operation}", api.target));
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(TARGET, target.map_err(|_not_visible_ascii| SignError::Scope)?);
        self.sign(headers, api.service, (&Method::POST, "/"), body, now_ms)
    }

    /// The head of a request to an operation that is bound to a method and a path.
    pub(super) fn rest(&self, rest: &Rest) -> Result<HeaderMap, SignError> {
        let now_ms = i64::try_from(self.clock.now().0).unwrap_or(i64::MAX);
        let line = (&rest.method, rest.target.as_str());
        self.sign(rest.headers.clone(), rest.service, line, &rest.body, now_ms)
    }

    /// Adds what all requests have, and the signature.
    fn sign(
        &self,
        mut headers: HeaderMap,
        service: &str,
        (method, path_and_query): (&Method, &str),
        body: &[u8],
        now_ms: i64,
    ) -> Result<HeaderMap, SignError> {
        let host = HeaderValue::from_str(&self.authority);
        headers.insert(HOST, host.map_err(|_not_visible_ascii| SignError::Scope)?);
        headers.insert(USER_AGENT, AGENT);
        let token = &self.credentials.session_token;
        let credentials = sigv4::Credentials {
            access_key_id: &self.credentials.access_key_id,
            secret_access_key: self.credentials.secret_access_key.expose().as_bytes(),
            security_token: token.as_ref().map(|token| token.expose().as_str()),
        };
        let scope = Scope { region: &self.region, service };
        let host = &self.authority;
        let request = Unsigned { method, path_and_query, host, headers: &headers, body };
        let added = sigv4::sign(&request, &credentials, &scope, now_ms)?;
        headers.extend(added);
        Ok(headers)
    }
}

#[cfg(test)]
mod tests {
    use domain::Millis;
    use http::header::AUTHORIZATION;
    use stdx::ManualClock;

    use super::*;

    #[test]
    fn a_signature_is_made_once_a_second() {
        let clock = ManualClock::at(Millis(1_790_000_000_100));
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let endpoint = "http://127.0.0.1:4566".parse().unwrap();
        let key = Credentials::development();
        let signer = Signer::new(&endpoint, key, "us-east-1".into(), &shared);
        let prepared = Prepared::new("ListStreams", Bytes::from_static(b"{}"));
        let signature = || prepared.headers(&signer).unwrap()[AUTHORIZATION].clone();
        let first = signature();
        clock.advance(500);
        assert_eq!(signature(), first);
        clock.advance(500);
        assert_ne!(signature(), first);
    }
}
