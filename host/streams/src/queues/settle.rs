//! What is done with records that were received: acknowledged, hidden for longer or shorter, restored.

use std::time::Duration;

use super::book::{Book, Side, Stale, Undo};
use super::live::Live;
use super::queue::Queue;
use super::receipt::{Receipt, Unsettled};
use crate::{Result, Streams};

/// What became of each receipt of a call.
pub type Settled = Vec<Result<(), Unsettled>>;

impl Streams {
    /// Records are done with: the queue does not give them out again.
    ///
    /// # Errors
    /// If the queue was deleted or the store fails; then none of them is done with.
    pub async fn acknowledge_records(
        &self,
        queue: &Queue,
        side: Side,
        receipts: &[&str],
    ) -> Result<Settled> {
        let settled = self.settle_receipts(queue, receipts.iter().copied(), |book, _, receipt| {
            book.acknowledge(side, receipt.place, receipt.handout)
        });
        let (live, settled) = settled.await?;
        let count = settled.iter().filter(|it| it.is_ok()).count();
        live.counters.acknowledge(count);
        self.metrics.queues.acknowledged.inc_by(count as u64);
        Ok(settled)
    }

    /// Records stay hidden for so many seconds from now on; with 0 seconds they are visible at once.
    ///
    /// # Errors
    /// As [`Streams::acknowledge_records`].
    pub async fn change_visibility(
        &self,
        queue: &Queue,
        side: Side,
        receipts: &[(&str, u32)],
    ) -> Result<Settled> {
        let now = self.clock.monotonic();
        let texts = receipts.iter().map(|(text, _)| *text);
        let settled = self.settle_receipts(queue, texts, |book, at, receipt| {
            let seconds = receipts[at].1;
            let until = now.saturating_add(Duration::from_secs(seconds.into()));
            book.hide(side, receipt.place, receipt.handout, (seconds > 0).then_some(until))
        });
        let (live, settled) = settled.await?;
        live.stir();
        Ok(settled)
    }

    /// Dead letters are records of the queue again, as if they had never been received.
    ///
    /// # Errors
    /// As [`Streams::acknowledge_records`].
    pub async fn restore_records(&self, queue: &Queue, receipts: &[&str]) -> Result<Settled> {
        let settled = self.settle_receipts(queue, receipts.iter().copied(), |book, _, receipt| {
            book.restore(receipt.place, receipt.handout)
        });
        let (live, settled) = settled.await?;
        live.stir();
        Ok(settled)
    }

    async fn settle_receipts<'r>(
        &self,
        queue: &Queue,
        receipts: impl Iterator<Item = &'r str>,
        act: impl Fn(&mut Book, usize, Receipt) -> Result<Undo, Stale>,
    ) -> Result<(std::sync::Arc<Live>, Settled)> {
        let opened: Vec<_> = receipts.map(|text| self.open_receipt(queue.id, text)).collect();
        let live = self.live_queue(queue).await?;
        let book = self.book_of(&live, queue).await?;
        let (mut undo, mut settled) = (Vec::new(), Vec::new());
        {
            let mut book = book.lock();
            // Whoever waits may wait for room, too.
            if book.advance(self.clock.monotonic()) || book.room_for_new() == 0 {
                live.stir();
            }
            for (at, receipt) in opened.into_iter().enumerate() {
                let acted = receipt.and_then(|it| act(&mut book, at, it).map_err(Unsettled::from));
                settled.push(acted.map(|done| undo.push(done)));
            }
        }
        if !undo.is_empty() {
            self.written(queue, &live, undo).await?;
        }
        Ok((live, settled))
    }
}
