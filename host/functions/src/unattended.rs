//! Calls whose callers may go away before they are answered: such a call runs to its end all the same, as on AWS, so
//! that what it did is counted, logged and paid for like that of any other.
//!
//! What a caller sent is held by the door only as long as the request is. Of calls that are left alone it counts here:
//! an account that has too much of it has its next calls refused until some have ended. So an account holds at most
//! this much, and what its requests in hand may have.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::AccountId;
use parking_lot::Mutex;
use stdx::Shutdown;
use tokio::sync::oneshot;

use crate::error::Scarce;
use crate::function::Function;
use crate::logs::Line;
use crate::once::Given;
use crate::run::{Asked, Source};
use crate::{Error, Functions, Result};

/// Bytes of what callers that have gone sent to the functions of an account.
const BYTES_MAX: usize = 64 * 1024 * 1024;
/// What a call takes besides.
const CALL_BYTES: usize = 4096;
/// How long a call that nobody waits for holds up the end of the program.
const LEAVE_AFTER: Duration = Duration::from_secs(5);

/// Bytes of calls that were left alone, by account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unattended(Arc<Mutex<HashMap<AccountId, usize>>>);

/// One such call, as long as it runs.
#[derive(Debug)]
struct Left {
    all: Unattended,
    account: AccountId,
    bytes: usize,
}

impl Unattended {
    fn is_full(&self, account: AccountId) -> bool {
        self.0.lock().get(&account).is_some_and(|bytes| *bytes >= BYTES_MAX)
    }

    fn enter(&self, account: AccountId, bytes: usize) -> Left {
        let bytes = bytes + CALL_BYTES;
        *self.0.lock().entry(account).or_default() += bytes;
        Left { all: self.clone(), account, bytes }
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        let mut all = self.all.0.lock();
        if let Some(bytes) = all.get_mut(&self.account) {
            *bytes -= self.bytes;
            if *bytes == 0 {
                all.remove(&self.account);
            }
        }
    }
}

impl Functions {
    /// Runs a function on a payload for a caller: in a task of its own, which goes on when this is dropped.
    ///
    /// # Errors
    /// As [`Functions::call_once`]; `Busy` as well if too much runs for callers that have gone.
    pub(crate) async fn call_to_its_end(
        self: &Arc<Self>,
        function: &Arc<Function>,
        payload: Bytes,
        request_id: &str,
    ) -> Result<(Given, Vec<Line>)> {
        let account = function.facts.account;
        if self.unattended.is_full(account) {
            self.throttled(function);
            return Err(Error::Busy(Scarce::Account));
        }
        let (answer, answered) = oneshot::channel();
        let (functions, function) = (Arc::clone(self), Arc::clone(function));
        let (request_id, mut shutdown) = (request_id.to_owned(), self.around.tasks.shutdown());
        self.around.tasks.spawn("invoke", async move {
            let bytes = payload.len();
            let asked = Asked { request_id: &request_id, source: Source::Invoke };
            let call = functions.call_once(&function, payload, asked);
            attended(call, answer, async {
                let _left = functions.unattended.enter(account, bytes);
                left(&mut shutdown).await;
            })
            .await;
        });
        let lost = |_lost| Error::NotRun("the function's host failed".to_owned());
        answered.await.map_err(lost)?
    }
}

/// Sees a call to its end, or to that of `alone`, which begins when nobody waits for the call any more.
async fn attended<T>(
    call: impl Future<Output = T>,
    mut answer: oneshot::Sender<T>,
    alone: impl Future<Output = ()>,
) {
    let until = async {
        answer.closed().await;
        alone.await;
    };
    let ended = tokio::select! {
        biased;
        ended = call => ended,
        () = until => return,
    };
    // Whoever called may have gone.
    let _ = answer.send(ended);
}

async fn left(shutdown: &mut Shutdown) {
    shutdown.raised().await;
    tokio::time::sleep(LEAVE_AFTER).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_so_much_without_callers() {
        let unattended = Unattended::default();
        let (one, other) = (AccountId::DEV, AccountId::from_number(7).unwrap());
        let first = unattended.enter(one, BYTES_MAX - CALL_BYTES - 1);
        assert!(!unattended.is_full(one));
        let second = unattended.enter(one, 0);
        assert!(unattended.is_full(one) && !unattended.is_full(other));
        drop(first);
        assert!(!unattended.is_full(one));
        drop(second);
        assert!(unattended.0.lock().is_empty());
    }
}
