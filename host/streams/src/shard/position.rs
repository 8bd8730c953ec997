//! Where a reader starts.

use domain::{Millis, SequenceNumber};
use storage::{Position, Term};

use crate::stream::{Shard, Stream};
use crate::{Error, Result, Streams};

/// Where a reader starts, in the words of the iterator types. Numbers must be the shard's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the oldest record that is kept.
    TrimHorizon,
    /// Behind the newest record.
    Latest,
    /// With this record.
    At(SequenceNumber),
    /// Behind this record.
    After(SequenceNumber),
    /// With the first record that arrived at this time or later.
    AtTimestamp(Millis),
}

impl Streams {
    /// The position that `start` means at this moment.
    ///
    /// # Errors
    /// If the stream was deleted, or the store cannot be read.
    pub async fn position(&self, stream: &Stream, shard: &Shard, start: Start) -> Result<Position> {
        let log = shard.facts.log;
        let store = &self.store;
        let found = match start {
            Start::TrimHorizon => Ok(Position::START),
            Start::Latest => store.bounds(log).await.map(|bounds| bounds.next),
            Start::At(number) => within(store.bounds(log).await, position_of(number)),
            Start::After(number) => within(store.bounds(log).await, position_behind(number)),
            Start::AtTimestamp(at) => store.seek(log, at).await,
        };
        found.map_err(|error| Error::of_stream(error, stream))
    }
}

/// The place of a record in its shard's log, or the place behind a record.
pub(crate) fn position_of(number: SequenceNumber) -> Position {
    let position = Position { term: Term(number.term()), offset: number.counter() };
    if number.is_behind() { position.next() } else { position }
}

/// Where somebody goes on who has had all up to this number.
fn position_behind(number: SequenceNumber) -> Position {
    match position_of(number) {
        position if number.is_behind() => position,
        // No record was written in the term 0, so this is the number below all of a shard.
        Position { term: Term(0), .. } => Position::START,
        position => position.next(),
    }
}

/// A number that nobody was given lies beyond the end: who waits there would miss what comes first.
fn within(
    bounds: storage::Result<storage::Bounds>,
    position: Position,
) -> storage::Result<Position> {
    bounds.map(|bounds| position.min(bounds.next))
}
