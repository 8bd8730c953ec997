//! All functions, in memory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use domain::{AccountId, FunctionArn, FunctionName, QualifiedArn, Qualifier, Region};
use storage::codec::Decoded;
use storage::ledger::{Index, erase, write};
use storage::{Commit, Digest, Expect, Fact, Scope};

use super::function_fact::{self as fact, Key};
use super::policy_fact;
use crate::Error;
use crate::function::{Function, FunctionFacts};
use crate::sharing::Policy;

type Names = BTreeMap<FunctionName, Entry>;
type Policies = BTreeMap<Option<Qualifier>, Arc<Policy>>;

/// A function, and what hangs on it.
struct Entry {
    function: Arc<Function>,
    policies: Policies,
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

/// A change of the functions.
#[derive(Clone)]
pub(crate) enum FunctionChange {
    /// A new function.
    Add(FunctionFacts),
    /// A function as it is from now on; what it was is known by its version.
    Replace(FunctionFacts, u64),
    /// A function as [`FunctionChange::Replace`] has it, and with it the policy of the function or of what the qualifier
    /// names.
    Share(FunctionFacts, u64, Option<Qualifier>, Option<Arc<Policy>>),
    /// A function goes, with its log and the policies of these qualifiers.
    Remove(Arc<Function>, Vec<Option<Qualifier>>),
    /// A component is about to be stored.
    Note(Digest),
    /// A component is no longer stored.
    Forget(Digest),
}

impl FunctionIndex {
    fn names(&self, account: AccountId, region: &Region) -> Option<&Names> {
        self.regions.get(&(account, region.clone()))
    }

    pub(crate) fn by_name(
        &self,
        account: AccountId,
        region: &Region,
        name: &FunctionName,
    ) -> Option<Arc<Function>> {
        self.entry(account, region, name).map(|entry| Arc::clone(&entry.function))
    }

    fn entry(&self, account: AccountId, region: &Region, name: &FunctionName) -> Option<&Entry> {
        self.names(account, region)?.get(name)
    }

    /// The policy that hangs on a function, or on what the qualifier names.
    pub(crate) fn policy(
        &self,
        arn: &FunctionArn,
        qualifier: Option<&Qualifier>,
    ) -> Option<Arc<Policy>> {
        let entry = self.entry(arn.account, &arn.region, &arn.name)?;
        entry.policies.get(&qualifier.cloned()).cloned()
    }

    /// The change that removes a function and all that hangs on it.
    pub(crate) fn removal(&self, function: Arc<Function>) -> FunctionChange {
        let FunctionFacts { account, region, name, .. } = &function.facts;
        let entry = self.entry(*account, region, name);
        let policies = entry.map(|it| it.policies.keys().cloned().collect()).unwrap_or_default();
        FunctionChange::Remove(function, policies)
    }

    pub(crate) fn all(&self) -> Vec<Arc<Function>> {
        self.each().cloned().collect()
    }

    fn each(&self) -> impl Iterator<Item = &Arc<Function>> {
        self.regions.values().flat_map(Names::values).map(|entry| &entry.function)
    }

    /// The functions of an account in a region whose names are greater than `after`, by name.
    pub(crate) fn list<'i>(
        &'i self,
        account: AccountId,
        region: &Region,
        after: Option<&FunctionName>,
    ) -> impl Iterator<Item = &'i Arc<Function>> {
        let start = after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.clone()));
        let names = self.names(account, region).into_iter();
        let found = names.flat_map(move |it| it.range((start.clone(), Bound::Unbounded)));
        found.map(|(_, entry)| &entry.function)
    }

    /// How many functions an account has in a region, and how many bytes of uploads they use.
    pub(crate) fn usage(&self, account: AccountId, region: &Region) -> (usize, u64) {
        self.list(account, region, None)
            .fold((0, 0), |(count, bytes), function| (count + 1, bytes + function.facts.code.bytes))
    }

    /// How many calls the account's functions reserve together.
    pub(crate) fn reserved(&self, account: AccountId) -> u64 {
        self.reserved.get(&account).copied().unwrap_or(0)
    }

    /// Whether a component was noted.
    pub(crate) fn is_noted(&self, component: Digest) -> bool {
        self.components.contains(&component)
    }

    /// Components that were noted and that no function names.
    pub(crate) fn litter(&self) -> Vec<Digest> {
        let used: HashSet<_> = self.each().map(|it| it.facts.code.component).collect();
        self.components.difference(&used).copied().collect()
    }

    fn insert(&mut self, facts: FunctionFacts, version: u64) {
        let place = (facts.account, facts.region.clone());
        let function = Arc::new(Function { facts, version });
        let names = self.regions.entry(place).or_default();
        let (account, more) = (function.facts.account, function.facts.reserved);
        let old = match names.get_mut(&function.facts.name) {
            Some(entry) => Some(std::mem::replace(&mut entry.function, function)),
            None => {
                let name = function.facts.name.clone();
                names.insert(name, Entry { function, policies: Policies::new() });
                None
            }
        };
        self.reserve(account, old.and_then(|old| old.facts.reserved), more);
    }

    /// Hangs a policy on a function that is there, or takes it away.
    fn hang(
        &mut self,
        arn: &FunctionArn,
        qualifier: Option<Qualifier>,
        policy: Option<Arc<Policy>>,
    ) -> Decoded<()> {
        let names = self.regions.get_mut(&(arn.account, arn.region.clone()));
        let entry = names.and_then(|names| names.get_mut(&arn.name));
        let policies =
            &mut entry.ok_or_else(|| format!("{arn} has a policy and is not there"))?.policies;
        match policy {
            Some(policy) => policies.insert(qualifier, policy),
            None => policies.remove(&qualifier),
        };
        Ok(())
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
}

