//! What is true of a request: its context, and what follows from who asks for which resource.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use domain::{AccountId, ArnParts};

use super::glob::Effort;
use super::keys;
use super::request::{PrincipalKind, Request};

/// Steps of matching that one decision may take: 4 ms. Ten policies as large as they may be need a fifth of it
/// if their patterns are ordinary; three of a usual size take 2 microseconds.
pub(super) const EFFORT_MAX: u64 = 1_000_000;

/// What looking a key up costs, in steps of matching.
const LOOKUP_STEPS: usize = 16;

/// Whose resource it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// `*`: the action knows no resource and concerns the caller's own account.
    Caller,
    Account(AccountId),
    /// A bucket, which is not on this server and does not tell whose it is. What is decided here is who may use the key
    /// with which the caller's account opens it, and that is the account's own business.
    Elsewhere,
    /// An ARN without an account. Nobody's, so that no rule for one's own account holds.
    Nobody,
}

/// A request, prepared for being compared with many statements.
pub(super) struct Facts<'a> {
    pub(super) request: Request<'a>,
    /// In lower case.
    pub(super) action: String,
    pub(super) effort: Effort,
    /// The principal's tags by folded key, once a policy asks for one.
    tags: OnceCell<BTreeMap<String, Vec<&'a str>>>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(request: &Request<'a>) -> Self {
        let action = request.action.to_ascii_lowercase();
        Self { request: *request, action, effort: Effort::new(EFFORT_MAX), tags: OnceCell::new() }
    }

    pub(super) fn owner(&self) -> Owner {
        if self.request.resource == "*" {
            return Owner::Caller;
        }
        if is_elsewhere(self.request.resource) {
            return Owner::Elsewhere;
        }
        match ArnParts::of(self.request.resource).and_then(|parts| parts.owner()) {
            Some(account) => Owner::Account(account),
            None => Owner::Nobody,
        }
    }

    /// The values of a folded key; none if it is absent.
    pub(super) fn values(&self, folded: &str) -> Vec<Cow<'a, str>> {
        let values = self.look_up(folded);
        self.effort.spend(LOOKUP_STEPS + values.len());
        values
    }

    fn look_up(&self, folded: &str) -> Vec<Cow<'a, str>> {
        let principal = self.request.principal;
        if let Some(tag) = folded.strip_prefix("aws:principaltag/") {
            let values = self.tags.get_or_init(|| by_key(&principal.tags)).get(tag);
            return values.into_iter().flatten().map(|value| Cow::Borrowed(*value)).collect();
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
            Owner::Elsewhere | Owner::Nobody => Vec::new(),
        }
    }
}

/// Whether an ARN names a bucket, or an object in one.
pub(crate) fn is_elsewhere(arn: &str) -> bool {
    arn.starts_with("arn:aws:s3:::")
}

fn by_key(tags: &[(String, String)]) -> BTreeMap<String, Vec<&str>> {
    let mut by_key: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (key, value) in tags {
        by_key.entry(keys::fold(key)).or_default().push(value);
    }
    by_key
}
