//! What a stream is, apart from its records.

use std::fmt;

use crate::HashKey;

/// The internal number of one incarnation of a stream; never re-used.
///
/// Names are resolved to it once, at the edge: logs, facts and sealed tokens use it, so a stream that is
/// deleted and made again under the same name is another stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u64);

impl StreamId {
    /// What a caller sees of it: 20 and 3 characters, as the members `StreamId` of Kinesis have them. It is a digest,
    /// so that nobody takes it for a count of streams; two incarnations have different ones.
    pub fn shown(self) -> String {
        let HashKey(mut rest) = HashKey::of(&format!("stream {}", self.0));
        let mut digit = || {
            let value = (rest % 36) as u32;
            rest /= 36;
            char::from_digit(value, 36).expect("36 characters write base 36")
        };
        let (head, tail): (String, String) =
            ((0..20).map(|_| digit()).collect(), (0..3).map(|_| digit()).collect());
        format!("{head}-{tail}")
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_an_id_stays_what_it_is() {
        // Clients keep it: these may never change.
        assert_eq!(StreamId(1).shown(), "fnpo55e4p5rvmkreulfn-4y8");
        assert_eq!(StreamId(u64::MAX).shown(), "8oxqu1amq5pbvzhiezoc-uuh");
        let shown = StreamId(2).shown();
        let (head, tail) = shown.split_once('-').unwrap();
        assert_eq!((head.len(), tail.len()), (20, 3));
        let allowed = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit();
        assert!(head.chars().chain(tail.chars()).all(allowed));
    }
}
