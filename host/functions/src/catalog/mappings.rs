//! All mappings, in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{AccountId, MappingId, Region};
use storage::codec::Decoded;
use storage::ledger::{Index, erase, write};
use storage::{Commit, Expect, Fact, Scope};

use super::mapping_fact as fact;
use crate::Error;
use crate::mapping::{Mapping, MappingFacts};

type Ids = BTreeMap<MappingId, Arc<Mapping>>;

/// All mappings, by where they live.
#[derive(Default)]
pub(crate) struct MappingIndex {
    regions: BTreeMap<(AccountId, Region), Ids>,
}

/// A change of the mappings.
#[derive(Clone)]
pub(crate) enum MappingChange {
    /// A new mapping.
    Add(MappingFacts),
    /// A mapping as it is from now on; what it was is known by its version.
    Replace(MappingFacts, u64),
    /// A mapping goes.
    Remove(Arc<Mapping>),
}

impl MappingIndex {
    /// The mapping of this id.
    pub(crate) fn by_id(
        &self,
        account: AccountId,
        region: &Region,
        id: MappingId,
    ) -> Option<Arc<Mapping>> {
        self.regions.get(&(account, region.clone()))?.get(&id).cloned()
    }

    /// The mappings of an account in a region whose ids are greater than `after`, by id.
    pub(crate) fn list<'i>(
        &'i self,
        account: AccountId,
        region: &Region,
        after: Option<MappingId>,
    ) -> impl Iterator<Item = &'i Arc<Mapping>> {
        let ids = self.regions.get(&(account, region.clone())).into_iter();
        let later = move |id: &MappingId| after.is_none_or(|after| *id > after);
        ids.flatten().filter(move |(id, _)| later(id)).map(|(_, mapping)| mapping)
    }

    /// Another mapping from the same stream or consumer to the same function, version or alias.
    pub(crate) fn same(&self, facts: &MappingFacts) -> Option<&MappingFacts> {
        let function = facts.function_arn();
        self.other(facts, |other| {
            other.source.name == facts.source.name
                && other.reads_as == facts.reads_as
                && other.leads_to(&function)
        })
    }

    /// Another mapping that reads as the same consumer, if this one reads as one.
    pub(crate) fn reads_as_same(&self, facts: &MappingFacts) -> Option<&MappingFacts> {
        facts.reads_as.as_ref()?;
        self.other(facts, |other| other.reads_as == facts.reads_as)
    }

    /// Another mapping of the account and region of which this is true.
    fn other(
        &self,
        facts: &MappingFacts,
        is_it: impl Fn(&MappingFacts) -> bool,
    ) -> Option<&MappingFacts> {
        let mut others = self.list(facts.account, &facts.region, None).map(|it| &it.facts);
        others.find(|other| other.id != facts.id && is_it(other))
    }

    pub(crate) fn all(&self) -> Vec<Arc<Mapping>> {
        self.regions.values().flat_map(Ids::values).cloned().collect()
    }

    fn insert(&mut self, facts: MappingFacts, version: u64) {
        let ids = self.regions.entry((facts.account, facts.region.clone())).or_default();
        ids.insert(facts.id, Arc::new(Mapping { facts, version }));
    }
}

impl Index for MappingIndex {
    type Change = MappingChange;
    type Error = Error;
    const SCOPE: Scope = Scope("mappings", 0);

    fn commit(change: &MappingChange) -> Commit {
        let (facts, write) = match change {
            MappingChange::Add(facts) => {
                (facts, write(fact::key(facts.id), fact::encode(facts), Expect::Absent))
            }
            MappingChange::Replace(facts, version) => {
                let expect = Expect::Version(*version);
                (facts, write(fact::key(facts.id), fact::encode(facts), expect))
            }
            MappingChange::Remove(mapping) => {
                let Mapping { facts, version } = &**mapping;
                (facts, erase(fact::key(facts.id), Expect::Version(*version)))
            }
        };
        let mut commit = Commit::new(facts.account.number(), Self::SCOPE);
        commit.facts.push(write);
        commit
    }

    fn apply(&mut self, change: MappingChange, version: u64) {
        match change {
            MappingChange::Add(facts) | MappingChange::Replace(facts, _) => {
                self.insert(facts, version);
            }
            MappingChange::Remove(mapping) => {
                let facts = &mapping.facts;
                let place = (facts.account, facts.region.clone());
                if let Some(ids) = self.regions.get_mut(&place) {
                    ids.remove(&facts.id);
                }
            }
        }
    }

    fn load(&mut self, stored: &Fact) -> Decoded<()> {
        let id = fact::decode_key(&stored.key)?;
        self.insert(fact::decode(id, &stored.value)?, stored.version);
        Ok(())
    }
}
