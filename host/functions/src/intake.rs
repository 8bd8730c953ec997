//! Whose package is looked at next. Each may need some hundred MiB and minutes of a processor, so few are looked at at the
//! same time, and of an account one is looked at or stands in line: accounts take turns, however many packages one brings.
//! Its others wait behind that one, holding their part of the door's budget for bodies.

use std::sync::Arc;

use domain::AccountId;
use stdx::{Held, Visits};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// Packages that are looked at at the same time.
const ROOM: usize = 2;

/// Who looks at packages, or waits for that.
#[derive(Debug)]
pub(crate) struct Intake {
    room: Arc<Semaphore>,
    accounts: Arc<Visits<AccountId>>,
}

/// The right to have a package looked at, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _room: OwnedSemaphorePermit,
    _own: Held<AccountId>,
}

impl Intake {
    /// Waits for the turn of an account.
    ///
    /// # Errors
    /// If there are none any more.
    pub(crate) async fn turn(&self, account: AccountId) -> Result<Turn, AcquireError> {
        let own = self.accounts.enter(account).hold().await?;
        let room = Arc::clone(&self.room).acquire_owned().await?;
        Ok(Turn { _room: room, _own: own })
    }
}

impl Default for Intake {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(ROOM)), accounts: Visits::new(1) }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn accounts_take_turns() {
        let intake = Intake::default();
        let turn = |number| Box::pin(intake.turn(AccountId::from_number(number).unwrap()));
        let first = turn(1).now_or_never().unwrap().unwrap();
        let second = turn(2).now_or_never().unwrap().unwrap();
        // Two more of the first account, and then one of a third.
        let mut waiting = [turn(1), turn(1), turn(3)];
        for turn in &mut waiting {
            assert!(turn.now_or_never().is_none());
        }
        drop(second);
        let [mut again, mut last, third] = waiting;
        assert!((&mut again).now_or_never().is_none());
        let third = third.now_or_never().unwrap().unwrap();
        drop(first);
        let again = again.now_or_never().unwrap().unwrap();
        assert!((&mut last).now_or_never().is_none());
        drop((third, again));
        drop(last.now_or_never().unwrap().unwrap());
        assert_eq!(intake.accounts.present(), 0);
    }
}
