//! What changes of functions are in the store.

use std::sync::Arc;

use bytes::Bytes;
use domain::{AliasName, Qualifier};
use storage::ledger::{erase, write};
use storage::{Commit, Digest, Expect, Scope};

use super::function_fact as fact;
use super::{policy_fact, version_fact};
use crate::function::{Function, FunctionFacts};
use crate::sharing::Policy;
use crate::versions::{Alias, Published};

/// A change of the functions, or of what hangs on one.
#[derive(Clone)]
pub(crate) enum FunctionChange {
    /// A new function.
    Add(FunctionFacts),
    /// A function as it is from now on; what it was is known by its version.
    Replace(FunctionFacts, u64),
    /// A function goes, with its log and what hangs on it, which has these keys.
    Remove(Arc<Function>, Vec<Bytes>),
    /// What hangs on a function changes.
    Beside(Box<Beside>),
    /// A component is about to be stored.
    Note(Digest),
    /// A component is no longer stored.
    Forget(Digest),
}

/// A change of what hangs on a function.
#[derive(Clone)]
pub(crate) enum Beside {
    /// A change of a function, and with it the version that keeps what the function is then.
    Publish(Box<FunctionChange>, Box<FunctionFacts>, Published),
    /// A version has another revision.
    Revise(Box<FunctionFacts>, Published),
    /// The version of this number goes, with its policy.
    RemoveVersion(Arc<Function>, u64),
    /// An alias of a function leads there; without, it goes, with its policy.
    Alias(Arc<Function>, AliasName, Option<Arc<Alias>>),
    /// A change of a function, a version or an alias, and with it the policy of what the qualifier names.
    Share(Box<FunctionChange>, Arc<Function>, Option<Qualifier>, Option<Arc<Policy>>),
}

impl From<Beside> for FunctionChange {
    fn from(beside: Beside) -> Self {
        Self::Beside(Box::new(beside))
    }
}

impl FunctionChange {
    /// The one commit that makes it.
    pub(super) fn commit(&self, scope: Scope) -> Commit {
        match self {
            Self::Add(facts) => {
                let mut commit = of(facts, scope);
                commit.create_logs.push(facts.log);
                let value = fact::encode(facts);
                commit.facts.push(write(fact::name_key(facts), value, Expect::Absent));
                commit
            }
            Self::Replace(facts, version) => {
                let mut commit = of(facts, scope);
                let (value, expect) = (fact::encode(facts), Expect::Version(*version));
                commit.facts.push(write(fact::name_key(facts), value, expect));
                commit
            }
            Self::Remove(function, keys) => {
                let Function { facts, version, .. } = &**function;
                let mut commit = of(facts, scope);
                commit.delete_logs.push(facts.log);
                commit.facts.push(erase(fact::name_key(facts), Expect::Version(*version)));
                let hanging = keys.iter().map(|key| erase(key.clone(), Expect::Anything));
                commit.facts.extend(hanging);
                commit
            }
            Self::Beside(beside) => beside.commit(scope),
            Self::Note(component) => {
                let mut commit = Commit::new(0, scope);
                let (key, value) = (fact::component_key(*component), fact::encode_component());
                commit.facts.push(write(key, value, Expect::Anything));
                commit
            }
            Self::Forget(component) => {
                let mut commit = Commit::new(0, scope);
                commit.facts.push(erase(fact::component_key(*component), Expect::Anything));
                commit
            }
        }
    }
}

impl Beside {
    fn commit(&self, scope: Scope) -> Commit {
        match self {
            Self::Publish(first, facts, published) => {
                let mut commit = first.commit(scope);
                let Published { number, .. } = published;
                let value = version_fact::encode(facts, published);
                commit.facts.push(write(fact::version_key(facts, *number), value, Expect::Absent));
                let last = version_fact::encode_last(*number);
                commit.facts.push(write(fact::last_key(facts), last, Expect::Anything));
                commit
            }
            Self::Revise(facts, published) => {
                let mut commit = of(facts, scope);
                let key = fact::version_key(facts, published.number);
                let value = version_fact::encode(facts, published);
                commit.facts.push(write(key, value, Expect::Anything));
                commit
            }
            Self::RemoveVersion(function, number) => {
                let facts = &function.facts;
                let mut commit = of(facts, scope);
                commit.facts.push(erase(fact::version_key(facts, *number), Expect::Anything));
                let policy = fact::policy_key(facts, Some(&Qualifier::Version(*number)));
                commit.facts.push(erase(policy, Expect::Anything));
                commit
            }
            Self::Alias(function, name, alias) => {
                let facts = &function.facts;
                let mut commit = of(facts, scope);
                let key = fact::alias_key(facts, name);
                match alias {
                    Some(alias) => {
                        let value = version_fact::encode_alias(alias);
                        commit.facts.push(write(key, value, Expect::Anything));
                    }
                    None => {
                        commit.facts.push(erase(key, Expect::Anything));
                        let policy = fact::policy_key(facts, Some(&Qualifier::Alias(name.clone())));
                        commit.facts.push(erase(policy, Expect::Anything));
                    }
                }
                commit
            }
            Self::Share(first, function, qualifier, policy) => {
                let mut commit = first.commit(scope);
                let key = fact::policy_key(&function.facts, qualifier.as_ref());
                commit.facts.push(match policy {
                    Some(policy) => write(key, policy_fact::encode(policy), Expect::Anything),
                    None => erase(key, Expect::Anything),
                });
                commit
            }
        }
    }
}

fn of(facts: &FunctionFacts, scope: Scope) -> Commit {
    Commit::new(facts.account.number(), scope)
}
