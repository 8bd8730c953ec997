//! Why a text is not a policy, and where: facts in [`Problem`], sentences in its `Display`.

use std::fmt;

/// What is wrong with a policy document. Its text names the place and says what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// As in `Statement[2].Condition.StringEquals`; empty for the document as a whole.
    place: String,
    problem: Problem,
}

impl PolicyError {
    /// Where in the document, as in `Statement[2].Action`; statements are counted from 0.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What is wrong there.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl std::error::Error for PolicyError {}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        fmt::Display::fmt(&self.problem, f)
    }
}

impl From<Problem> for PolicyError {
    fn from(problem: Problem) -> Self {
        Self { place: String::new(), problem }
    }
}

/// Adds the step that leads to where an error is.
pub(super) trait Within {
    /// Puts `step` before the error's place.
    fn within(self, step: impl fmt::Display) -> Self;
}

impl<T> Within for Result<T, PolicyError> {
    fn within(self, step: impl fmt::Display) -> Self {
        self.map_err(|PolicyError { place, problem }| {
            let dot = if place.is_empty() || place.starts_with('[') { "" } else { "." };
            PolicyError { place: format!("{step}{dot}{place}"), problem }
        })
    }
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum Problem {
    #[error("the policy has {bytes} bytes; more than {max} are not read")]
    TextTooLong { bytes: usize, max: usize },
    #[error("the policy has {chars} characters besides white space; at most {max} are allowed")]
    TooLong { chars: usize, max: usize },
    #[error("this is not the JSON of a policy: {0}")]
    Json(String),
    #[error("this must be {0}")]
    Expected(&'static str),
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("no element has the name {name:?}; there are {known}")]
    UnknownElement { name: String, known: &'static str },
    #[error("give either {0} or {1}, not both")]
    Both(&'static str, &'static str),
    #[error("an empty list; give at least one value")]
    Empty,
    #[error("{count} {what}; at most {max} are allowed")]
    TooMany { count: usize, what: &'static str, max: usize },
    #[error("{0:?} is no version of the policy language; write \"2012-10-17\"")]
    Version(String),
    #[error("{0:?} is no effect; write \"Allow\" or \"Deny\"")]
    Effect(String),
    #[error("{0:?} may have only the letters A to Z and a to z and the digits 0 to 9")]
    Sid(String),
    #[error("{0:?} is the Sid of two statements; each must be unique")]
    SidTwice(String),
    #[error(
        "{0} has no place in an identity policy: it applies to whoever it is attached to; leave it out"
    )]
    PrincipalInIdentityPolicy(&'static str),
    #[error(
        "{0:?} is no action; write \"*\", or a service without wildcards, a colon and a name, as in \"kinesis:Put*\""
    )]
    Action(String),
    #[error("{0:?} is no resource; write \"*\" or an ARN, as in \"arn:aws:kinesis:*:*:stream/*\"")]
    Resource(String),
    #[error(
        "{0:?} has a wildcard or nothing where the service stands; name the service, as in \"arn:aws:kinesis:*\""
    )]
    ResourceService(String),
    #[error("{0:?} has a variable before the fifth colon; variables may stand only after it")]
    ResourceVariable(String),
    #[error("{0:?} opens a variable with ${{ and does not close it with }}")]
    VariableOpen(String),
    #[error(
        "${{{0}}} is no variable; write a condition key, as in ${{aws:username}}, with a default as in ${{aws:PrincipalTag/team, 'none'}}, or ${{*}}, ${{?}} or ${{$}}"
    )]
    Variable(String),
    #[error("${{{0}}} can have many values and cannot be a variable")]
    VariableWithMany(String),
    #[error("a variable cannot be used with {0}")]
    VariableHere(&'static str),
    #[error(
        "{0:?} is no principal; write \"*\", or {{\"AWS\": ..}} with account numbers and ARNs of accounts, users, roles and role sessions"
    )]
    Principal(String),
    #[error("no principal of the kind {0:?} calls this server; only \"AWS\" is supported")]
    PrincipalKind(String),
    #[error(
        "NotPrincipal with Allow would allow strangers; use it with Deny, or name who is allowed in Principal"
    )]
    NotPrincipalAllows,
    #[error("a NotPrincipal of everybody never applies; name who is exempt")]
    NotPrincipalEverybody,
    #[error("{0:?} is no condition operator")]
    Operator(String),
    #[error("{got:?} is no condition operator; did you mean {meant:?}?")]
    OperatorCase { got: String, meant: String },
    #[error("Null takes neither a set operator nor IfExists: it asks whether the key exists")]
    OperatorNull,
    #[error(
        "{0:?} is no condition key; write a prefix, a colon and a name, as in \"aws:SourceIp\""
    )]
    Key(String),
    #[error(
        "{0} can have many values; put ForAllValues: or ForAnyValue: before the operator to say which must match"
    )]
    KeyWithMany(String),
    #[error(
        "{0:?} is there twice, as the case of keys makes no difference; write all its values in one list"
    )]
    KeyTwice(String),
    #[error("an operator without keys; name at least one condition key, or leave the operator out")]
    NoKeys,
    #[error(
        "{0:?} is no number; write up to 20 digits, with up to 18 after a point, or an exponent, as in 1e9"
    )]
    Number(String),
    #[error("{0} is a number that can be written in several ways; put it in quotes")]
    Fraction(String),
    #[error(
        "{0:?} is no date; write it as 2026-11-27, 2026-11-27T12:00:00Z or in seconds since 1970"
    )]
    Date(String),
    #[error("{0:?} is neither true nor false")]
    Bool(String),
    #[error("{0:?} is not base64 with padding")]
    Binary(String),
    #[error("{0:?} is no address or range; write it as 203.0.113.0/24 or 2001:db8::/32")]
    Network(String),
    #[error("{0:?} is no ARN; write its six parts, as in \"arn:aws:kinesis:*:*:stream/*\"")]
    Arn(String),
}
