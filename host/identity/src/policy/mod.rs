//! Policies: the language in which AWS's users say who may do what, and the decision.
//!
//! Promises: a text becomes a [`Policy`] only if every part of it is understood, otherwise it is refused with
//! the place and what would be right there; nothing is ignored. [`evaluate`] decides in AWS's order, in
//! bounded time, the same way for the same input. What cannot be decided is denied. No I/O, no async, no
//! clock. Left to others: who has which policies, what is true of a request, how a refusal is rendered.
//! What of the language is kept and what is refused: ADR 0016.

mod action;
mod condition;
mod error;
mod evaluate;
mod explain;
mod facts;
mod glob;
mod json;
mod keys;
mod read;
mod request;
mod resource;
mod scope;
mod simulate;
mod statement;
mod template;
#[cfg(test)]
mod tests;
mod trust;

use domain::limits;

pub use error::{PolicyError, Problem};
pub use evaluate::{Decision, Denial, Grounds, Missing, PolicyRef, StatementRef, evaluate};
pub(crate) use facts::is_elsewhere;
pub use request::{Context, Principal, PrincipalKind, Request};
pub use simulate::{Finding, Reason, Simulation, simulate};
pub use statement::Effect;

use error::Within;
use json::Json;
use statement::{Attached, Statement};
use template::Version;

/// Bytes of a document that are looked at, white space included.
const TEXT_BYTES_MAX: usize = 128 * 1024;
/// Statements of one policy.
const STATEMENTS_MAX: usize = 256;

/// A policy of a user, a group or a role, understood. Immutable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    id: Option<String>,
    statements: Box<[Statement]>,
    size: usize,
}

/// A policy of a resource, understood. Of a type of its own, because one that names nobody would trust whoever
/// asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourcePolicy {
    document: Policy,
    /// Whether nobody is let in whom it does not let in, not even the root of the resource's account: so it is with
    /// keys.
    is_required: bool,
}

impl ResourcePolicy {
    /// Reads a policy that is attached to a resource, in which every statement says whom it is about.
    ///
    /// # Errors
    /// [`PolicyError`] for whatever is not understood.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let document = Policy::read(text, Attached::Resource, limits::RESOURCE_POLICY_CHARS_MAX)?;
        Ok(Self { document, is_required: false })
    }

    /// Reads the policy of a key, without which nobody may use it: the account's own policies count only where it names
    /// the account.
    ///
    /// # Errors
    /// As [`ResourcePolicy::parse`].
    pub fn parse_of_key(text: &str) -> Result<Self, PolicyError> {
        let document = Policy::read(text, Attached::Resource, limits::KEY_POLICY_BYTES_MAX)?;
        Ok(Self { document, is_required: true })
    }

    /// Its length as AWS counts it for quotas: characters besides white space.
    pub fn size(&self) -> usize {
        self.document.size
    }
}

impl Policy {
    /// Reads a policy that is attached to a user, a group or a role. Up to the largest quota that AWS has for
    /// one, [`limits::ROLE_POLICY_CHARS_MAX`]; whoever attaches it compares [`Policy::size`] with the quota
    /// for its kind.
    ///
    /// # Errors
    /// [`PolicyError`] for whatever is not understood.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        Self::read(text, Attached::Identity, limits::ROLE_POLICY_CHARS_MAX)
    }

    /// Its length as AWS counts it for quotas: characters besides white space.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The `Id` element, which has no meaning.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    fn read(text: &str, attached: Attached, max: usize) -> Result<Self, PolicyError> {
        let bytes = text.len();
        if bytes > TEXT_BYTES_MAX {
            return Err(Problem::TextTooLong { bytes, max: TEXT_BYTES_MAX }.into());
        }
        let size = text.chars().filter(|char| !char.is_ascii_whitespace()).count();
        if size > max {
            return Err(Problem::TooLong { chars: size, max }.into());
        }
        let json = Json::parse(text).map_err(Problem::Json)?;
        let (mut version, mut id, mut statements) = (None, None, None);
        for (name, value) in read::object(&json)? {
            let place = match name.as_str() {
                "Version" => &mut version,
                "Id" => &mut id,
                "Statement" => &mut statements,
                _ => {
                    let name = name.clone();
                    let known = "Version, Id and Statement";
                    return Err(Problem::UnknownElement { name, known }.into());
                }
            };
            *place = Some(value);
        }
        let version = version.map(parse_version).transpose().within("Version")?;
        let version = version.unwrap_or(Version::V2008);
        let id = id.map(parse_id).transpose().within("Id")?;
        let statements = statements.ok_or(Problem::Missing("Statement"))?;
        let statements = parse_statements(statements, version, attached).within("Statement")?;
        Ok(Self { id, statements, size })
    }
}

fn parse_id(json: &Json) -> Result<String, PolicyError> {
    Ok(read::name(read::text(json)?, "characters in an Id")?.to_owned())
}

fn parse_version(json: &Json) -> Result<Version, PolicyError> {
    match read::text(json)? {
        "2008-10-17" => Ok(Version::V2008),
        "2012-10-17" => Ok(Version::V2012),
        text => Err(Problem::Version(text.to_owned()).into()),
    }
}

fn parse_statements(
    json: &Json,
    version: Version,
    attached: Attached,
) -> Result<Box<[Statement]>, PolicyError> {
    let count = read::list(json)?.len();
    if count > STATEMENTS_MAX {
        return Err(Problem::TooMany { count, what: "statements", max: STATEMENTS_MAX }.into());
    }
    let statements = read::each(json, |json| Statement::parse(json, version, attached))?;
    let mut sids: Vec<&str> = statements.iter().filter_map(|one| one.sid.as_deref()).collect();
    sids.sort_unstable();
    match sids.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Problem::SidTwice(pair[0].to_owned()).into()),
        None => Ok(statements.into()),
    }
}
