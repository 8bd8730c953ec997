//! Digest of the body: taken while the body arrives, or declared by the client beforehand.
//!
//! Only whole bodies are signed here. `UNSIGNED-PAYLOAD` would let anyone on the way replace the
//! records, and the chunked `STREAMING-*` modes need a verifier of their own, so both are refused.

use http::HeaderMap;
use ring::digest::{Context, SHA256, digest};

use super::encoding::unhex;
use super::headers::CONTENT_SHA256;
use super::rejection::Rejection;

/// SHA-256 of a body that arrives in pieces.
pub struct BodyDigest(Context);

impl BodyDigest {
    pub fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    pub fn finish(self) -> [u8; 32] {
        to_array(self.0.finish().as_ref())
    }
}

impl Default for BodyDigest {
    fn default() -> Self {
        Self::new()
    }
}

/// SHA-256 of a body that is already whole.
pub fn body_sha256(body: &[u8]) -> [u8; 32] {
    to_array(digest(&SHA256, body).as_ref())
}

/// What `x-amz-content-sha256` says, when the request has it.
pub(super) fn declared(headers: &HeaderMap) -> Result<Option<[u8; 32]>, Rejection> {
    let Some(value) = headers.get(&CONTENT_SHA256) else {
        return Ok(None);
    };
    let sha256 = unhex(value.as_bytes()).ok_or(Rejection::ContentSha256Malformed)?;
    Ok(Some(sha256))
}

/// SHA-256 and HMAC-SHA-256 always give 32 bytes; anything else would be a fault of the library.
pub(super) fn to_array(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().expect("SHA-256 gives 32 bytes")
}
