//! The body of an answer, which holds its part of the budget and counts as waiting until it is written.
//!
//! HTTP libraries take a body long before the client has read it and keep the piece in a queue until then.
//! So it is the piece that holds the share, not the body it comes from.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use hyper::body::{Body, Frame, SizeHint};

use crate::pace::Pace;
use crate::share::Share;

/// A body that is there as a whole.
#[derive(Default)]
pub(crate) struct Outgoing(Option<Piece>);

/// All of its bytes that are not written yet.
pub(crate) struct Piece {
    bytes: Bytes,
    /// None with what the program itself says, which is short.
    share: Option<Share>,
    /// None until the connection has it.
    pace: Option<Arc<Pace>>,
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
        Self((!bytes.is_empty()).then_some(Piece { bytes, share, pace: None }))
    }

    /// From now on it waits to be written: HTTP/2 may leave it untouched for as long as the client wants
    /// nothing.
    pub(crate) fn watched(mut self, pace: &Arc<Pace>) -> Self {
        if let Some(piece) = &mut self.0 {
            pace.waits(piece.remaining());
            piece.pace = Some(Arc::clone(pace));
        }
        self
    }
}

impl Body for Outgoing {
    type Data = Piece;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, Infallible>>> {
        Poll::Ready(self.0.take().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.0.as_ref().map_or(0, Piece::remaining);
        SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
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
