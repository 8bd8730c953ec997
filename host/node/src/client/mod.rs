//! A small signed client: HTTP/1.1 over kept connections, AWS JSON 1.1 and REST-JSON, Signature Version 4.
//!
//! For our own command line and benches only; anyone else uses an AWS SDK. Promises: a request is written at
//! most once, unless the server closed a kept connection before anything was sent; replies are bounded; no
//! secret is printed; over `https` nothing is sent before the server's certificate held.

mod api;
mod audit;
mod backups;
mod batch;
mod connection;
mod credentials;
mod endpoint;
mod error;
mod ini;
mod kinesis;
mod lambda;
mod logs;
mod own;
mod parked;
mod rest;
mod retry;
mod signer;
mod state;
mod stats;
mod streams;
mod subscription;
mod trust;
mod versions;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Millis;
use http::{Method, Request, Response};
use http_body_util::Full;
use identity::sigv4::SignError;
use stdx::{Clock, Entropy, Tasks};

pub(crate) use api::Api;
pub(crate) use audit::{AuditEvent, AuditPage, AuditQuestion};
pub(crate) use batch::{Batcher, PutRecord};
pub(crate) use credentials::{Credentials, Sources};
pub(crate) use endpoint::Endpoint;
pub(crate) use error::ClientError;
pub(crate) use kinesis::{
    GetRecordsReply, GotRecord, PutEntry, PutRecordsReply, Start, decode_data, parse,
    put_record_body, put_records_body, seconds,
};
pub(crate) use lambda::{Function, Invoked, Mapping};
pub(crate) use logs::{LogLine, LogPage, LogStart};
pub(crate) use parked::{FailedKey, ParkedRecord, Redriven};
pub(crate) use rest::Rest;
pub(crate) use retry::Backoff;
pub(crate) use signer::Prepared;
pub(crate) use state::{KeyState, StateKey};
#[cfg(test)]
pub(crate) use state::{StateTimer, StateValue};
pub(crate) use stats::{FunctionStats, StatsPage};
pub(crate) use streams::{Shard, StreamSummary, named};
pub(crate) use subscription::{Pushed, Subscription};
pub(crate) use trust::Trust;
pub(crate) use versions::Alias;

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
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Client {
    /// A client that speaks in clear text; nothing is connected yet.
    pub(crate) fn new(
        endpoint: Endpoint,
        credentials: Credentials,
        region: impl Into<String>,
        seams: &Seams,
    ) -> Self {
        Self::trusting(None, endpoint, credentials, region, seams)
    }

    /// A client that connects only to whom it trusts.
    pub(crate) fn trusting(
        trust: Option<Trust>,
        endpoint: Endpoint,
        credentials: Credentials,
        region: impl Into<String>,
        seams: &Seams,
    ) -> Self {
        let signer = Signer::new(&endpoint, credentials, region.into(), &seams.clock);
        let shared = Shared {
            pool: Pool::new(endpoint, trust, seams.tasks.clone()),
            signer,
            clock: Arc::clone(&seams.clock),
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

    /// Sends a request that was prepared for being sent many times.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub(crate) async fn send(&self, prepared: &Prepared) -> Result<Bytes, ClientError> {
        let Shared { pool, signer, .. } = &*self.shared;
        let mut request = Request::new(Full::new(prepared.body().clone()));
        *request.method_mut() = Method::POST;
        *request.headers_mut() = prepared.headers(signer)?;
        let response = within(CALL_TIMEOUT, pool.exchange(request)).await?;
        Ok(response.into_body())
    }

    /// Sends a request to an operation that is bound to a method and a path, once.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub(crate) async fn rest(&self, rest: &Rest) -> Result<Response<Bytes>, ClientError> {
        let Shared { pool, signer, .. } = &*self.shared;
        let mut request = Request::new(Full::new(rest.body.clone()));
        *request.method_mut() = rest.method.clone();
        *request.uri_mut() = rest.target.parse().map_err(|_invalid| SignError::Scope)?;
        *request.headers_mut() = signer.rest(rest)?;
        within(rest.timeout, pool.exchange(request)).await
    }

    /// Signs a request that is to be sent soon, so that sending it in this second need not.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub(crate) fn sign_ahead(&self, prepared: &Prepared) -> Result<(), ClientError> {
        prepared.headers(&self.shared.signer).map(drop)
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

    /// Calls `operation` of our own as [`Client::ask`] does.
    ///
    /// # Errors
    /// The last failure.
    pub(crate) async fn ask_own(
        &self,
        operation: &'static str,
        body: Bytes,
        backoff: Backoff,
    ) -> Result<Bytes, ClientError> {
        let call = || self.call_of(Api::OWN, operation, body.clone());
        self.patiently(backoff, may_pass, call).await
    }

    /// As [`Client::ask_own`], but who is silent is asked again: for what goes on for hours.
    ///
    /// # Errors
    /// The last failure.
    pub(crate) async fn own_patiently(
        &self,
        operation: &'static str,
        body: Bytes,
        backoff: Backoff,
    ) -> Result<Bytes, ClientError> {
        let again = |error: &ClientError| {
            error.is_retryable() && !matches!(error, ClientError::Connect { .. })
        };
        let call = || self.call_of(Api::OWN, operation, body.clone());
        self.patiently(backoff, again, call).await
    }

    /// As [`Client::call_patiently`], but that nobody listens is told at once, and that nobody answers
    /// after one call: for what commands ask first.
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

    /// Calls an operation that changes something: as [`Client::ask`], but again only where nothing was changed. Whoever
    /// repeats a change that may have happened gets an answer to something else.
    ///
    /// # Errors
    /// The last failure.
    pub(crate) async fn change_patiently(
        &self,
        operation: &'static str,
        body: Bytes,
        backoff: Backoff,
    ) -> Result<Bytes, ClientError> {
        let again = |error: &ClientError| may_pass(error) && !error.is_indefinite();
        self.patiently(backoff, again, || self.call(operation, body.clone())).await
    }

    /// Sends a request until it works, fails for good, nobody listens, or `backoff` gives up.
    ///
    /// # Errors
    /// The last failure.
    pub(crate) async fn rest_patiently(
        &self,
        request: &Rest,
        backoff: Backoff,
    ) -> Result<Response<Bytes>, ClientError> {
        self.patiently(backoff, may_pass, || self.rest(request)).await
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

    /// The time of day, as this machine has it.
    pub(crate) fn now(&self) -> Millis {
        self.shared.clock.now()
    }

    /// Random numbers for those who pace their own retries.
    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.shared.entropy
    }
}

