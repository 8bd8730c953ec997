//! Whom a function's owner lets call it: statements, one by one, of the policy that hangs on the function.
//!
//! A policy is kept as its statements and not as a text, because callers add and take away statements, and the text
//! that they see is one that the service writes.

use domain::{AccountId, QualifiedArn, limits};
use identity::policy::{PolicyError, ResourcePolicy};
use serde::Serialize;
use wire::{AttachedPolicy, Resource};

use crate::Functions;

/// The action that a function's policy decides about. Everything else is for the account of the function alone, and for
/// its own policies.
pub(crate) const INVOKE: &str = "lambda:InvokeFunction";

/// Whether the policy of a function decides about an action.
pub fn is_shared(action: &str, arn: &str) -> bool {
    action.eq_ignore_ascii_case(INVOKE) && arn.starts_with("arn:aws:lambda:")
}

impl Functions {
    /// What the policy is asked of somebody of `account` about a function of whatever account: with its tags, if it is of
    /// the same one, and with the function's own policy, where that decides about the action.
    pub(crate) fn asked(
        &self,
        account: AccountId,
        arn: &QualifiedArn,
        action: &'static str,
    ) -> Resource {
        let QualifiedArn { function: named, qualifier } = arn;
        let asked = Resource::new(action, arn.to_string());
        let asked = match is_shared(action, &asked.arn) {
            true => {
                let policy = self.policy(named, qualifier.as_ref());
                asked.with_policy(policy.and_then(|it| it.attached()))
            }
            false => asked,
        };
        // Of other accounts nothing else is looked up.
        let own = Some(named).filter(|named| named.account == account);
        let found = own.and_then(|arn| self.function(arn.account, &arn.region, &arn.name).ok());
        match found {
            Some(function) => {
                asked.tagged(function.facts.tags.iter().map(|(key, value)| (key, value)))
            }
            None => asked,
        }
    }
}

/// Who is let in, as a statement names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Principal {
    /// Everybody who has signed.
    Everybody,
    /// An account by the ARN of its root, a user or a role.
    Aws(String),
    /// A service of AWS's. None of them calls here, so it is told back and lets nobody in.
    Service(String),
}

/// A statement that lets somebody call a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Its name in the policy.
    pub(crate) sid: String,
    /// The action, in the caller's words.
    pub(crate) action: String,
    pub(crate) principal: Principal,
    pub(crate) conditions: Conditions,
}

/// What must be true of a call, as AddPermission lets callers say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conditions {
    /// `lambda:EventSourceToken`.
    pub(crate) event_source_token: Option<String>,
    /// `aws:PrincipalOrgID`.
    pub(crate) organization: Option<String>,
    /// `aws:SourceAccount`.
    pub(crate) source_account: Option<String>,
    /// `aws:SourceArn`, with wildcards.
    pub(crate) source_arn: Option<String>,
}

/// The policy of a function, or of one of its versions or aliases. It never changes: another one takes its place.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    statements: Vec<Statement>,
    /// Of what it is the policy.
    arn: String,
    /// As requests need it; nothing if it is about nobody who could call here.
    attached: Option<AttachedPolicy>,
}

/// Why a statement does not come to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// There is one of this name.
    Twice,
    /// The policy would have this many bytes.
    TooLong(usize),
    /// It names nobody.
    Principal,
    /// It cannot be understood.
    Unclear(PolicyError),
}

impl Principal {
    /// Who is meant by the member of AddPermission: everybody, an account, an ARN or a service.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Everybody);
        }
        if let Ok(account) = text.parse::<AccountId>() {
            return Some(Self::Aws(format!("arn:aws:iam::{account}:root")));
        }
        if text.starts_with("arn:") {
            return Some(Self::Aws(text.to_owned()));
        }
        let is_service = [".amazonaws.com", ".amazon.com", ".amazonaws.com.cn"]
            .into_iter()
            .filter_map(|domain| text.strip_suffix(domain))
            .any(|name| !name.is_empty() && name.bytes().all(in_service));
        is_service.then(|| Self::Service(text.to_owned()))
    }

    /// The text that reads as it.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Everybody => "*",
            Self::Aws(text) | Self::Service(text) => text,
        }
    }
}

fn in_service(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)
}

impl Policy {
    /// A policy of these statements, which were checked, for what has this ARN.
    pub(crate) fn new(statements: Vec<Statement>, arn: String) -> Self {
        let attached = match enforceable(&statements, &arn) {
            Ok(policy) => policy.map(AttachedPolicy::new),
            Err(error) => {
                tracing::error!(%error, "a policy of a function that was accepted cannot be read");
                Some(AttachedPolicy::unreadable())
            }
        };
        Self { statements, arn, attached }
    }

    pub(crate) fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// As whoever decides takes it.
    pub(crate) fn attached(&self) -> Option<AttachedPolicy> {
        self.attached.clone()
    }

    /// The text that GetPolicy shows.
    pub(crate) fn document(&self) -> String {
        document(&self.statements, &self.arn)
    }

