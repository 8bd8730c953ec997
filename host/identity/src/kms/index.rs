//! All keys and aliases in memory.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use domain::{AccountId, Region};
use storage::codec::Decoded;
use storage::ledger::{self, erase, write};
use storage::{Commit, Expect, Fact, Scope};

use super::error::Error;
use super::fact;
use super::facts::{Alias, Key};

/// One fact.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    Alias(Arc<Alias>),
    Key(Arc<Key>),
}

/// Under which name a fact is found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    /// Its name begins with `alias/`.
    Alias(AccountId, Region, String),
    Key(AccountId, Region, String),
}

/// Facts that change together, all of one account.
#[derive(Clone, Debug)]
pub(super) struct Change {
    account: AccountId,
    writes: Vec<(Name, Expect, Option<Entry>)>,
}

#[derive(Clone, Debug)]
struct Stored {
    entry: Entry,
    version: u64,
}

/// All facts.
#[derive(Default)]
pub(super) struct Index {
    entries: BTreeMap<Name, Stored>,
    /// Where the key with this id lives.
    ids: HashMap<String, Name>,
}

impl Entry {
    fn name(&self) -> Name {
        match self {
            Self::Alias(it) => Name::Alias(it.account, it.region.clone(), it.name.clone()),
            Self::Key(it) => Name::Key(it.account, it.region.clone(), it.id.clone()),
        }
    }
}

impl Change {
    /// Of an account, nothing yet.
    pub(super) fn of(account: AccountId) -> Self {
        Self { account, writes: Vec::new() }
    }

    /// With a fact, in place of the one that is there, if any.
    pub(super) fn put(mut self, index: &Index, entry: Entry) -> Self {
        let name = entry.name();
        let expect = index.version(&name).map_or(Expect::Absent, Expect::Version);
        self.writes.push((name, expect, Some(entry)));
        self
    }

    /// Without a fact that is there.
    pub(super) fn remove(mut self, index: &Index, entry: &Entry) -> Self {
        let name = entry.name();
        let expect = index.version(&name).map_or(Expect::Anything, Expect::Version);
        self.writes.push((name, expect, None));
        self
    }
}

impl Index {
    fn version(&self, name: &Name) -> Option<u64> {
        self.entries.get(name).map(|stored| stored.version)
    }

    pub(super) fn key(&self, account: AccountId, region: &Region, id: &str) -> Option<&Arc<Key>> {
        let name = Name::Key(account, region.clone(), id.to_owned());
        self.entries.get(&name).and_then(|stored| stored.key())
    }

    /// The key with this id, wherever it is.
    pub(super) fn key_by_id(&self, id: &str) -> Option<&Arc<Key>> {
        self.entries.get(self.ids.get(id)?)?.key()
    }

    pub(super) fn alias(
        &self,
        account: AccountId,
        region: &Region,
        name: &str,
    ) -> Option<&Arc<Alias>> {
        let name = Name::Alias(account, region.clone(), name.to_owned());
        self.entries.get(&name).and_then(|stored| stored.alias())
    }

    /// All keys.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Arc<Key>> {
        self.entries.values().filter_map(Stored::key)
    }

    /// How many keys an account has, in all regions: those are names that callers choose.
    pub(super) fn key_count(&self, account: AccountId) -> usize {
        self.keys().filter(|key| key.account == account).count()
    }

    /// How many aliases an account has, in all regions.
    pub(super) fn alias_count(&self, account: AccountId) -> usize {
        let aliases = self.entries.values().filter_map(Stored::alias);
        aliases.filter(|alias| alias.account == account).count()
    }

    /// The keys of an account in a region whose ids are greater than `after`, by id.
    pub(super) fn keys_of(
        &self,
        account: AccountId,
        region: &Region,
        after: &str,
    ) -> impl Iterator<Item = &Arc<Key>> {
        let after = Name::Key(account, region.clone(), after.to_owned());
        let found = self.entries.range((Bound::Excluded(after), Bound::Unbounded));
        let keys = found.map_while(|(_, stored)| stored.key());
        keys.take_while(move |key| key.account == account && key.region == *region)
    }

    /// The aliases of an account in a region whose names are greater than `after`, by name.
    pub(super) fn aliases_of(
        &self,
        account: AccountId,
        region: &Region,
        after: &str,
    ) -> impl Iterator<Item = &Arc<Alias>> {
        let after = Name::Alias(account, region.clone(), after.to_owned());
        let found = self.entries.range((Bound::Excluded(after), Bound::Unbounded));
        let aliases = found.map_while(|(_, stored)| stored.alias());
        aliases.take_while(move |alias| alias.account == account && alias.region == *region)
    }

    fn set(&mut self, name: Name, stored: Option<Stored>) {
        if let Name::Key(_, _, id) = &name {
            match stored {
                Some(_) => drop(self.ids.insert(id.clone(), name.clone())),
                None => drop(self.ids.remove(id)),
            }
        }
        match stored {
            Some(stored) => drop(self.entries.insert(name, stored)),
            None => drop(self.entries.remove(&name)),
        }
    }
}

impl Stored {
    fn key(&self) -> Option<&Arc<Key>> {
        match &self.entry {
            Entry::Key(key) => Some(key),
            Entry::Alias(_) => None,
        }
    }

    fn alias(&self) -> Option<&Arc<Alias>> {
        match &self.entry {
            Entry::Alias(alias) => Some(alias),
            Entry::Key(_) => None,
        }
    }
}

impl ledger::Index for Index {
    type Change = Change;
    type Error = Error;
    const SCOPE: Scope = Scope("keys", 0);

    fn commit(change: &Change) -> Commit {
        let mut commit = Commit::new(change.account.number(), Self::SCOPE);
        let writes = change.writes.iter().map(|(name, expect, entry)| match entry {
            Some(entry) => write(fact::key(name), fact::encode(entry), *expect),
            None => erase(fact::key(name), *expect),
        });
        commit.facts.extend(writes);
        commit
    }

    fn apply(&mut self, change: Change, version: u64) {
        for (name, _, entry) in change.writes {
            self.set(name, entry.map(|entry| Stored { entry, version }));
        }
    }

    fn load(&mut self, stored: &Fact) -> Decoded<()> {
        let entry = fact::decode(&stored.key, &stored.value)?;
        self.set(entry.name(), Some(Stored { entry, version: stored.version }));
        Ok(())
    }
}
