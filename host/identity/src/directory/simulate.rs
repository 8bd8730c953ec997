//! What a policy would say: for whoever writes them.

use domain::AccountId;

use super::access::date;
use super::{Directory, Kind, members};
use crate::error::Error;
use crate::policy::{Context, ResourcePolicy};

/// A question that nobody asked yet.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The action: `kinesis:PutRecord`.
    pub action: &'a str,
    /// The resource's ARN, or `*`.
    pub resource: &'a str,
    /// The policy of the resource, if it has one that speaks about the action.
    pub policy: Option<ResourcePolicy>,
    /// Condition keys and their values. The time is the present one unless it is given.
    pub context: Vec<(String, Vec<String>)>,
}

/// What policies say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Allowed,
    /// No.
    Denied {
        /// Whether a statement says so, or none says yes.
        is_explicit: bool,
        /// As the caller would be told.
        message: String,
    },
}

impl Directory {
    /// What the policies of a user or a role say, and what each of their statements has to say to it.
    ///
    /// # Errors
    /// If there is nobody of that name.
    pub fn simulate(
        &self,
        (kind, account, name): (Kind, AccountId, &str),
        asked: &Asked<'_>,
    ) -> Result<(Verdict, Vec<String>), Error> {
        let holder = self.ledger.look(|index| index.holder(&kind.arn(account, name)));
        let holder = holder.ok_or_else(|| members::missing(kind, name))?;
        let seconds = self.now().0 / 1000;
        let now = [("aws:CurrentTime", date(seconds)), ("aws:EpochTime", seconds.to_string())];
        let mut context = Context::default();
        for (key, values) in &asked.context {
            context = context.with_more(key, values);
        }
        for (key, value) in now {
            let is_given = asked.context.iter().any(|(given, _)| given.eq_ignore_ascii_case(key));
            context = if is_given { context } else { context.with(key, value) };
        }
        Ok(holder.explain((asked.action, asked.resource), asked.policy.as_ref(), &context))
    }
}
