//! What one flush stores: minutes of some metrics of an account, as the data of one record or several.
//!
//! | bytes | field |
//! |---|---|
//! | 1 | version, 1 |
//! | 4 | the earliest minute |
//! | 4 | the latest minute |
//! | . | entries, one after the other |
//!
//! An entry: number of the metric (4), minute (4), kind (1). Kind 0, one sample: its value (8). Kind 1, sums:
//! count, sum, smallest, largest (8 each). Kind 2, sums and spread: the same, then how many magnitudes there are
//! (2) and each with its count (2 and 8). Numbers are little-endian, those with fractions as IEEE 754 has them.

use metering::cloud::Statistics;
use storage::codec::{Decoded, Reader, Writer};

use crate::magnitudes::Magnitudes;
use crate::{Minute, Rollup};

const VERSION: u8 = 1;
const SAMPLE: u8 = 0;
const SUMS: u8 = 1;
const SPREAD: u8 = 2;
/// How large a record gets before another one is begun.
const BYTES_MAX: usize = 256 * 1024;

/// A metric's number in its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MetricId(pub(crate) u32);

/// A minute of a metric.
pub(crate) type Key = (MetricId, Minute);

/// The data of records that hold these minutes.
pub(crate) fn encode<'e>(
    entries: impl IntoIterator<Item = (Key, &'e Rollup)>,
) -> Vec<bytes::Bytes> {
    let mut blocks = Vec::new();
    let mut open = Open::default();
    for (key, rollup) in entries {
        open.put(key, rollup);
        if open.entries.len() >= BYTES_MAX {
            blocks.push(std::mem::take(&mut open).close());
        }
    }
    if !open.entries.is_empty() {
        blocks.push(open.close());
    }
    blocks
}

/// A block that is being written.
struct Open {
    entries: Vec<u8>,
    earliest: u32,
    latest: u32,
}

impl Default for Open {
    fn default() -> Self {
        Self { entries: Vec::new(), earliest: u32::MAX, latest: 0 }
    }
}

impl Open {
    fn put(&mut self, (metric, minute): Key, rollup: &Rollup) {
        self.earliest = self.earliest.min(minute.0);
        self.latest = self.latest.max(minute.0);
        let Statistics { count, sum, min, max } = rollup.statistics;
        self.entries.extend_from_slice(&metric.0.to_le_bytes());
        self.entries.extend_from_slice(&minute.0.to_le_bytes());
        let mut floats = |kind: u8, floats: &[f64]| {
            self.entries.push(kind);
            floats.iter().for_each(|it| self.entries.extend_from_slice(&it.to_le_bytes()));
        };
        #[expect(clippy::float_cmp, reason = "the very same numbers")]
        let is_one = count == 1.0 && min == max && min == sum && rollup.magnitudes.is_some();
        match &rollup.magnitudes {
            Some(_) if is_one => floats(SAMPLE, &[sum]),
            None => floats(SUMS, &[count, sum, min, max]),
            Some(magnitudes) => {
                floats(SPREAD, &[count, sum, min, max]);
                let length = u16::try_from(magnitudes.len()).expect("there are few magnitudes");
                self.entries.extend_from_slice(&length.to_le_bytes());
                for (magnitude, count) in magnitudes.each() {
                    self.entries.extend_from_slice(&magnitude.to_le_bytes());
                    self.entries.extend_from_slice(&count.to_le_bytes());
                }
            }
        }
    }

    fn close(self) -> bytes::Bytes {
        let mut data = Writer::new(VERSION);
        data.u32(self.earliest);
        data.u32(self.latest);
        data.bytes(&self.entries);
        data.finish()
    }
}

/// A block as it was stored.
pub(crate) struct Block<'b> {
    pub(crate) earliest: Minute,
    pub(crate) latest: Minute,
    rest: Reader<'b>,
}

impl<'b> Block<'b> {
    pub(crate) fn open(data: &'b [u8]) -> Decoded<Self> {
        let mut rest = Reader::new(VERSION, data)?;
        let (earliest, latest) = (Minute(rest.u32()?), Minute(rest.u32()?));
        Ok(Self { earliest, latest, rest })
    }