impl Index for FunctionIndex {
    type Change = FunctionChange;
    type Error = Error;
    const SCOPE: Scope = Scope("functions", 0);

    fn commit(change: &FunctionChange) -> Commit {
        let commit = |tenant: AccountId| Commit::new(tenant.number(), Self::SCOPE);
        match change {
            FunctionChange::Add(facts) => {
                let mut commit = commit(facts.account);
                commit.create_logs.push(facts.log);
                let value = fact::encode(facts);
                commit.facts.push(write(fact::name_key(facts), value, Expect::Absent));
                commit
            }
            FunctionChange::Replace(facts, version) => {
                let mut commit = commit(facts.account);
                let (value, expect) = (fact::encode(facts), Expect::Version(*version));
                commit.facts.push(write(fact::name_key(facts), value, expect));
                commit
            }
            FunctionChange::Share(facts, version, qualifier, policy) => {
                let mut commit = commit(facts.account);
                let (value, expect) = (fact::encode(facts), Expect::Version(*version));
                commit.facts.push(write(fact::name_key(facts), value, expect));
                let key = fact::policy_key(facts, qualifier.as_ref());
                commit.facts.push(match policy {
                    Some(policy) => write(key, policy_fact::encode(policy), Expect::Anything),
                    None => erase(key, Expect::Anything),
                });
                commit
            }
            FunctionChange::Remove(function, policies) => {
                let Function { facts, version } = &**function;
                let mut commit = commit(facts.account);
                commit.delete_logs.push(facts.log);
                commit.facts.push(erase(fact::name_key(facts), Expect::Version(*version)));
                for qualifier in policies {
                    let key = fact::policy_key(facts, qualifier.as_ref());
                    commit.facts.push(erase(key, Expect::Anything));
                }
                commit
            }
            FunctionChange::Note(component) => {
                let mut commit = Commit::new(0, Self::SCOPE);
                let (key, value) = (fact::component_key(*component), fact::encode_component());
                commit.facts.push(write(key, value, Expect::Anything));
                commit
            }
            FunctionChange::Forget(component) => {
                let mut commit = Commit::new(0, Self::SCOPE);
                commit.facts.push(erase(fact::component_key(*component), Expect::Anything));
                commit
            }
        }
    }

    fn apply(&mut self, change: FunctionChange, version: u64) {
        match change {
            FunctionChange::Add(facts) | FunctionChange::Replace(facts, _) => {
                self.insert(facts, version);
            }
            FunctionChange::Share(facts, _, qualifier, policy) => {
                let arn = facts.arn();
                self.insert(facts, version);
                self.hang(&arn, qualifier, policy).expect("the function was just put there");
            }
            FunctionChange::Remove(function, _) => self.remove(&function.facts),
            FunctionChange::Note(component) => {
                self.components.insert(component);
            }
            FunctionChange::Forget(component) => {
                self.components.remove(&component);
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
                let arn = QualifiedArn { function: function.clone(), qualifier: qualifier.clone() };
                let policy = policy_fact::decode(arn.to_string(), &stored.value)?;
                self.hang(&function, qualifier, Some(Arc::new(policy)))?;
            }
            Key::Component(component) => {
                fact::decode_component(&stored.value)?;
                self.components.insert(component);
            }
        }
        Ok(())
    }
}
