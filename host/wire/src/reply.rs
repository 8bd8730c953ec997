//! What a call is answered with.

use std::fmt;

use bytes::Bytes;

use crate::Frames;

/// A successful answer.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// What `Content-Type` says, if anything.
    pub content_type: Option<&'static str>,
    /// Further headers. One whose value cannot stand in a header is left out.
    pub headers: Vec<(&'static str, String)>,
    /// What follows the head.
    pub body: Body,
}

/// The body of an answer.
pub enum Body {
    /// All of it.
    Whole(Bytes),
    /// Messages that come one after the other.
    Frames(Frames),
}

impl Body {
    /// The bytes that are there: none of a stream.
    pub fn whole(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Frames(_) => &[],
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(bytes)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => f.debug_tuple("Whole").field(bytes).finish(),
            Self::Frames(_) => f.write_str("Frames"),
        }
    }
}
