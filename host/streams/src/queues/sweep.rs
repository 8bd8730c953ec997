//! What is done about queues each minute: records that are no longer in their streams are forgotten, and what is
//! left of deleted queues goes.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::{ShardId, limits};
use parking_lot::Mutex;

use super::book::{Book, Side};
use super::counts::QueueCounts;
use super::index::QueueChange;
use super::live::{Live, erase_all};
use super::queue::Queue;
use crate::stream::Stream;
use crate::{Result, Streams};

impl Streams {
    /// Forgets what is gone, for every queue that was used, and writes what no caller waits for. What fails for one
    /// queue stops no other.
    pub(crate) async fn sweep_queues(&self) -> Result<()> {
        let mut first = self.queues.ledger.settle().await.map_err(Into::into);
        for (id, account) in self.queues.ledger.look(super::index::QueueIndex::deleted) {
            self.queues.close(id).await;
            let erased = match erase_all(&*self.store, id, account).await {
                Ok(()) => self.queues.ledger.change(|_| Ok(QueueChange::Forget(id))).await,
                Err(error) => Err(error.into()),
            };
            first = first.and(erased);
        }
        let live: Vec<Arc<Live>> = self.queues.live.lock().values().cloned().collect();
        for live in live {
            let swept = self.sweep_queue(&live).await;
            if let Err(error) = &swept {
                let error = stdx::Chain(error);
                tracing::error!(queue = live.id().0, %error, "queue cannot be swept");
            }
            first = first.and(swept);
        }
        first
    }

    async fn sweep_queue(&self, live: &Live) -> Result<()> {
        let Some(book) = live.loaded() else { return Ok(()) };
        // Whoever changed the queue may have gone away before the book was told.
        self.tell_dead_after(book, live.id());
        book.lock().advance(self.clock.monotonic());
        let (shards, stream) = known(book, || {
            let queue = self.queue_by_id(live.id())?;
            self.stream_by_id(queue.stream)
        });
        let Some(stream) = stream else { return Ok(()) };
        for id in shards {
            let Some(shard) = stream.shard(id) else {
                book.lock().forget(id);
                continue;
            };
            if book.lock().keeps(id) {
                let oldest = self.oldest(&stream, shard).await?;
                if book.lock().expire(id, oldest) > 0 {
                    // Whoever waits may wait for room.
                    live.stir();
                }
            }
        }
        self.count_buried(live);
        Ok(live.flush(&*self.store, || self.clocks()).await?)
    }

    /// What is counted of a queue, as of now.
    ///
    /// # Errors
    /// If the queue or its stream was deleted, or the store cannot be read.
    pub async fn queue_counts(&self, queue: &Queue) -> Result<QueueCounts> {
        let live = self.live_queue(queue).await?;
        let book = self.book_of(&live, queue).await?;
        let Some(stream) = self.stream_by_id(queue.stream) else {
            return Err(super::receive::missing(queue));
        };
        let unseen = self.unseen(queue, &stream, book).await?;
        let mut book = book.lock();
        book.advance(self.clock.monotonic());
        let visible = unseen + book.visible(Side::Live) as u64;
        Ok(QueueCounts {
            visible: visible.min(limits::QUEUE_TOLD_VISIBLE_MAX),
            visible_dead: book.visible(Side::Dead) as u64,
            in_flight: book.in_flight() as u64,
            ..live.counters.counted()
        })
    }

    /// Records that were never given out.
    async fn unseen(&self, queue: &Queue, stream: &Stream, book: &Mutex<Book>) -> Result<u64> {
        let mut unseen = 0;
        for shard in &stream.shards {
            let id = shard.facts.id;
            let cursor = book.lock().cursor(id).unwrap_or_else(|| queue.start_of(id));
            let end = self.watch(stream, shard)?.borrow().offset;
            if end > cursor.offset {
                let oldest = self.oldest(stream, shard).await?;
                unseen += end.saturating_sub(cursor.offset.max(oldest.offset));
            }
        }
        Ok(unseen)
    }
}

/// The shards that a book knows, and then their stream. The other way round a shard that is made and received from in
/// between would be one that the stream no longer has.
fn known<S>(book: &Mutex<Book>, stream: impl FnOnce() -> S) -> (BTreeSet<ShardId>, S) {
    let shards = book.lock().shards();
    (shards, stream())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::Millis;
    use storage::Position;

    use super::*;
    use crate::queues::book::{Bounds, Place};

    #[test]
    fn a_shard_that_is_made_during_the_look_is_not_taken_for_one_that_is_gone() {
        let book = Mutex::new(Book::new(Bounds { in_flight: 9, dead: 9 }, None));
        let receive = |shard| {
            let place = Place { shard: ShardId(shard), position: Position::START };
            book.lock().take_new(place, Duration::from_secs(30), Millis(1));
        };
        receive(0);
        let (known, stream) = known(&book, || {
            let stream = BTreeSet::from([ShardId(0)]);
            receive(1);
            stream
        });
        assert_eq!(known.difference(&stream).next(), None);
        assert_eq!(book.lock().shards().len(), 2);
    }
}
