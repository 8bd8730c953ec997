//! A call: one request, one answer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use domain::AccountId;
use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use metering::Metrics;
use stdx::Tasks;

use crate::connect::{Connection, broken};
use crate::error::{Error, Kind};
use crate::hosts::Hosts;
use crate::limits::{Bounds, Limits};
use crate::networks::Networks;
use crate::pool::Pool;
use crate::resolve::{Asker, Lookups, Resolve};
use crate::target::Target;
use crate::tenants::Tenants;
use crate::tls::{Roots, Tls};

/// What is told a server if the caller says nothing else.
const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("shardmill/", env!("CARGO_PKG_VERSION")));

/// How long an answer's body is read where it may be cut.
const CUT_AFTER: Duration = Duration::from_secs(1);

/// Headers that are about one connection rather than about a message (RFC 9110, section 7.6.1, and what it
/// replaced), and so not a caller's business.
const OF_CONNECTION: [HeaderName; 9] = [
    CONNECTION,
    EXPECT,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// What the way out is made of.
pub struct Options {
    /// Where connections may go.
    pub networks: Networks,
    /// What calls may take together.
    pub limits: Limits,
    /// Whom to trust over TLS.
    pub roots: Roots,
    /// Who looks names up.
    pub resolver: Arc<dyn Resolve>,
    /// Where connections live, and the threads of lookups, which nobody can end.
    pub tasks: Tasks,
    /// Where it counts.
    pub metrics: Metrics,
}

/// The way out. Share it: it holds connections.
pub struct Egress {
    pub(crate) options: Options,
    pub(crate) tls: Tls,
    pub(crate) lookups: Lookups,
    pool: Pool,
    tenants: Tenants,
}

impl Egress {
    /// A way out that nobody has taken yet.
    pub fn new(options: Options) -> Self {
        let tls = Tls::new(options.roots.clone());
        let lookups = Lookups::new(Arc::clone(&options.resolver), options.tasks.clone());
        let tenants = Tenants::new(&options.limits);
        Self { options, tls, lookups, pool: Pool::default(), tenants }
    }

    /// Sends `request`, whose URL is absolute, for `tenant`, and reads the answer, whatever its status. A redirect is an
    /// answer like others. `Host`, `Content-Length` and what is about connections is set here, whatever the request says.
    ///
    /// # Errors
    /// If the URL or the request is malformed, `hosts` does not name the target, the target has no address that may be
    /// connected to, too many calls are in hand, a bound is reached, or anything goes wrong on the way.
    pub async fn fetch(
        &self,
        tenant: AccountId,
        hosts: &Hosts,
        request: Request<Bytes>,
        bounds: Bounds,
    ) -> Result<Response<Bytes>, Error> {
        let numbers = &self.options.metrics.egress;
        let sent = request.body().len();
        let asker = Asker::new(tenant);
        let call = self.call(&asker, hosts, request, bounds);
        let result = match tokio::time::timeout(bounds.time, call).await {
            Ok(result) => result,
            Err(_elapsed) => Err(late(&asker, bounds.time)),
        };
        match &result {
            Ok(response) => {
                numbers.answered.inc();
                numbers.sent_bytes.inc_by(sent as u64);
                numbers.received_bytes.inc_by(response.body().len() as u64);
            }
            Err(error) => {
                match error.kind() {
                    Kind::Invalid => numbers.invalid.inc(),
                    Kind::Denied => numbers.denied.inc(),
                    Kind::Busy => numbers.busy.inc(),
                    Kind::Failed => numbers.failed.inc(),
                };
                if error.kind() == Kind::Denied {
                    // Whoever asked may ask as often as it likes: the metrics tell the operator.
                    tracing::debug!(%tenant, %error, "outgoing request denied");
                }
            }
        }
        result
    }

    /// Lets go of connections that nobody used for a while; from time to time.
    pub fn sweep(&self) {
        self.pool.sweep(&self.options.limits);
    }

    /// Ends: connections that are kept are closed.
    pub fn close(&self) {
        self.pool.sweep(&Limits { idle: Duration::ZERO, ..self.options.limits });
    }

    async fn call(
        &self,
        asker: &Asker,
        hosts: &Hosts,
        request: Request<Bytes>,
        bounds: Bounds,
    ) -> Result<Response<Bytes>, Error> {
        let limits = &self.options.limits;
        let (target, request) = prepare(request, bounds, limits)?;
        if !hosts.permit(&target) {
            return Err(Error::NotPermitted(target.to_string()));
        }
        let _in_hand = self.tenants.enter(asker.tenant)?;
        let (connection, response) = self.send(asker, &target, request).await?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(broken(&target, "the server changed the protocol unasked"));
        }
        let (mut head, body) = response.into_parts();
        strip(&mut head.headers);
        let mut read = BytesMut::new();
        let reading = read_into(&mut read, &target, body, bounds.response_bytes);
        let is_whole = if bounds.cuts_response {
            matches!(tokio::time::timeout(CUT_AFTER, reading).await, Ok(Ok(())))
        } else {
            reading.await?;
            true
        };
        if is_whole {
            self.pool.keep(asker.tenant, target, connection, limits);
        }
        let body = read.freeze();
        Ok(Response::from_parts(head, body))
    }

    /// Kept connections first. A server may close one at any time: a request that was not written goes to the next, one
    /// that was partly written is an error, because it may have arrived.
    async fn send(
        &self,
        asker: &Asker,
        target: &Target,
        mut request: Request<Full<Bytes>>,
    ) -> Result<(Connection, Response<Incoming>), Error> {
        let limits = &self.options.limits;
        while let Some(mut connection) = self.pool.take(asker.tenant, target, limits) {
            if connection.ready().await.is_err() {
                continue;
            }
            match connection.try_send_request(request).await {
                Ok(response) => return Ok((connection, response)),
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(broken(target, error.into_error())),
                },
            }
        }
        // Handshakes are rare and their state is large: no call should carry the room for one.
        let connecting =
            tokio::time::timeout(limits.connect, Box::pin(self.connect(asker, target)));
        let mut connection = connecting.await.map_err(|_elapsed| late(asker, limits.connect))??;
        let response = connection.send_request(request).await;
        Ok((connection, response.map_err(|error| broken(target, error))?))
    }
}

