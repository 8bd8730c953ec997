//! Publishing functions and deleting what was published. Each is one commit: a change of the code that is to be published
//! at once is never there without its version.

use std::sync::Arc;

use domain::{AccountId, FunctionName, Millis, QualifiedArn, Qualifier, Region, limits};

use crate::catalog::{Beside, FunctionChange, FunctionIndex};
use crate::error::{Invalid, Missing, Taken};
use crate::function::{Function, FunctionFacts};
use crate::lifecycle::{Amend, check_revision, existing};
use crate::versions::{Next, Published};
use crate::{Error, Functions, Result};

/// What is drawn for a version before it is known whether there will be one.
pub(crate) struct Draft {
    edition: u64,
    revision: String,
    at: Millis,
    /// What is told instead of the function's description.
    description: Option<String>,
}

impl Functions {
    /// What a call of this meets, once: an alias that leads to two versions is asked for each call.
    ///
    /// # Errors
    /// If there is no such function, version or alias.
    pub(crate) fn pick(&self, arn: &QualifiedArn) -> Result<Arc<Function>> {
        self.resolve(arn, Some(u64::from_le_bytes(self.around.entropy.bytes())))
    }

    /// What this is: of an alias, the version that is its own.
    ///
    /// # Errors
    /// If there is no such function, version or alias.
    pub(crate) fn find(&self, arn: &QualifiedArn) -> Result<Arc<Function>> {
        self.resolve(arn, None)
    }

    fn resolve(&self, arn: &QualifiedArn, draw: Option<u64>) -> Result<Arc<Function>> {
        let found = self.functions.look(|index| index.resolve(arn, draw));
        found.ok_or_else(|| Error::NotFound(Missing::qualified(arn)))
    }

    /// Publishes a function as it is now; if nothing has changed since the last version, that is what is found.
    ///
    /// # Errors
    /// If there is no such function, it is not what the caller believes, the account would have too much, or the store
    /// does not take it.
    pub(crate) async fn publish(
        &self,
        (account, region): (AccountId, &Region),
        what: Amend<'_>,
        description: Option<String>,
        check: impl FnOnce(&FunctionFacts) -> Result<()>,
    ) -> Result<Arc<Function>> {
        let draft = self.draft(description).await?;
        let Amend { name, revision } = what;
        let mut published = 0;
        let changed = self.functions.change(|index| {
            let latest = existing(index, (account, region), name)?;
            check(&latest.facts)?;
            check_revision(&latest, revision)?;
            let as_it_is = FunctionChange::Replace(latest.facts.clone(), latest.version);
            let (change, number) = self.publication(index, as_it_is, &latest.facts, draft)?;
            published = number;
            Ok(change)
        });
        changed.await?;
        self.version((account, region), name, published)
    }

    /// Changes a function as [`Functions::amend`] does, and publishes what it is then.
    pub(crate) async fn amend_and_publish(
        &self,
        (account, region): (AccountId, &Region),
        what: Amend<'_>,
        change: impl FnOnce(&mut FunctionFacts) -> Result<()>,
    ) -> Result<Arc<Function>> {
        let (own, draft) = (self.draft(None).await?, self.draft(None).await?);
        let Amend { name, revision } = what;
        let mut published = 0;
        let changed = self.functions.change(|index| {
            let old = existing(index, (account, region), name)?;
            check_revision(&old, revision)?;
            let mut facts = old.facts.clone();
            change(&mut facts)?;
            own.mark(&mut facts);
            let amended = FunctionChange::Replace(facts.clone(), old.version);
            let (change, number) = self.publication(index, amended, &facts, draft)?;
            published = number;
            Ok(change)
        });
        changed.await?;
        self.version((account, region), name, published)
    }

    /// Draws what a version needs.
    pub(crate) async fn draft(&self, description: Option<String>) -> Result<Draft> {
        let edition = self.around.store.new_ids(1).await?;
        Ok(Draft { edition, revision: self.uuid(), at: self.around.clock.now(), description })
    }

    /// `first`, and with it the version that it makes of a function that is then like `latest`, if it makes one; and the
    /// number under which that is found.
    pub(crate) fn publication(
        &self,
        index: &FunctionIndex,
        first: FunctionChange,
        latest: &FunctionFacts,
        draft: Draft,
    ) -> Result<(FunctionChange, u64)> {
        let number = match index.next_version(latest) {
            Next::Same(last) => {
                let number = last.published.as_ref().map_or(0, |it| it.number);
                return Ok((first, number));
            }
            Next::New(number) => number,
        };
        let place = (latest.account, &latest.region);
        self.admit_code(index, place, latest.code.bytes)?;
        if index.version_count(place.0, place.1) >= limits::ACCOUNT_VERSIONS_MAX {
            return Err(Invalid::VersionCount.into());
        }
        // Tags and places are the function's, whichever of its versions is meant.
        let mut facts = FunctionFacts { tags: Vec::new(), reserved: None, ..latest.clone() };
        draft.mark(&mut facts);
        let published = Published { number, description: draft.description };
        Ok((Beside::Publish(Box::new(first), Box::new(facts), published).into(), number))
    }

    /// The version of this number.
    pub(crate) fn version(
        &self,
        (account, region): (AccountId, &Region),
        name: &FunctionName,
        number: u64,
    ) -> Result<Arc<Function>> {
        let function = domain::FunctionArn { region: region.clone(), account, name: name.clone() };
        self.find(&QualifiedArn { function, qualifier: Some(Qualifier::Version(number)) })
    }

    /// Deletes a version and its policy. Calls that run finish.
    ///
    /// # Errors
    /// If there is none, an alias leads to it, or the store does not take it.
    pub(crate) async fn delete_version(
        &self,
        (account, region): (AccountId, &Region),
        name: &FunctionName,
        number: u64,
    ) -> Result<()> {
        let changed = self.functions.change(|index| {
            let latest = existing(index, (account, region), name)?;
            let qualifier = Some(Qualifier::Version(number));
            let arn = QualifiedArn { function: latest.facts.arn(), qualifier };
            let found = index.resolve(&arn, None);
            let version = found.ok_or_else(|| Error::NotFound(Missing::qualified(&arn)))?;
            let leading = index.aliases_of(&arn.function, number);
            if !leading.is_empty() {
                let names = leading.iter().map(ToString::to_string).collect::<Vec<_>>();
                return Err(Error::Taken(Taken::Version(names.join(", "))));
            }
            Ok(Beside::RemoveVersion(version, number).into())
        });
        changed.await
    }
}

impl Draft {
    fn mark(&self, facts: &mut FunctionFacts) {
        facts.edition = self.edition;
        facts.revision.clone_from(&self.revision);
        facts.modified = self.at;
    }
}
