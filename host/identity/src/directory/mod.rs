//! Who there is: accounts, users, roles, access keys and secrets, kept as facts and held in memory.
//!
//! [`Directory`] is the interface for Rust callers; [`crate::ops`] puts operations on it. All facts lie in one
//! scope. What the door needs (keys) and what the decision needs (policies) changes with them, at once.

mod access;
mod accounts;
mod fact;
mod facts;
mod holder;
mod index;
mod keys;
mod members;
mod secrets;
mod simulate;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use domain::{AccountId, Millis};
use stdx::{Clock, Entropy};
use storage::Store;
use storage::ledger::Ledger;

use crate::error::{Error, Missing};
use crate::keys::KeyRing;
use crate::vault::Vault;
use index::Index;

pub use facts::{AccessKey, Account, Kind, Member, StoredSecret};
pub use keys::NewKey;
pub use members::NewMember;
pub use simulate::{Asked, Verdict};

pub use access::is_of;
pub(crate) use access::{context, is_root, refusal};
pub(crate) use facts::root_arn;
pub(crate) use members::{compact, missing_policy};

/// What a directory needs of its surroundings.
pub struct Surroundings {
    /// Where facts are kept.
    pub store: Arc<dyn Store>,
    /// The keys that the door knows; the directory adds those of its facts and takes them away.
    pub keys: Arc<KeyRing>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The account whose root may make other accounts and act in them.
    pub operator: AccountId,
}

/// All accounts and what is in them.
pub struct Directory {
    ledger: Ledger<Index>,
    vault: Arc<Vault>,
    around: Surroundings,
}

impl Directory {
    /// Loads all facts and tells the door of the keys. Secrets are opened with the host's key.
    ///
    /// # Errors
    /// If the store cannot be read, or what it says is damaged.
    pub async fn open(
        around: Surroundings,
        host_key: &[u8; 32],
    ) -> Result<Arc<Self>, storage::Error> {
        let vault = Arc::new(Vault::new(host_key));
        let index = Index::new(Arc::clone(&vault), Arc::clone(&around.keys), around.operator);
        let ledger = Ledger::load_into(index, Arc::clone(&around.store)).await?;
        let unreadable = ledger.look(Index::publish_all);
        if unreadable > 0 {
            tracing::warn!(
                keys = unreadable,
                "access keys were sealed with another host.key and are refused: restore that file, or make new keys"
            );
        }
        Ok(Arc::new(Self { ledger, vault, around }))
    }

    /// The account whose root may make other accounts and act in them.
    pub fn operator(&self) -> AccountId {
        self.around.operator
    }

    /// Finishes changes whose callers went away.
    ///
    /// # Errors
    /// If it is still not known whether they happened.
    pub async fn settle(&self) -> Result<(), storage::Error> {
        self.ledger.settle().await
    }

    /// Whether an account can have something made in it.
    fn check_open(&self, index: &Index, account: AccountId) -> Result<(), Error> {
        if account == self.around.operator || index.account(account).is_some() {
            return Ok(());
        }
        Err(Error::Missing(Missing::Account(account)))
    }

    fn now(&self) -> Millis {
        self.around.clock.now()
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").finish_non_exhaustive()
    }
}

/// A conflict of the store, which only another process at the same store can have brought about, as what its caller
/// would have been told a moment later.
fn conflict(error: Error, told: impl FnOnce() -> Error) -> Error {
    match error {
        Error::Store(error) if error.kind() == storage::Kind::Conflict => told(),
        other => other,
    }
}
