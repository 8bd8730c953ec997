//! The decision over every resource that an operation names.
//!
//! An account's root may do everything to the resources of that account that their own policies do not deny, a user
//! what its policies or that of the resource say. Across accounts both have to allow it, and whoever is refused is told
//! the same whether the resource exists or not. The exception is the operator: the root of the account that came with
//! the data directory manages who there is in all accounts, and touches nothing else of theirs.

use async_trait::async_trait;
use domain::{AccountId, ArnParts};
use jiff::Timestamp;
use wire::{Authorizer, Caller, Denied, Resource};

use super::holder::Holder;
use super::{Directory, Verdict, root_arn};
use crate::ops::OPERATIONS;
use crate::policy::{Context, ResourcePolicy, is_elsewhere};

/// Condition keys that only the service knows.
pub(crate) type Conditions = Vec<(String, Vec<String>)>;

#[async_trait]
impl Authorizer for Directory {
    async fn authorize(&self, caller: &Caller, asked: &Resource) -> Result<(), Denied> {
        self.decide(caller, asked)
    }
}

impl Directory {
    /// Whether the caller may do this to that. Nothing is waited for.
    ///
    /// # Errors
    /// If not; the text names action and resource.
    pub fn decide(&self, caller: &Caller, asked: &Resource) -> Result<(), Denied> {
        let (is_root, is_own) = (is_root(caller), is_of(caller.account, &asked.arn));
        match (is_root, is_own) {
            // What most requests meet, so it asks for nothing more.
            (true, true) if asked.policy.is_none() => Ok(()),
            (true, false) if self.is_managed(caller, asked) => Ok(()),
            (true, _) => self.ask_policies(caller, asked, &Holder::root(caller.account)),
            (false, _) => {
                let holder = self.ledger.look(|index| index.holder(&caller.principal));
                // Keys of a root let whoever has them do everything, so no policy gives them away.
                let is_of_root = asked.arn == root_arn(caller.account);
                let holder = holder.filter(|_| !is_of_root);
                let holder = holder.ok_or_else(|| denied(caller, asked, "identity-based"))?;
                self.ask_policies(caller, asked, &holder)
            }
        }
    }

    /// Whether there is a user or a role with this ARN.
    pub fn is_known(&self, principal: &str) -> bool {
        self.ledger.look(|index| index.holder(principal)).is_some()
    }

    /// Whether the operator asks about who there is in an account.
    fn is_managed(&self, caller: &Caller, asked: &Resource) -> bool {
        caller.account == self.operator()
            && OPERATIONS.iter().any(|entry| entry.info.action == asked.action)
    }

    fn ask_policies(
        &self,
        caller: &Caller,
        asked: &Resource,
        holder: &Holder,
    ) -> Result<(), Denied> {
        let now = self.now().0;
        let decide = |policy: Option<&ResourcePolicy>, conditions: &Conditions| {
            let context = context(caller, conditions, now);
            holder.decide((asked.action, &asked.arn), policy, &context)
        };
        let verdict = match &asked.policy {
            None => decide(None, &asked.conditions),
            Some(attached) => match attached.read() {
                Some(policy) => decide(Some(policy), &asked.conditions),
                None => return Err(denied(caller, asked, "resource-based")),
            },
        };
        match verdict {
            Verdict::Allowed => Ok(()),
            Verdict::Denied { message, .. } if is_of(caller.account, &asked.arn) => {
                Err(Denied { message })
            }
            // What a stranger is told follows from its own policies alone, and from nothing of the resource: so nobody
            // learns whether there is such a resource in another account, how it is tagged, or what its policy says.
            Verdict::Denied { .. } => match decide(None, &Vec::new()) {
                Verdict::Denied { message, .. } => Err(Denied { message }),
                Verdict::Allowed => Err(denied(caller, asked, "resource-based")),
            },
        }
    }
}

fn denied(caller: &Caller, asked: &Resource, missing: &str) -> Denied {
    Denied { message: refusal(&caller.principal, asked.action, &asked.arn, missing) }
}

/// What a caller is told if no policy of the kind says yes.
pub(crate) fn refusal(principal: &str, action: &str, arn: &str, missing: &str) -> String {
    format!(
        "User: {principal} is not authorized to perform: {action} on resource: {arn} because no {missing} policy \
         allows the {action} action"
    )
}

/// Whether the caller is the root of its account.
pub(crate) fn is_root(caller: &Caller) -> bool {
    let account = caller.principal.strip_prefix("arn:aws:iam::");
    let account = account.and_then(|rest| rest.strip_suffix(":root"));
    account.is_some_and(|account| account.parse() == Ok(caller.account))
}

/// Whether a resource is one of the account, or none, or not on this server: then the account decides who may go there for
/// it.
pub fn is_of(account: AccountId, arn: &str) -> bool {
    arn == "*"
        || is_elsewhere(arn)
        || ArnParts::of(arn).and_then(|parts| parts.owner()) == Some(account)
}

/// What policies may ask about a request. What follows from the principal and the resource they know already.
pub(crate) fn context(caller: &Caller, conditions: &Conditions, now_ms: u64) -> Context {
    let origin = &caller.origin;
    let seconds = now_ms / 1000;
    let mut context = Context::default()
        .with("aws:CurrentTime", date(seconds))
        .with("aws:EpochTime", seconds.to_string())
        .with("aws:RequestedRegion", caller.region.as_str())
        .with("aws:SecureTransport", origin.tls.is_some().to_string());
    if let Some(address) = origin.address {
        context = context.with("aws:SourceIp", address.to_canonical().to_string());
    }
    if let Some(listener) = &origin.listener {
        context = context.with("aws:SourceVpce", listener.as_ref());
    }
    if let Some(user_agent) = &origin.user_agent {
        context = context.with("aws:UserAgent", user_agent);
    }
    for (key, values) in conditions {
        context = context.with_more(key, values);
    }
    context
}

/// As condition operators read dates: `2026-11-27T12:00:00Z`.
pub(super) fn date(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let at = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
