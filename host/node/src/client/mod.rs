//! A small signed client: HTTP/1.1 over kept connections, AWS JSON 1.1 and REST-JSON, Signature Version 4.
//!
//! For our own command line and benches only; anyone else uses an AWS SDK. Promises: a request is written at
//! most once, unless the server closed a kept connection before anything was sent; replies are bounded; no
//! secret is printed. It does not speak TLS.

mod api;
mod batch;
mod connection;
mod credentials;
mod endpoint;
mod error;
mod ini;
mod kinesis;
mod lambda;
mod logs;
mod rest;
mod retry;
mod signer;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body_util::Full;
use stdx::{Clock, Entropy, Tasks};

pub(crate) use api::Api;
pub(crate) use batch::{Batcher, PutRecord};
pub(crate) use credentials::{Credentials, Sources};
pub(crate) use endpoint::Endpoint;
pub(crate) use error::ClientError;
pub(crate) use kinesis::{
    GetRecordsReply, GotRecord, PutRecordsReply, Start, decode_data, parse, put_record_body,
    put_records_body, seconds,
};
pub(crate) use lambda::{Function, Invoked, Mapping};
pub(crate) use logs::{LogLine, LogPage, LogStart};
pub(crate) use rest::{Rest, RestReply};
pub(crate) use retry::Backoff;
pub(crate) use signer::Prepared;

use connection::Pool;
use signer::Signer;

/// How long a call may take, connecting included. Above the server's own bounds, so that it answers first.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);

/// Calls one endpoint as one user in one region. Cheap to clone; clones share kept connections.
#[derive(Clone)]
pub(crate) struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    pool: Pool,
    signer: Signer,
    entropy: Arc<dyn Entropy>,
}

impl Client {
    /// A client; nothing is connected yet.
    pub(crate) fn new(
        endpoint: Endpoint,
        credentials: Credentials,
        region: impl Into<String>,
        seams: &Seams,
    ) -> Self {
        let signer = Signer::new(&endpoint, credentials, region.into(), &seams.clock);
        let shared = Shared {
            pool: Pool::new(endpoint, seams.tasks.clone()),
            signer,
            entropy: Arc::clone(&seams.entropy),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Calls `operation` of Kinesis once.
    ///
    /// # Errors
    /// [`ClientError`], whose kind tells whether trying again makes sense.
    pub(crate) async fn call(
        &self,
        operation: &'static str,
        body: Bytes,
    ) -> Result<Bytes, ClientError> {
        self.send(&Prepared::new(operation, body)).await
    }

    /// Calls `operation` of `api` once.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub(crate) async fn call_of(
        &self,
        api: Api,
        operation: &'static str,
        body: Bytes,
    ) -> Result<Bytes, ClientError> {
        self.send(&Prepared::of(api, operation, body)).await
    }

    /// Sends a request of an API with paths once.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub(crate) async fn rest(&self, request: &Rest) -> Result<RestReply, ClientError> {
        let Shared { pool, signer, .. } = &*self.shared;
        let headers = request.sign(signer)?;
        let head = (request.method.clone(), request.uri()?);
        let request_body = request.body.clone();
        let reply = exchange(pool, head, headers, request_body, request.timeout).await?;
        let (head, body) = reply.into_parts();
        Ok(RestReply { headers: head.headers, body })
    }

    /// Sends a request that was prepared for being sent many times.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub(crate) async fn send(&self, prepared: &Prepared) -> Result<Bytes, ClientError> {
        let Shared { pool, signer, .. } = &*self.shared;
        let headers = prepared.headers(signer)?;
        let head = (Method::POST, Uri::from_static("/"));
        let reply = exchange(pool, head, headers, prepared.body().clone(), CALL_TIMEOUT).await?;
        Ok(reply.into_body())
    }

    /// Calls `operation` of Kinesis until it works, fails for good, or `backoff` gives up.
    ///
    /// # Errors
    /// The last failure.
    pub(crate) async fn call_patiently(
        &self,
        operation: &'static str,
        body: Bytes,
        backoff: Backoff,
    ) -> Result<Bytes, ClientError> {
        let again = ClientError::is_retryable;
        self.patiently(backoff, again, || self.call(operation, body.clone())).await
    }

    /// As [`Client::call_patiently`], but that nobody listens is told at once: for what commands ask first.
    ///
    /// # Errors
    /// The last failure.
    pub(crate) async fn ask(
        &self,
        operation: &'static str,
        body: Bytes,
        backoff: Backoff,
    ) -> Result<Bytes, ClientError> {
        self.patiently(backoff, may_pass, || self.call(operation, body.clone())).await
    }

    /// Sends a request until it works, fails for good, nobody listens, or `backoff` gives up.
    ///
    /// # Errors
    /// The last failure.
    pub(crate) async fn rest_patiently(
        &self,
        request: &Rest,
        backoff: Backoff,
    ) -> Result<RestReply, ClientError> {
        let again = |error: &ClientError| {
            error.is_retryable() && !matches!(error, ClientError::Connect { .. })
        };
        self.patiently(backoff, again, || self.rest(request)).await
    }

    async fn patiently<T, F: Future<Output = Result<T, ClientError>>>(
        &self,
        mut backoff: Backoff,
        again: impl Fn(&ClientError) -> bool,
        mut call: impl FnMut() -> F,
    ) -> Result<T, ClientError> {
        loop {
            let error = match call().await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            match backoff.next(&*self.shared.entropy) {
                Some(pause) if again(&error) => tokio::time::sleep(pause).await,
                _ => return Err(error),
            }
        }
    }

    /// Random numbers for those who pace their own retries.
    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.shared.entropy
    }
}

/// Whether an error may pass, on a server that is there.
fn may_pass(error: &ClientError) -> bool {
    error.is_retryable() && !matches!(error, ClientError::Connect { .. })
}

/// Sends and reads the reply; one that is no success is an error.
async fn exchange(
    pool: &Pool,
    (method, uri): (Method, Uri),
    headers: HeaderMap,
    body: Bytes,
    timeout: Duration,
) -> Result<Response<Bytes>, ClientError> {
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    let reply = tokio::time::timeout(timeout, pool.exchange(request))
        .await
        .map_err(|_elapsed| ClientError::Timeout(timeout))??;
    let status = reply.status();
    if status.is_success() {
        Ok(reply)
    } else {
        Err(ClientError::from_reply(status, reply.headers(), reply.body()))
    }
}

/// Time, randomness and tasks, as every command gets them from the wiring.
#[derive(Clone)]
pub(crate) struct Seams {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) tasks: Tasks,
}
