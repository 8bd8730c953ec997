//! Which metrics of single shards an owner wants.

use metering::cloud::Unit;

use crate::stream::{Monitored, Stream, StreamFacts};
use crate::{Counted, Result, Streams};

type Difference = (usize, Unit, fn(&Counted) -> u64);

/// The metrics of a shard that are differences of what it counts: their places among [`Monitored::NAMES`], their
/// units, and which count.
pub(super) const COUNTED: [Difference; 6] = [
    (0, Unit::BYTES, |counted| counted.bytes_in),
    (1, Unit::COUNT, |counted| counted.records_in),
    // What leaves a shard, by GetRecords and in events.
    (2, Unit::BYTES, |counted| counted.bytes_out + counted.bytes_pushed),
    (3, Unit::COUNT, |counted| counted.records_out + counted.records_pushed),
    (4, Unit::COUNT, |counted| counted.throttled_in),
    (5, Unit::COUNT, |counted| counted.throttled_out),
];
/// The place of `IteratorAgeMilliseconds`, which has a tally of its own.
pub(super) const AGE: usize = 6;

impl Streams {
    /// Keeps these metrics of each shard from now on, besides those that are kept. Tells which were kept before,
    /// and which are now.
    ///
    /// # Errors
    /// If the stream was deleted, or the store does not take it.
    pub async fn monitor(
        &self,
        stream: &Stream,
        wanted: Monitored,
    ) -> Result<(Monitored, Monitored)> {
        let changed = self.change_monitored(stream, |kept| Monitored(kept.0 | wanted.0)).await?;
        if let (Monitored(0), Monitored(1..)) = changed {
            self.begin_watching(stream);
        }
        Ok(changed)
    }

    /// Keeps these metrics of each shard no more. Tells as [`Streams::monitor`] does.
    ///
    /// # Errors
    /// As [`Streams::monitor`].
    pub async fn ignore(
        &self,
        stream: &Stream,
        unwanted: Monitored,
    ) -> Result<(Monitored, Monitored)> {
        self.change_monitored(stream, |kept| Monitored(kept.0 & !unwanted.0)).await
    }

    async fn change_monitored(
        &self,
        stream: &Stream,
        change: impl FnOnce(Monitored) -> Monitored,
    ) -> Result<(Monitored, Monitored)> {
        let mut told = (Monitored::default(), Monitored::default());
        let changed = |facts: &mut StreamFacts| {
            told = (facts.monitored, change(facts.monitored));
            facts.monitored = told.1;
            Ok(())
        };
        self.change_facts(stream, changed).await?;
        Ok(told)
    }
}

impl Monitored {
    /// All metrics.
    pub const ALL: Self = Self((1 << Self::NAMES.len()) - 1);
    /// The word that stands for all of them.
    pub const ALL_WORD: &'static str = "ALL";

    /// What these words name; nothing for one that is unknown.
    pub fn of<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let bit = |word: &str| match Self::NAMES.iter().position(|name| *name == word) {
            Some(at) => 1 << at,
            None if word == Self::ALL_WORD => Self::ALL.0,
            None => 0,
        };
        Self(words.into_iter().fold(0, |bits, word| bits | bit(word)))
    }

    /// Whether the metric of this place is kept.
    pub const fn has(self, at: usize) -> bool {
        self.0 & (1 << at) != 0
    }

    /// The names of the metrics that are kept.
    pub fn names(self) -> Vec<&'static str> {
        let kept = Self::NAMES.iter().enumerate().filter(|(at, _)| self.has(*at));
        kept.map(|(_, name)| *name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_metrics() {
        assert_eq!(Monitored::of(["ALL"]).names(), Monitored::NAMES);
        let two = Monitored::of(["OutgoingBytes", "IncomingBytes", "IncomingBytes"]);
        assert_eq!(two.names(), ["IncomingBytes", "OutgoingBytes"]);
        assert_eq!(Monitored::of(["x"]), Monitored::default());
        assert_eq!(Monitored::NAMES[AGE], "IteratorAgeMilliseconds");
    }
}
