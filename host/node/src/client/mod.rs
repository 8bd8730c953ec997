//! A small signed client: HTTP/1.1 over kept connections, AWS JSON 1.1, Signature Version 4.
//!
//! For our own command line and benches only; anyone else uses an AWS SDK. Promises: a request is written at
//! most once, unless the server closed a kept connection before anything was sent; replies are bounded; no
//! secret is printed. It does not speak TLS.

mod batch;
mod connection;
mod credentials;
mod endpoint;
mod error;
mod ini;
mod kinesis;
mod retry;
mod signer;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use stdx::{Clock, Entropy, Tasks};

pub(crate) use batch::{Batcher, PutRecord};
pub(crate) use credentials::{Credentials, Sources};
pub(crate) use endpoint::Endpoint;
pub(crate) use error::ClientError;
pub(crate) use kinesis::{
    GetRecordsReply, GotRecord, PutRecordsReply, Start, decode_data, parse, put_record_body,
    put_records_body,
};
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

    /// Calls `operation` once.
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

    /// Sends a request that was prepared for being sent many times.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub(crate) async fn send(&self, prepared: &Prepared) -> Result<Bytes, ClientError> {
        let Shared { pool, signer, .. } = &*self.shared;
        let headers = prepared.headers(signer)?;
        let exchange = pool.exchange(headers, prepared.body().clone());
        let (status, body) = tokio::time::timeout(CALL_TIMEOUT, exchange)
            .await
            .map_err(|_elapsed| ClientError::Timeout(CALL_TIMEOUT))??;
        if status.is_success() { Ok(body) } else { Err(ClientError::from_reply(status, &body)) }
    }

    /// Signs a request that is to be sent soon, so that sending it in this second need not.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub(crate) fn sign_ahead(&self, prepared: &Prepared) -> Result<(), ClientError> {
        prepared.headers(&self.shared.signer).map(drop)
    }

    /// Calls `operation` until it works, fails for good, or `backoff` gives up.
    ///
    /// # Errors
    /// The last failure.
    pub(crate) async fn call_patiently(
        &self,
        operation: &'static str,
        body: Bytes,
        mut backoff: Backoff,
    ) -> Result<Bytes, ClientError> {
        loop {
            let error = match self.call(operation, body.clone()).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            match backoff.next(&*self.shared.entropy) {
                Some(pause) if error.is_retryable() => tokio::time::sleep(pause).await,
                _ => return Err(error),
            }
        }
    }

    /// Random numbers for those who pace their own retries.
    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.shared.entropy
    }
}

/// Time, randomness and tasks, as every command gets them from the wiring.
#[derive(Clone)]
pub(crate) struct Seams {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) tasks: Tasks,
}
