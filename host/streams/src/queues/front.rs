//! What the first in line of those who wait for records looks at: the ends of the shards, and records read ahead.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use domain::{Millis, ShardId};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use storage::{Chunk, Position};
use tokio::sync::watch;

use super::book::{Book, Place};
use super::queue::Queue;
use crate::stream::Stream;
use crate::{Error, Result, Streams};

/// Bytes of one read ahead, rounded up to whole frames.
const READ_BYTES: usize = 256 * 1024;

/// A record as it lies in the stream.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) arrival: Millis,
    pub(super) key: Bytes,
    pub(super) data: Bytes,
    /// Whether it lies sealed on the disk.
    is_sealed: bool,
}

/// The ends of the shards, and records read ahead. Of these nothing is known to the book.
#[derive(Default)]
pub(super) struct Front {
    stream: Option<Arc<Stream>>,
    catalogue: Option<watch::Receiver<u64>>,
    tails: BTreeMap<ShardId, Tail>,
    /// The shard that was read last: the next one has its turn.
    last: Option<ShardId>,
    ahead: VecDeque<(Place, Item)>,
    is_odd: bool,
}

/// The end of a shard.
struct Tail {
    /// Carries the position that its next record will have.
    end: watch::Receiver<Position>,
    /// Set when the log is gone.
    is_over: bool,
    /// Where reading ahead goes on.
    from: Position,
    /// The end that a read met: there is nothing new until it is another.
    met: Option<Position>,
}

impl Item {
    pub(super) fn bytes(&self) -> usize {
        self.key.len() + self.data.len()
    }
}

/// The records of a chunk, as slices of its frames.
pub(super) fn items(chunk: &Chunk) -> impl Iterator<Item = (Position, Item)> + '_ {
    let records = chunk.frames.iter().flat_map(|frame| {
        let slice = |bytes: &[u8]| frame.part(bytes);
        frame.records().map(move |(position, record)| {
            let (key, data) = (slice(record.key), slice(record.data));
            let (arrival, is_sealed) = (record.arrival, record.is_sealed);
            (position, Item { arrival, key, data, is_sealed })
        })
    });
    records.skip_while(|(position, _)| *position < chunk.from)
}

impl Front {
    /// Looks at the shards again if the catalogue changed.
    pub(super) fn renew(
        &mut self,
        streams: &Streams,
        queue: &Queue,
        book: &parking_lot::Mutex<Book>,
    ) {
        let is_new = self.catalogue.as_mut().is_none_or(|it| it.has_changed().unwrap_or(true));
        if !is_new {
            return;
        }
        // Before the look: what changes afterwards is seen next time.
        self.catalogue = Some(streams.changed());
        self.stream = streams.stream_by_id(queue.stream);
        let Some(stream) = &self.stream else { return };
        self.tails.retain(|shard, _| stream.shard(*shard).is_some());
        for shard in &stream.shards {
            let id = shard.facts.id;
            let from = book.lock().cursor(id).unwrap_or_else(|| queue.start_of(id));
            let is_drained = shard.facts.closed.is_some_and(|it| from.offset >= it.end.offset);
            if is_drained {
                self.tails.remove(&id);
            } else if !self.tails.contains_key(&id)
                && let Ok(end) = streams.watch(stream, shard)
            {
                self.tails.insert(id, Tail { end, is_over: false, from, met: None });
            }
        }
    }

    /// Gives up what was read ahead and lies sealed: each receive asks anew whether its key may be used.
    pub(super) fn give_up_sealed(&mut self) {
        if !self.ahead.iter().any(|(_, item)| item.is_sealed) {
            return;
        }
        for (place, _) in self.ahead.drain(..).rev() {
            if let Some(tail) = self.tails.get_mut(&place.shard) {
                tail.from = place.position;
                tail.met = None;
            }
        }
    }

    /// Whether the stream is gone, and so is the queue, or soon.
    pub(super) fn has_stream(&self) -> bool {
        self.stream.is_some()
    }

