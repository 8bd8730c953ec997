//! What a metric is called, and how that is stored.
//!
//! The fact: version 1 (1), unit (1), minute of the last call that was noted (4), region, namespace and name as
//! texts, dimensions as pairs. The page `host/docs/formats/metrics.md` is the reference.

use domain::{Millis, Region};
use metering::cloud::Unit;
use storage::codec::{Decoded, Reader, Writer};

const VERSION: u8 = 1;

/// A minute since the epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minute(pub u32);

impl Minute {
    /// Its length.
    pub const MS: u64 = 60_000;

    /// The minute that a moment lies in.
    pub fn of(at: Millis) -> Self {
        Self(u32::try_from(at.0 / Self::MS).unwrap_or(u32::MAX))
    }

    /// Its first moment.
    pub const fn start(self) -> Millis {
        Millis(self.0 as u64 * Self::MS)
    }

    /// This minute moved back.
    pub const fn minus(self, minutes: u32) -> Self {
        Self(self.0.saturating_sub(minutes))
    }
}

/// What a metric of an account is called. Metrics that differ in their unit only have one name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// Where it was put.
    pub region: Region,
    /// Whose it is: `AWS/Kinesis`.
    pub namespace: String,
    /// Its name there.
    pub name: String,
    /// What it is measured of, sorted by name.
    pub dimensions: Vec<(String, String)>,
}

impl Name {
    /// What it takes in memory, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let pair = |(name, value): &(String, String)| name.len() + value.len() + 48;
        let dimensions: usize = self.dimensions.iter().map(pair).sum();
        self.namespace.len() + self.name.len() + dimensions + 128
    }

    /// Whether a service measures it, rather than a client.
    pub(crate) fn is_of_service(&self) -> bool {
        self.namespace.starts_with(SERVICES)
    }
}

/// What the namespaces of services begin with, and no other's.
pub(crate) const SERVICES: &str = "AWS/";

/// A metric as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) name: Name,
    pub(crate) unit: Unit,
    /// When something was put last, as far as was noted.
    pub(crate) last: Minute,
}

/// The value of a metric's fact.
pub(crate) fn encode(name: &Name, unit: Unit, last: Minute) -> bytes::Bytes {
    let mut value = Writer::new(VERSION);
    value.u8(unit.number());
    value.u32(last.0);
    value.text(&name.region.to_string());
    value.text(&name.namespace);
    value.text(&name.name);
    value.pairs(&name.dimensions);
    value.finish()
}

pub(crate) fn decode(value: &[u8]) -> Decoded<Stored> {
    let mut reader = Reader::new(VERSION, value)?;
    let unit = reader.u8()?;
    let unit = Unit::from_number(unit).ok_or_else(|| format!("unit {unit} is not known"))?;
    let last = Minute(reader.u32()?);
    let (region, namespace) = (reader.parsed()?, reader.text()?);
    let (name, dimensions) = (reader.text()?, reader.pairs()?);
    reader.end()?;
    Ok(Stored { name: Name { region, namespace, name, dimensions }, unit, last })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stored_metrics_are_read_for_ever() {
        let stored = b"\x01\x0e\x2a\0\0\0\x02\0xy\x01\0n\x01\0m\x01\0\x01\0d\x01\0v";
        let name = Name {
            region: "xy".parse().unwrap(),
            namespace: "n".to_owned(),
            name: "m".to_owned(),
            dimensions: vec![("d".to_owned(), "v".to_owned())],
        };
        assert_eq!(encode(&name, Unit::COUNT, Minute(42)), &stored[..]);
        assert_eq!(decode(stored), Ok(Stored { name, unit: Unit::COUNT, last: Minute(42) }));
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in any::<Vec<u8>>()) {
            let _ = decode(&bytes);
        }
    }
}
