//! Building frames: records are numbered behind a log's end, packed, and closed with their checksums.

use bytes::{BufMut, BytesMut};
use domain::Millis;

use super::{
    BYTES_CLOSE, CHAIN_START, Chain, Frame, HEADER_BYTES, Header, RECORDS_MAX, TRAILER_BYTES, link,
};
use crate::record::ARRIVAL_AT;
use crate::{Append, Appended, CommitId, LogId, Position, Term};

/// How far arrivals within a frame may lie apart: what their four bytes can tell.
const ARRIVAL_SPAN_MAX: u64 = u32::MAX as u64;

/// The end of a log: what the next frame continues. Numbering and framing happen here, the same way in
/// every store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// The offset that the next record gets.
    pub next: u64,
    /// The term of the newest record; 0 if there was none.
    pub term: Term,
    /// The arrival of the newest record.
    pub last_arrival: Millis,
    /// The chain value of the newest frame.
    pub chain: Chain,
}

impl Default for Tail {
    fn default() -> Self {
        Self { next: 0, term: Term(0), last_arrival: Millis(0), chain: CHAIN_START }
    }
}

/// Whose records a frame holds.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The log.
    pub log: LogId,
    /// The term that holds.
    pub term: Term,
    /// The number of the group commit.
    pub version: u64,
    /// The id of the commit, if it has one: such a commit has its frames to itself.
    pub id: Option<CommitId>,
}

impl Tail {
    /// The position that the next record would get under `term`.
    pub fn next_position(&self, term: Term) -> Position {
        Position { term, offset: self.next }
    }

    /// Numbers the records of `appends` in order, packs them into frames and moves the tail behind them.
    pub fn append<'a>(
        &mut self,
        origin: Origin,
        appends: impl IntoIterator<Item = &'a Append>,
    ) -> (Vec<Frame>, Vec<Appended>) {
        let appends: Vec<&Append> = appends.into_iter().collect();
        let left = appends.iter().map(|append| append.records.bytes().len()).sum();
        let mut packer = Packer { tail: self, origin, frames: Vec::new(), open: None, left };
        let appended = appends.into_iter().map(|append| packer.append(append)).collect();
        packer.close();
        (packer.frames, appended)
    }
}

/// Packs records into frames.
struct Packer<'t> {
    tail: &'t mut Tail,
    origin: Origin,
    frames: Vec<Frame>,
    open: Option<Open>,
    /// Bytes of records still to come: what a new frame makes room for.
    left: usize,
}

/// The frame being filled: its bytes with room for the header, and what the header will say.
struct Open {
    bytes: BytesMut,
    first: u64,
    count: u32,
    first_arrival: Millis,
}

impl Packer<'_> {
    fn append(&mut self, append: &Append) -> Appended {
        let arrival = append.arrival.max(self.tail.last_arrival);
        let first = self.tail.next_position(self.origin.term);
        for bytes in append.records.each() {
            self.push(bytes, arrival);
        }
        Appended { first, arrival }
    }

    /// Adds one encoded record.
    fn push(&mut self, bytes: &[u8], arrival: Millis) {
        if self.open.as_ref().is_some_and(|open| !open.takes(bytes.len(), arrival)) {
            self.close();
        }
        let new = || Open::new(self.tail.next, arrival, self.left);
        let open = self.open.get_or_insert_with(new);
        let delta = u32::try_from(arrival.since(open.first_arrival)).unwrap_or(u32::MAX);
        let at = open.bytes.len() + ARRIVAL_AT;
        open.bytes.extend_from_slice(bytes);
        open.bytes[at..at + 4].copy_from_slice(&delta.to_le_bytes());
        open.count += 1;
        self.left -= bytes.len();
        self.tail.next += 1;
        self.tail.last_arrival = arrival;
        self.tail.term = self.origin.term;
    }

    fn close(&mut self) {
        let Some(Open { mut bytes, first, count, first_arrival }) = self.open.take() else {
            return;
        };
        let Origin { log, term, version, id } = self.origin;
        let body_bytes = u32::try_from(bytes.len() - HEADER_BYTES).unwrap_or(u32::MAX);
        let header = Header {
            log,
            first: Position { term, offset: first },
            count,
            first_arrival,
            last_arrival: self.tail.last_arrival,
            version,
            id,
            body_bytes,
        };
        let mut head = BytesMut::with_capacity(HEADER_BYTES);
        header.encode(&mut head);
        bytes[..HEADER_BYTES].copy_from_slice(&head);
        bytes.put_u32_le(crc32c::crc32c(&bytes));
        self.tail.chain = link(&self.tail.chain, &bytes);
        self.frames.push(Frame { bytes: bytes.freeze(), header, chain: self.tail.chain });
    }
}

impl Open {
    fn new(first: u64, arrival: Millis, expected: usize) -> Self {
        let body = expected.min(BYTES_CLOSE);
        let mut bytes = BytesMut::with_capacity(HEADER_BYTES + body + TRAILER_BYTES);
        bytes.resize(HEADER_BYTES, 0);
        Self { bytes, first, count: 0, first_arrival: arrival }
    }

    fn takes(&self, bytes: usize, arrival: Millis) -> bool {
        self.count < RECORDS_MAX
            && self.bytes.len() - HEADER_BYTES + bytes <= BYTES_CLOSE
            && arrival.since(self.first_arrival) <= ARRIVAL_SPAN_MAX
    }
}
