//! AWS's oldest protocol, the query form: members as parameters of a form (`MetricData.member.1.Value=5`), answers in
//! XML. Services that spoke it first have other names for their exceptions there, which clients of other protocols
//! may ask for as well.

mod code;
mod node;
mod parameters;
#[cfg(test)]
mod tests;
mod xml;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::shape::Structure;
use node::{Error, Node};
use parameters::Parameters;

pub use code::{code, error_header};

/// What a form's content type is.
pub const CONTENT_TYPE: &str = "application/x-www-form-urlencoded";

/// How a service is asked in the query form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// What `Version` says: `2010-08-01`.
    pub version: &'static str,
    /// The XML namespace of answers.
    pub namespace: &'static str,
}

/// The name of the operation that a body asks for.
///
/// # Errors
/// A form that cannot be read, has no `Action` or several, or another `Version`.
pub fn action(form: &Form, body: &[u8]) -> Result<String, Failure> {
    let (mut action, mut version) = (None, None);
    for pair in parameters::pairs(body) {
        let slot = match &*parameters::name_of(pair).map_err(malformed)? {
            "Action" => &mut action,
            "Version" => &mut version,
            _ => continue,
        };
        let (_, value) = parameters::read(pair).map_err(malformed)?;
        if slot.replace(value).is_some() {
            return Err(malformed(parameters::TWICE));
        }
    }
    let Some(action) = action.filter(|action| !action.is_empty()) else {
        let message = "The request has no parameter Action.";
        return Err(Failure::caller("MissingAction", message));
    };
    match version {
        Some(version) if version != form.version => {
            let message = format!("The parameter Version must be {}.", form.version);
            Err(Failure::caller("UnknownOperationException", message))
        }
        Some(_) | None => Ok(action.into_owned()),
    }
}

/// Reads members.
pub(crate) fn decode<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Failure> {
    let parameters = Parameters::parse(body).map_err(malformed)?;
    let read = Structure::deserialize(Node::root(&parameters));
    let Structure(members) = read.map_err(|error| match error {
        Error::Malformed(text) => malformed(text),
        Error::Told(text) => Failure::serialization(crate::protocol::told(&text)),
    })?;
    Ok(members)
}

fn malformed(text: &'static str) -> Failure {
    Failure::serialization(text)
}

/// Writes an answer.
pub(crate) fn encode<T: Serialize>(
    form: &Form,
    operation: &str,
    request_id: &str,
    output: &T,
) -> Result<Bytes, Failure> {
    xml::reply(form, operation, request_id, output).map_err(Failure::internal)
}

/// Writes a failure.
pub(crate) fn encode_failure(form: &Form, failure: &Failure, request_id: &str) -> Bytes {
    xml::failure(form, failure, request_id)
}
