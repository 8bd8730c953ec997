//! The key service: keys that encrypt, which nobody sees, as operations of AWS's KMS and for Rust callers.
//!
//! [`Keys`] holds keys and aliases as facts. The material of a key is sealed with the server's master key, which lies
//! outside of what is backed up ([`master`]). Material is opened for one use and wiped; what was encrypted names the key
//! and the version of its material, so old versions go on opening what they sealed. Left to others: who may use a
//! key, and what is encrypted with it.

mod aliases;
mod blob;
mod crypt;
mod data_key;
mod error;
mod fact;
mod facts;
mod index;
mod lookup;
mod manage;
pub mod master;
pub mod ops;
mod policy;
mod rotate;

use std::fmt;
use std::sync::Arc;

use domain::Millis;
use stdx::{Clock, Entropy};
use storage::Store;
use storage::ledger::Ledger;

use crate::vault::Vault;
use index::Index;

pub use aliases::KINESIS;
pub use blob::Context;
pub use crypt::{Generated, Opened};
pub use data_key::DataKey;
pub use error::{Error, Limit};
pub use facts::{Alias, Key, Manager, Material, Rotation, State};
pub use manage::NewKey;
pub use ops::table;
pub use policy::KeyPolicy;

/// Says what the key that is derived of the master key is for.
const PURPOSE: &[u8] = b"shardmill material of keys, 1";

/// What the key service needs of its surroundings.
pub struct Surroundings {
    /// Where facts are kept.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// All keys of all accounts.
pub struct Keys {
    ledger: Ledger<Index>,
    vault: Vault,
    around: Surroundings,
}

impl Keys {
    /// Loads all facts. Material is sealed with the master key.
    ///
    /// # Errors
    /// If the store cannot be read, what it says is damaged, or there are keys that were sealed with another
    /// master key.
    pub async fn open(
        around: Surroundings,
        master_key: &[u8; 32],
    ) -> Result<Arc<Self>, master::OpenError> {
        let vault = Vault::derived(master_key, &[PURPOSE]);
        let ledger: Ledger<Index> = Ledger::load(Arc::clone(&around.store)).await?;
        let (keys, closed) = ledger.look(|index| {
            let closed = index.keys().filter(|key| !key.opens_with(&vault)).count();
            (index.keys().count(), closed)
        });
        if closed > 0 {
            return Err(master::OpenError::OtherMasterKey { keys, closed });
        }
        Ok(Arc::new(Self { ledger, vault, around }))
    }

    /// Finishes changes whose callers went away, destroys keys whose time has come and rotates those that are due.
    /// The program calls it each minute.
    ///
    /// # Errors
    /// The first of what the store did not take; the rest was tried.
    pub async fn sweep(&self) -> Result<(), Error> {
        let settled = self.ledger.settle().await.map_err(Error::from);
        let destroyed = self.destroy_due().await;
        let rotated = self.rotate_due().await;
        settled.and(destroyed).and(rotated)
    }

    /// How many keys there are, in all accounts.
    pub fn count(&self) -> usize {
        self.ledger.look(|index| index.keys().count())
    }

    fn now(&self) -> Millis {
        self.around.clock.now()
    }
}

/// Whether a store has keys, which need their master key.
///
/// # Errors
/// If the store cannot be read.
pub async fn has_keys(store: &dyn Store) -> Result<bool, storage::Error> {
    let scope = <Index as storage::ledger::Index>::SCOPE;
    Ok(!store.scan(&scope, fact::KEYS, None, 1).await?.is_empty())
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}
