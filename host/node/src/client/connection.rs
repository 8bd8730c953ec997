//! Connections that are kept for the next request.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use stdx::Tasks;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::{ClientError, Endpoint, Trust};

/// The largest reply that is read: GetRecords gives 10 MiB of data, a third more as base64, and some.
const REPLY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Connections to one endpoint. There are never more than requests at one moment.
pub(super) struct Pool {
    endpoint: Endpoint,
    /// None for clear text.
    trust: Option<Trust>,
    tasks: Tasks,
    idle: Mutex<Vec<Connection>>,
}

pub(super) type Connection = SendRequest<Full<Bytes>>;

impl Pool {
    pub(super) fn new(endpoint: Endpoint, trust: Option<Trust>, tasks: Tasks) -> Self {
        Self { endpoint, trust, tasks, idle: Mutex::new(Vec::new()) }
    }

    /// Sends one request and reads its reply.
    pub(super) async fn exchange(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<Bytes>, ClientError> {
        // Kept connections first. A server may close one at any time; a request that was not written goes
        // to the next, one that was partly written is an error.
        while let Some(mut connection) = self.take_idle() {
            if connection.ready().await.is_err() {
                continue;
            }
            match connection.try_send_request(request).await {
                Ok(response) => return self.finish(connection, response).await,
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(transport(error.into_error())),
                },
            }
        }
        // Handshakes are rare and their state is large: no request should carry the room for one.
        let mut connection = Box::pin(self.connect()).await?;
        let response = connection.send_request(request).await.map_err(transport)?;
        self.finish(connection, response).await
    }

    /// Sends one request over a connection of its own, whose answer is read as it comes.
    pub(super) async fn open(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<(Connection, Response<hyper::body::Incoming>), ClientError> {
        let mut connection = Box::pin(self.connect()).await?;
        let response = connection.send_request(request).await.map_err(transport)?;
        Ok((connection, response))
    }

    fn take_idle(&self) -> Option<Connection> {
        self.idle.lock().pop()
    }

    async fn connect(&self) -> Result<Connection, ClientError> {
        let Endpoint { host, port, .. } = &self.endpoint;
        let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(|source| {
            ClientError::Connect { endpoint: self.endpoint.to_string(), source }
        })?;
        // A request is one write and waits for its reply: nothing is gained by holding it back.
        stream.set_nodelay(true).map_err(|error| transport(Box::new(error)))?;
        let Some(trust) = &self.trust else {
            return self.speak(stream).await;
        };
        let protected = trust.connect(host, stream).await.map_err(|source| {
            ClientError::Untrusted { endpoint: self.endpoint.to_string(), source }
        })?;
        self.speak(protected).await
    }

    async fn speak(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Result<Connection, ClientError> {
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(transport)?;
        self.tasks.spawn("client connection", async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
        });
        Ok(sender)
    }

    async fn finish(
        &self,
        connection: Connection,
        response: Response<hyper::body::Incoming>,
    ) -> Result<Response<Bytes>, ClientError> {
        let (head, body) = response.into_parts();
        let body = Limited::new(body, REPLY_BYTES_MAX);
        let body = body.collect().await.map_err(ClientError::Transport)?;
        if !connection.is_closed() {
            self.idle.lock().push(connection);
        }
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

pub(super) fn transport(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ClientError {
    ClientError::Transport(error.into())
}
