//! Threads that read: a few, each with a connection of its own. What they are asked runs to its end inside
//! one call, so no read transaction outlives it.
//!
//! They stand back: what is read here is old, readers of it come as fast as they are answered, and whoever puts a
//! record waits for the same processors.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use stdx::{DataDir, Tasks};
use storage::{Error, Kind, Result};
use tokio::sync::{mpsc, oneshot};

use crate::connection;
use crate::error::Stop;

/// How many read at a time.
const THREADS: usize = 2;
/// Questions that wait; whoever comes after waits outside, without a thread.
const WAITING: usize = 256;

type Question = Box<dyn FnOnce(&Connection) + Send>;

/// The way to the threads.
pub(crate) struct Workers {
    /// `None` once the store is closed: the threads end when the last question in hand is answered.
    questions: Mutex<Option<mpsc::Sender<Question>>>,
}

impl Workers {
    pub(crate) fn start(dir: &DataDir, tasks: &Tasks) -> Result<Self, Stop> {
        let (questions, asked) = mpsc::channel::<Question>(WAITING);
        let asked = Arc::new(Mutex::new(asked));
        for _ in 0..THREADS {
            let db = connection::reader(dir)?;
            let asked = Arc::clone(&asked);
            let work = move || {
                loop {
                    // The lock is held while waiting: one thread waits for the next question, the others
                    // for the lock.
                    let question = asked.lock().blocking_recv();
                    match question {
                        // A panic is a bug of one question; its asker sees that nobody answers.
                        Some(question) => {
                            let asked = AssertUnwindSafe(|| question(&db));
                            if catch_unwind(asked).is_err() {
                                tracing::error!("a read panicked");
                            }
                        }
                        None => return,
                    }
                }
            };
            tasks.background("store-reader", work).map_err(no_thread)?;
        }
        Ok(Self { questions: Mutex::new(Some(questions)) })
    }

    /// Takes no more questions.
    pub(crate) fn close(&self) {
        self.questions.lock().take();
    }

    /// Asks, and waits for the answer.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T> {
        let (to, answer) = oneshot::channel();
        let question: Question = Box::new(move |db| {
            // Whoever asked may have gone meanwhile.
            if !to.is_closed() {
                drop(to.send(question(db)));
            }
        });
        let closed = || Error::new(Kind::Closed, "store is closed");
        let questions = self.questions.lock().clone().ok_or_else(closed)?;
        questions.send(question).await.map_err(|_closed| closed())?;
        match answer.await {
            Ok(answer) => answer.map_err(Stop::into_error),
            Err(_gone) => Err(Error::new(Kind::Bug, "a read panicked")),
        }
    }
}

pub(crate) fn no_thread(error: std::io::Error) -> Stop {
    Stop::Refuse(Error::with_source(Kind::Unavailable, "no thread", error))
}
