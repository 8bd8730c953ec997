//! Changing what is known of a stream: how long it keeps records, and its tags. Each is one commit on what the
//! stream is at that moment, so that changes at the same time do not lose one another; what changes nothing
//! is none.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::limits;

use crate::catalog::{Change, Index};
use crate::error::{Invalid, Missing};
use crate::stream::{Stream, StreamFacts, retention_ms};
use crate::{Error, Result, Streams};

/// Which way a retention may be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Records are to be kept longer.
    Longer,
    /// Records are to be kept shorter.
    Shorter,
}

impl Streams {
    /// Keeps the records of a stream for so many hours from now on. What is older than the shorter of the old
    /// and the new retention at this moment is gone for good; its frames go with the next sweep.
    ///
    /// # Errors
    /// If there is no such retention, it is not in this direction, the stream was deleted, or the store does
    /// not take it.
    pub async fn change_retention(
        &self,
        stream: &Stream,
        hours: u32,
        direction: Direction,
    ) -> Result<()> {
        let change = |facts: &mut StreamFacts| {
            check_retention(facts, hours, direction)?;
            if hours != facts.retention_hours {
                let now = self.believed_time();
                // What the stream shows now, rather than the latest moment that was ever noted: that may be of
                // a clock that was far ahead.
                let before = facts.horizon(now);
                facts.kept_from = before.max(now.minus(retention_ms(hours)));
                facts.retention_hours = hours;
            }
            Ok(())
        };
        self.change_facts(stream, change).await
    }

    /// Adds tags to a stream, in the place of those with the same keys.
    ///
    /// # Errors
    /// If it would have too many, was deleted, or the store does not take it.
    pub async fn add_tags(&self, stream: &Stream, tags: Vec<(String, String)>) -> Result<()> {
        let change = |facts: &mut StreamFacts| {
            let mut all: BTreeMap<_, _> = std::mem::take(&mut facts.tags).into_iter().collect();
            all.extend(tags);
            if all.len() > limits::STREAM_TAGS_MAX {
                let stream = stream.named();
                return Err(Error::Invalid(Invalid::TagCount { stream }));
            }
            facts.tags = all.into_iter().collect();
            Ok(())
        };
        self.change_facts(stream, change).await
    }

    /// Takes tags off a stream, those of these keys that it has.
    ///
    /// # Errors
    /// If it was deleted, or the store does not take it.
    pub async fn remove_tags(&self, stream: &Stream, keys: &[&str]) -> Result<()> {
        let change = |facts: &mut StreamFacts| {
            facts.tags.retain(|(key, _)| !keys.contains(&key.as_str()));
            Ok(())
        };
        self.change_facts(stream, change).await
    }

    /// Makes one change of what is known of a stream.
    pub(crate) async fn change_facts(
        &self,
        stream: &Stream,
        change: impl FnOnce(&mut StreamFacts) -> Result<()>,
    ) -> Result<()> {
        let decided = self.catalog.change(|index| {
            let gone = || Error::NotFound(Missing::Stream(stream.named()));
            let current = index.by_id(stream.facts.id).ok_or_else(gone)?;
            let mut facts = current.facts.clone();
            change(&mut facts)?;
            self.updated(index, &current, facts)
        });
        decided.await
    }

    /// The change that gives a stream these facts, if they are others. A change of shards that they begin must be one
    /// that may begin: this is the one place that asks.
    pub(crate) fn updated(
        &self,
        index: &Index,
        current: &Stream,
        facts: StreamFacts,
    ) -> Result<Option<Change>> {
        let begun = facts.scaling.update.filter(|it| current.facts.scaling.update != Some(*it));
        if let Some(begun) = begun {
            self.check_change(index, current, begun)?;
        }
        let has_changed = facts != current.facts;
        Ok(has_changed.then(|| Change::Update(Arc::new(current.with(facts)))))
    }
}

fn check_retention(facts: &StreamFacts, hours: u32, direction: Direction) -> Result<()> {
    let existing = facts.retention_hours;
    let is_wrong_way = match direction {
        Direction::Longer => hours < existing,
        Direction::Shorter => hours > existing,
    };
    let invalid = if hours < limits::RETENTION_HOURS_DEFAULT {
        Invalid::RetentionShort { hours }
    } else if hours > limits::RETENTION_HOURS_MAX {
        Invalid::RetentionLong { hours }
    } else if is_wrong_way {
        let stream = facts.name.to_string();
        Invalid::RetentionDirection { hours, existing, stream }
    } else {
        return Ok(());
    };
    Err(Error::Invalid(invalid))
}