    /// The policy of `arn` with one statement more than `old`.
    ///
    /// # Errors
    /// What is wrong with the statement, or that there is no room for it.
    pub(crate) fn with(
        old: Option<&Self>,
        statement: Statement,
        arn: String,
    ) -> Result<Self, Unfit> {
        let mut statements = old.map(|it| it.statements.clone()).unwrap_or_default();
        if statements.iter().any(|it| it.sid == statement.sid) {
            return Err(Unfit::Twice);
        }
        enforceable(std::slice::from_ref(&statement), &arn).map_err(|error| {
            match error.place().contains("Principal") {
                true => Unfit::Principal,
                false => Unfit::Unclear(error),
            }
        })?;
        statements.push(statement);
        let bytes = document(&statements, &arn).len();
        if bytes > limits::FUNCTION_POLICY_BYTES_MAX {
            return Err(Unfit::TooLong(bytes));
        }
        Ok(Self::new(statements, arn))
    }

    /// The policy without the statement of this name; none if no other is left. `None` if it has no such statement.
    pub(crate) fn without(&self, sid: &str) -> Option<Option<Self>> {
        let at = self.statements.iter().position(|it| it.sid == sid)?;
        let mut statements = self.statements.clone();
        statements.remove(at);
        Some((!statements.is_empty()).then(|| Self::new(statements, self.arn.clone())))
    }
}

impl Statement {
    /// The statement as AWS writes it, in the policy of `arn`.
    pub(crate) fn document(&self, arn: &str) -> String {
        to_text(&Shown::of(self, arn))
    }

    /// Whether somebody could ask here whom it lets in.
    fn is_enforceable(&self) -> bool {
        match self.principal {
            Principal::Everybody | Principal::Aws(_) => true,
            Principal::Service(_) => false,
        }
    }
}

/// What the statements say about those who call here, if any does. Statements about services are left out: the policy
/// language of this server knows no services.
fn enforceable(statements: &[Statement], arn: &str) -> Result<Option<ResourcePolicy>, PolicyError> {
    let about_callers: Vec<_> =
        statements.iter().filter(|it| it.is_enforceable()).cloned().collect();
    let is_any = !about_callers.is_empty();
    is_any.then(|| ResourcePolicy::parse(&document(&about_callers, arn))).transpose()
}

fn document(statements: &[Statement], arn: &str) -> String {
    to_text(&Document {
        version: "2012-10-17",
        id: "default",
        statement: statements.iter().map(|it| Shown::of(it, arn)).collect(),
    })
}

fn to_text(shown: &impl Serialize) -> String {
    serde_json::to_string(shown).expect("texts are JSON")
}

/// A policy as AWS writes it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'p> {
    version: &'static str,
    id: &'static str,
    statement: Vec<Shown<'p>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown<'p> {
    sid: &'p str,
    effect: &'static str,
    principal: Named<'p>,
    action: &'p str,
    resource: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Tests<'p>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Named<'p> {
    Everybody(&'static str),
    Aws {
        #[serde(rename = "AWS")]
        aws: &'p str,
    },
    Service {
        #[serde(rename = "Service")]
        service: &'p str,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tests<'p> {
    #[serde(skip_serializing_if = "Option::is_none")]
    string_equals: Option<Equal<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn_like: Option<Alike<'p>>,
}

#[derive(Serialize)]
struct Equal<'p> {
    #[serde(rename = "lambda:EventSourceToken", skip_serializing_if = "Option::is_none")]
    event_source_token: Option<&'p str>,
    #[serde(rename = "aws:PrincipalOrgID", skip_serializing_if = "Option::is_none")]
    organization: Option<&'p str>,
    #[serde(rename = "AWS:SourceAccount", skip_serializing_if = "Option::is_none")]
    source_account: Option<&'p str>,
}

#[derive(Serialize)]
struct Alike<'p> {
    #[serde(rename = "AWS:SourceArn")]
    source_arn: &'p str,
}

impl<'p> Shown<'p> {
    fn of(statement: &'p Statement, arn: &'p str) -> Self {
        let Statement { sid, action, principal, conditions } = statement;
        let principal = match principal {
            Principal::Everybody => Named::Everybody("*"),
            Principal::Aws(aws) => Named::Aws { aws },
            Principal::Service(service) => Named::Service { service },
        };
        let condition = Tests::of(conditions);
        Self { sid, effect: "Allow", principal, action, resource: arn, condition }
    }
}

impl<'p> Tests<'p> {
    fn of(conditions: &'p Conditions) -> Option<Self> {
        let Conditions { event_source_token, organization, source_account, source_arn } =
            conditions;
        let equal = [event_source_token, organization, source_account];
        let string_equals = equal.into_iter().any(Option::is_some).then_some(Equal {
            event_source_token: event_source_token.as_deref(),
            organization: organization.as_deref(),
            source_account: source_account.as_deref(),
        });
        let arn_like = source_arn.as_deref().map(|source_arn| Alike { source_arn });
        let is_any = string_equals.is_some() || arn_like.is_some();
        is_any.then_some(Self { string_equals, arn_like })
    }
}

#[cfg(test)]
mod tests;
