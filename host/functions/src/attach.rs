//! Making, changing and deleting mappings of streams to functions.

use std::sync::Arc;

use domain::{AccountId, FunctionName, MappingId, Qualifier, Region, limits};
use streams::Stream;
use wasm::World;

use crate::catalog::{MappingChange, MappingIndex};
use crate::delivery;
use crate::destination::Destination;
use crate::error::{Invalid, Missing, Taken};
use crate::filters::Filters;
use crate::mapping::{ConsumerRef, Knobs, Mapping, MappingFacts, Phase, Start, StreamRef};
use crate::roles::USE_STATE;
use crate::{Error, Functions, Result};

/// What a mapping is to be.
#[derive(Clone, Debug)]
pub struct NewMapping {
    /// Where records come from; account and region are the mapping's as well.
    pub source: Arc<Stream>,
    /// As which consumer of that stream they are read, if as one.
    pub reads_as: Option<ConsumerRef>,
    /// Who gets them.
    pub function: FunctionName,
    /// Which version of it; without, the function as it is when a batch is due.
    pub qualifier: Option<Qualifier>,
    /// Which records it gets.
    pub filters: Filters,
    /// Where records go that the function emits.
    pub target: Option<StreamRef>,
    /// Where is told of records that are given up.
    pub on_failure: Option<Destination>,
    /// Where it begins to read.
    pub start: Start,
    /// How it reads.
    pub knobs: Knobs,
    /// Whether it reads at once.
    pub is_enabled: bool,
    /// Its tags, by key.
    pub tags: Vec<(String, String)>,
}

impl Functions {
    /// Makes a mapping. Where it begins to read is settled when this returns.
    ///
    /// # Errors
    /// If the stream is mapped to the function already, the account would have too much, or the store does
    /// not take it.
    pub async fn attach(self: &Arc<Self>, new: NewMapping) -> Result<Arc<Mapping>> {
        let number = self.around.store.new_ids(1).await?;
        let now = self.around.clock.now();
        let facts = MappingFacts {
            id: MappingId::from_random(self.around.entropy.bytes()),
            number,
            account: new.source.facts.account,
            region: new.source.facts.region.clone(),
            source: StreamRef { id: new.source.facts.id, name: new.source.facts.name.clone() },
            reads_as: new.reads_as,
            function: new.function,
            qualifier: new.qualifier,
            filters: new.filters,
            target: new.target,
            on_failure: new.on_failure,
            start: new.start,
            knobs: new.knobs,
            phase: if new.is_enabled { Phase::Enabled } else { Phase::Disabled },
            created: now,
            modified: now,
            tags: new.tags,
        };
        self.check_role(&facts)?;
        let added = facts.clone();
        let changed = self.mappings.change(|index| {
            self.check_free(index, &added)?;
            let count = index.list(added.account, &added.region, None).count();
            if count >= limits::ACCOUNT_MAPPINGS_MAX {
                return Err(Invalid::MappingCount.into());
            }
            Ok(MappingChange::Add(added))
        });
        changed.await?;
        // Not before the mapping is a fact, so that no progress is left that nobody knows of.
        if let Err(error) = self.begin(&facts, &new.source).await {
            self.detach(facts.account, &facts.region, facts.id).await?;
            return Err(error);
        }
        let mapping = self.mapping(facts.account, &facts.region, facts.id)?;
        self.supervise(&mapping, true);
        Ok(mapping)
    }

    /// Whether the function's role allows what the mapping does. It is asked again for each batch.
    fn check_role(&self, facts: &MappingFacts) -> Result<()> {
        let function = self.pick(&facts.function_arn())?;
        let of = &function.facts;
        let refused = |why| Error::Invalid(Invalid::Role(why));
        if let Ok(source) = self.read_from(facts) {
            self.may_read(of, facts, &source).map_err(refused)?;
        }
        if let Some(stream) = &facts.target {
            self.may_put(of, &facts.stream_arn(stream)).map_err(refused)?;
        }
        if let Some(destination) = &facts.on_failure {
            let prefix = delivery::prefix(facts.id);
            self.may_tell(of, destination, &prefix).map_err(refused)?;
        }
        if of.code.world == World::Consumer {
            self.may(of, &facts.asked(USE_STATE)).map_err(refused)?;
        }
        Ok(())
    }

