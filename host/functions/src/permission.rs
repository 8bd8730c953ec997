//! Changing whom a function lets in: one commit holds the policy and the function's new revision.

use std::sync::Arc;

use domain::{AccountId, FunctionArn, Qualifier, Region};

use crate::catalog::FunctionChange;
use crate::error::{Invalid, Missing, Revised, Taken};
use crate::lifecycle::{Amend, existing};
use crate::sharing::{Policy, Statement, Unfit};
use crate::{Error, Functions, Result};

impl Functions {
    /// The policy that hangs on a function, or on what the qualifier names.
    pub(crate) fn policy(
        &self,
        arn: &FunctionArn,
        qualifier: Option<&Qualifier>,
    ) -> Option<Arc<Policy>> {
        self.functions.look(|index| index.policy(arn, qualifier))
    }

    /// Adds a statement to the policy of a function. It holds for the next call.
    ///
    /// # Errors
    /// If there is no such function, it has a statement of this name, another revision, or no room; if the statement
    /// is not understood; or the store does not take it.
    pub(crate) async fn add_permission(
        &self,
        place: (AccountId, &Region),
        what: Amend<'_>,
        statement: Statement,
    ) -> Result<()> {
        let changed = self.change_policy(place, what, |old, arn| {
            let sid = statement.sid.clone();
            let more = Policy::with(old, statement, arn.to_string());
            more.map(Some).map_err(|unfit| refusal(unfit, sid))
        });
        changed.await
    }

    /// Takes a statement from the policy of a function; with the last one goes the policy.
    ///
    /// # Errors
    /// If there is no such function, policy or statement, the function has another revision, or the store does not take
    /// it.
    pub(crate) async fn remove_permission(
        &self,
        place: (AccountId, &Region),
        what: Amend<'_>,
        sid: &str,
    ) -> Result<()> {
        let changed = self.change_policy(place, what, |old, _| {
            let old = old.ok_or(Error::NotFound(Missing::PolicyToChange))?;
            old.without(sid).ok_or_else(|| Error::NotFound(Missing::Statement(sid.to_owned())))
        });
        changed.await
    }

    async fn change_policy(
        &self,
        (account, region): (AccountId, &Region),
        what: Amend<'_>,
        change: impl FnOnce(Option<&Policy>, &FunctionArn) -> Result<Option<Policy>>,
    ) -> Result<()> {
        let revision = self.uuid();
        let Amend { name, revision: believed } = what;
        let changed = self.functions.change(|index| {
            let function = existing(index, (account, region), name)?;
            let arn = function.facts.arn();
            let policy = change(index.policy(&arn, None).as_deref(), &arn)?;
            if believed.is_some_and(|it| it != function.facts.revision) {
                return Err(Error::Revision(Revised::Policy));
            }
            let mut facts = function.facts.clone();
            facts.revision = revision;
            Ok(FunctionChange::Share(facts, function.version, None, policy.map(Arc::new)))
        });
        changed.await
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
