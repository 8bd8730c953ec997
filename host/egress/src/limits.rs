//! What calls may take, each and together.

use std::time::Duration;

/// What one call may take; the caller's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// From the first lookup to the last byte of the answer.
    pub time: Duration,
    /// Bytes of a request's body.
    pub request_bytes: usize,
    /// Bytes of an answer's body.
    pub response_bytes: usize,
    /// Whether the answer's status is what counts: then a body that is longer, breaks off or takes more than a second is
    /// no error but cut.
    pub cuts_response: bool,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(30),
            request_bytes: 6 * 1024 * 1024,
            response_bytes: 6 * 1024 * 1024,
            cuts_response: false,
        }
    }
}

/// What all calls may take together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls in hand of one tenant; one more is refused.
    pub tenant_calls_max: usize,
    /// Calls in hand of all tenants; one more is refused. Times the bound of an answer, this bounds memory.
    pub calls_max: usize,
    /// Connections of one tenant that are kept for its next call.
    pub tenant_idle_max: usize,
    /// How long such a connection is kept.
    pub idle: Duration,
    /// How long looking up, connecting and a handshake may take together.
    pub connect: Duration,
    /// Bytes of an answer's head.
    pub head_bytes: usize,
    /// Headers of an answer, or of a request.
    pub headers_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tenant_calls_max: 32,
            calls_max: 128,
            tenant_idle_max: 8,
            // Shorter than what servers commonly keep one, so that few are found closed.
            idle: Duration::from_secs(15),
            connect: Duration::from_secs(10),
            head_bytes: 32 * 1024,
            headers_max: 100,
        }
    }
}
