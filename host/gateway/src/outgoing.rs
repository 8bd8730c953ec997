//! The body of an answer, which holds its part of the budget and counts as waiting until it is written.
//! One that is a stream is a [`Feed`] of such pieces.
//!
//! HTTP libraries take a body long before the client has read it and keep the piece in a queue until then.
//! So it is the piece that holds the share, not the body it comes from.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use hyper::body::{Body, Frame, SizeHint};

use crate::feed::{Carrier, Feed, Source};
use crate::pace::{Due, Pace};
use crate::share::Share;

/// A body.
pub(crate) enum Outgoing {
    /// One that is there as a whole, until it is handed over.
    Whole(Option<Piece>),
    /// A stream that has no connection yet.
    Source(Box<Source>),
    /// A stream.
    Feed(Feed),
}

/// Bytes that are not written yet: all of a whole body, or a frame of a stream.
pub(crate) struct Piece {
    bytes: Bytes,
    /// None with what the program itself says, which is short.
    share: Option<Share>,
    /// None until the connection has it, and with frames.
    pace: Option<Arc<Pace>>,
    /// Until when a frame must be written.
    due: Option<Due>,
}

impl Outgoing {
    /// One that the budget need not know of.
    pub(crate) fn small(bytes: impl Into<Bytes>) -> Self {
        Self::with(bytes.into(), None)
    }

    /// One that holds its share until it is written.
    pub(crate) fn held(bytes: Bytes, share: Share) -> Self {
        Self::with(bytes, Some(share))
    }

    fn with(bytes: Bytes, share: Option<Share>) -> Self {
        let piece = Piece { bytes, share, pace: None, due: None };
        Self::Whole((!piece.bytes.is_empty()).then_some(piece))
    }

    /// From now on it waits to be written: HTTP/2 may leave it untouched for as long as the client wants
    /// nothing.
    pub(crate) fn watched(self, carrier: Carrier) -> Self {
        match self {
            Self::Whole(mut piece) => {
                if let Some(piece) = &mut piece {
                    carrier.pace.waits(piece.remaining());
                    piece.pace = Some(carrier.pace);
                }
                Self::Whole(piece)
            }
            Self::Source(source) => Self::Feed(Feed::new(*source, carrier)),
            Self::Feed(feed) => Self::Feed(feed),
        }
    }
}

impl Default for Outgoing {
    fn default() -> Self {
        Self::Whole(None)
    }
}

impl Piece {
    /// A frame of a stream.
    pub(crate) fn of_feed(bytes: Bytes, share: Share, due: Due) -> Self {
        Self { bytes, share: Some(share), pace: None, due: Some(due) }
    }
}

impl Body for Outgoing {
    type Data = Piece;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, Infallible>>> {
        let piece = match &mut *self {
            Self::Whole(piece) => piece.take(),
            // Whoever has no connection to go out on is asked for nothing.
            Self::Source(_) => None,
            Self::Feed(feed) => ready!(feed.poll_piece(cx)),
        };
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(piece) => {
                let length = piece.as_ref().map_or(0, Piece::remaining);
                SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
            }
            Self::Source(_) | Self::Feed(_) => SizeHint::default(),
        }
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        if let Some(pace) = &self.pace {
            pace.went(count);
        }
        if self.bytes.is_empty() {
            self.bytes = Bytes::new();
            self.share = None;
            self.due = None;
        }
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if let Some(pace) = self.pace.take_if(|_| !self.bytes.is_empty()) {
            pace.drops(self.bytes.len());
        }
    }
}
