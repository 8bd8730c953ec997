//! What is true of a request: its context, and what follows from who asks for which resource.

use std::borrow::Cow;

use domain::AccountId;

use super::glob::Effort;
use super::keys;
use super::request::{PrincipalKind, Request};

/// Steps of matching that one decision may take: 4 ms. Ten policies as large as they may be need a fifth of it
/// if their patterns are ordinary; three of a usual size take 2 microseconds.
const EFFORT_MAX: u64 = 1_000_000;

/// Whose resource it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// `*`: the action knows no resource and concerns the caller's own account.
    Caller,
    Account(AccountId),
    /// An ARN without an account. Nobody's, so that no rule for one's own account holds.
    Nobody,
}

/// A request, prepared for being compared with many statements.
pub(super) struct Facts<'a> {
    pub(super) request: Request<'a>,
    /// In lower case.
    pub(super) action: String,
    pub(super) effort: Effort,
}

impl<'a> Facts<'a> {
    pub(super) fn new(request: &Request<'a>) -> Self {
        let action = request.action.to_ascii_lowercase();
        Self { request: *request, action, effort: Effort::new(EFFORT_MAX) }
    }

    pub(super) fn owner(&self) -> Owner {
        if self.request.resource == "*" {
            return Owner::Caller;
        }
        let account =
            self.request.resource.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(3));
        match account.and_then(|account| account.parse().ok()) {
            Some(account) => Owner::Account(account),
            None => Owner::Nobody,
        }
    }

    /// The values of a folded key; none if it is absent.
    pub(super) fn values(&self, folded: &str) -> Vec<Cow<'a, str>> {
        let principal = self.request.principal;
        if let Some(tag) = folded.strip_prefix("aws:principaltag/") {
            let has_key = |(key, _): &&(String, String)| keys::fold(key) == tag;
            let tags = principal.tags.iter().filter(has_key);
            return tags.map(|(_, value)| Cow::Borrowed(value.as_str())).collect();
        }
        match folded {
            "aws:principalarn" => vec![principal.lasting_arn()],
            "aws:principalaccount" => vec![Cow::Owned(principal.account.to_string())],
            "aws:principaltype" => vec![Cow::Borrowed(principal.kind_name())],
            "aws:userid" => vec![Cow::Borrowed(&principal.id)],
            "aws:username" => self.user_name(),
            "aws:resourceaccount" => self.resource_account(),
            // No service of AWS calls here, and requests always say so.
            "aws:principalisawsservice" => vec![Cow::Borrowed("false")],
            "aws:viaawsservice" if self.request.context.values(folded).is_empty() => {
                vec![Cow::Borrowed("false")]
            }
            _ => self
                .request
                .context
                .values(folded)
                .iter()
                .map(|value| value.as_str().into())
                .collect(),
        }
    }

    fn user_name(&self) -> Vec<Cow<'a, str>> {
        let principal = self.request.principal;
        let name = principal.name.as_deref().filter(|_| principal.kind == PrincipalKind::User);
        name.map(Cow::Borrowed).into_iter().collect()
    }

    fn resource_account(&self) -> Vec<Cow<'a, str>> {
        match self.owner() {
            Owner::Account(account) => vec![Cow::Owned(account.to_string())],
            Owner::Caller => vec![Cow::Owned(self.request.principal.account.to_string())],
            Owner::Nobody => Vec::new(),
        }
    }
}
