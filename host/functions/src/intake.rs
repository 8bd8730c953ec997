//! Whose package is looked at next: each may need some hundred MiB and minutes of a processor, so few are looked at
//! at the same time, and of an account one is looked at or waits. The next one of the account is refused: so those
//! who wait are as many as there are accounts that upload, and each has its turn after one of each other.

use std::collections::HashSet;
use std::sync::Arc;

use domain::AccountId;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Scarce;
use crate::{Error, Result};

/// Packages that are looked at at the same time.
const ROOM: usize = 2;

/// Who looks at packages, or waits for that.
#[derive(Debug)]
pub(crate) struct Intake {
    room: Arc<Semaphore>,
    accounts: Arc<Mutex<HashSet<AccountId>>>,
}

/// The right to have a package looked at, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _room: OwnedSemaphorePermit,
    _account: Entered,
}

/// An account that has a package here.
#[derive(Debug)]
struct Entered {
    accounts: Arc<Mutex<HashSet<AccountId>>>,
    account: AccountId,
}

impl Intake {
    /// Waits for the turn of an account.
    ///
    /// # Errors
    /// `Busy` if another package of the account is looked at, or waits for that.
    pub(crate) async fn turn(&self, account: AccountId) -> Result<Turn> {
        let entered = self.enter(account).ok_or(Error::Busy(Scarce::Uploads))?;
        let room = Arc::clone(&self.room).acquire_owned().await;
        let lost = |_closed| Error::NotRun("the package could not be looked at".to_owned());
        Ok(Turn { _room: room.map_err(lost)?, _account: entered })
    }

    fn enter(&self, account: AccountId) -> Option<Entered> {
        let is_first = self.accounts.lock().insert(account);
        is_first.then(|| Entered { accounts: Arc::clone(&self.accounts), account })
    }
}

impl Default for Intake {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(ROOM)), accounts: Arc::default() }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.accounts.lock().remove(&self.account);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    fn account(number: u64) -> AccountId {
        AccountId::from_number(number).unwrap()
    }

    #[tokio::test]
    async fn accounts_take_turns() {
        let intake = Intake::default();
        let first = intake.turn(account(1)).await.unwrap();
        let _second = intake.turn(account(2)).await.unwrap();
        let mut third = pin!(intake.turn(account(3)));
        assert!(poll_once(third.as_mut()).await.is_none());
        for busy in 1..=3 {
            let refused = intake.turn(account(busy)).await;
            assert!(matches!(refused, Err(Error::Busy(Scarce::Uploads))), "{busy}");
        }
        drop(first);
        let third = third.await.unwrap();
        // The first one may come again, behind those who wait.
        let mut again = Box::pin(intake.turn(account(1)));
        assert!(poll_once(again.as_mut()).await.is_none());
        drop(again);
        drop(third);
        assert!(intake.turn(account(1)).await.is_ok(), "who went away does not wait");
    }

    /// What a future has after it was polled once.
    async fn poll_once<F: Future>(mut future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            let polled = future.as_mut().poll(context);
            std::task::Poll::Ready(match polled {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
