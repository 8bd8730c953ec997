//! What an operation's output becomes.

use bytes::Bytes;
use serde::Serialize;

use crate::protocol::Protocol;
use crate::{Failure, Reply};

/// An output that becomes an answer.
pub trait IntoReply {
    /// The answer, with the operation's own status unless the output brings another.
    ///
    /// # Errors
    /// A 500 if an output cannot be written, which is a bug.
    fn into_reply(self, status: u16) -> Result<Reply, Failure>;
}

/// Members as a JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoReply for Json<T> {
    fn into_reply(self, status: u16) -> Result<Reply, Failure> {
        let protocol = Protocol::RestJson;
        let body = protocol.encode(&self.0)?.into();
        Ok(Reply { status, content_type: Some(protocol.content_type()), headers: Vec::new(), body })
    }
}

/// Nothing but the status.
impl IntoReply for () {
    fn into_reply(self, status: u16) -> Result<Reply, Failure> {
        Ok(Reply { status, content_type: None, headers: Vec::new(), body: Bytes::new().into() })
    }
}

/// An answer of the operation's own making: bytes, status and headers as they are.
impl IntoReply for Reply {
    fn into_reply(self, _status: u16) -> Result<Reply, Failure> {
        Ok(self)
    }
}
