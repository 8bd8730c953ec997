//! What can be wrong with the settings of a stream.

use domain::limits;

use super::Named;

/// A setting that makes no sense. `Display` is the sentence that the caller is told; AWS's own were never seen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Setting {
    /// An id that is not the stream's.
    #[error("StreamId {id} does not match stream {stream}.")]
    IdMismatch {
        /// As the caller wrote it.
        id: String,
        /// The stream that the other members name.
        stream: Named,
    },
    /// Too many switches of the mode.
    #[error(
        "Stream {0} has already been switched between capacity modes {max} times within 24 hours, which is the limit.",
        max = limits::MODE_SWITCHES_PER_DAY
    )]
    SwitchedOften(Named),
    /// A way to distribute records, for a stream whose shards its owner counts.
    #[error(
        "The record distribution strategy of stream {0} cannot be set: it is only supported for data streams with the on-demand capacity mode."
    )]
    SpreadOfProvisioned(Named),
}