/// Whether an error may pass, on a server that is there. One that was silent for so long will not speak.
fn may_pass(error: &ClientError) -> bool {
    error.is_retryable() && !matches!(error, ClientError::Connect { .. } | ClientError::Timeout(_))
}

/// The answer, if it is a success and comes in time.
async fn within(
    timeout: Duration,
    exchange: impl Future<Output = Result<Response<Bytes>, ClientError>>,
) -> Result<Response<Bytes>, ClientError> {
    let response = tokio::time::timeout(timeout, exchange).await;
    let response = response.map_err(|_elapsed| ClientError::Timeout(timeout))??;
    if response.status().is_success() {
        return Ok(response);
    }
    Err(ClientError::from_reply(response.status(), response.headers(), response.body()))
}

/// Time, randomness and tasks, as every command gets them from the wiring.
#[derive(Clone)]
pub(crate) struct Seams {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) tasks: Tasks,
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use http::StatusCode;
    use stdx::{ManualClock, SeededEntropy};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// How many calls a client makes that gets these answers, one after the other.
    async fn calls(answers: &'static [&'static str]) -> (usize, Result<Bytes, ClientError>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let seams = Seams {
            clock: Arc::new(ManualClock::at(Millis(1_790_068_000_000))),
            entropy: Arc::new(SeededEntropy::new(1)),
            tasks: Tasks::new(),
        };
        let client = Client::new(endpoint, Credentials::development(), "us-east-1", &seams);
        let count = Cell::new(0);
        let serve = async {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut asked = Vec::new();
                while !asked.ends_with(b"{}") {
                    assert_ne!(stream.read_buf(&mut asked).await.unwrap(), 0);
                }
                count.set(count.get() + 1);
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            std::future::pending::<()>().await;
        };
        let patience = Backoff::times(4);
        let body = Bytes::from_static(b"{}");
        let reply = tokio::select! {
            reply = client.change_patiently("DeleteStream", body, patience) => reply,
            () = serve => unreachable!(),
        };
        (count.get(), reply)
    }

    const DONE: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
    const THROTTLED: &str = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\
        x-amzn-errortype: LimitExceededException\r\ncontent-length: 2\r\n\r\n{}";
    const FAILED: &str = "HTTP/1.1 500 Internal Server Error\r\nconnection: close\r\n\
        content-length: 2\r\n\r\n{}";

    #[test]
    fn who_is_silent_or_away_is_not_asked_again() {
        assert!(!may_pass(&ClientError::Timeout(CALL_TIMEOUT)));
        let source = std::io::ErrorKind::ConnectionRefused.into();
        assert!(!may_pass(&ClientError::Connect { endpoint: String::new(), source }));
        assert!(may_pass(&ClientError::Transport("broke".into())));
    }

    #[tokio::test]
    async fn a_change_is_repeated_only_if_nothing_was_changed() {
        let (count, reply) = calls(&[THROTTLED, DONE]).await;
        assert_eq!((count, &*reply.unwrap()), (2, &b"{}"[..]));
        let (count, reply) = calls(&[FAILED, DONE]).await;
        assert!(
            matches!(reply, Err(ClientError::Api { status, .. }) if status == StatusCode::INTERNAL_SERVER_ERROR)
        );
        assert_eq!(count, 1);
        // The answer is lost.
        let (count, reply) = calls(&["", DONE]).await;
        assert!(matches!(reply, Err(ClientError::Transport(_))), "{reply:?}");
        assert_eq!(count, 1);
    }
}
