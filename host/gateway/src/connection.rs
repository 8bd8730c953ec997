//! One connection: which protocol it speaks, and its life until it is closed.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use stdx::{Shutdown, Tasks};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

use crate::arrival::Arrival;
use crate::dispatch::respond;
use crate::feed::Carrier;
use crate::pace::{ENDS_WITHIN, InHand, Late, Pace};
use crate::paced::Paced;
use crate::site::Site;

const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Enough for the whole head of a usual request, so that telling the protocols apart costs no extra read.
const FIRST_READ_BYTES: usize = 4096;

/// Room for two whole records of 1 MiB in base64 without waiting for the window.
const STREAM_WINDOW_BYTES: u32 = 2 * 1024 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 8 * 1024 * 1024;
/// A body of 1 MiB in 16 frames instead of 64.
const FRAME_BYTES: u32 = 64 * 1024;

/// What a connection has around it.
pub(crate) struct Around {
    pub(crate) site: Arc<Site>,
    pub(crate) tasks: Tasks,
    pub(crate) shutdown: Shutdown,
}

/// Serves `stream` until either side ends it. The first head is due from `start` on. At shutdown, requests in
/// hand are finished.
pub(crate) async fn converse<S>(around: Around, arrival: Arrival, start: Instant, mut stream: S)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let come = Come { arrival: Arc::new(arrival), start };
    let deadline = start + around.site.door.limits.head_timeout;
    let mut shutdown = around.shutdown.clone();
    let sniffed = tokio::select! {
        biased;
        () = shutdown.raised() => return,
        sniffed = timeout_at(deadline, sniff(&mut stream)) => sniffed,
    };
    match sniffed {
        Ok(Ok(Some((Version::Http1, prefix)))) => http1(around, come, prefix, stream).await,
        Ok(Ok(Some((Version::Http2, prefix)))) => http2(around, come, prefix, stream).await,
        Ok(Ok(None)) => {}
        Ok(Err(error)) => tracing::debug!(peer = %come.arrival.peer, %error, "connection failed"),
        Err(_elapsed) => expired(&around.site, Late::Head),
    }
}

/// How and when a connection came.
struct Come {
    arrival: Arc<Arrival>,
    start: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    Http1,
    Http2,
}

/// Reads until it is certain which protocol is spoken; nothing if the client closes before.
async fn sniff(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<(Version, Bytes)>> {
    let mut read = BytesMut::with_capacity(FIRST_READ_BYTES);
    loop {
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(None);
        }
        let common = read.len().min(HTTP2_PREFACE.len());
        if read[..common] != HTTP2_PREFACE[..common] {
            return Ok(Some((Version::Http1, read.freeze())));
        }
        if common == HTTP2_PREFACE.len() {
            return Ok(Some((Version::Http2, read.freeze())));
        }
    }
}

async fn http1<S>(around: Around, come: Come, prefix: Bytes, stream: S)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let limits = &around.site.door.limits;
    let pace = Arc::new(Pace::http1(come.start, limits));
    let header_bytes_max = usize::try_from(limits.header_list_bytes_max).unwrap_or(usize::MAX);
    let io = TokioIo::new(Paced::new(stream, prefix, Arc::clone(&pace)));
    let serve = service(&around, &come.arrival, &pace);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // `Pace` tells a slow head from an idle connection, which this one cannot.
        .header_read_timeout(None)
        .max_header_size(header_bytes_max)
        .serve_connection(io, service_fn(serve));
    attend(around, &come.arrival, &pace, pin!(connection)).await;
}

async fn http2<S>(around: Around, come: Come, prefix: Bytes, stream: S)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let limits = &around.site.door.limits;
    let pace = Arc::new(Pace::http2(come.start, limits));
    let io = TokioIo::new(Paced::new(stream, prefix, Arc::clone(&pace)));
    let serve = service(&around, &come.arrival, &pace);
    let connection = http2::Builder::new(Spawner(around.tasks.clone()))
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_frame_size(FRAME_BYTES)
        .max_concurrent_streams(limits.streams_per_connection_max)
        .max_header_list_size(limits.header_list_bytes_max)
        .keep_alive_interval(limits.ping_interval)
        .keep_alive_timeout(limits.ping_timeout)
        .serve_connection(io, service_fn(serve));
    attend(around, &come.arrival, &pace, pin!(connection)).await;
}

