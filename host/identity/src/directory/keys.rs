//! Access keys of users and of accounts' roots.

use std::sync::Arc;

use domain::{AccountId, PrincipalName, limits};
use stdx::Secret;

use super::facts::{AccessKey, Entry, Kind, Name};
use super::index::{Change, Index, Stored};
use super::{Directory, fact, members};
use crate::error::{Error, Limit, Missing};
use crate::root::{base32, draw_secret};

/// A key that was just made: the only time that its secret is told.
#[derive(Debug)]
pub struct NewKey {
    /// The key.
    pub key: Arc<AccessKey>,
    /// What it signs with.
    pub secret: Secret<String>,
}

impl Directory {
    /// Makes a key for a user, or for the account's root.
    ///
    /// # Errors
    /// If there is no such user or account, it has as many keys as it may, or the store does not take it.
    pub async fn create_key(
        &self,
        account: AccountId,
        user: Option<&PrincipalName>,
    ) -> Result<NewKey, Error> {
        let id = format!("SMAK{}", base32(self.around.entropy.bytes()));
        let secret = draw_secret(&*self.around.entropy);
        let place = fact::key(&Name::Key(account, id.clone()));
        let entropy = &*self.around.entropy;
        let sealed = self.vault.seal(entropy, &place, secret.expose().as_bytes());
        let (created, user, is_enabled) = (self.now(), user.cloned(), true);
        let key = Arc::new(AccessKey { account, id, user, is_enabled, created, sealed });
        let change = self.ledger.change(|index| {
            self.check_open(index, account)?;
            if let Some(user) = &key.user
                && index.member(Kind::User, account, user.as_str()).is_none()
            {
                return Err(members::missing(Kind::User, user.as_str()));
            }
            let others = index.keys(account).filter(|(other, _)| other.user == key.user);
            if others.count() >= limits::PRINCIPAL_KEYS_MAX {
                return Err(Error::Limit(Limit::Keys));
            }
            Ok(Change::add(Entry::Key(Arc::clone(&key))))
        });
        change.await?;
        Ok(NewKey { key, secret })
    }

    /// The keys of an account, of one user if so asked, by id.
    pub fn keys(&self, account: AccountId, user: Option<&str>) -> Vec<Arc<AccessKey>> {
        self.ledger.look(|index: &Index| {
            let keys = index.keys(account).map(|(key, _)| key);
            let is_of = |key: &&Arc<AccessKey>| {
                user.is_none_or(|user| key.user.as_ref().is_some_and(|it| it.as_str() == user))
            };
            keys.filter(is_of).cloned().collect()
        })
    }

    /// Whether the secret part of a key can be read here; if not, it is refused.
    pub fn is_readable(&self, key: &AccessKey) -> bool {
        self.ledger.look(|index| index.open_key(key).is_some())
    }

    /// The key with this id, in this account.
    pub fn key(&self, account: AccountId, id: &str) -> Option<Arc<AccessKey>> {
        let name = Name::Key(account, id.to_owned());
        self.ledger.look(|index: &Index| key_in(index.get(&name)?).cloned())
    }

    /// Lets a key work, or not, from the next request on.
    ///
    /// # Errors
    /// If there is none, or the store does not take it.
    pub async fn set_enabled(
        &self,
        account: AccountId,
        id: &str,
        is_enabled: bool,
    ) -> Result<(), Error> {
        let name = Name::Key(account, id.to_owned());
        let change = self.ledger.change(|index| {
            let stored = index.get(&name);
            let found = stored.and_then(|stored| Some((stored, key_in(stored)?)));
            let (stored, key) = found.ok_or_else(|| missing(id))?;
            let changed = AccessKey { is_enabled, ..AccessKey::clone(key) };
            Ok(Change::replace(stored, Entry::Key(Arc::new(changed))))
        });
        change.await
    }

    /// Deletes a key.
    ///
    /// # Errors
    /// If there is none, or the store does not take it.
    pub async fn delete_key(&self, account: AccountId, id: &str) -> Result<(), Error> {
        let name = Name::Key(account, id.to_owned());
        let change = self.ledger.change(|index| {
            let stored = index.get(&name).ok_or_else(|| missing(id))?;
            Ok(Change::remove(account, [stored]))
        });
        change.await
    }
}

fn key_in(stored: &Stored) -> Option<&Arc<AccessKey>> {
    match &stored.entry {
        Entry::Key(key) => Some(key),
        Entry::Account(_) | Entry::Member(_) | Entry::Secret(_) => None,
    }
}

pub(crate) fn missing(id: &str) -> Error {
    Error::Missing(Missing::Key(id.to_owned()))
}
