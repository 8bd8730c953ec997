//! All functions, in memory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use domain::{
    AccountId, AliasName, FunctionArn, FunctionId, FunctionName, QualifiedArn, Qualifier, Region,
};
use storage::codec::Decoded;
use storage::ledger::Index;
use storage::{Commit, Digest, Fact, Scope};

use super::function_change::{Beside, FunctionChange};
use super::function_fact::{self as fact, Key};
use super::{policy_fact, version_fact};
use crate::Error;
use crate::function::{Function, FunctionFacts};
use crate::sharing::Policy;
use crate::versions::{Alias, Astray, Next, Published, Versions};

type Names = BTreeMap<FunctionName, Entry>;

/// A function, and what hangs on it.
struct Entry {
    function: Arc<Function>,
    versions: Versions,
    policies: BTreeMap<Option<Qualifier>, Arc<Policy>>,
}

/// All functions, by name, and the components that are theirs.
#[derive(Default)]
pub(crate) struct FunctionIndex {
    regions: BTreeMap<(AccountId, Region), Names>,
    /// Components that were noted before they were stored.
    components: HashSet<Digest>,
    /// What each account's functions reserve together, in all regions: asked with every call.
    reserved: HashMap<AccountId, u64>,
}

impl FunctionIndex {
    fn names(&self, account: AccountId, region: &Region) -> Option<&Names> {
        self.regions.get(&(account, region.clone()))
    }

    fn entry(&self, arn: &FunctionArn) -> Option<&Entry> {
        self.names(arn.account, &arn.region)?.get(&arn.name)
    }

    pub(crate) fn by_name(
        &self,
        account: AccountId,
        region: &Region,
        name: &FunctionName,
    ) -> Option<Arc<Function>> {
        let entry = self.names(account, region)?.get(name)?;
        Some(Arc::clone(&entry.function))
    }

    /// What a call of this meets; `draw` is a random number, for aliases that lead to two versions: see [`Alias::pick`].
    pub(crate) fn resolve(&self, arn: &QualifiedArn, draw: Option<u64>) -> Option<Arc<Function>> {
        let entry = self.entry(&arn.function)?;
        entry.versions.resolve(&entry.function, arn.qualifier.as_ref(), draw)
    }

    /// What comes of publishing a function that is like this.
    pub(crate) fn next_version(&self, latest: &FunctionFacts) -> Next {
        let entry = self.entry(&latest.arn());
        entry.map_or(Next::New(1), |entry| entry.versions.next(latest))
    }

