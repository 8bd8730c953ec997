//! One log in memory.

use std::sync::Arc;

use domain::Millis;
use tokio::sync::watch;

use crate::frame::{Origin, Press, Tail};
use crate::{Append, Appended, Bounds, Chunk, Frame, Position, ReadLimits, Term};

/// A log's frames and where they end. Numbers that hold for the next record depend on the store's term,
/// which is therefore passed in.
pub(super) struct Held {
    tail: Tail,
    /// Those with a record that is not hidden, in order.
    frames: Vec<Arc<Frame>>,
    /// Records before this position were given up.
    hidden_before: Position,
    /// Where it ended, once it has.
    ended: Option<Position>,
    signal: watch::Sender<Position>,
}

impl Held {
    pub(super) fn new(term: Term) -> Self {
        let tail = Tail::default();
        Self {
            tail,
            frames: Vec::new(),
            hidden_before: Position::START,
            ended: None,
            signal: watch::Sender::new(tail.next_position(term)),
        }
    }

    /// Ends the watches and goes on under `term`.
    pub(super) fn reopen(&mut self, term: Term) {
        self.signal = watch::Sender::new(self.next(term));
    }

    pub(super) fn append<'a>(
        &mut self,
        origin: Origin,
        appends: impl IntoIterator<Item = &'a Append, IntoIter: Clone>,
    ) -> Vec<Appended> {
        let (frames, appended) = self.tail.append(&mut Press::default(), origin, appends);
        self.frames.extend(frames);
        self.signal.send_replace(self.tail.next_position(origin.term));
        appended
    }

    /// Takes no more records; where it ends.
    pub(super) fn end(&mut self, term: Term) -> Position {
        let end = self.next(term);
        if self.ended.is_none() {
            self.ended = Some(end);
            self.signal.send_replace(end);
        }
        end
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    fn next(&self, term: Term) -> Position {
        self.ended.unwrap_or_else(|| self.tail.next_position(term))
    }

    pub(super) fn read(&self, term: Term, from: Position, limits: ReadLimits) -> Chunk {
        let bounds = self.bounds(term);
        let from = if from < self.hidden_before { bounds.first } else { from };
        let start = self.frames.partition_point(|frame| frame.end() <= from);
        let mut frames = Vec::new();
        let (mut records, mut bytes) = (0, 0);
        for frame in &self.frames[start..] {
            frames.push(Arc::clone(frame));
            let from = if frame.first() < from { from.offset } else { 0 };
            let weight = frame.weight_from(from);
            records += usize::try_from(weight.0).unwrap_or(usize::MAX);
            bytes += weight.1;
            if records >= limits.records || bytes >= limits.bytes {
                break;
            }
        }
        Chunk { from, frames, bounds }
    }

    pub(super) fn seek(&self, term: Term, arrival: Millis) -> Position {
        self.kept()
            .find(|(_, arrived)| *arrived >= arrival)
            .map_or_else(|| self.next(term), |(position, _)| position)
    }

    pub(super) fn bounds(&self, term: Term) -> Bounds {
        let next = self.next(term);
        Bounds {
            first: self.kept().next().map_or(next, |(position, _)| position),
            next,
            last_arrival: self.tail.last_arrival,
        }
    }

    pub(super) fn trim(&mut self, term: Term, before: Position) {
        // Not past the end: records that are yet to come were not given up.
        let before = before.min(self.next(term));
        self.hidden_before = self.hidden_before.max(before);
        self.frames.retain(|frame| frame.end() > self.hidden_before);
    }

    pub(super) fn watch(&self) -> watch::Receiver<Position> {
        self.signal.subscribe()
    }

    /// The position and the arrival of each record that is not hidden.
    fn kept(&self) -> impl Iterator<Item = (Position, Millis)> {
        self.frames
            .iter()
            .flat_map(|frame| frame.places())
            .filter(|(position, _)| *position >= self.hidden_before)
    }
}