    /// Reads until there are `count` records ahead, or nothing new is left. A shard that cannot be read stops no
    /// other; its error is told if there is nothing else.
    pub(super) async fn read(&mut self, streams: &Streams, count: usize) -> Result<()> {
        let Some(stream) = self.stream.clone() else { return Ok(()) };
        let mut failed = Vec::new();
        let mut told = Ok(());
        while self.ahead.len() < count {
            let Some(id) = self.next_shard(&failed) else { break };
            self.last = Some(id);
            if let Err(error) = self.read_shard(streams, &stream, id).await {
                failed.push(id);
                told = told.and(Err(error));
            }
        }
        if self.ahead.is_empty() { told } else { Ok(()) }
    }

    async fn read_shard(&mut self, streams: &Streams, stream: &Stream, id: ShardId) -> Result<()> {
        let (Some(tail), Some(shard)) = (self.tails.get_mut(&id), stream.shard(id)) else {
            self.tails.remove(&id);
            return Ok(());
        };
        let end = *tail.end.borrow_and_update();
        let followed = match streams.follow(stream, shard, tail.from, READ_BYTES).await {
            Ok(followed) => followed,
            // The shard was forgotten with all its records since it was looked at, or the stream is gone: the next
            // look tells.
            Err(Error::NotFound(_)) => {
                self.tails.remove(&id);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let mut is_empty = true;
        for (position, item) in items(&followed.chunk) {
            is_empty = false;
            tail.from = position.next();
            self.ahead.push_back((Place { shard: id, position }, item));
        }
        if is_empty {
            tail.met = Some(end);
            tail.from = tail.from.max(followed.chunk.from);
        }
        Ok(())
    }

    /// The next shard in turn that may have something new.
    fn next_shard(&self, failed: &[ShardId]) -> Option<ShardId> {
        let may = |(id, tail): &(&ShardId, &Tail)| {
            !tail.is_over && !failed.contains(id) && tail.met != Some(*tail.end.borrow())
        };
        let last = self.last.unwrap_or(ShardId(u32::MAX));
        let behind = self.tails.iter().filter(|(id, _)| **id > last);
        let all = behind.chain(self.tails.iter());
        all.into_iter().find(may).map(|(id, _)| *id)
    }

    /// The next record ahead that fits: not older than `horizon`, and of at most `bytes`.
    pub(super) fn pop(&mut self, horizon: Millis, bytes: usize) -> Option<(Place, Item)> {
        while self.ahead.front().is_some_and(|(_, item)| item.arrival < horizon) {
            self.ahead.pop_front();
        }
        let fits = self.ahead.front().is_some_and(|(_, item)| item.bytes() <= bytes);
        if fits { self.ahead.pop_front() } else { None }
    }

    /// How many of so many records come from those that were given out before; of an odd one more, every other time.
    pub(super) fn share(&mut self, count: usize) -> usize {
        self.is_odd = !self.is_odd;
        (count + usize::from(self.is_odd)) / 2
    }

    /// Whether records are read and not given out.
    pub(super) fn is_ahead(&self) -> bool {
        !self.ahead.is_empty()
    }

    /// Waits until a shard has something new, or shards come or go.
    pub(super) async fn changed(&mut self) {
        let Self { catalogue, tails, .. } = self;
        let of_catalogue = async {
            match catalogue {
                // It is looked at again by the one who renews.
                Some(changed) => drop(changed.clone().changed().await),
                None => std::future::pending().await,
            }
        };
        let over = {
            let alive = tails.iter_mut().filter(|(_, tail)| !tail.is_over);
            let mut ends: FuturesUnordered<_> = alive
                .map(|(id, tail)| async { (*id, tail.end.changed().await.is_err()) })
                .collect();
            tokio::select! {
                Some((id, is_over)) = ends.next() => is_over.then_some(id),
                () = of_catalogue => None,
            }
        };
        if let Some(tail) = over.and_then(|id| tails.get_mut(&id)) {
            tail.is_over = true;
        }
    }
}
