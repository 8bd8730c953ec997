//! The service as other Rust code sees it. It speaks domain types; [`crate::ops`] puts AWS's words on it.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use domain::AccountId;
use metering::cloud::{Datum, Unit};
use parking_lot::Mutex;
use stdx::{Chain, Clock, Entropy};
use storage::Store;
use tokio::sync::{Mutex as Turns, Semaphore};
use wire::token::Sealer;

use crate::account::Account;
use crate::writer::Writing;
use crate::{Error, Minute, Name, Result, Rollup};

/// Questions that read the store at one moment, one of an account; others wait.
const READERS_MAX: usize = 2;

/// What the service needs of the program around it.
pub struct Surroundings {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Seals page tokens.
    pub sealer: Sealer,
}

/// All metrics of all accounts.
pub struct Monitoring {
    pub(crate) around: Surroundings,
    pub(crate) accounts: Mutex<HashMap<AccountId, Arc<Account>>>,
    /// Held by whoever loads an account.
    pub(crate) loading: Turns<()>,
    /// Held by whoever writes.
    pub(crate) writing: Turns<Writing>,
    pub(crate) readers: Semaphore,
}

/// Samples of one metric in one minute.
#[derive(Clone, Debug)]
pub struct NewDatum {
    /// What it is called.
    pub name: Name,
    /// What it is measured in.
    pub unit: Unit,
    /// When.
    pub minute: Minute,
    /// The samples.
    pub rollup: Rollup,
}

impl Monitoring {
    /// The service on a store that is open. Nothing is read before it is asked for.
    pub fn new(around: Surroundings) -> Self {
        Self {
            around,
            accounts: Mutex::default(),
            loading: Turns::default(),
            writing: Turns::default(),
            readers: Semaphore::new(READERS_MAX),
        }
    }

    /// Takes samples of an account, all or none. They are seen at once and stored by the next
    /// [`Monitoring::flush`].
    ///
    /// # Errors
    /// If the account would have too much, or cannot be loaded.
    pub async fn put(&self, account: AccountId, data: Vec<NewDatum>) -> Result<()> {
        let account = self.account(account).await?;
        let now = Minute::of(self.around.clock.now());
        account.state.lock().put(data, now)?;
        Ok(())
    }

    /// Takes what services measured in a minute. What an account has no room for is left out, which the log tells.
    pub async fn take(&self, minute: Minute, data: Vec<Datum>) {
        let mut accounts: HashMap<AccountId, Vec<NewDatum>> = HashMap::new();
        for datum in data {
            let account = datum.account;
            accounts.entry(account).or_default().push(measured(minute, datum));
        }
        for (account, data) in accounts {
            let metrics = data.len();
            if let Err(error) = self.put(account, data).await {
                let error = Chain(&error);
                tracing::warn!(%error, %account, metrics, "metrics of services are left out");
            }
        }
    }
}

fn measured(minute: Minute, datum: Datum) -> NewDatum {
    let Datum { region, namespace, name, dimensions, unit, statistics, .. } = datum;
    let owned = |(name, value): (&str, String)| (name.to_owned(), value);
    let mut dimensions: Vec<_> = dimensions.into_iter().map(owned).collect();
    dimensions.sort_unstable();
    let (namespace, name) = (namespace.to_owned(), name.to_owned());
    let name = Name { region, namespace, name, dimensions };
    NewDatum { name, unit, minute, rollup: Rollup::of_sums(statistics) }
}

/// A stored value that cannot be read.
pub(crate) fn damaged(account: AccountId, what: &str, why: &str) -> Error {
    Error::Damaged(format!("{what} of account {account}: {why}"))
}

impl fmt::Debug for Monitoring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitoring").finish_non_exhaustive()
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}
