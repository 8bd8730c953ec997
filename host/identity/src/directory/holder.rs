//! A user or a role as requests need it: the principal, and its policies, read once.

use std::sync::Arc;

use domain::AccountId;
use storage::codec::Decoded;

use super::Verdict;
use super::facts::{Kind, Member, root_arn};
use crate::policy::{
    Context, Decision, Denial, Finding, Policy, PolicyRef, Principal, PrincipalKind, Request,
    ResourcePolicy, evaluate, simulate,
};

/// Whose policies decide.
#[derive(Debug)]
pub(crate) struct Holder {
    pub(crate) principal: Principal,
    pub(crate) policies: Vec<Arc<Policy>>,
    /// What the policies are called, in the same order.
    names: Vec<String>,
}

impl Holder {
    /// What requests need of `member`.
    pub(crate) fn of(member: &Member) -> Decoded<Self> {
        let policies = member.policies.iter().map(|(name, text)| {
            let policy = Policy::parse(text);
            policy
                .map(Arc::new)
                .map_err(|error| format!("policy {name} of {}: {error}", member.arn()))
        });
        let principal = Principal {
            account: member.account,
            arn: member.arn(),
            id: member.id.clone(),
            kind: match member.kind {
                Kind::User => PrincipalKind::User,
                Kind::Role => PrincipalKind::Role,
            },
            name: Some(member.name.to_string()),
            tags: member.tags.clone(),
        };
        let names = member.policies.iter().map(|(name, _)| name.clone()).collect();
        Ok(Self { principal, policies: policies.collect::<Decoded<_>>()?, names })
    }

    /// The root of an account, who has no policies.
    pub(crate) fn root(account: AccountId) -> Self {
        let principal = Principal {
            account,
            arn: root_arn(account),
            id: account.to_string(),
            kind: PrincipalKind::Root,
            name: None,
            tags: Vec::new(),
        };
        Self { principal, policies: Vec::new(), names: Vec::new() }
    }

    /// What its policies and that of the resource say.
    pub(crate) fn decide(
        &self,
        (action, resource): (&str, &str),
        policy: Option<&ResourcePolicy>,
        context: &Context,
    ) -> Verdict {
        let request = Request { principal: &self.principal, action, resource, context };
        verdict(&evaluate(&self.policies, policy, &request), &request)
    }

    /// The same, and what each statement has to say to it, a line each.
    pub(crate) fn explain(
        &self,
        (action, resource): (&str, &str),
        policy: Option<&ResourcePolicy>,
        context: &Context,
    ) -> (Verdict, Vec<String>) {
        let request = Request { principal: &self.principal, action, resource, context };
        let simulation = simulate(&self.policies, policy, &request);
        let lines = simulation.findings.iter().map(|finding| self.named(finding));
        (verdict(&simulation.decision, &request), lines.collect())
    }

    /// A finding with the name of the policy, which only counts them.
    fn named(&self, finding: &Finding) -> String {
        let line = finding.to_string();
        match finding.statement.policy {
            PolicyRef::Identity(index) => {
                let name = self.names.get(index).map_or("", String::as_str);
                line.replacen(&format!(" of policy {index}"), &format!(" of policy {name}"), 1)
            }
            PolicyRef::Resource => line,
        }
    }
}

fn verdict(decision: &Decision, request: &Request<'_>) -> Verdict {
    match decision {
        Decision::Allow(_) => Verdict::Allowed,
        Decision::Deny(denial) => Verdict::Denied {
            is_explicit: matches!(denial, Denial::Explicit(_)),
            message: denial.message(request),
        },
    }
}
