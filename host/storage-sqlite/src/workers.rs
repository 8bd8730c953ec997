//! Threads that read: a few, each with a connection of its own. What they are asked runs to its end inside
//! one call, so no read transaction outlives it.
//!
//! They stand back: what is read here is old, readers of it come as fast as they are answered, and whoever puts a
//! record waits for the same processors. Tenants take turns: one that reads thousands of shards from their beginning
//! delays what another asks by a question or two.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rusqlite::Connection;
use stdx::{DataDir, Tasks};
use storage::{Error, Kind, Result};
use tokio::sync::oneshot;

use crate::connection;
use crate::error::Stop;
use crate::queue::{Closed, QUANTUM, Queue};

/// How many read at a time.
const THREADS: usize = 2;
/// Questions that wait, half of them at most of one tenant; whoever comes after waits outside, without a thread.
const WAITING: usize = 256;
/// What a question weighs in the queue: as much as a tenant may ask when it is its turn.
const WEIGHT: usize = QUANTUM;
/// Whoever asks for the system, and for whom it does not matter.
pub(crate) const SYSTEM: u64 = 0;

type Question = Box<dyn FnOnce(&Connection) + Send>;

/// The way to the threads, which end when it is closed or dropped and the last question in it is answered.
pub(crate) struct Workers {
    questions: Arc<Queue<Question>>,
}

impl Workers {
    pub(crate) fn start(dir: &DataDir, tasks: &Tasks) -> Result<Self, Stop> {
        // If this fails, those that were started end with it.
        let workers = Self { questions: Arc::new(Queue::new(WAITING * WEIGHT)) };
        for _ in 0..THREADS {
            let db = connection::reader(dir)?;
            let questions = Arc::clone(&workers.questions);
            tasks.background("store-reader", move || answer(&db, &questions)).map_err(no_thread)?;
        }
        Ok(workers)
    }

    /// Takes no more questions.
    pub(crate) fn close(&self) {
        self.questions.close();
    }

    /// Asks for a tenant, and waits for the answer.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        tenant: u64,
        question: impl FnOnce(&Connection) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T> {
        let (to, answer) = oneshot::channel();
        let question: Question = Box::new(move |db| {
            // Whoever asked may have gone meanwhile.
            if !to.is_closed() {
                drop(to.send(question(db)));
            }
        });
        let closed = |Closed| Error::new(Kind::Closed, "store is closed");
        self.questions.push(tenant, WEIGHT, question).await.map_err(closed)?;
        match answer.await {
            Ok(answer) => answer.map_err(Stop::into_error),
            Err(_gone) => Err(Error::new(Kind::Bug, "a read panicked")),
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.close();
    }
}

/// Answers one question after the other.
fn answer(db: &Connection, questions: &Queue<Question>) {
    while let Some(batch) = questions.take(WEIGHT, None) {
        let (asked, _room) = batch.split();
        for question in asked {
            // A panic is a bug of one question; its asker sees that nobody answers.
            if catch_unwind(AssertUnwindSafe(|| question(db))).is_err() {
                tracing::error!("a read panicked");
            }
        }
    }
}

pub(crate) fn no_thread(error: std::io::Error) -> Stop {
    Stop::Refuse(Error::with_source(Kind::Unavailable, "no thread", error))
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::mpsc;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[test]
    fn tenants_take_turns() {
        let questions = Queue::new(WAITING * WEIGHT);
        let (told, order) = mpsc::sync_channel(6);
        for tenant in [1, 1, 1, 2, 1, 3] {
            let told = told.clone();
            let question: Question = Box::new(move |_db| told.send(tenant).unwrap());
            let pushed = pin!(questions.push(tenant, WEIGHT, question));
            let pushed = pushed.poll(&mut Context::from_waker(Waker::noop()));
            assert_eq!(pushed, Poll::Ready(Ok(())));
        }
        questions.close();
        answer(&Connection::open_in_memory().unwrap(), &questions);
        assert_eq!(order.try_iter().collect::<Vec<_>>(), [1, 2, 3, 1, 1, 1]);
    }

    #[test]
    fn half_of_the_room_is_left_to_others() {
        let questions = Queue::new(WAITING * WEIGHT);
        let push = |tenant| {
            let question: Question = Box::new(|_db| ());
            let pushed = pin!(questions.push(tenant, WEIGHT, question));
            pushed.poll(&mut Context::from_waker(Waker::noop())).is_ready()
        };
        let taken = (0..WAITING).take_while(|_| push(1)).count();
        assert!((WAITING / 2 - 2..=WAITING / 2).contains(&taken), "{taken}");
        assert!(push(2));
    }
}
