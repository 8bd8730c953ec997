//! The decision: AWS's order over the policies of the one who asks and of what is asked for.
//!
//! 1. A statement that denies decides, wherever it stands.
//! 2. The root of the account that owns the resource may do the rest.
//! 3. In one account, the policies of the one who asks or the policy of the resource must allow it. A policy
//!    that names the account only leaves it to the account's own policies.
//! 4. Across accounts, both must.
//!
//! Keys are stricter in the second and third point: their policy must let in the one who asks, be it the root, or
//! name the account and so leave it to the account's own policies.

use std::sync::Arc;

use super::facts::{Facts, Owner};
use super::request::{PrincipalKind, Request};
use super::statement::{Effect, Outcome};
use super::trust::Trust;
use super::{Policy, ResourcePolicy};

/// Which policy of those that were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyRef {
    /// The one at this place among the policies of the one who asks.
    Identity(usize),
    /// The policy of the resource.
    Resource,
}

/// Which statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementRef {
    /// The policy that it stands in.
    pub policy: PolicyRef,
    /// Its place there, from 0.
    pub index: usize,
    /// Its `Sid`, if it has one.
    pub sid: Option<String>,
}

/// Whether the request may be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Allow(Grounds),
    /// It may not.
    Deny(Denial),
}

/// Why something is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grounds {
    /// The statement of one's own policies, if they were needed and one is there. A root needs none.
    pub identity: Option<StatementRef>,
    /// The statement of the resource's policy, if it was needed.
    pub resource: Option<StatementRef>,
}

/// Why something is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// A statement denies it.
    Explicit(StatementRef),
    /// Nothing allows it.
    Implicit(Missing),
}

/// What would have had to allow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A policy of the one who asks.
    Identity,
    /// The policy of the resource.
    Resource,
    /// Nobody knows: matching took more work than one request may cause.
    Effort,
}

impl Decision {
    /// Whether the request may be served.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allow(_))
    }
}

/// Decides. `identity` are the policies of the one who asks, in any order; `resource` is the policy of what
/// is asked for, if it has one.
pub fn evaluate(
    identity: &[Arc<Policy>],
    resource: Option<&ResourcePolicy>,
    request: &Request<'_>,
) -> Decision {
    let facts = Facts::new(request);
    let decision = decide(identity, resource, &facts);
    // Out of effort, a statement that denies may have been passed over.
    if facts.effort.is_spent() {
        return Decision::Deny(Denial::Implicit(Missing::Effort));
    }
    decision
}

fn decide(
    identity: &[Arc<Policy>],
    resource: Option<&ResourcePolicy>,
    facts: &Facts<'_>,
) -> Decision {
    let identity = || {
        let policies = identity.iter().enumerate();
        policies.map(|(index, policy)| (PolicyRef::Identity(index), &**policy))
    };
    let is_required = resource.is_some_and(|policy| policy.is_required);
    let resource = || resource.into_iter().map(|policy| (PolicyRef::Resource, &policy.document));
    if let Some((denying, _)) = applying(identity().chain(resource()), Effect::Deny, facts).next() {
        return Decision::Deny(Denial::Explicit(denying));
    }
    let principal = facts.request.principal;
    let is_root = principal.kind == PrincipalKind::Root;
    let is_own = match facts.owner() {
        Owner::Caller | Owner::Elsewhere => true,
        Owner::Account(account) => account == principal.account,
        Owner::Nobody => false,
    };
    if is_root && is_own && !is_required {
        return Decision::Allow(Grounds { identity: None, resource: None });
    }
    let by_identity = applying(identity(), Effect::Allow, facts).next().map(|(found, _)| found);
    let mut by_resource = applying(resource(), Effect::Allow, facts);
    if is_own && is_required {
        return by_key(by_identity, by_resource);
    }
    if is_own {
        if let Some(found) = by_identity {
            return Decision::Allow(Grounds { identity: Some(found), resource: None });
        }
        return match by_resource.find(|(_, trust)| *trust == Trust::Itself) {
            Some((found, _)) => Decision::Allow(Grounds { identity: None, resource: Some(found) }),
            None => Decision::Deny(Denial::Implicit(Missing::Identity)),
        };
    }
    match (is_root, by_identity, by_resource.next()) {
        (false, None, _) => Decision::Deny(Denial::Implicit(Missing::Identity)),
        (_, _, None) => Decision::Deny(Denial::Implicit(Missing::Resource)),
        (_, identity, Some((found, _))) => {
            Decision::Allow(Grounds { identity, resource: Some(found) })
        }
    }
}

/// What the policy of a key leaves to the policies of its own account.
fn by_key(
    identity: Option<StatementRef>,
    resource: impl Iterator<Item = (StatementRef, Trust)>,
) -> Decision {
    let mut delegating = None;
    for (found, trust) in resource {
        match trust {
            Trust::Itself => {
                return Decision::Allow(Grounds { identity: None, resource: Some(found) });
            }
            Trust::Account => delegating = delegating.or(Some(found)),
        }
    }
    match (identity, delegating) {
        (_, None) => Decision::Deny(Denial::Implicit(Missing::Resource)),
        (None, Some(_)) => Decision::Deny(Denial::Implicit(Missing::Identity)),
        (identity, resource) => Decision::Allow(Grounds { identity, resource }),
    }
}

/// The statements with this effect that apply, in the order in which they stand.
fn applying<'a>(
    policies: impl Iterator<Item = (PolicyRef, &'a Policy)>,
    effect: Effect,
    facts: &Facts<'_>,
) -> impl Iterator<Item = (StatementRef, Trust)> {
    let statements = policies.flat_map(|(policy, document)| {
        let statements = document.statements.iter().enumerate();
        statements.map(move |(index, statement)| (policy, index, statement))
    });
    let with_effect = statements.filter(move |(.., statement)| statement.effect == effect);
    let looked_at = with_effect.take_while(|_| !facts.effort.is_spent());
    looked_at.filter_map(|(policy, index, statement)| match statement.test(facts) {
        Outcome::Applies(trust) => {
            Some((StatementRef { policy, index, sid: statement.sid.clone() }, trust))
        }
        Outcome::Principal | Outcome::Action | Outcome::Resource | Outcome::Condition(_) => None,
    })
}
