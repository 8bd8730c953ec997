//! Where the events of an owner are: the log, how many numbers were given, and at which offset of which term the
//! numbers of each life of the program begin. Held in memory and as one fact for each owner, which is written
//! in the commit that appends.
//!
//! The fact: version 1 (1), log (8), next number (8), and for each term with events: term (4), offset (8),
//! number (8). All numbers are little-endian.

use bytes::Bytes;
use storage::{LogId, Position, Term};

const VERSION: u8 = 1;
const SPAN_BYTES: usize = 20;
/// Terms that are kept: a fact has at most 1 MiB. Of older ones only the beginning is forgotten.
const SPANS_MAX: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LogState {
    pub(super) log: LogId,
    /// The number that the next event gets: how many there were.
    pub(super) next: u64,
    spans: Vec<Span>,
}

/// The events of one term begin here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    term: Term,
    offset: u64,
    number: u64,
}

impl LogState {
    pub(super) fn new(log: LogId) -> Self {
        Self { log, next: 0, spans: Vec::new() }
    }

    /// Whether events were appended in this term.
    pub(super) fn knows(&self, term: Term) -> bool {
        self.spans.last().is_some_and(|span| span.term == term)
    }

    /// Events are about to be appended from this position on, the first of its term.
    pub(super) fn begin(&mut self, at: Position) {
        if self.spans.len() >= SPANS_MAX {
            self.spans.remove(0);
        }
        self.spans.push(Span { term: at.term, offset: at.offset, number: self.next });
    }

    /// Where an event stands.
    pub(super) fn position(&self, number: u64) -> Position {
        match self.spans.iter().rev().find(|span| span.number <= number) {
            Some(span) => {
                Position { term: span.term, offset: span.offset + (number - span.number) }
            }
            None => Position::START,
        }
    }

    /// The first event at or after a position.
    pub(super) fn number(&self, at: Position) -> u64 {
        let found = self.spans.iter().rev().find(|span| span.term <= at.term);
        let Some(span) = found else {
            return self.spans.first().map_or(self.next, |span| span.number);
        };
        if span.term < at.term {
            let later = self.spans.iter().find(|span| span.term > at.term);
            return later.map_or(self.next, |span| span.number);
        }
        let number = span.number + at.offset.saturating_sub(span.offset);
        number.min(self.next)
    }

    pub(super) fn encode(&self) -> Bytes {
        let mut value = Vec::with_capacity(17 + self.spans.len() * SPAN_BYTES);
        value.push(VERSION);
        value.extend_from_slice(&self.log.0.to_le_bytes());
        value.extend_from_slice(&self.next.to_le_bytes());
        for Span { term, offset, number } in &self.spans {
            value.extend_from_slice(&term.0.to_le_bytes());
            value.extend_from_slice(&offset.to_le_bytes());
            value.extend_from_slice(&number.to_le_bytes());
        }
        value.into()
    }

    pub(super) fn decode(value: &[u8]) -> Option<Self> {
        let rest = value.strip_prefix(&[VERSION])?;
        let (log, rest) = rest.split_first_chunk()?;
        let (next, rest) = rest.split_first_chunk()?;
        let (spans, rest) = rest.as_chunks::<SPAN_BYTES>();
        let span = |bytes: &[u8; SPAN_BYTES]| {
            let (term, rest) = bytes.split_first_chunk()?;
            let (offset, rest) = rest.split_first_chunk()?;
            let number = rest.first_chunk()?;
            Some(Span {
                term: Term(u32::from_le_bytes(*term)),
                offset: u64::from_le_bytes(*offset),
                number: u64::from_le_bytes(*number),
            })
        };
        let spans: Vec<Span> = spans.iter().map(span).collect::<Option<_>>()?;
        let log = LogId(u64::from_le_bytes(*log));
        rest.is_empty().then_some(Self { log, next: u64::from_le_bytes(*next), spans })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(term: u32, offset: u64) -> Position {
        Position { term: Term(term), offset }
    }

    fn state() -> LogState {
        let mut state = LogState::new(LogId(7));
        state.begin(at(10, 0));
        state.next = 5;
        state.begin(at(20, 5));
        state.next = 8;
        // Two events were lost: their offsets are given again, their numbers are not.
        state.begin(at(30, 6));
        state.next = 9;
        state
    }

    #[test]
    fn numbers_and_positions_belong_together() {
        let state = state();
        for (number, position) in
            [(0, at(10, 0)), (4, at(10, 4)), (5, at(20, 5)), (7, at(20, 7)), (8, at(30, 6))]
        {
            assert_eq!(state.position(number), position);
            assert_eq!(state.number(position), number);
        }
        assert_eq!(state.number(Position::START), 0);
        assert_eq!(state.number(at(15, 99)), 5);
        assert_eq!(state.number(at(30, 7)), 9);
        assert_eq!(state.number(at(40, 7)), 9);
        assert!(state.knows(Term(30)) && !state.knows(Term(20)));
        assert_eq!(LogState::new(LogId(1)).position(3), Position::START);
    }

    #[test]
    fn facts_are_read_as_they_were_written() {
        let state = state();
        assert_eq!(LogState::decode(&state.encode()), Some(state.clone()));
        let stored =
            b"\x01\x07\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x0a\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        let mut one = LogState::new(LogId(7));
        one.begin(at(10, 1));
        one.next = 2;
        assert_eq!(LogState::decode(stored), Some(one));
        for cut in 0..state.encode().len() {
            let decoded = LogState::decode(&state.encode()[..cut]);
            assert!(decoded.is_none_or(|decoded| decoded != state), "{cut}");
        }
    }
}