/// Why a call that had so much time was ended.
fn late(asker: &Asker, time: Duration) -> Error {
    match asker.waits_for_its_turn() {
        true => Error::Turn(time.as_millis()),
        false => Error::Time(time.as_millis()),
    }
}

/// The request as it is sent, and to whom.
fn prepare(
    request: Request<Bytes>,
    bounds: Bounds,
    limits: &Limits,
) -> Result<(Target, Request<Full<Bytes>>), Error> {
    let (mut head, body) = request.into_parts();
    let target = Target::of(&head.uri)?;
    if head.method == Method::CONNECT {
        return Err(Error::Request("CONNECT opens a tunnel, which nobody may"));
    }
    if body.len() > bounds.request_bytes {
        let (bytes, bytes_max) = (body.len(), bounds.request_bytes);
        return Err(Error::RequestTooLarge { bytes, bytes_max });
    }
    strip(&mut head.headers);
    for name in [HOST, CONTENT_LENGTH, PROXY_AUTHORIZATION] {
        head.headers.remove(name);
    }
    let bytes: usize =
        head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if head.headers.len() > limits.headers_max || bytes > limits.head_bytes {
        return Err(Error::Request("it has too many headers, or too large ones"));
    }
    let host = HeaderValue::try_from(target.authority());
    head.headers.insert(HOST, host.map_err(|_unlikely| Error::Request("host is no header"))?);
    head.headers.entry(http::header::USER_AGENT).or_insert(AGENT);
    // Only proxies are told the rest of the URL.
    let path = head.uri.path_and_query().cloned();
    head.uri = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
    head.version = http::Version::HTTP_11;
    head.extensions.clear();
    Ok((target, Request::from_parts(head, Full::new(body))))
}

/// Removes what is about the connection, and what `Connection` says is.
fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in OF_CONNECTION.into_iter().chain(named) {
        headers.remove(name);
    }
}

async fn read_into(
    read: &mut BytesMut,
    target: &Target,
    mut body: Incoming,
    bytes_max: usize,
) -> Result<(), Error> {
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(Error::ResponseTooLarge(bytes_max));
    }
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken(target, error))?;
        // Trailers are nobody's business here.
        let Ok(data) = frame.into_data() else { continue };
        if read.len() + data.len() > bytes_max {
            return Err(Error::ResponseTooLarge(bytes_max));
        }
        read.extend_from_slice(&data);
    }
    Ok(())
}

impl fmt::Debug for Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Egress").finish_non_exhaustive()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").finish_non_exhaustive()
    }
}
