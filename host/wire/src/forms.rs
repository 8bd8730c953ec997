//! Which forms of requests a service takes.

use crate::query;

/// Forms of requests that a service takes besides AWS JSON and CBOR with `X-Amz-Target`, and REST-JSON.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forms {
    /// The query form.
    pub query: Option<&'static query::Form>,
    /// Smithy's RPC v2 with CBOR, under the prefix of targets.
    pub rpc_v2_cbor: bool,
}

impl Forms {
    /// No others.
    pub const NONE: Self = Self { query: None, rpc_v2_cbor: false };
}
