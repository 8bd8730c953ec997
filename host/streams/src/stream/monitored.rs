//! Which metrics are kept for each shard of a stream.

use storage::codec::{Decoded, Reader, Writer};

const VERSION: u8 = 1;

/// A set of metrics of shards, in the order in which AWS names them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Monitored(pub u8);

impl Monitored {
    /// The metrics, each of which is the bit of its place here.
    pub const NAMES: [&str; 7] = [
        "IncomingBytes",
        "IncomingRecords",
        "OutgoingBytes",
        "OutgoingRecords",
        "WriteProvisionedThroughputExceeded",
        "ReadProvisionedThroughputExceeded",
        "IteratorAgeMilliseconds",
    ];

    pub(crate) fn encode(self) -> Vec<u8> {
        if self == Self::default() {
            return Vec::new();
        }
        let mut out = Writer::new(VERSION);
        out.u8(self.0);
        out.finish().into()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Decoded<Self> {
        let mut reader = Reader::new(VERSION, bytes)?;
        let bits = reader.u8()?;
        reader.end()?;
        match bits >> Self::NAMES.len() {
            0 => Ok(Self(bits)),
            _ => Err(format!("unknown metrics in {bits:#b}")),
        }
    }
}
