//! Receiving: who waits is in line, the first in line looks, and records are given out only when a commit
//! says so.

use std::sync::Arc;
use std::time::Duration;

use domain::{Millis, SequenceNumber, limits};
use parking_lot::Mutex;
use tokio::time::{Instant, timeout_at};

use super::book::{Book, Place, Side, Taken};
use super::front::{Front, Item, items};
use super::live::Live;
use super::queue::Queue;
use super::receipt::Receipt;
use crate::error;
use crate::stream::Stream;
use crate::{Error, Result, Streams};

/// What a receive asks for.
#[derive(Clone, Copy, Debug)]
pub struct Receive {
    /// From the queue or from its dead letters.
    pub side: Side,
    /// Records at most; at least one.
    pub count: usize,
    /// How long to wait for the first.
    pub wait: Duration,
    /// How long they are hidden, if not for as long as the queue says.
    pub visibility_seconds: Option<u32>,
}

/// A record that was given out.
#[derive(Debug)]
pub struct Received {
    pub(crate) receipt: Receipt,
    item: Item,
    /// Its number in the stream.
    pub number: SequenceNumber,
    /// How often it was received, this time included.
    pub receives: u32,
    /// When it was received for the first time.
    pub first_received: Millis,
}

/// A record that was taken out of the line, and is not read yet if it was given out before.
struct Found {
    taken: Taken,
    item: Option<Item>,
}

impl Received {
    /// When it arrived in the stream.
    pub fn arrival(&self) -> Millis {
        self.item.arrival
    }

    /// Its partition key.
    pub fn key(&self) -> &[u8] {
        &self.item.key
    }

    /// What it holds.
    pub fn data(&self) -> &[u8] {
        &self.item.data
    }
}

impl Streams {
    /// Gives out records that are visible, or waits until some are.
    ///
    /// A call that is dropped loses nothing: what was given out to nobody shows again at its time-out.
    ///
    /// # Errors
    /// If the queue was deleted, too many records are in flight, or the store fails.
    pub async fn receive_records(&self, queue: &Queue, ask: Receive) -> Result<Vec<Received>> {
        let deadline = Instant::now() + ask.wait;
        let live = self.live_queue(queue).await?;
        loop {
            let found = timeout_at(deadline, self.find_records(queue, &live, ask)).await;
            let found = found.unwrap_or_else(|_elapsed| Ok(Vec::new()))?;
            let is_over = found.is_empty();
            let received = self.read_found(queue, &live, found).await?;
            if received.is_empty() && !is_over {
                // All that was in line is no longer in the stream.
                continue;
            }
            let undo: Vec<_> = received.iter().map(|(taken, _)| taken.undo).collect();
            if !undo.is_empty() {
                self.written(queue, &live, undo).await?;
            }
            live.counters.receive(received.len());
            let counters = &self.metrics.queues;
            match received.len() {
                0 => counters.empty_receives.inc(),
                count => counters.received.inc_by(count as u64),
            };
            return Ok(received.into_iter().map(|(_, received)| received).collect());
        }
    }

    /// Takes records out of the line, when it is this call's turn and there are some. From the moment at which they
    /// are taken it does not wait.
    async fn find_records(&self, queue: &Queue, live: &Live, ask: Receive) -> Result<Vec<Found>> {
        match ask.side {
            Side::Live => {
                let mut front = live.front.lock().await;
                self.find_in_line(queue, live, ask, Some(&mut front)).await
            }
            Side::Dead => {
                let _turn = live.dead_turn.lock().await;
                self.find_in_line(queue, live, ask, None).await
            }
        }
    }

    async fn find_in_line(
        &self,
        queue: &Queue,
        live: &Live,
        ask: Receive,
        mut front: Option<&mut Front>,
    ) -> Result<Vec<Found>> {
        let (mut stirs, mut stopping) = (live.stirs(), self.queues.stopping.subscribe());
        let book = self.book_of(live, queue).await?;
        loop {
            stirs.mark_unchanged();
            let current = self.queue_by_id(queue.id).filter(|_| !live.is_closed());
            let current = current.ok_or_else(|| missing(queue))?;
            let mut unread = Ok(());
            if let Some(front) = front.as_deref_mut() {
                front.renew(self, queue, book);
                if !front.has_stream() {
                    return Err(missing(queue));
                }
                front.give_up_sealed();
                unread = front.read(self, ask.count).await;
            }
            let found = self.take_records(&current, book, ask, front.as_deref_mut())?;
            if !found.is_empty() {
                return Ok(found);
            }
            unread?;
            if *stopping.borrow_and_update() {
                return Ok(Vec::new());
            }
            let due = book.lock().next_due();
            let is_due = self.due(due);
            match front.as_deref_mut() {
                Some(front) => tokio::select! {
                    () = front.changed() => {}
                    _ = stirs.changed() => {}
                    _ = stopping.changed() => {}
                    () = is_due => {}
                },
                None => tokio::select! {
                    _ = stirs.changed() => {}
                    _ = stopping.changed() => {}
                    () = is_due => {}
                },
            }
        }
    }

