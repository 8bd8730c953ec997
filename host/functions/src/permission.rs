//! Changing whom a function lets in: one commit holds the policy and the new revision of what it hangs on.

use std::sync::Arc;

use domain::{AliasName, FunctionArn, QualifiedArn, Qualifier};

use crate::catalog::{Beside, FunctionChange, FunctionIndex};
use crate::error::{Invalid, Missing, Revised, Taken};
use crate::function::{Function, FunctionFacts};
use crate::lifecycle::existing;
use crate::sharing::{Policy, Statement, Unfit};
use crate::versions::Alias;
use crate::{Error, Functions, Result};

/// What a policy hangs on: a function, one of its versions or one of its aliases.
enum Holder {
    Function(Arc<Function>),
    Version(Arc<Function>),
    Alias(AliasName, Arc<Alias>),
}

impl Functions {
    /// The policy that hangs on a function, or on what the qualifier names.
    pub(crate) fn policy(
        &self,
        arn: &FunctionArn,
        qualifier: Option<&Qualifier>,
    ) -> Option<Arc<Policy>> {
        self.functions.look(|index| index.policy(arn, qualifier))
    }

    /// The revision of a function, or of what the qualifier names, and its policy.
    ///
    /// # Errors
    /// If there is no such function, version, alias or policy.
    pub(crate) fn revision_and_policy(&self, arn: &QualifiedArn) -> Result<(String, Arc<Policy>)> {
        self.functions.look(|index| {
            let holder = Holder::find(index, arn)?;
            let policy = index.policy(&arn.function, arn.qualifier.as_ref());
            let policy = policy.ok_or(Error::NotFound(Missing::Policy))?;
            Ok((holder.revision().to_owned(), policy))
        })
    }

    /// Adds a statement to the policy of what is named. It holds for the next call.
    ///
    /// # Errors
    /// If that is not there, has a statement of this name, another revision, or no room; if the statement is not
    /// understood; or the store does not take it.
    pub(crate) async fn add_permission(
        &self,
        arn: &QualifiedArn,
        believed: Option<&str>,
        statement: Statement,
    ) -> Result<()> {
        let changed = self.change_policy(arn, believed, |old| {
            let sid = statement.sid.clone();
            let more = Policy::with(old, statement, arn.to_string());
            more.map(Some).map_err(|unfit| refusal(unfit, sid))
        });
        changed.await
    }

    /// Takes a statement from the policy of what is named; with the last one goes the policy.
    ///
    /// # Errors
    /// If that is not there or has no policy or no such statement, has another revision, or the store does not take it.
    pub(crate) async fn remove_permission(
        &self,
        arn: &QualifiedArn,
        believed: Option<&str>,
        sid: &str,
    ) -> Result<()> {
        let changed = self.change_policy(arn, believed, |old| {
            let old = old.ok_or(Error::NotFound(Missing::PolicyToChange))?;
            old.without(sid).ok_or_else(|| Error::NotFound(Missing::Statement(sid.to_owned())))
        });
        changed.await
    }

    async fn change_policy(
        &self,
        arn: &QualifiedArn,
        believed: Option<&str>,
        change: impl FnOnce(Option<&Policy>) -> Result<Option<Policy>>,
    ) -> Result<()> {
        let revision = self.uuid();
        let QualifiedArn { function, qualifier } = arn;
        let changed = self.functions.change(|index| {
            let latest = existing(index, (function.account, &function.region), &function.name)?;
            let holder = Holder::find(index, arn)?;
            let policy = change(index.policy(function, qualifier.as_ref()).as_deref())?;
            if believed.is_some_and(|it| it != holder.revision()) {
                return Err(Error::Revision(Revised::Policy));
            }
            let revised = holder.revised(&latest, revision);
            let policy = policy.map(Arc::new);
            Ok(Beside::Share(Box::new(revised), latest, qualifier.clone(), policy).into())
        });
        changed.await
    }
}

impl Holder {
    fn find(index: &FunctionIndex, arn: &QualifiedArn) -> Result<Self> {
        let QualifiedArn { function, qualifier } = arn;
        let absent = || Error::NotFound(Missing::qualified(arn));
        match qualifier {
            Some(Qualifier::Alias(name)) => {
                let found = index.alias(function, name);
                found.map(|alias| Self::Alias(name.clone(), alias)).ok_or_else(absent)
            }
            Some(Qualifier::Version(_)) => {
                index.resolve(arn, None).map(Self::Version).ok_or_else(absent)
            }
            None | Some(Qualifier::Latest) => {
                index.resolve(arn, None).map(Self::Function).ok_or_else(absent)
            }
        }
    }

    fn revision(&self) -> &str {
        match self {
            Self::Function(function) | Self::Version(function) => &function.facts.revision,
            Self::Alias(_, alias) => &alias.revision,
        }
    }

    /// The same with another revision; it is, or is of, the function `latest`.
    fn revised(self, latest: &Arc<Function>, revision: String) -> FunctionChange {
        match self {
            Self::Function(function) => {
                let facts = FunctionFacts { revision, ..function.facts.clone() };
                FunctionChange::Replace(facts, function.version)
            }
            Self::Version(version) => {
                let Function { facts, published, .. } = Function::clone(&version);
                let published = published.expect("a version was published");
                let facts = FunctionFacts { revision, ..facts };
                Beside::Revise(Box::new(facts), published).into()
            }
            Self::Alias(name, alias) => {
                let alias = Arc::new(Alias { revision, ..Alias::clone(&alias) });
                Beside::Alias(Arc::clone(latest), name, Some(alias)).into()
            }
        }
    }
}

fn refusal(unfit: Unfit, sid: String) -> Error {
    match unfit {
        Unfit::Twice => Error::Taken(Taken::Statement(sid)),
        Unfit::TooLong(bytes) => Error::PolicyLength(bytes),
        Unfit::Principal => Invalid::Principal.into(),
        Unfit::Unclear(error) => Invalid::Permission(error.to_string()).into(),
    }
}
