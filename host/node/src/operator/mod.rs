//! What the operator of a server asks of it as a whole: an API of our own beside those of the services.
//!
//! It lives here and not on a lower floor, because it speaks of what only the program as a whole has: this
//! store, this data directory, this process. Only the account that the server's root key belongs to may use
//! it: a backup holds what all accounts have.

mod error;
mod ops;

use std::sync::Arc;

use domain::AccountId;
use stdx::{Clock, DataDir};
use storage_sqlite::{Reserve, Sqlite};
use wire::{Caller, Forms, Resource, Table};

use crate::backup::Spool;

pub(crate) use error::Error;
pub(crate) use ops::PART_BYTES_MAX;

/// What the operations work on.
pub(crate) struct Operator {
    /// Whose server it is.
    pub(crate) account: AccountId,
    pub(crate) spool: Spool,
    pub(crate) store: Arc<Sqlite>,
    pub(crate) data: DataDir,
    /// What is kept free on the disk.
    pub(crate) reserve: Reserve,
    pub(crate) clock: Arc<dyn Clock>,
    /// Runs what blocks.
    pub(crate) tasks: stdx::Tasks,
}

impl Operator {
    /// What the policy is asked about; whoever is of another account is refused before.
    fn resources(&self, caller: &Caller, action: &'static str) -> Result<Vec<Resource>, Error> {
        if caller.account != self.account {
            return Err(Error::NotOperator(caller.account));
        }
        Ok(vec![Resource::new(action, "*")])
    }
}

/// The API as the door sees it.
pub(crate) fn table(operator: Arc<Operator>) -> Table<Operator> {
    Table {
        signing_names: &["shardmill"],
        target_prefix: "Shardmill_20261101",
        forms: Forms::NONE,
        entries: ops::OPERATIONS,
        service: operator,
    }
}
