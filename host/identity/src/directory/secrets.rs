//! Secrets: values under names, for guests. No operation ever tells one.

use std::sync::Arc;

use domain::{AccountId, Region, SecretName, limits};
use stdx::{Page, Secret};

use super::facts::{Entry, Name, StoredSecret};
use super::index::{Change, Index, Stored};
use super::{Directory, fact};
use crate::error::{Error, Limit, Missing};

impl Directory {
    /// Gives a secret a value, and makes it if it is not there.
    ///
    /// # Errors
    /// If there is no such account, it has as many secrets as it may, or the store does not take it.
    pub async fn put_secret(
        &self,
        (account, region, name): (AccountId, &Region, &SecretName),
        value: &Secret<String>,
    ) -> Result<Arc<StoredSecret>, Error> {
        let key = Name::Secret(account, region.to_string(), name.to_string());
        let entropy = &*self.around.entropy;
        let sealed = self.vault.seal(entropy, &fact::key(&key), value.expose().as_bytes());
        let now = self.now();
        let change = self.ledger.change(|index| {
            self.check_open(index, account)?;
            let stored = index.get(&key);
            let old = stored.and_then(secret_in);
            if old.is_none()
                && index.secrets(account, ("", "")).count() >= limits::ACCOUNT_SECRETS_MAX
            {
                return Err(Error::Limit(Limit::Secrets));
            }
            let entry = Entry::Secret(Arc::new(StoredSecret {
                account,
                region: region.clone(),
                name: name.clone(),
                version: old.map_or(0, |old| old.version) + 1,
                created: old.map_or(now, |old| old.created),
                changed: now,
                sealed,
            }));
            Ok(stored.map_or_else(
                || Change::add(entry.clone()),
                |stored| Change::replace(stored, entry.clone()),
            ))
        });
        change.await?;
        let put = self.ledger.look(|index: &Index| secret_in(index.get(&key)?).cloned());
        put.ok_or_else(|| missing(name.as_str()))
    }

    /// Up to `limit` secrets of an account in a region whose names are greater than `after`, by name.
    pub fn secrets(
        &self,
        account: AccountId,
        region: &Region,
        after: &str,
        limit: usize,
    ) -> Page<Arc<StoredSecret>> {
        self.ledger.look(|index: &Index| {
            let found = index.secrets(account, (region.as_str(), after));
            let found = found.take_while(|secret| secret.region == *region);
            Page::first(limit, found.cloned())
        })
    }

    /// Deletes a secret.
    ///
    /// # Errors
    /// If there is none, or the store does not take it.
    pub async fn delete_secret(
        &self,
        account: AccountId,
        region: &Region,
        name: &str,
    ) -> Result<(), Error> {
        let key = Name::Secret(account, region.to_string(), name.to_owned());
        let change = self.ledger.change(|index| {
            let stored = index.get(&key).ok_or_else(|| missing(name))?;
            Ok(Change::remove(account, [stored]))
        });
        change.await
    }

    /// The ARN of a secret, whose name may be anything. There is no random ending as on AWS.
    pub fn secret_arn(account: AccountId, region: &str, name: &str) -> String {
        format!("arn:aws:secretsmanager:{region}:{account}:secret:{name}")
    }

    /// The value of a secret, for code that runs in the account.
    ///
    /// # Errors
    /// If there is none, or it was sealed with another host key.
    pub fn secret(
        &self,
        account: AccountId,
        region: &Region,
        name: &SecretName,
    ) -> Result<Secret<String>, Error> {
        let key = Name::Secret(account, region.to_string(), name.to_string());
        let found = self.ledger.look(|index: &Index| secret_in(index.get(&key)?).cloned());
        let found = found.ok_or_else(|| missing(name.as_str()))?;
        let plain = self.vault.open(&fact::key(&key), &found.sealed).ok_or(Error::Sealed)?;
        let text = std::str::from_utf8(&plain).map_err(|_never_sealed| Error::Sealed)?;
        Ok(Secret::new(text.to_owned()))
    }
}

fn secret_in(stored: &Stored) -> Option<&Arc<StoredSecret>> {
    match &stored.entry {
        Entry::Secret(secret) => Some(secret),
        Entry::Account(_) | Entry::Member(_) | Entry::Key(_) => None,
    }
}

fn missing(name: &str) -> Error {
    Error::Missing(Missing::Secret(name.to_owned()))
}
