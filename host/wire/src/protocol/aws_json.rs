//! AWS JSON 1.0 and 1.1, which differ in their content types: members as one JSON object, blobs in base64,
//! times in seconds.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use super::failure;
use super::told;
use crate::Failure;
use crate::json;
use crate::shape::Structure;

/// Reads an object. An empty body is no object.
pub(super) fn decode<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Failure> {
    let Structure(members) =
        serde_json::from_slice(body).map_err(|error| match error.classify() {
            Category::Data => Failure::serialization(sentence(&error)),
            Category::Syntax | Category::Eof | Category::Io => {
                Failure::bare("SerializationException")
            }
        })?;
    Ok(members)
}

/// The sentence without the place that serde_json appends.
fn sentence(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    told(text.strip_suffix(&place).unwrap_or(&text))
}

/// Writes an object, or nothing where there are no members.
pub(super) fn encode<T: Serialize>(output: &T) -> Result<Bytes, Failure> {
    let bytes = json::to_vec(output).map_err(Failure::internal)?;
    Ok(if bytes == b"null" { Bytes::new() } else { bytes.into() })
}

pub(super) fn encode_failure(failure: &Failure) -> Bytes {
    serde_json::to_vec(&failure::Body::of(failure)).unwrap_or_default().into()
}
