//! Reading a body: within its limit, under the budget, not too slowly, hashed as it arrives.
//!
//! A length that a client claims reserves neither budget nor memory: both grow with what arrives. A body that
//! came in one piece is passed on without a copy.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use identity::sigv4::BodyDigest;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use crate::Limits;
use crate::budget::UsedUp;
use crate::gather::{Expected, Gathered};
use crate::share::Share;

/// So much is hashed before others get their turn: about 0.2 ms without SHA instructions.
const HASHED_PER_TURN_BYTES: usize = 128 * 1024;

/// Pieces without a byte that one body may have: they cost work but bring the end no nearer.
const EMPTY_FRAMES_MAX: usize = 100;

/// A body and its SHA-256.
pub(crate) struct Whole {
    pub(crate) bytes: Bytes,
    pub(crate) sha256: [u8; 32],
}

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("body has more than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("body arrives too slowly")]
    TooSlow,
    #[error(transparent)]
    UsedUp(#[from] UsedUp),
    #[error("body ends too early")]
    Broken(#[source] hyper::Error),
    #[error("body is not gzip")]
    NoGzip(#[source] std::io::Error),
}

/// Reads all of it. `share` grows with what arrives.
pub(crate) async fn read<B>(
    body: &mut B,
    expected: &Expected,
    share: &mut Share,
    limits: &Limits,
) -> Result<Whole, BodyError>
where
    B: Body<Data = Bytes, Error = hyper::Error> + Unpin,
{
    let mut pace = Window::new(limits, expected.end());
    let mut watch = pin!(sleep_until(pace.next()));
    let mut digest = BodyDigest::new();
    let mut gathered = Gathered::Nothing;
    let mut hashed = 0;
    while let Some(frame) = poll_fn(|cx| poll_frame(body, &mut pace, watch.as_mut(), cx)).await? {
        let Ok(data) = frame.into_data() else {
            continue;
        };
        pace.empty += usize::from(data.is_empty());
        if pace.empty > EMPTY_FRAMES_MAX {
            return Err(BodyError::TooSlow);
        }
        let length = gathered.length() + data.len();
        if length > expected.limit {
            let limit = expected.limit;
            return Err(BodyError::TooLarge { limit });
        }
        pace.arrived += data.len();
        share.follow(length, expected.end()).await?;
        for piece in data.chunks(HASHED_PER_TURN_BYTES) {
            digest.update(piece);
            hashed += piece.len();
            if hashed >= HASHED_PER_TURN_BYTES {
                hashed = 0;
                tokio::task::yield_now().await;
            }
        }
        gathered = gathered.with(data, share.bytes().min(expected.end()));
    }
    Ok(Whole { bytes: gathered.into_bytes(), sha256: digest.finish() })
}

/// Reads the rest and throws it away, as long as it comes fast and is not too much; tells whether it got to
/// the end.
pub(crate) async fn discard<B>(body: &mut B, limits: &Limits) -> bool
where
    B: Body<Data = Bytes, Error = hyper::Error> + Unpin,
{
    let mut bytes = 0;
    while bytes <= limits.linger_bytes_max {
        let enough = bytes.saturating_add(limits.linger_bytes_min.max(1));
        let some = async {
            while bytes < enough {
                let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await;
                bytes += match frame {
                    None => return Some(true),
                    Some(Err(_gone)) => return Some(false),
                    Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
                };
            }
            None
        };
        match timeout(limits.linger, some).await {
            Ok(None) => {}
            Ok(Some(is_whole)) => return is_whole,
            Err(_elapsed) => return false,
        }
    }
    false
}

/// How much arrived in the present span of time, and when all must be there.
struct Window {
    /// Pieces without a byte, over the whole body.
    empty: usize,
    length: std::time::Duration,
    least: usize,
    arrived: usize,
    deadline: Instant,
}

impl Window {
    fn new(limits: &Limits, end: usize) -> Self {
        Self {
            length: limits.body_window,
            least: Limits::least(limits.body_bytes_per_second_min, limits.body_window),
            arrived: 0,
            empty: 0,
            deadline: Instant::now() + limits.body_time_for(end),
        }
    }

    /// When to look again.
    fn next(&self) -> Instant {
        self.deadline.min(Instant::now() + self.length)
    }
}

type NextFrame = Result<Option<Frame<Bytes>>, BodyError>;

fn poll_frame<B>(
    body: &mut B,
    pace: &mut Window,
    mut watch: Pin<&mut Sleep>,
    cx: &mut Context<'_>,
) -> Poll<NextFrame>
where
    B: Body<Data = Bytes, Error = hyper::Error> + Unpin,
{
    if let Poll::Ready(frame) = Pin::new(body).poll_frame(cx) {
        return Poll::Ready(frame.transpose().map_err(BodyError::Broken));
    }
    while watch.as_mut().poll(cx).is_ready() {
        if pace.arrived < pace.least || Instant::now() >= pace.deadline {
            return Poll::Ready(Err(BodyError::TooSlow));
        }
        pace.arrived = 0;
        watch.as_mut().reset(pace.next());
    }
    Poll::Pending
}
