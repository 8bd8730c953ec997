//! What is done about queues each minute: records that are no longer in their streams are forgotten, and what is
//! left of deleted queues goes.

use std::sync::Arc;

use domain::limits;

use super::book::Side;
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
        let queue = self.queue_by_id(live.id());
        let stream = queue.and_then(|queue| self.stream_by_id(queue.stream));
        let (Some(stream), Some(book)) = (stream, live.loaded()) else { return Ok(()) };
        // Whoever changed the queue may have gone away before the book was told.
        self.tell_dead_after(book, live.id());
        let shards = {
            let mut book = book.lock();
            book.advance(self.clock.monotonic());
            book.shards()
        };
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
    async fn unseen(
        &self,
        queue: &Queue,
        stream: &Stream,
        book: &parking_lot::Mutex<super::Book>,
    ) -> Result<u64> {
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
