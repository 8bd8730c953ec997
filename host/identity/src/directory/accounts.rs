//! Accounts: made, closed and opened again by the operator. None is ever deleted, nor its id given twice.

use std::sync::Arc;

use domain::{AccountId, limits};
use stdx::Page;

use super::facts::{Account, Entry, Name};
use super::index::{Change, Index};
use super::{Directory, conflict};
use crate::error::{Error, Limit, Missing, Taken};
use crate::root::random_account;

impl Directory {
    /// Makes an account; without an id, a random one.
    ///
    /// # Errors
    /// If the id is taken, there are too many, or the store does not take it.
    pub async fn create_account(
        &self,
        name: &str,
        id: Option<AccountId>,
    ) -> Result<Arc<Account>, Error> {
        let id = id.unwrap_or_else(|| random_account(&*self.around.entropy));
        let (name, created, is_closed) = (name.to_owned(), Some(self.now()), false);
        let account = Arc::new(Account { id, name, created, is_closed });
        let taken = || Error::Taken(Taken::Account(id));
        let changed = self.ledger.change(|index| {
            // The account of --dev is the operator's as long as the server runs so, and must be nobody's otherwise.
            if id == self.around.operator || id == AccountId::DEV || index.account(id).is_some() {
                return Err(taken());
            }
            if index.accounts(None).count() >= limits::ACCOUNTS_MAX {
                return Err(Error::Limit(Limit::Accounts));
            }
            Ok(Change::add(Entry::Account(Arc::clone(&account))))
        });
        changed.await.map_err(|error| conflict(error, taken))?;
        Ok(account)
    }

    /// The account with this id.
    ///
    /// # Errors
    /// If there is none.
    pub fn account(&self, id: AccountId) -> Result<Account, Error> {
        if id == self.around.operator {
            return Ok(self.own_account());
        }
        let found = self.ledger.look(|index| index.account(id).cloned());
        found.ok_or(Error::Missing(Missing::Account(id)))
    }

    /// Up to `limit` accounts after this one, by id.
    pub fn accounts(&self, after: Option<AccountId>, limit: usize) -> Page<Account> {
        let own = Some(self.own_account()).filter(|own| after.is_none_or(|after| own.id > after));
        let mut found: Vec<Account> = self.ledger.look(|index: &Index| {
            // One more than asked for tells whether there are more; the operator's is put among them.
            let first = index.accounts(after).take(limit.saturating_add(1));
            first.map(|account| Account::clone(account)).collect()
        });
        found.extend(own);
        found.sort_by_key(|account| account.id);
        Page::first(limit, found)
    }

    /// Closes an account, whose keys are refused from now on, or opens it again. What it holds stays.
    ///
    /// # Errors
    /// If there is none, it is the operator's own, or the store does not take it.
    pub async fn set_closed(&self, id: AccountId, is_closed: bool) -> Result<(), Error> {
        if id == self.around.operator {
            return Err(Error::Invalid("The operator's own account cannot be closed."));
        }
        let change = self.ledger.change(|index| {
            let missing = || Error::Missing(Missing::Account(id));
            let stored = index.get(&Name::Account(id)).ok_or_else(missing)?;
            let account = index.account(id).ok_or_else(missing)?;
            let changed = Account { is_closed, ..account.clone() };
            Ok(Change::replace(stored, Entry::Account(Arc::new(changed))))
        });
        change.await
    }

    fn own_account(&self) -> Account {
        let (id, name) = (self.around.operator, "operator".to_owned());
        Account { id, name, created: None, is_closed: false }
    }
}
