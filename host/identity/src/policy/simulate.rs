//! What each statement has to say to a request, and why: for whoever writes policies.

use std::fmt;
use std::sync::Arc;

use super::evaluate::{Decision, Denial, Grounds, PolicyRef, StatementRef, evaluate};
use super::facts::Facts;
use super::request::Request;
use super::statement::{Effect, Outcome, Statement};
use super::trust::Trust;
use super::{Policy, ResourcePolicy};

/// A decision with all that led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// What [`evaluate`] says.
    pub decision: Decision,
    /// All statements: first those of the one who asks, then those of the resource, as they stand there.
    pub findings: Vec<Finding>,
}

/// One statement and what it has to do with the request. Its `Display` is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which one.
    pub statement: StatementRef,
    /// What it would do.
    pub effect: Effect,
    /// Whether it does, and if not, why.
    pub reason: Reason,
}

/// Why a statement applies or does not: the first of its elements that does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It applies.
    Applies,
    /// It applies, and names only the account of the one who asks, whose own policies have to allow it.
    AppliesToAccount,
    /// It is about other principals.
    Principal,
    /// It is about other actions.
    Action,
    /// It is about other resources.
    Resource {
        /// The key of a variable in them that the request has no value for.
        unresolved: Option<String>,
    },
    /// A condition does not hold.
    Condition {
        /// The operator, as it was written.
        operator: String,
        /// The key, as it was written.
        key: String,
        /// What the request has under it.
        values: Vec<String>,
        /// The key of a variable in the condition that the request has no value for.
        unresolved: Option<String>,
    },
    /// Matching took more work than a request may cause.
    Effort,
}

/// Decides as [`evaluate`] does, and looks at every statement.
pub fn simulate(
    identity: &[Arc<Policy>],
    resource: Option<&ResourcePolicy>,
    request: &Request<'_>,
) -> Simulation {
    let own = identity.iter().enumerate();
    let own = own.map(|(index, policy)| (PolicyRef::Identity(index), &**policy));
    let policies = own.chain(resource.map(|policy| (PolicyRef::Resource, &policy.document)));
    let facts = Facts::new(request);
    let findings = policies.flat_map(|(policy, document)| {
        let statements = document.statements.iter().enumerate();
        let facts = &facts;
        statements.map(move |(index, statement)| {
            let effect = statement.effect;
            let reason = reason(statement, facts);
            let statement = StatementRef { policy, index, sid: statement.sid.clone() };
            Finding { statement, effect, reason }
        })
    });
    Simulation { findings: findings.collect(), decision: evaluate(identity, resource, request) }
}

fn reason(statement: &Statement, facts: &Facts<'_>) -> Reason {
    let outcome = statement.test(facts);
    if facts.effort.is_spent() {
        return Reason::Effort;
    }
    match outcome {
        Outcome::Applies(Trust::Itself) => Reason::Applies,
        Outcome::Applies(Trust::Account) => Reason::AppliesToAccount,
        Outcome::Principal => Reason::Principal,
        Outcome::Action => Reason::Action,
        Outcome::Resource => {
            Reason::Resource { unresolved: statement.unresolved(facts).map(str::to_owned) }
        }
        Outcome::Condition(condition) => {
            let (operator, key) = condition.written();
            let values = facts.values(condition.key()).into_iter();
            Reason::Condition {
                operator: operator.to_owned(),
                key: key.to_owned(),
                values: values.map(|value| value.into_owned()).collect(),
                unresolved: condition.unresolved(facts).map(str::to_owned),
            }
        }
    }
}

impl fmt::Display for StatementRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "statement {}", self.index)?;
        if let Some(sid) = &self.sid {
            write!(f, " ({sid})")?;
        }
        match self.policy {
            PolicyRef::Identity(index) => write!(f, " of policy {index}"),
            PolicyRef::Resource => f.write_str(" of the resource's policy"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.effect {
            Effect::Allow => "allow",
            Effect::Deny => "deny",
        };
        let statement = &self.statement;
        match self.reason {
            Reason::Applies | Reason::AppliesToAccount => {
                let verb = match self.effect {
                    Effect::Allow => "allows",
                    Effect::Deny => "denies",
                };
                write!(f, "{statement} {verb} it{}", self.reason)
            }
            _ => write!(f, "{statement} does not {verb} it: {}", self.reason),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Applies => Ok(()),
            Self::AppliesToAccount => f.write_str(", if the caller's own account does"),
            Self::Principal => f.write_str("it is about other principals"),
            Self::Action => f.write_str("it is about other actions"),
            Self::Resource { unresolved } => {
                f.write_str("it is about other resources")?;
                write_unresolved(f, unresolved.as_deref())
            }
            Self::Condition { operator, key, values, unresolved } => {
                write!(f, "{operator} of {key} does not hold, the request ")?;
                match values.as_slice() {
                    [] => f.write_str("has no such key")?,
                    [value] => write!(f, "has {value:?}")?,
                    values => write!(f, "has {values:?}")?,
                }
                write_unresolved(f, unresolved.as_deref())
            }
            Self::Effort => f.write_str("its patterns take too much work to match"),
        }
    }
}

fn write_unresolved(f: &mut fmt::Formatter<'_>, key: Option<&str>) -> fmt::Result {
    match key {
        Some(key) => write!(f, "; there is nothing for the variable ${{{key}}}"),
        None => Ok(()),
    }
}

/// Why, for whoever may read the policies; what a caller is told is [`Denial::message`].
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allow(Grounds { identity: None, resource: None }) => f.write_str(
                "allowed: the root of the account may do everything that nothing denies",
            ),
            Self::Allow(Grounds { identity, resource }) => {
                let both: Vec<String> =
                    identity.iter().chain(resource).map(ToString::to_string).collect();
                write!(f, "allowed by {}", both.join(" and by "))
            }
            Self::Deny(Denial::Explicit(statement)) => write!(f, "denied by {statement}"),
            Self::Deny(Denial::Implicit(missing)) => write!(f, "denied: {}", missing.reason()),
        }
    }
}
