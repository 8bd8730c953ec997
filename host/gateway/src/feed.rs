//! The body of an answer that is a stream: its frames, one after the other, as the client reads them.
//!
//! HTTP libraries ask for a frame only when they have room for one. Each takes its share of the budget before it
//! is handed over, waits for it as long as that takes, and must then be written within a time of its own: a
//! client that does not read costs a few frames, and not for ever. At shutdown the stream ends between two
//! frames, as if the service had ended it.

use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::{Either, select};
use futures_util::stream::{CatchUnwind, Stream, StreamExt, unfold};
use metering::{Counter, Gauge};
use stdx::Shutdown;
use wire::{Failure, Frames};

use crate::outgoing::Piece;
use crate::pace::{InHand, Pace};
use crate::share::Share;

/// A stream of frames that no connection has yet.
pub(crate) struct Source {
    pub(crate) frames: Frames,
    /// Whose budget it takes from.
    pub(crate) share: Share,
    pub(crate) told: Told,
}

/// Where it is told what becomes of a stream.
pub(crate) struct Told {
    pub(crate) open: Gauge,
    pub(crate) bytes: Counter,
    pub(crate) panics: Counter,
    /// Told of the failure that ends it.
    pub(crate) failed: Box<dyn Fn(&Failure) + Send>,
}

/// The connection that a stream goes out on.
pub(crate) struct Carrier {
    pub(crate) pace: Arc<Pace>,
    /// As long as the stream lasts, the connection is not idle.
    pub(crate) _in_hand: InHand,
    pub(crate) shutdown: Shutdown,
}

/// The body.
pub(crate) struct Feed(Pin<Box<dyn Stream<Item = Piece> + Send>>);

impl Feed {
    pub(crate) fn new(source: Source, carrier: Carrier) -> Self {
        let Source { frames, mut share, told } = source;
        // What was reserved before it was known how much comes. Nothing is too little to be refused.
        let _ = share.fit(0);
        told.open.inc();
        let frames = AssertUnwindSafe(frames).catch_unwind();
        let state = State { frames, share, told, carrier };
        Self(Box::pin(unfold(state, State::next)))
    }

    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Piece>> {
        self.0.as_mut().poll_next(cx)
    }
}

struct State {
    frames: CatchUnwind<AssertUnwindSafe<Frames>>,
    share: Share,
    told: Told,
    carrier: Carrier,
}

impl State {
    async fn next(mut self) -> Option<(Piece, Self)> {
        let mut shutdown = self.carrier.shutdown.clone();
        let piece = match select(pin!(shutdown.raised()), pin!(self.piece())).await {
            Either::Left(((), _)) => None,
            Either::Right((piece, _)) => piece,
        };
        Some((piece?, self))
    }

    async fn piece(&mut self) -> Option<Piece> {
        let frame = match self.frames.next().await? {
            Ok(frame) => frame,
            Err(_panic) => {
                // The hook has written what it said.
                self.told.panics.inc();
                return None;
            }
        };
        if let Some(failure) = &frame.failure {
            (self.told.failed)(failure);
        }
        let mut share = self.share.another();
        share.wait_for(frame.bytes.len()).await;
        self.told.bytes.inc_by(u64::try_from(frame.bytes.len()).unwrap_or(u64::MAX));
        let due = Pace::expects_frame(&self.carrier.pace);
        Some(Piece::of_feed(frame.bytes, share, due))
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.told.open.dec();
    }
}
