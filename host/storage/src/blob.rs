//! Large immutable things, named by what they contain.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use crate::Result;

/// BLAKE3 of a blob's bytes: its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The name that `bytes` have.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Blobs. A fact that names a blob is committed after the blob was put, so it never points at nothing; a
/// blob that no fact names is litter that a sweep may delete.
#[async_trait]
pub trait Blob: Send + Sync {
    /// Stores `bytes` durably and returns their name; putting the same bytes again changes nothing.
    ///
    /// # Errors
    /// `Unavailable` if they could not be stored.
    async fn put_blob(&self, bytes: Bytes) -> Result<Digest>;

    /// The bytes with this name.
    ///
    /// # Errors
    /// `NotFound` if there are none, `Damaged` if they no longer have the name.
    async fn get_blob(&self, digest: Digest) -> Result<Bytes>;

    /// Removes the blob if it is there.
    ///
    /// # Errors
    /// `Unavailable` if it could not be removed.
    async fn delete_blob(&self, digest: Digest) -> Result<()>;

    /// The names of all blobs, in order.
    ///
    /// # Errors
    /// `Unavailable` if they could not be listed.
    async fn list_blobs(&self) -> Result<Vec<Digest>>;
}
