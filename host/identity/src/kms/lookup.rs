//! Finding a key by any of its names: id, ARN, alias, ARN of an alias.

use std::sync::Arc;

use domain::{AccountId, ArnParts, Region};
use stdx::Page;

use super::Keys;
use super::error::Error;
use super::facts::{Alias, Key, State, alias_arn, key_arn};
use super::index::Index;

/// What aliases begin with.
pub(super) const ALIAS: &str = "alias/";

/// A key as somebody named it: the account and the region that it would be in, and what it is called there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named<'t> {
    account: AccountId,
    region: Region,
    name: &'t str,
}

impl<'t> Named<'t> {
    /// Of names without an account, those in this one are meant.
    fn parse(text: &'t str, account: AccountId, region: &Region) -> Result<Self, Error> {
        if !text.starts_with("arn:") {
            return Ok(Self { account, region: region.clone(), name: text });
        }
        let wrong = || Error::Arn(text.to_owned());
        let parts = ArnParts::of(text).filter(|parts| parts.is_of("kms")).ok_or_else(wrong)?;
        let name = parts.resource;
        let of_key = name.strip_prefix("key/");
        let name = of_key.or_else(|| name.starts_with(ALIAS).then_some(name)).ok_or_else(wrong)?;
        let account = parts.owner().ok_or_else(wrong)?;
        let region = parts.region.parse().map_err(|_invalid| wrong())?;
        Ok(Self { account, region, name })
    }

    fn arn(&self) -> String {
        if self.name.starts_with(ALIAS) {
            alias_arn(self.account, &self.region, self.name)
        } else {
            key_arn(self.account, &self.region, self.name)
        }
    }

    fn find<'i>(&self, index: &'i Index) -> Result<&'i Arc<Key>, Error> {
        let Self { account, region, name } = self;
        let key = |id: &str| index.key(*account, region, id);
        if name.starts_with(ALIAS) {
            let alias = index.alias(*account, region, name);
            return alias.and_then(|it| key(&it.target)).ok_or_else(|| Error::NoAlias(self.arn()));
        }
        let missing = || match is_uuid(name) {
            true => Error::NoKey(self.arn()),
            false => Error::NoKeyId((*name).to_owned()),
        };
        key(name).ok_or_else(missing)
    }
}

fn is_uuid(text: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match dashes.contains(&at) {
            true => byte == b'-',
            false => byte.is_ascii_hexdigit(),
        })
}

/// The key with this name, seen from an account and a region; names of other regions are none of ours.
pub(super) fn find<'i>(
    index: &'i Index,
    text: &str,
    account: AccountId,
    region: &Region,
) -> Result<&'i Arc<Key>, Error> {
    let named = Named::parse(text, account, region)?;
    if named.region != *region {
        return Err(Error::Arn(text.to_owned()));
    }
    named.find(index)
}

impl Key {
    /// Whether it can be used.
    ///
    /// # Errors
    /// If it is disabled, or is to be destroyed.
    pub fn check_enabled(&self) -> Result<(), Error> {
        match self.state {
            State::Enabled => Ok(()),
            State::Disabled => Err(Error::Disabled(self.arn())),
            State::PendingDeletion(_) => Err(Error::PendingDeletion(self.arn())),
        }
    }
}

impl Keys {
    /// The key with this id, ARN, alias or ARN of an alias, seen from an account in a region.
    ///
    /// # Errors
    /// If there is none.
    pub fn find(&self, account: AccountId, region: &Region, name: &str) -> Result<Arc<Key>, Error> {
        self.ledger.look(|index| find(index, name, account, region).map(Arc::clone))
    }

    /// The ARN that policies are asked about: that of the key if there is one, else what the name would be.
    pub fn asked_arn(&self, account: AccountId, region: &Region, name: &str) -> String {
        let Ok(named) = Named::parse(name, account, region) else {
            return key_arn(account, region, "*");
        };
        // What an alias of another account stands for is not looked up.
        let found = (named.account == account).then(|| self.find(account, region, name).ok());
        found.flatten().map_or_else(|| named.arn(), |key| key.arn())
    }

    /// Up to `limit` keys of an account in a region whose ids are greater than `after`.
    pub fn list(
        &self,
        account: AccountId,
        region: &Region,
        after: &str,
        limit: usize,
    ) -> Page<Arc<Key>> {
        self.ledger.look(|index| Page::first(limit, index.keys_of(account, region, after).cloned()))
    }

    /// The same, of aliases by name; of one key, if one is named.
    pub fn aliases(
        &self,
        account: AccountId,
        region: &Region,
        of: Option<&str>,
        after: &str,
        limit: usize,
    ) -> Page<Arc<Alias>> {
        self.ledger.look(|index| {
            let found = index.aliases_of(account, region, after);
            let found = found.filter(|alias| of.is_none_or(|id| alias.target == id));
            Page::first(limit, found.cloned())
        })
    }
}
