//! All of it in memory, and what follows from it: the keys that the door knows, and whose policies are asked.
//!
//! What follows changes in the same moment as the facts, after their commit: so a change holds for the next request.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use domain::AccountId;
use stdx::Secret;
use storage::codec::Decoded;
use storage::ledger::{self, erase, write};
use storage::{Commit, Expect, Fact, Scope};

use super::fact;
use super::facts::{AccessKey, Account, Entry, Kind, Member, Name, StoredSecret};
use super::holder::Holder;
use crate::error::Error;
use crate::keys::{Key, KeyRing};
use crate::vault::Vault;

/// A fact, and the commit that wrote it.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) entry: Entry,
    pub(crate) version: u64,
}

/// Facts that change together.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    account: AccountId,
    writes: Vec<(Name, Expect, Option<Entry>)>,
}

impl Change {
    /// A fact that is not there yet.
    pub(crate) fn add(entry: Entry) -> Self {
        Self::one(entry.name(), Expect::Absent, Some(entry))
    }

    /// A fact in place of one that is there.
    pub(crate) fn replace(old: &Stored, entry: Entry) -> Self {
        Self::one(entry.name(), Expect::Version(old.version), Some(entry))
    }

    /// Facts that go.
    pub(crate) fn remove<'s>(
        account: AccountId,
        gone: impl IntoIterator<Item = &'s Stored>,
    ) -> Self {
        let write = |it: &Stored| (it.entry.name(), Expect::Version(it.version), None);
        Self { account, writes: gone.into_iter().map(write).collect() }
    }

    fn one(name: Name, expect: Expect, entry: Option<Entry>) -> Self {
        Self { account: name.account(), writes: vec![(name, expect, entry)] }
    }
}

/// All facts, and what follows from them.
pub(crate) struct Index {
    entries: BTreeMap<Name, Stored>,
    /// By the ARN of the user or role.
    holders: HashMap<String, Arc<Holder>>,
    vault: Arc<Vault>,
    ring: Arc<KeyRing>,
    operator: AccountId,
}

impl Index {
    pub(crate) fn new(vault: Arc<Vault>, ring: Arc<KeyRing>, operator: AccountId) -> Self {
        let (entries, holders) = (BTreeMap::new(), HashMap::new());
        Self { entries, holders, vault, ring, operator }
    }

    pub(crate) fn get(&self, name: &Name) -> Option<&Stored> {
        self.entries.get(name)
    }

    /// The account with this id, unless it is the operator's own.
    pub(crate) fn account(&self, id: AccountId) -> Option<&Account> {
        match &self.get(&Name::Account(id))?.entry {
            Entry::Account(account) => Some(account),
            Entry::Member(_) | Entry::Key(_) | Entry::Secret(_) => None,
        }
    }

    /// Whether keys of the account work.
    pub(crate) fn is_open(&self, id: AccountId) -> bool {
        id == self.operator || self.account(id).is_some_and(|account| !account.is_closed)
    }

    pub(crate) fn member(
        &self,
        kind: Kind,
        account: AccountId,
        name: &str,
    ) -> Option<&Arc<Member>> {
        match &self.get(&Name::member(kind, account, name))?.entry {
            Entry::Member(member) => Some(member),
            Entry::Account(_) | Entry::Key(_) | Entry::Secret(_) => None,
        }
    }

    /// Whose policies decide about the principal with this ARN.
    pub(crate) fn holder(&self, arn: &str) -> Option<Arc<Holder>> {
        self.holders.get(arn).cloned()
    }

    /// What follows `after`, as long as it is of the same kind and account.
    fn after(&self, after: Name) -> impl Iterator<Item = &Stored> {
        let like = (std::mem::discriminant(&after), after.account());
        let found = self.entries.range((Bound::Excluded(after), Bound::Unbounded));
        let alike = move |name: &Name| (std::mem::discriminant(name), name.account()) == like;
        found.take_while(move |(name, _)| alike(name)).map(|(_, stored)| stored)
    }

    /// The accounts after this one, without the operator's own.
    pub(crate) fn accounts(&self, after: Option<AccountId>) -> impl Iterator<Item = &Arc<Account>> {
        let start = after.map_or(Bound::Unbounded, |id| Bound::Excluded(Name::Account(id)));
        let found = self.entries.range((start, Bound::Unbounded));
        found.map_while(|(_, stored)| match &stored.entry {
            Entry::Account(account) => Some(account),
            Entry::Member(_) | Entry::Key(_) | Entry::Secret(_) => None,
        })
    }

