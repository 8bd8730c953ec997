//! A queue at work: its book in memory, and the one commit at a time that keeps the store up with it.
//!
//! The book changes first. Whoever changed it waits until a commit has written the change before it answers; what
//! changes while a commit is under way shares the next one. A commit whose caller went away is kept and sent again
//! under the same id before the next. A change that could not be written is taken back by whoever made it.

use std::sync::atomic::{AtomicBool, Ordering};

use domain::{AccountId, QueueId, limits};
use parking_lot::Mutex;
use storage::{Commit, Error, Kind, Outcome, Producer, Result, Scope, Sending, Store};
use tokio::sync::{Mutex as Turn, OnceCell, watch};

use super::book::{Book, Bounds, Clocks, Dirty, WRITES_MAX, decode_chunk, decode_cursor};
use super::counts::Counters;
use super::front::Front;
use super::queue::Queue;

/// Facts read or erased at once.
const SCAN_FACTS: usize = 256;

/// A queue at work.
pub(crate) struct Live {
    id: QueueId,
    account: AccountId,
    /// Read from the store when it is first asked for.
    book: OnceCell<Mutex<Book>>,
    writing: Turn<Writing>,
    /// The one who waits for records, before all others who do.
    pub(super) front: Turn<Front>,
    /// The same, for dead letters.
    pub(super) dead_turn: Turn<()>,
    /// Changes when a record may be visible that was not, or the queue is gone.
    stirred: watch::Sender<()>,
    closed: AtomicBool,
    pub(super) counters: Counters,
}

struct Writing {
    producer: Producer,
    /// The version of the book that the store has.
    durable: u64,
    pending: Option<Pending>,
}

/// A commit that is under way, or of which nobody knows how it ended.
struct Pending {
    /// Nothing if there is nothing to write.
    sending: Option<Sending>,
    dirty: Dirty,
    /// What the store will have; nothing if more is to be written.
    reaches: Option<u64>,
}

/// Where the facts of a queue's records lie.
const fn scope(id: QueueId) -> Scope {
    Scope("queue", id.0)
}

impl Live {
    pub(super) fn new(queue: &Queue) -> Self {
        Self {
            id: queue.id,
            account: queue.account,
            book: OnceCell::new(),
            writing: Turn::new(Writing {
                producer: Producer::new(queue.id.0),
                durable: 0,
                pending: None,
            }),
            front: Turn::default(),
            dead_turn: Turn::default(),
            stirred: watch::Sender::new(()),
            closed: AtomicBool::new(false),
            counters: Counters::default(),
        }
    }

    pub(super) fn id(&self) -> QueueId {
        self.id
    }

    /// What the queue knows; read from the store the first time.
    pub(super) async fn book(
        &self,
        store: &dyn Store,
        queue: &Queue,
        clocks: impl Fn() -> Clocks + Send,
    ) -> Result<&Mutex<Book>> {
        let load = || async { Ok(Mutex::new(load(store, queue, clocks).await?)) };
        self.book.get_or_try_init(load).await
    }

    /// The same, if it was read.
    pub(super) fn loaded(&self) -> Option<&Mutex<Book>> {
        self.book.get()
    }

    /// Changes when whoever waits for records should look again.
    pub(super) fn stirs(&self) -> watch::Receiver<()> {
        self.stirred.subscribe()
    }

    pub(super) fn stir(&self) {
        self.stirred.send_replace(());
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// The queue was deleted: nothing more is written. Waits for the commit that is under way.
    pub(super) async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.stir();
        drop(self.writing.lock().await);
    }

