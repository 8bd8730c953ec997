//! What an account used: its log, and what is not written yet.

use std::collections::BTreeMap;

use domain::{AccountId, Millis, Region, StreamName};
use stdx::Page;
use storage::{Kind, LogId, Position, ReadLimits};

use super::Quantities;
use super::rolled::Rolled;
use crate::{Error, Result, Streams};

/// What is read of a log at once.
const READ: ReadLimits = ReadLimits { tenant: 0, records: 10_000, bytes: 4 * 1024 * 1024 };

/// What is asked for.
#[derive(Clone, Debug)]
pub struct UsageQuestion {
    /// Whose usage.
    pub account: AccountId,
    /// Hours that begin at this moment or later,
    pub since: Millis,
    /// and before this one.
    pub until: Millis,
    /// Only that of streams with this name.
    pub stream: Option<StreamName>,
    /// Only that of streams behind this one, by region and name.
    pub after: Option<(Region, StreamName)>,
    /// Streams at most.
    pub limit: usize,
}

/// What the streams of one name used in a region, those that were deleted too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedStream {
    /// Where.
    pub region: Region,
    /// The name.
    pub name: StreamName,
    /// How much.
    pub quantities: Quantities,
}

/// The first streams of a report, by region and name.
struct Sums<'q> {
    question: &'q UsageQuestion,
    streams: BTreeMap<(Region, StreamName), Quantities>,
    has_more: bool,
}

impl Streams {
    /// What was used, stream by stream.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn usage_of(&self, question: &UsageQuestion) -> Result<Page<UsedStream>> {
        let mut sums = Sums { question, streams: BTreeMap::new(), has_more: false };
        // What is counted stands in one of both: nothing is written between the two looks.
        let rolling = self.rolling.lock().await;
        let log = self.usage.look(|logs| logs.of(question.account));
        let end = match log {
            Some(log) => self.store.bounds(log).await?.next,
            None => Position::START,
        };
        let (hour, unwritten) = self.unwritten(question.account);
        for (stream, quantities) in unwritten {
            sums.add(hour, &stream.facts.region, &stream.facts.name, &quantities);
        }
        drop(rolling);
        if let Some(log) = log {
            self.add_log(&mut sums, log, end).await?;
        }
        let Sums { streams, has_more, .. } = sums;
        let used = |((region, name), quantities)| UsedStream { region, name, quantities };
        Ok(Page { items: streams.into_iter().map(used).collect(), has_more })
    }

    async fn add_log(&self, sums: &mut Sums<'_>, log: LogId, end: Position) -> Result<()> {
        // What an hour used is written when it is over.
        let mut from = self.store.seek(log, sums.question.since).await?;
        while from < end {
            let chunk = self.store.read(log, from, READ).await?;
            let mut next = None;
            for (position, record) in chunk.records().take(READ.records) {
                next = Some(position.next());
                if position >= end {
                    return Ok(());
                }
                let rolled = Rolled::decode(record.data).map_err(|why| {
                    let what = format!("usage at {position}: {why}");
                    Error::from(storage::Error::new(Kind::Damaged, what))
                })?;
                sums.add(rolled.hour, &rolled.region, &rolled.name, &rolled.quantities);
            }
            match next {
                Some(next) => from = next,
                None => return Ok(()),
            }
        }
        Ok(())
    }
}

impl Sums<'_> {
    fn add(&mut self, hour: Millis, region: &Region, name: &StreamName, more: &Quantities) {
        let UsageQuestion { since, until, stream, after, limit, .. } = self.question;
        let key = (region.clone(), name.clone());
        let is_asked = (*since..*until).contains(&hour)
            && stream.as_ref().is_none_or(|stream| stream == name)
            && after.as_ref().is_none_or(|after| key > *after);
        if !is_asked || more.is_zero() {
            return;
        }
        self.streams.entry(key).or_default().add(more);
        // Only the first are kept: the others are asked for with another call.
        if self.streams.len() > *limit {
            self.streams.pop_last();
            self.has_more = true;
        }
    }
}
