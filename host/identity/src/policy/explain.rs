//! A refusal in AWS's words.

use super::evaluate::{Denial, Missing, PolicyRef};
use super::request::Request;

impl Denial {
    /// The sentence that AWS's services answer with. It tells the kind of the policy that decided, as theirs
    /// does, and not which one.
    pub fn message(&self, request: &Request<'_>) -> String {
        let Request { principal, action, resource, .. } = request;
        let arn = &principal.arn;
        let start =
            format!("User: {arn} is not authorized to perform: {action} on resource: {resource}");
        match self {
            Self::Explicit(statement) => {
                let kind = match statement.policy {
                    PolicyRef::Identity(_) => "an identity-based",
                    PolicyRef::Resource => "a resource-based",
                };
                format!("{start} with an explicit deny in {kind} policy")
            }
            Self::Implicit(missing) => {
                let kind = match missing {
                    Missing::Identity | Missing::Effort => "identity-based",
                    Missing::Resource => "resource-based",
                };
                format!("{start} because no {kind} policy allows the {action} action")
            }
        }
    }
}

impl Missing {
    /// What is missing.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Identity => "no policy of the caller allows it",
            Self::Resource => "no policy of the resource, which is another account's, allows it",
            Self::Effort => "its policies take too much work to match",
        }
    }
}