    /// The users or roles of an account whose names are greater than `after`, by name.
    pub(crate) fn members(
        &self,
        kind: Kind,
        account: AccountId,
        after: &str,
    ) -> impl Iterator<Item = &Arc<Member>> {
        self.after(Name::member(kind, account, after)).filter_map(|it| match &it.entry {
            Entry::Member(member) => Some(member),
            Entry::Account(_) | Entry::Key(_) | Entry::Secret(_) => None,
        })
    }

    /// The keys of an account, by id.
    pub(crate) fn keys(
        &self,
        account: AccountId,
    ) -> impl Iterator<Item = (&Arc<AccessKey>, &Stored)> {
        self.after(Name::Key(account, String::new())).filter_map(|it| match &it.entry {
            Entry::Key(key) => Some((key, it)),
            Entry::Account(_) | Entry::Member(_) | Entry::Secret(_) => None,
        })
    }

    /// The secrets of an account, by region and name.
    pub(crate) fn secrets(
        &self,
        account: AccountId,
        after: (&str, &str),
    ) -> impl Iterator<Item = &Arc<StoredSecret>> {
        let after = Name::Secret(account, after.0.to_owned(), after.1.to_owned());
        self.after(after).filter_map(|it| match &it.entry {
            Entry::Secret(secret) => Some(secret),
            Entry::Account(_) | Entry::Member(_) | Entry::Key(_) => None,
        })
    }

    /// The secret part of a key, if this host sealed it.
    pub(crate) fn open_key(&self, key: &AccessKey) -> Option<Secret<String>> {
        let place = fact::key(&Name::Key(key.account, key.id.clone()));
        let plain = self.vault.open(&place, &key.sealed)?;
        std::str::from_utf8(&plain).ok().map(|text| Secret::new(text.to_owned()))
    }

    /// Tells the door of all keys; says how many could not be opened.
    pub(crate) fn publish_all(&self) -> usize {
        let keys = self.entries.values().filter_map(|it| match &it.entry {
            Entry::Key(key) => Some(key),
            Entry::Account(_) | Entry::Member(_) | Entry::Secret(_) => None,
        });
        keys.filter(|key| !self.publish(key)).count()
    }

    /// Tells the door of a key as it is now; says whether it could be opened.
    fn publish(&self, key: &AccessKey) -> bool {
        let secret = self.open_key(key);
        let opened = secret.is_some();
        let secret = secret.filter(|_| key.is_enabled && self.is_open(key.account));
        let Some(secret) = secret else {
            self.ring.remove(&key.id);
            return opened;
        };
        let (account, principal) = (key.account, key.principal().into());
        self.ring.insert(key.id.clone(), Key { secret, account, principal, enabled: true });
        true
    }

    /// Puts in, or takes out, one fact and what follows from it.
    fn set(&mut self, name: Name, stored: Option<Stored>) -> Decoded<()> {
        match stored {
            Some(stored) => {
                if let Entry::Member(member) = &stored.entry {
                    let holder = Arc::new(Holder::of(member)?);
                    self.holders.insert(member.arn(), holder);
                }
                self.entries.insert(name, stored);
            }
            None => match self.entries.remove(&name).map(|gone| gone.entry) {
                Some(Entry::Member(member)) => drop(self.holders.remove(&member.arn())),
                Some(Entry::Key(key)) => {
                    self.ring.remove(&key.id);
                }
                Some(Entry::Account(_) | Entry::Secret(_)) | None => {}
            },
        }
        Ok(())
    }

    /// Tells the door what changed with this fact.
    fn announce(&self, name: &Name) {
        match self.get(name).map(|stored| &stored.entry) {
            Some(Entry::Key(key)) => {
                self.publish(key);
            }
            Some(Entry::Account(account)) => {
                for (key, _) in self.keys(account.id) {
                    self.publish(key);
                }
            }
            Some(Entry::Member(_) | Entry::Secret(_)) | None => {}
        }
    }
}

impl ledger::Index for Index {
    type Change = Change;
    type Error = Error;
    const SCOPE: Scope = Scope("identity", 0);

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
            let stored = entry.map(|entry| Stored { entry, version });
            if let Err(error) = self.set(name.clone(), stored) {
                // Whoever made the change has parsed the policies, so they can be parsed.
                tracing::error!(error, "a policy that was accepted cannot be read");
            }
            self.announce(&name);
        }
    }

    fn load(&mut self, stored: &Fact) -> Decoded<()> {
        let entry = fact::decode(&stored.key, &stored.value)?;
        self.set(entry.name(), Some(Stored { entry, version: stored.version }))
    }
}
