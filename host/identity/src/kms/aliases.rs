//! Aliases: other names for keys, which can be pointed elsewhere. One is made by itself.

use std::sync::Arc;

use domain::{AccountId, Region, limits};

use super::error::{Error, Limit};
use super::facts::{Alias, Key, Manager, alias_arn};
use super::index::{Change, Entry, Index};
use super::lookup::{ALIAS, find};
use super::manage::check_room;
use super::{Keys, NewKey};

/// The alias of the key that data streams use if their owner has no key.
pub const KINESIS: &str = "alias/aws/kinesis";
/// What aliases of keys begin with that the server looks after.
const RESERVED: &str = "alias/aws/";

impl Keys {
    /// Gives a key another name.
    ///
    /// # Errors
    /// If the name is taken or cannot be, there is no such key, there would be too many, or the store does not take it.
    pub async fn create_alias(
        &self,
        account: AccountId,
        region: &Region,
        name: &str,
        key: &str,
    ) -> Result<(), Error> {
        check_name(name)?;
        let now = self.now();
        let change = self.ledger.change(|index| {
            if index.alias(account, region, name).is_some() {
                return Err(Error::Taken(alias_arn(account, region, name)));
            }
            let target = own_key(index, key, account, region)?;
            if index.alias_count(account) >= limits::ACCOUNT_ALIASES_MAX {
                return Err(Error::Limit(Limit::Aliases));
            }
            let alias = Alias {
                account,
                region: region.clone(),
                name: name.to_owned(),
                target: target.id.clone(),
                created: now,
                updated: now,
            };
            Ok(Change::of(account).put(index, Entry::Alias(Arc::new(alias))))
        });
        change.await
    }

    /// Points an alias to another key.
    ///
    /// # Errors
    /// If there is no such alias or key, or the store does not take it.
    pub async fn update_alias(
        &self,
        account: AccountId,
        region: &Region,
        name: &str,
        key: &str,
    ) -> Result<(), Error> {
        check_name(name)?;
        let now = self.now();
        let change = self.ledger.change(|index| {
            let alias = own_alias(index, account, region, name)?;
            let target = own_key(index, key, account, region)?.id.clone();
            let alias = Alias { target, updated: now, ..Alias::clone(alias) };
            Ok(Change::of(account).put(index, Entry::Alias(Arc::new(alias))))
        });
        change.await
    }

    /// Takes a name away; the key stays.
    ///
    /// # Errors
    /// If there is none, or the store does not take it.
    pub async fn delete_alias(
        &self,
        account: AccountId,
        region: &Region,
        name: &str,
    ) -> Result<(), Error> {
        check_name(name)?;
        let change = self.ledger.change(|index| {
            let alias = Entry::Alias(Arc::clone(own_alias(index, account, region, name)?));
            Ok(Change::of(account).remove(index, &alias))
        });
        change.await
    }

    /// The key of an account that data streams use if their owner has none; made if it is not there.
    ///
    /// # Errors
    /// If the store does not take it.
    pub async fn of_kinesis(&self, account: AccountId, region: &Region) -> Result<Arc<Key>, Error> {
        if let Ok(key) = self.find(account, region, KINESIS) {
            return Ok(key);
        }
        let description = "Default key that protects my Kinesis data when no other key is defined";
        let (description, tags) = (description.to_owned(), Vec::new());
        let new = NewKey { account, region: region.clone(), description, tags, policy: None };
        let key = Arc::new(self.new_key(new, Manager::Aws));
        let change = self.ledger.change(|index| {
            if index.alias(account, region, KINESIS).is_some() {
                return Ok(Change::of(account));
            }
            check_room(index, &key)?;
            let alias = Alias {
                account,
                region: region.clone(),
                name: KINESIS.to_owned(),
                target: key.id.clone(),
                created: key.created,
                updated: key.created,
            };
            let change = Change::of(account).put(index, Entry::Key(key));
            Ok(change.put(index, Entry::Alias(Arc::new(alias))))
        });
        change.await?;
        self.find(account, region, KINESIS)
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    let rest = name.strip_prefix(ALIAS).unwrap_or_default();
    if rest.is_empty() {
        return Err(Error::AliasName(
            "Alias must start with the prefix \"alias/\". Please see http://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        ));
    }
    if name.starts_with(RESERVED) {
        return Err(Error::AliasName("Alias names that begin with alias/aws/ are reserved."));
    }
    Ok(())
}

/// The key of the account itself that an alias is to stand for.
fn own_key<'i>(
    index: &'i Index,
    key: &str,
    account: AccountId,
    region: &Region,
) -> Result<&'i Arc<Key>, Error> {
    if key.contains(ALIAS) {
        return Err(Error::Invalid("Aliases must refer to keys. Not aliases"));
    }
    let found = find(index, key, account, region)?;
    match found.manager {
        Manager::Customer if found.account == account => Ok(found),
        Manager::Customer => Err(Error::NoKey(found.arn())),
        Manager::Aws => Err(Error::Managed(found.arn())),
    }
}

fn own_alias<'i>(
    index: &'i Index,
    account: AccountId,
    region: &Region,
    name: &str,
) -> Result<&'i Arc<Alias>, Error> {
    let found = index.alias(account, region, name);
    found.ok_or_else(|| Error::NoAlias(alias_arn(account, region, name)))
}
