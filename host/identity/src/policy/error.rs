//! Why a text is not a policy, and where: facts in [`Problem`], sentences in its `Display`.

use std::fmt;

/// Characters of a text that an error repeats.
const CLIPPED_CHARS_MAX: usize = 100;

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
            let step = step.to_string();
            PolicyError { place: format!("{}{dot}{place}", Clipped(&step)), problem }
        })
    }
}

/// A text of a stranger's, as far as it is repeated.
pub(super) struct Clipped<'a>(pub(super) &'a str);

impl fmt::Display for Clipped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, dots) = clip(self.0);
        write!(f, "{text}{dots}")
    }
}

/// The same in quotes.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, dots) = clip(self.0);
        write!(f, "{text:?}{dots}")
    }
}

fn clip(text: &str) -> (&str, &'static str) {
    match text.char_indices().nth(CLIPPED_CHARS_MAX) {
        Some((end, _)) => (&text[..end], "..."),
        None => (text, ""),
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
    #[error("no element has the name {}; there are {known}", Quoted(.name))]
    UnknownElement { name: String, known: &'static str },
    #[error("give either {0} or {1}, not both")]
    Both(&'static str, &'static str),
    #[error("an empty list; give at least one value")]
    Empty,
    #[error("{count} {what}; at most {max} are allowed")]
    TooMany { count: usize, what: &'static str, max: usize },
    #[error("{} is no version of the policy language; write \"2012-10-17\"", Quoted(.0))]
    Version(String),
    #[error("{} is no effect; write \"Allow\" or \"Deny\"", Quoted(.0))]
    Effect(String),
    #[error("{} may have only the letters A to Z and a to z and the digits 0 to 9", Quoted(.0))]
    Sid(String),
    #[error("{} is the Sid of two statements; each must be unique", Quoted(.0))]
    SidTwice(String),
    #[error(
        "{0} has no place in an identity policy: it applies to whoever it is attached to; leave it out"
    )]
    PrincipalInIdentityPolicy(&'static str),
    #[error(
        "{} is no action; write \"*\", or a service without wildcards, a colon and a name, as in \"kinesis:Put*\"",
        Quoted(.0)
    )]
    Action(String),
    #[error("{} is no resource; write \"*\" or an ARN, as in \"arn:aws:kinesis:*:*:stream/*\"", Quoted(.0))]
    Resource(String),
    #[error(
        "{} has a wildcard or nothing where the service stands; name the service, as in \"arn:aws:kinesis:*\"",
        Quoted(.0)
    )]
    ResourceService(String),
    #[error("a policy of this resource cannot speak about it; it can about {known}")]
    ActionHere { known: String },
    #[error("this is not about the resource that the policy is for; write {}", Quoted(.arn))]
    ResourceHere { arn: String },
    #[error("{} has a variable before the fifth colon; variables may stand only after it", Quoted(.0))]
    ResourceVariable(String),
    #[error("{} opens a variable with ${{ and does not close it with }}", Quoted(.0))]
    VariableOpen(String),
    #[error(
        "${{{}}} is no variable; write a condition key, as in ${{aws:username}}, with a default as in ${{aws:PrincipalTag/team, 'none'}}, or ${{*}}, ${{?}} or ${{$}}",
        Clipped(.0)
    )]
    Variable(String),
    #[error("${{{}}} can have many values and cannot be a variable", Clipped(.0))]
    VariableWithMany(String),
    #[error("a variable cannot be used with {0}")]
    VariableHere(&'static str),
    #[error(
        "{} is no principal; write \"*\", or {{\"AWS\": ..}} with account numbers and ARNs of accounts, users, roles and role sessions",
        Quoted(.0)
    )]
    Principal(String),
    #[error("no principal of the kind {} calls this server; only \"AWS\" is supported", Quoted(.0))]
    PrincipalKind(String),
    #[error(
        "NotPrincipal with Allow would allow strangers; use it with Deny, or name who is allowed in Principal"
    )]
    NotPrincipalAllows,
    #[error("a NotPrincipal of everybody never applies; name who is exempt")]
    NotPrincipalEverybody,
    #[error("{} is no condition operator", Quoted(.0))]
    Operator(String),
    #[error("{got:?} is no condition operator; did you mean {meant:?}?")]
    OperatorCase { got: String, meant: String },
    #[error("Null takes neither a set operator nor IfExists: it asks whether the key exists")]
    OperatorNull,
    #[error(
        "{} is no condition key; write a prefix, a colon and a name, as in \"aws:SourceIp\"",
        Quoted(.0)
    )]
    Key(String),
    #[error(
        "{0} can have many values; put ForAllValues: or ForAnyValue: before the operator to say which must match"
    )]
    KeyWithMany(String),
    #[error(
        "{} is there twice, as the case of keys makes no difference; write all its values in one list",
        Quoted(.0)
    )]
    KeyTwice(String),
    #[error("an operator without keys; name at least one condition key, or leave the operator out")]
    NoKeys,
    #[error(
        "{} is no number; write up to 20 digits, with up to 18 after a point, or an exponent, as in 1e9",
        Quoted(.0)
    )]
    Number(String),
    #[error("{} is a number that can be written in several ways; put it in quotes", Clipped(.0))]
    Fraction(String),
    #[error(
        "{} is no date; write it as 2026-11-27, 2026-11-27T12:00:00Z or in seconds since 1970",
        Quoted(.0)
    )]
    Date(String),
    #[error("{} is neither true nor false", Quoted(.0))]
    Bool(String),
    #[error("{} is not base64 with padding", Quoted(.0))]
    Binary(String),
    #[error("{} is no address or range; write it as 203.0.113.0/24 or 2001:db8::/32", Quoted(.0))]
    Network(String),
    #[error("{} is no ARN; write its six parts, or the first ones and a * for the others, as in \"arn:aws:kinesis:*:*:stream/*\"", Quoted(.0))]
    Arn(String),
}
