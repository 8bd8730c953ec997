//! What is known of every log without asking SQLite: its bounds, and its newest frames.
//!
//! The writer publishes here after each sync; readers look here first, so a reader at the tail never
//! touches SQLite. The frames of all logs together are bounded ([`Ring`]), the oldest go first.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use storage::{Bounds, Error, Frame, Kind, LogId, Position, Result, Term};
use tokio::sync::watch;

use crate::ahead::Row;
use crate::log_state::{LogState, LogView, Place, Slot};

/// All logs that exist.
#[derive(Default)]
pub(crate) struct Index {
    logs: RwLock<HashMap<LogId, Arc<LogEntry>>>,
}

/// One log.
pub(crate) struct LogEntry {
    pub(crate) slot: Slot,
    memory: Mutex<LogMemory>,
    next: watch::Sender<Position>,
}

/// Where a log ends, as far as a commit asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    /// The offset that the next record would get.
    pub(crate) next: u64,
    /// Whether there will be none.
    pub(crate) has_ended: bool,
}

impl End {
    pub(crate) fn of(state: &LogState) -> Self {
        Self { next: state.tail.next, has_ended: state.ended.is_some() }
    }
}

struct LogMemory {
    state: LogState,
    /// Where its newest frames are.
    places: Vec<Place>,
    /// How its row in the database stands to it.
    row: Row,
    /// The newest frames, without gaps up to the tail.
    recent: VecDeque<Arc<Frame>>,
}

impl Index {
    /// The log, if it exists.
    pub(crate) fn get(&self, log: LogId) -> Option<Arc<LogEntry>> {
        self.logs.read().get(&log).map(Arc::clone)
    }

    /// The log.
    ///
    /// # Errors
    /// `NotFound` if it does not exist.
    pub(crate) fn find(&self, log: LogId) -> Result<Arc<LogEntry>> {
        let missing = || Error::new(Kind::NotFound, format!("log {} does not exist", log.0));
        self.get(log).ok_or_else(missing)
    }

    pub(crate) fn insert(&self, entry: LogEntry) -> Arc<LogEntry> {
        let id = entry.state().id;
        let entry = Arc::new(entry);
        self.logs.write().insert(id, Arc::clone(&entry));
        entry
    }

    /// Takes the log out; who still holds its entry sees it as deleted.
    pub(crate) fn remove(&self, log: LogId) {
        if let Some(entry) = self.logs.write().remove(&log) {
            let mut memory = entry.memory.lock();
            memory.state.deleted = true;
            memory.recent.clear();
        }
    }

    /// All logs, in no order.
    pub(crate) fn all(&self) -> Vec<Arc<LogEntry>> {
        self.logs.read().values().map(Arc::clone).collect()
    }
}

impl LogEntry {
    pub(crate) fn new(log: LogView, row: Row, term: Term) -> Self {
        let LogView { slot, state, places } = log;
        let next = watch::Sender::new(state.next(term));
        let memory = LogMemory { state, places, row, recent: VecDeque::new() };
        Self { slot, memory: Mutex::new(memory), next }
    }

    pub(crate) fn state(&self) -> LogState {
        self.memory.lock().state
    }

    /// All that is to be known before the database is asked.
    pub(crate) fn view(&self) -> LogView {
        let memory = self.memory.lock();
        LogView { slot: self.slot, state: memory.state, places: memory.places.clone() }
    }

    pub(crate) fn places(&self) -> Vec<Place> {
        self.memory.lock().places.clone()
    }

    /// What a commit has to know: the state, how many places there are, and how the row stands to it.
    pub(crate) fn standing(&self) -> (LogState, usize, Row) {
        let memory = self.memory.lock();
        (memory.state, memory.places.len(), memory.row)
    }

    pub(crate) fn row(&self) -> Row {
        self.memory.lock().row
    }

    /// Where it ends now.
    pub(crate) fn end(&self) -> End {
        End::of(&self.memory.lock().state)
    }

    /// What readers are told; `term` is the one that the next record would get.
    pub(crate) fn bounds(&self, term: Term) -> Bounds {
        let state = self.state();
        let next = state.next(term);
        let first = if state.first.offset >= next.offset { next } else { state.first };
        Bounds { first, next, last_arrival: state.tail.last_arrival }
    }

    /// Publishes a new state, how its row stands to it, what becomes of its places, and the frames that led to it.
    pub(crate) fn publish(
        &self,
        state: LogState,
        row: Row,
        places: impl FnOnce(&mut Vec<Place>),
        frames: &[Arc<Frame>],
        term: Term,
    ) {
        let moved = {
            let mut memory = self.memory.lock();
            let ends = memory.state.ended != state.ended;
            memory.state = state;
            memory.row = row;
            places(&mut memory.places);
            memory.recent.extend(frames.iter().map(Arc::clone));
            ends || !frames.is_empty()
        };
        if moved {
            self.next.send_replace(state.next(term));
        }
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Position> {
        self.next.subscribe()
    }

    /// The newest frames from the one that holds `offset`; `None` if memory does not reach back that far.
    pub(crate) fn recent(&self, offset: u64) -> Option<Vec<Arc<Frame>>> {
        let memory = self.memory.lock();
        let oldest = memory.recent.front()?.first().offset;
        if offset < oldest {
            return None;
        }
        let from = memory.recent.partition_point(|frame| frame.end().offset <= offset);
        Some(memory.recent.range(from..).map(Arc::clone).collect())
    }

    /// Forgets the oldest frame if it is the one that starts at `offset`.
    fn forget(&self, offset: u64) {
        let mut memory = self.memory.lock();
        if memory.recent.front().is_some_and(|frame| frame.first().offset == offset) {
            memory.recent.pop_front();
        }
    }
}

/// Bounds the frames that are held in memory. Owned by the writer.
pub(crate) struct Ring {
    frames: VecDeque<(Arc<LogEntry>, u64, usize)>,
    bytes: usize,
    capacity: usize,
}

impl Ring {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { frames: VecDeque::new(), bytes: 0, capacity }
    }

    pub(crate) fn push(&mut self, entry: &Arc<LogEntry>, frame: &Frame) {
        let bytes = frame.held_bytes();
        self.bytes += bytes;
        self.frames.push_back((Arc::clone(entry), frame.first().offset, bytes));
        while self.bytes > self.capacity
            && let Some((entry, offset, bytes)) = self.frames.pop_front()
        {
            entry.forget(offset);
            self.bytes -= bytes;
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}