    /// Shows the minutes that `wanted` says.
    pub(crate) fn each(
        mut self,
        wanted: impl Fn(Key) -> bool,
        mut show: impl FnMut(Key, Rollup),
    ) -> Decoded<()> {
        while !self.rest.is_empty() {
            let key = (MetricId(self.rest.u32()?), Minute(self.rest.u32()?));
            let is_wanted = wanted(key);
            let rollup = entry(&mut self.rest, is_wanted)?;
            if is_wanted {
                show(key, rollup);
            }
        }
        Ok(())
    }
}

fn float(reader: &mut Reader<'_>) -> Decoded<f64> {
    reader.take().map(f64::from_le_bytes)
}

/// One entry behind its key; the spread of one that nobody wants is passed over.
fn entry(reader: &mut Reader<'_>, is_wanted: bool) -> Decoded<Rollup> {
    let kind = reader.u8()?;
    if kind == SAMPLE {
        let statistics = Statistics::of(float(reader)?);
        return Ok(match is_wanted {
            true => Rollup::of(statistics.sum, 1.0),
            false => Rollup { statistics, magnitudes: None },
        });
    }
    let statistics = Statistics {
        count: float(reader)?,
        sum: float(reader)?,
        min: float(reader)?,
        max: float(reader)?,
    };
    match kind {
        SUMS => Ok(Rollup { statistics, magnitudes: None }),
        SPREAD => {
            let mut magnitudes = Magnitudes::default();
            for _ in 0..u16::from_le_bytes(reader.take()?) {
                let magnitude = i16::from_le_bytes(reader.take()?);
                let count = float(reader)?;
                if is_wanted {
                    magnitudes.put(magnitude, count);
                }
            }
            Ok(Rollup { statistics, magnitudes: Some(magnitudes) })
        }
        other => Err(format!("kind {other} of an entry is not known")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(metric: u32, minute: u32) -> Key {
        (MetricId(metric), Minute(minute))
    }

    fn decode(data: &[u8]) -> Decoded<Vec<(Key, Rollup)>> {
        let mut found = Vec::new();
        Block::open(data)?.each(|_| true, |key, rollup| found.push((key, rollup)))?;
        Ok(found)
    }

    fn entries() -> Vec<(Key, Rollup)> {
        let sums = Statistics { count: 3.0, sum: 6.0, min: 1.0, max: 3.0 };
        let mut spread = Rollup::of(1.0, 2.0);
        spread.merge(&Rollup::of(4.0, 1.0));
        vec![
            (key(7, 100), Rollup::of(2.5, 1.0)),
            (key(8, 99), Rollup::of_sums(sums)),
            (key(9, 101), spread),
        ]
    }

    #[test]
    fn minutes_come_back_as_they_were_stored() {
        let entries = entries();
        let blocks = encode(entries.iter().map(|(key, rollup)| (*key, rollup)));
        assert_eq!(blocks.len(), 1);
        assert_eq!(decode(&blocks[0]), Ok(entries));
        let block = Block::open(&blocks[0]).unwrap();
        assert_eq!((block.earliest, block.latest), (Minute(99), Minute(101)));
        for cut in 0..blocks[0].len() {
            assert_ne!(decode(&blocks[0][..cut]), decode(&blocks[0]), "{cut}");
        }
    }

    #[test]
    fn stored_blocks_are_read_for_ever() {
        let stored = b"\x01\x64\0\0\0\x64\0\0\0\x07\0\0\0\x64\0\0\0\0\0\0\0\0\0\0\x04\x40";
        assert_eq!(decode(stored), Ok(vec![(key(7, 100), Rollup::of(2.5, 1.0))]));
        assert!(decode(b"\x02").is_err());
    }

    #[test]
    fn many_minutes_are_several_blocks() {
        let rollup = Rollup::of(1.0, 1.0);
        let many = (0..40_000).map(|metric| (key(metric, metric), &rollup));
        let blocks = encode(many);
        assert!(blocks.len() > 1, "{}", blocks.len());
        let counts: usize = blocks.iter().map(|block| decode(block).unwrap().len()).sum();
        assert_eq!(counts, 40_000);
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(mut bytes in any::<Vec<u8>>()) {
            let _ = decode(&bytes);
            bytes.insert(0, VERSION);
            let _ = decode(&bytes);
        }
    }
}
