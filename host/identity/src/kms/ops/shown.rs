//! Secrets that a caller asked for: written into the answer, and nowhere else.

use serde::{Serialize, Serializer};
use stdx::Secret;
use wire::shape::BlobOut;

/// A secret on its way out. It does not print.
#[derive(Debug)]
pub(super) struct Shown(pub(super) Secret<Vec<u8>>);

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        BlobOut(self.0.expose()).serialize(serializer)
    }
}