    /// A function's versions, by number.
    pub(crate) fn versions(
        &self,
        arn: &FunctionArn,
    ) -> impl Iterator<Item = (u64, Arc<Function>)> + '_ {
        let entry = self.entry(arn).into_iter();
        entry.flat_map(|it| it.versions.all()).map(|(number, it)| (number, Arc::clone(it)))
    }

    /// The aliases that lead to a version.
    pub(crate) fn aliases_of(&self, arn: &FunctionArn, number: u64) -> Vec<AliasName> {
        self.entry(arn).map(|it| it.versions.aliases_of(number)).unwrap_or_default()
    }

    /// A function's aliases, by name.
    pub(crate) fn aliases(
        &self,
        arn: &FunctionArn,
    ) -> impl Iterator<Item = (&AliasName, &Arc<Alias>)> {
        self.entry(arn).into_iter().flat_map(|it| it.versions.aliases())
    }

    pub(crate) fn alias(&self, arn: &FunctionArn, name: &AliasName) -> Option<Arc<Alias>> {
        self.entry(arn)?.versions.alias(name).cloned()
    }

    /// Whether an alias of this function can lead where it leads.
    pub(crate) fn check_alias(&self, arn: &FunctionArn, alias: &Alias) -> Result<(), Astray> {
        let entry = self.entry(arn);
        entry.map_or(Ok(()), |it| it.versions.check(alias.version, alias.other))
    }

    /// The policy that hangs on a function, or on what the qualifier names.
    pub(crate) fn policy(
        &self,
        arn: &FunctionArn,
        qualifier: Option<&Qualifier>,
    ) -> Option<Arc<Policy>> {
        self.entry(arn)?.policies.get(&qualifier.cloned()).cloned()
    }

    /// The change that removes a function and all that hangs on it.
    pub(crate) fn removal(&self, function: Arc<Function>) -> FunctionChange {
        let facts = &function.facts;
        let mut keys = Vec::new();
        if let Some(Entry { versions, policies, .. }) = self.entry(&facts.arn()) {
            keys.extend(policies.keys().map(|it| fact::policy_key(facts, it.as_ref())));
            keys.extend(versions.all().map(|(number, _)| fact::version_key(facts, number)));
            keys.extend(versions.aliases().map(|(name, _)| fact::alias_key(facts, name)));
            if versions.last() > 0 {
                keys.push(fact::last_key(facts));
            }
        }
        FunctionChange::Remove(function, keys)
    }

    /// Those of them that are about no incarnation of a function, or no version or alias of it, that there is.
    pub(crate) fn absent(
        &self,
        about: Vec<(FunctionId, Qualifier)>,
    ) -> Vec<(FunctionId, Qualifier)> {
        let entries: HashMap<_, _> = self.each().map(|it| (it.function.facts.id, it)).collect();
        let is_there = |(id, qualifier): &(FunctionId, Qualifier)| {
            let entry = entries.get(id);
            let resolved = |it: &&Entry| it.versions.resolve(&it.function, Some(qualifier), None);
            entry.and_then(resolved).is_some()
        };
        about.into_iter().filter(|it| !is_there(it)).collect()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Function>> {
        self.each().map(|entry| Arc::clone(&entry.function)).collect()
    }

    fn each(&self) -> impl Iterator<Item = &Entry> {
        self.regions.values().flat_map(Names::values)
    }

    /// The functions of an account in a region, by name, each before its versions by number; those behind `after`, where 0
    /// is the function as it is now.
    pub(crate) fn each_version<'i>(
        &'i self,
        account: AccountId,
        region: &Region,
        after: Option<&(FunctionName, u64)>,
    ) -> impl Iterator<Item = &'i Arc<Function>> {
        let start = after.map_or(Bound::Unbounded, |(name, _)| Bound::Included(name.clone()));
        let after = after.cloned();
        let names = self.names(account, region).into_iter();
        let entries = names.flat_map(move |it| it.range((start.clone(), Bound::Unbounded)));
        let is_later = move |function: &&Arc<Function>| {
            let number = function.published.as_ref().map_or(0, |it| it.number);
            let place = (&function.facts.name, number);
            after.as_ref().is_none_or(|(name, number)| place > (name, *number))
        };
        entries.flat_map(|(_, entry)| entry.code()).filter(is_later)
    }

    /// How many functions an account has in a region, and how many bytes of uploads they and their versions use.
    pub(crate) fn usage(&self, account: AccountId, region: &Region) -> (usize, u64) {
        let entries = self.names(account, region).into_iter().flat_map(Names::values);
        entries.fold((0, 0), |(count, bytes), entry| {
            (count + 1, bytes + entry.code().map(|it| it.facts.code.bytes).sum::<u64>())
        })
    }

    /// How many versions an account's functions in a region have.
    pub(crate) fn version_count(&self, account: AccountId, region: &Region) -> usize {
        let entries = self.names(account, region).into_iter().flat_map(Names::values);
        entries.map(|entry| entry.versions.all().count()).sum()
    }

    /// How many calls the account's functions reserve together.
    pub(crate) fn reserved(&self, account: AccountId) -> u64 {
        self.reserved.get(&account).copied().unwrap_or(0)
    }

    /// Whether a component was noted.
    pub(crate) fn is_noted(&self, component: Digest) -> bool {
        self.components.contains(&component)
    }

    /// Components that were noted and that neither a function nor a version names.
    pub(crate) fn litter(&self) -> Vec<Digest> {
        let code = self.each().flat_map(Entry::code);
        let used: HashSet<_> = code.map(|it| it.facts.code.component).collect();
        self.components.difference(&used).copied().collect()
    }

    fn insert(&mut self, facts: FunctionFacts, version: u64) {
        let place = (facts.account, facts.region.clone());
        let function = Arc::new(Function { facts, published: None, version });
        let names = self.regions.entry(place).or_default();
        let (account, more) = (function.facts.account, function.facts.reserved);
        let old = match names.get_mut(&function.facts.name) {
            Some(entry) => Some(std::mem::replace(&mut entry.function, function)),
            None => {
                let name = function.facts.name.clone();
                let (versions, policies) = (Versions::default(), BTreeMap::new());
                names.insert(name, Entry { function, versions, policies });
                None
            }
        };
        self.reserve(account, old.and_then(|old| old.facts.reserved), more);
    }

    /// The place of a function that is there, to hang something on.
    fn entry_mut(&mut self, arn: &FunctionArn) -> Decoded<&mut Entry> {
        let names = self.regions.get_mut(&(arn.account, arn.region.clone()));
        let entry = names.and_then(|names| names.get_mut(&arn.name));
        entry.ok_or_else(|| format!("there is something of {arn}, which is not there"))
    }

    /// Counts that a function of the account reserves `more` now, and no longer `old`.
    fn reserve(&mut self, account: AccountId, old: Option<u32>, more: Option<u32>) {
        let count = self.reserved.entry(account).or_default();
        *count = *count - u64::from(old.unwrap_or(0)) + u64::from(more.unwrap_or(0));
        if *count == 0 {
            self.reserved.remove(&account);
        }
    }

    fn remove(&mut self, facts: &FunctionFacts) {
        let names = self.regions.get_mut(&(facts.account, facts.region.clone()));
        let old = names.and_then(|names| names.remove(&facts.name));
        self.reserve(facts.account, old.and_then(|old| old.function.facts.reserved), None);
    }

    /// Keeps a version.
    fn keep(
        &mut self,
        facts: Box<FunctionFacts>,
        published: Published,
        version: u64,
    ) -> Decoded<()> {
        let (arn, number) = (facts.arn(), published.number);
        let kept = Arc::new(Function { facts: *facts, published: Some(published), version });
        self.entry_mut(&arn)?.versions.insert(number, kept);
        Ok(())
    }

    /// Makes a change to what hangs on a function.
    fn apply_beside(&mut self, change: Beside, version: u64) -> Decoded<()> {
        match change {
            Beside::Publish(first, facts, published) => {
                self.apply(*first, version);
                self.keep(facts, published, version)?;
            }
            Beside::Revise(facts, published) => self.keep(facts, published, version)?,
            Beside::RemoveVersion(function, number) => {
                let entry = self.entry_mut(&function.facts.arn())?;
                entry.versions.remove(number);
                entry.policies.remove(&Some(Qualifier::Version(number)));
            }
            Beside::Alias(function, name, alias) => {
                let entry = self.entry_mut(&function.facts.arn())?;
                if alias.is_none() {
                    entry.policies.remove(&Some(Qualifier::Alias(name.clone())));
                }
                entry.versions.set_alias(name, alias);
            }
            Beside::Share(first, function, qualifier, policy) => {
                self.apply(*first, version);
                let policies = &mut self.entry_mut(&function.facts.arn())?.policies;
                match policy {
                    Some(policy) => policies.insert(qualifier, policy),
                    None => policies.remove(&qualifier),
                };
            }
        }
        Ok(())
    }
}