    async fn due(&self, at: Option<Duration>) {
        match at {
            Some(at) => tokio::time::sleep(at.saturating_sub(self.clock.monotonic())).await,
            None => std::future::pending().await,
        }
    }

    /// Half of what is asked for comes from those that were given out before, as long as there are others:
    /// neither keeps the other waiting.
    fn take_records(
        &self,
        queue: &Queue,
        book: &Mutex<Book>,
        ask: Receive,
        mut front: Option<&mut Front>,
    ) -> Result<Vec<Found>> {
        let seconds = ask.visibility_seconds.unwrap_or(queue.attributes.visibility_seconds);
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        let until = monotonic.saturating_add(Duration::from_secs(seconds.into()));
        let horizon = self.stream_by_id(queue.stream).map_or(Millis(0), |it| self.horizon(&it));
        let mut book = book.lock();
        book.advance(monotonic);
        if book.room() == 0 {
            return Err(Error::Queue(error::Queue::InFlight));
        }
        let first = match front.as_deref_mut().filter(|front| front.is_ahead()) {
            Some(front) => front.share(ask.count),
            None => ask.count,
        };
        let again = |taken: Taken| Found { taken, item: None };
        let mut found: Vec<Found> = Vec::new();
        found.extend(book.take(ask.side, first, until, now).into_iter().map(again));
        let mut bytes = limits::QUEUE_RECEIVE_BYTES_MAX;
        if let Some(front) = front {
            while found.len() < ask.count && book.room_for_new() > 0 {
                let most = if found.is_empty() { usize::MAX } else { bytes };
                let Some((place, item)) = front.pop(horizon, most) else { break };
                bytes = bytes.saturating_sub(item.bytes());
                let taken = book.take_new(place, until, now);
                found.push(Found { taken, item: Some(item) });
            }
        }
        let rest = ask.count - found.len();
        found.extend(book.take(ask.side, rest, until, now).into_iter().map(again));
        Ok(found)
    }

    /// Reads what was given out before. What is no longer in the stream is forgotten; what does not fit into
    /// one answer, or cannot be read, goes back into the line.
    async fn read_found(
        &self,
        queue: &Queue,
        live: &Live,
        found: Vec<Found>,
    ) -> Result<Vec<(Taken, Received)>> {
        let Some(stream) = self.stream_by_id(queue.stream) else {
            return Err(missing(queue));
        };
        let book = self.book_of(live, queue).await?;
        let mut received: Vec<(Taken, Received)> = Vec::new();
        let (mut bytes, mut failed) = (0, Ok(()));
        for Found { taken, item } in found {
            let read = match item {
                Some(item) => Ok(Some(item)),
                None => self.read_one(&stream, taken.place).await,
            };
            match read {
                Ok(Some(item)) => {
                    bytes += item.bytes();
                    if !received.is_empty() && bytes > limits::QUEUE_RECEIVE_BYTES_MAX {
                        book.lock().undo(taken.undo);
                        live.stir();
                    } else if let Some(shard) = stream.shard(taken.place.shard) {
                        let number = shard.facts.number(taken.place.position);
                        received.push((taken, self.given(queue, taken, item, number)));
                    }
                }
                Ok(None) => book.lock().drop_record(taken.place),
                Err(error) => {
                    book.lock().postpone(taken.undo);
                    failed = failed.and(Err(error));
                }
            }
        }
        if received.is_empty() { failed.map(|()| received) } else { Ok(received) }
    }

    fn given(&self, queue: &Queue, taken: Taken, item: Item, number: SequenceNumber) -> Received {
        let Taken { place, entry, .. } = taken;
        Received {
            receipt: Receipt { queue: queue.id, place, handout: entry.handout },
            item,
            number,
            receives: entry.receives,
            first_received: entry.first_received,
        }
    }

    /// The record at a place; none if it is no longer in the stream.
    async fn read_one(&self, stream: &Arc<Stream>, place: Place) -> Result<Option<Item>> {
        let Some(shard) = stream.shard(place.shard) else { return Ok(None) };
        let followed = match self.follow(stream, shard, place.position, 1).await {
            Ok(followed) => followed,
            // The shard was forgotten with all its records.
            Err(Error::NotFound(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let first = items(&followed.chunk).next();
        Ok(first.filter(|(position, _)| *position == place.position).map(|(_, item)| item))
    }
}

pub(super) fn missing(queue: &Queue) -> Error {
    Error::Queue(error::Queue::Missing(queue.arn().to_string()))
}