    /// Whether a mapping that reads waits for its function to be made again, before a change and after it.
    fn waits_for_function(&self, before: &MappingFacts, after: &MappingFacts) -> bool {
        let function = after.function_arn();
        let is_same = before.phase == Phase::Enabled && before.function_arn() == function;
        is_same && self.pick(&function).is_err()
    }

    /// The mapping with this id.
    ///
    /// # Errors
    /// If there is none.
    pub fn mapping(
        &self,
        account: AccountId,
        region: &Region,
        id: MappingId,
    ) -> Result<Arc<Mapping>> {
        let found = self.mappings.look(|index| index.by_id(account, region, id));
        found.ok_or(Error::NotFound(Missing::Mapping))
    }

    /// Changes a mapping as `change` says.
    pub(crate) async fn reattach(
        self: &Arc<Self>,
        (account, region): (AccountId, &Region),
        id: MappingId,
        change: impl FnOnce(&mut MappingFacts) -> Result<()>,
    ) -> Result<Arc<Mapping>> {
        let now = self.around.clock.now();
        let changed = self.mappings.change(|index| {
            let found = index.by_id(account, region, id);
            let old = found.ok_or(Error::NotFound(Missing::Mapping))?;
            if old.facts.phase == Phase::Deleting {
                return Err(Error::InUse);
            }
            let mut facts = old.facts.clone();
            change(&mut facts)?;
            if facts.function_arn() != old.facts.function_arn() {
                self.check_free(index, &facts)?;
            }
            if facts.phase == Phase::Enabled && !self.waits_for_function(&old.facts, &facts) {
                self.check_role(&facts)?;
            }
            facts.modified = now;
            Ok(MappingChange::Replace(facts, old.version))
        });
        changed.await?;
        let mapping = self.mapping(account, region, id)?;
        self.supervise(&mapping, false);
        Ok(mapping)
    }

    /// Changes what is known of a mapping but not how it works: it reads on as before.
    pub(crate) async fn note_mapping(
        &self,
        (account, region): (AccountId, &Region),
        id: MappingId,
        change: impl FnOnce(&mut MappingFacts) -> Result<()>,
    ) -> Result<()> {
        let changed = self.mappings.change(|index| {
            let found = index.by_id(account, region, id);
            let old = found.ok_or(Error::NotFound(Missing::Mapping))?;
            let mut facts = old.facts.clone();
            change(&mut facts)?;
            Ok(MappingChange::Replace(facts, old.version))
        });
        changed.await
    }

    /// Begins to delete a mapping: it goes once the batches in hand are finished.
    ///
    /// # Errors
    /// If there is none, or it is going already.
    pub async fn detach(
        self: &Arc<Self>,
        account: AccountId,
        region: &Region,
        id: MappingId,
    ) -> Result<Arc<Mapping>> {
        let change = |facts: &mut MappingFacts| {
            facts.phase = Phase::Deleting;
            Ok(())
        };
        self.reattach((account, region), id, change).await
    }

    /// Whether no other mapping leads from the source to the same function, version or alias, and none reads as the same
    /// consumer.
    fn check_free(&self, index: &MappingIndex, facts: &MappingFacts) -> Result<()> {
        if let Some(other) = index.same(facts) {
            let (source_arn, function, id) = (facts.source_arn(), facts.function_name(), other.id);
            let is_of_deleted = self.around.streams.stream_by_id(other.source.id).is_none();
            return Err(Error::Taken(Taken::Mapping { source_arn, function, id, is_of_deleted }));
        }
        match index.reads_as_same(facts) {
            Some(other) => {
                Err(Error::Taken(Taken::Consumer { arn: facts.source_arn(), id: other.id }))
            }
            None => Ok(()),
        }
    }
}