impl Entry {
    /// The function and its versions.
    fn code(&self) -> impl Iterator<Item = &Arc<Function>> {
        std::iter::once(&self.function).chain(self.versions.all().map(|(_, version)| version))
    }
}

impl Index for FunctionIndex {
    type Change = FunctionChange;
    type Error = Error;
    const SCOPE: Scope = Scope("functions", 0);

    fn commit(change: &FunctionChange) -> Commit {
        change.commit(Self::SCOPE)
    }

    fn apply(&mut self, change: FunctionChange, version: u64) {
        match change {
            FunctionChange::Add(facts) | FunctionChange::Replace(facts, _) => {
                self.insert(facts, version);
            }
            FunctionChange::Remove(function, _) => self.remove(&function.facts),
            FunctionChange::Note(component) => {
                self.components.insert(component);
            }
            FunctionChange::Forget(component) => {
                self.components.remove(&component);
            }
            FunctionChange::Beside(beside) => {
                let done = self.apply_beside(*beside, version);
                done.expect("what hangs on a function changes only while that is there");
            }
        }
    }

    fn load(&mut self, stored: &Fact) -> Decoded<()> {
        match fact::decode_key(&stored.key)? {
            Key::Function(account, region, name) => {
                let place = (account, region, name);
                self.insert(fact::decode(place, &stored.value)?, stored.version);
            }
            Key::Policy(function, qualifier) => {
                let arn = QualifiedArn { function, qualifier };
                let policy = policy_fact::decode(arn.to_string(), &stored.value)?;
                let entry = self.entry_mut(&arn.function)?;
                entry.policies.insert(arn.qualifier, Arc::new(policy));
            }
            Key::Last(function) => {
                let last = version_fact::decode_last(&stored.value)?;
                self.entry_mut(&function)?.versions.resume(last);
            }
            Key::Version(function, number) => {
                let arn = function.clone();
                let version =
                    version_fact::decode(function, number, &stored.value, stored.version)?;
                self.entry_mut(&arn)?.versions.insert(number, Arc::new(version));
            }
            Key::Alias(function, name) => {
                let alias = version_fact::decode_alias(&stored.value)?;
                let versions = &mut self.entry_mut(&function)?.versions;
                versions.set_alias(name, Some(Arc::new(alias)));
            }
            Key::Component(component) => {
                fact::decode_component(&stored.value)?;
                self.components.insert(component);
            }
        }
        Ok(())
    }
}
