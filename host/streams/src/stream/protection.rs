//! How the records of a stream lie on the disk.

use domain::Millis;
use storage::codec::{Decoded, Reader, Writer};

use super::scaling::{put_moments, take_moments};

const VERSION: u8 = 1;

/// The section of a stream that is about encryption.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protection {
    /// The key, as its owner named it, if what is written now is encrypted.
    pub key: Option<String>,
    /// When encryption was started or stopped, within the last day.
    pub changed: Vec<Millis>,
}

impl Protection {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let Self { key, changed } = self;
        if *self == Self::default() {
            return Vec::new();
        }
        let mut out = Writer::new(VERSION);
        out.optional_text(key.as_deref());
        put_moments(&mut out, changed);
        out.finish().into()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Decoded<Self> {
        let mut reader = Reader::new(VERSION, bytes)?;
        let (key, changed) = (reader.optional_text()?, take_moments(&mut reader)?);
        reader.end()?;
        Ok(Self { key, changed })
    }
}