    /// Makes durable what the book says at this moment.
    pub(super) async fn flush(&self, store: &dyn Store, clocks: impl Fn() -> Clocks) -> Result<()> {
        let Some(book) = self.loaded() else { return Ok(()) };
        let wanted = book.lock().version();
        let mut writing = self.writing.lock().await;
        if writing.durable < wanted {
            // What somebody else left; that it failed is not the present caller's business.
            if let Err(error) = self.send(&mut writing, store, book).await
                && writing.pending.is_some()
            {
                return Err(error);
            }
        }
        while writing.durable < wanted {
            if self.is_closed() {
                return Err(Error::new(Kind::NotFound, "queue was deleted"));
            }
            self.prepare(&mut writing, store, book, clocks());
            self.send(&mut writing, store, book).await?;
        }
        Ok(())
    }

    fn prepare(
        &self,
        writing: &mut Writing,
        store: &dyn Store,
        book: &Mutex<Book>,
        clocks: Clocks,
    ) {
        let mut commit = Commit::new(self.account.number(), scope(self.id));
        commit.id = Some(writing.producer.next(store.term()));
        let mut book = book.lock();
        let (dirty, is_all) = book.take_dirty(WRITES_MAX);
        commit.facts = book.encode(&dirty, clocks);
        let reaches = is_all.then(|| book.version());
        let sending = (!commit.facts.is_empty()).then(|| Sending::new(commit));
        writing.pending = Some(Pending { sending, dirty, reaches });
    }

    async fn send(
        &self,
        writing: &mut Writing,
        store: &dyn Store,
        book: &Mutex<Book>,
    ) -> Result<()> {
        let Some(pending) = &mut writing.pending else { return Ok(()) };
        let sent = match &mut pending.sending {
            None => Ok(()),
            Some(sending) => match sending.send(store).await {
                Outcome::Happened(_) => Ok(()),
                Outcome::Void(error) => Err(error),
                Outcome::Unknown(error) => return Err(error),
            },
        };
        if let Some(pending) = writing.pending.take() {
            match (&sent, pending.reaches) {
                (Ok(()), Some(version)) => writing.durable = version,
                (Ok(()), None) => {}
                (Err(_), _) => book.lock().mark_dirty(pending.dirty),
            }
        }
        sent
    }
}

async fn load(
    store: &dyn Store,
    queue: &Queue,
    clocks: impl Fn() -> Clocks + Send,
) -> Result<Book> {
    let bounds =
        Bounds { in_flight: limits::QUEUE_IN_FLIGHT_MAX, dead: limits::QUEUE_DEAD_LETTERS_MAX };
    let mut book = Book::new(bounds, queue.attributes.dead_after);
    let scope = scope(queue.id);
    let mut after = None;
    loop {
        let facts = store.scan(&scope, b"", after.as_deref(), SCAN_FACTS).await?;
        let Some(last) = facts.last() else { return Ok(book) };
        after = Some(last.key.clone());
        for fact in &facts {
            // In the order of keys, cursors come first.
            let taken = take(&mut book, &fact.key, &fact.value, clocks());
            taken.map_err(|what| {
                Error::new(
                    Kind::Damaged,
                    format!("facts of queue {} are damaged: {what}", queue.name),
                )
            })?;
        }
    }
}

fn take(book: &mut Book, key: &[u8], value: &[u8], clocks: Clocks) -> Result<(), String> {
    if let Some((shard, position)) = decode_cursor(key, value)? {
        book.load_cursor(shard, position);
        return Ok(());
    }
    decode_chunk(key, value)?.into_iter().try_for_each(|record| book.load(record, clocks))
}

/// Erases what the store has of the records of a queue that is gone.
pub(super) async fn erase_all(store: &dyn Store, id: QueueId, account: AccountId) -> Result<()> {
    let scope = scope(id);
    loop {
        let facts = store.scan(&scope, b"", None, SCAN_FACTS).await?;
        if facts.is_empty() {
            return Ok(());
        }
        let mut commit = Commit::new(account.number(), scope.clone());
        let erase =
            |fact: storage::Fact| storage::ledger::erase(fact.key, storage::Expect::Anything);
        commit.facts = facts.into_iter().map(erase).collect();
        store.commit(commit).await?;
    }
}
