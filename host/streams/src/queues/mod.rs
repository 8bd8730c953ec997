//! Queues: records of a stream, given out to whoever asks until somebody says that they are done with.
//!
//! Which queues there are is facts of one scope, held in memory; what a queue knows of its records is its [`book`],
//! whose facts lie in a scope of the queue's own. Records themselves stay in the stream and are read from there.

mod book;
mod counts;
mod fact;
mod front;
mod index;
mod live;
mod manage;
mod minute;
mod queue;
mod receipt;
mod receive;
mod settle;
mod sweep;
#[cfg(test)]
mod testing;

use std::collections::HashMap;
use std::sync::Arc;

use domain::{QueueId, StreamId};
use parking_lot::Mutex;
use stdx::Shutdown;
use storage::ledger::Ledger;
use storage::{Kind, Store};
use tokio::sync::watch;

use crate::{Result, Streams};
use book::{Book, Clocks, Undo};
use index::QueueIndex;
use live::Live;

pub use book::Side;
pub use counts::QueueCounts;
pub use queue::{NewQueue, Queue, QueueAttributes, QueueStart};
pub use receipt::Unsettled;
pub use receive::{Receive, Received};
pub use settle::Settled;

/// All queues of all accounts.
pub(crate) struct Queues {
    pub(crate) ledger: Ledger<QueueIndex>,
    /// Those that were used in this life of the process.
    live: Mutex<HashMap<QueueId, Arc<Live>>>,
    /// Streams that queues are being made on.
    pins: Mutex<HashMap<StreamId, usize>>,
    /// Raised when the program ends.
    stopping: watch::Sender<bool>,
}

impl Queues {
    /// Reads which queues there are.
    pub(crate) async fn load(store: Arc<dyn Store>) -> storage::Result<Self> {
        let ledger = Ledger::load(store).await?;
        let (live, pins) = (Mutex::default(), Mutex::default());
        Ok(Self { ledger, live, pins, stopping: watch::Sender::new(false) })
    }

    /// The queue at work, if it was not deleted.
    fn live(&self, queue: &Queue) -> Option<Arc<Live>> {
        let mut live = self.live.lock();
        // Under the lock: a queue that is removed afterwards is found here by whoever removes it.
        self.ledger.look(|index| index.by_id(queue.id))?;
        Some(Arc::clone(live.entry(queue.id).or_insert_with(|| Arc::new(Live::new(queue)))))
    }

    /// Ends what a deleted queue has at work.
    async fn close(&self, id: QueueId) {
        let live = self.live.lock().remove(&id);
        if let Some(live) = live {
            live.close().await;
        }
    }
}

impl Streams {
    /// Lets nobody wait for records any longer once the program ends.
    pub(crate) async fn end_waiting(self: Arc<Self>, mut shutdown: Shutdown) {
        shutdown.raised().await;
        self.queues.stopping.send_replace(true);
    }

    /// How many queues a stream has; one that is being made counts. A stream with queues is not deleted, and
    /// stays in on-demand mode.
    pub fn queues_of(&self, stream: StreamId) -> usize {
        let pinned = self.queues.pins.lock().get(&stream).copied().unwrap_or_default();
        pinned + self.queues.ledger.look(|index| index.count(stream))
    }

    /// The queue with this number, if it still exists.
    pub fn queue_by_id(&self, id: QueueId) -> Option<Arc<Queue>> {
        self.queues.ledger.look(|index| index.by_id(id))
    }

    /// All queues of all accounts.
    pub fn queues(&self) -> Vec<Arc<Queue>> {
        self.queues.ledger.look(QueueIndex::all)
    }

    async fn live_queue(&self, queue: &Queue) -> Result<Arc<Live>> {
        let live = self.queues.live(queue).ok_or_else(|| receive::missing(queue))?;
        self.book_of(&live, queue).await?;
        Ok(live)
    }

    async fn book_of<'l>(&self, live: &'l Live, queue: &Queue) -> Result<&'l Mutex<Book>> {
        if let Some(book) = live.loaded() {
            return Ok(book);
        }
        let book = live.book(&*self.store, queue, || self.clocks()).await?;
        // Whoever changed the queue while the book was being read found none to tell.
        self.tell_dead_after(book, queue.id);
        Ok(book)
    }

    /// Tells a book after how many receives a record is dead. The queue is looked up while the book is locked: of
    /// several changes at once, whoever tells last tells the newest.
    fn tell_dead_after(&self, book: &Mutex<Book>, id: QueueId) {
        let mut book = book.lock();
        let Some(queue) = self.queue_by_id(id) else { return };
        if book.dead_after() != queue.attributes.dead_after {
            book.set_dead_after(queue.attributes.dead_after);
        }
    }

    fn clocks(&self) -> Clocks {
        Clocks { wall: self.clock.now(), monotonic: self.clock.monotonic() }
    }

    /// Waits until the changes of a book are durable, or takes back those that are not.
    async fn written(&self, queue: &Queue, live: &Live, undo: Vec<Undo>) -> Result<()> {
        let Err(error) = live.flush(&*self.store, || self.clocks()).await else {
            self.count_buried(live);
            return Ok(());
        };
        if let Some(book) = live.loaded() {
            let mut book = book.lock();
            // The newest first: a call may have changed a record twice.
            undo.into_iter().rev().for_each(|undo| book.undo(undo));
        }
        live.stir();
        match error.kind() == Kind::NotFound {
            true => Err(receive::missing(queue)),
            false => Err(error.into()),
        }
    }

    fn count_buried(&self, live: &Live) {
        let Some(book) = live.loaded() else { return };
        let buried = live.counters.bury(book.lock().buried());
        self.metrics.queues.dead_letters.inc_by(buried);
    }
}