type Request = hyper::Request<hyper::body::Incoming>;

/// What hyper calls for each request.
fn service(
    around: &Around,
    arrival: &Arc<Arrival>,
    pace: &Arc<Pace>,
) -> impl Fn(Request) -> Answer + Clone + Send + 'static {
    let (site, arrival, pace) = (Arc::clone(&around.site), Arc::clone(arrival), Arc::clone(pace));
    let shutdown = around.shutdown.clone();
    move |request| {
        let (site, arrival) = (Arc::clone(&site), Arc::clone(&arrival));
        let (pace, in_hand) = (Arc::clone(&pace), InHand::new(&pace));
        let carrier = Carrier { pace, _in_hand: in_hand, shutdown: shutdown.clone() };
        Box::pin(async move {
            let response = respond(&site, &arrival, request).await;
            Ok(response.map(|body| body.watched(carrier)))
        })
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<crate::reply::Response, Never>> + Send>>;
type Never = std::convert::Infallible;

/// Drives a connection to its end, watching its pace and the shutdown signal.
async fn attend<C>(around: Around, arrival: &Arrival, pace: &Pace, mut connection: Pin<&mut C>)
where
    C: GracefulConnection<Error = hyper::Error>,
{
    let limits = &around.site.door.limits;
    let mut sleep = pin!(sleep_until(Instant::now() + limits.idle_timeout));
    let mut shutdown = around.shutdown.clone();
    let mut raised = pin!(shutdown.raised());
    let mut ending = false;
    loop {
        let end = tokio::select! {
            biased;
            end = step(connection.as_mut(), pace, sleep.as_mut()) => end,
            () = &mut raised, if !ending => {
                ending = true;
                pace.ends();
                connection.as_mut().graceful_shutdown();
                continue;
            }
        };
        match end {
            Ok(Ok(())) => return,
            Ok(Err(error)) => {
                let error = stdx::Chain(&error);
                return tracing::debug!(peer = %arrival.peer, %error, "connection failed");
            }
            // An answer may still be on its way over HTTP/2: one more turn of the clock for it.
            Err(Late::Idle) if !ending => {
                connection.as_mut().graceful_shutdown();
                sleep.as_mut().reset(Instant::now() + limits.idle_timeout);
                let is_raised = tokio::select! {
                    () = grace(connection.as_mut(), sleep.as_mut()) => false,
                    () = &mut raised => true,
                };
                if is_raised {
                    sleep.as_mut().reset(Instant::now() + ENDS_WITHIN);
                    grace(connection.as_mut(), sleep.as_mut()).await;
                }
                return expired(&around.site, Late::Idle);
            }
            // It had no request, and did not end by itself.
            Err(Late::Idle) if ending => return,
            Err(late) => return expired(&around.site, late),
        }
    }
}

/// The connection's end, or what it was late with.
async fn step<C: GracefulConnection>(
    mut connection: Pin<&mut C>,
    pace: &Pace,
    mut sleep: Pin<&mut Sleep>,
) -> Result<C::Output, Late> {
    poll_fn(|cx| match connection.as_mut().poll(cx) {
        Poll::Ready(end) => Poll::Ready(Ok(end)),
        Poll::Pending => pace.poll_late(sleep.as_mut(), cx).map(Err),
    })
    .await
}

/// Lets a connection that was asked to end do so until `sleep` is over.
async fn grace<C: GracefulConnection>(connection: Pin<&mut C>, sleep: Pin<&mut Sleep>) {
    tokio::select! {
        _ = connection => {}
        () = sleep => {}
    }
}

/// Counts a connection that was closed because of its client's pace.
pub(crate) fn expired(site: &Site, late: Late) {
    let door = &site.door.metrics.door;
    match late {
        Late::Head => door.expired_head.inc(),
        Late::Idle => door.expired_idle.inc(),
        Late::Write => door.expired_write.inc(),
        Late::Frame => door.expired_frame.inc(),
    };
}

/// Runs the requests of an HTTP/2 connection, which hyper wants as tasks of their own.
#[derive(Clone)]
struct Spawner(Tasks);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Spawner {
    fn execute(&self, future: F) {
        self.0.spawn("http2 stream", future);
    }
}
