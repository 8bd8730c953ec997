//! What a stream is, apart from its records.

use std::fmt;

/// The internal number of one incarnation of a stream; never re-used.
///
/// Names are resolved to it once, at the edge: logs, facts and sealed tokens use it, so a stream that is
/// deleted and made again under the same name is another stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u64);

/// Where in its life a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamStatus {
    /// Being made; takes no records yet.
    Creating,
    /// Being deleted; its name is not free yet.
    Deleting,
    /// Ready.
    Active,
    /// Ready, while its shards or settings change.
    Updating,
}

impl StreamStatus {
    /// The word AWS uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::Deleting => "DELETING",
            Self::Active => "ACTIVE",
            Self::Updating => "UPDATING",
        }
    }
}

/// Who decides how many shards there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamMode {
    /// The caller, who names a number.
    Provisioned,
    /// The service, by the load it sees.
    OnDemand,
}

impl StreamMode {
    /// The word AWS uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provisioned => "PROVISIONED",
            Self::OnDemand => "ON_DEMAND",
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
