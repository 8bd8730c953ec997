//! AWS JSON 1.1: members as one JSON object, blobs in base64, times in seconds.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use crate::Failure;
use crate::shape::Structure;

pub(super) const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// How much of an offending value an error repeats.
const TOLD_BYTES_MAX: usize = 1024;

/// Reads an object. An empty body is no object.
pub(super) fn decode<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Failure> {
    let Structure(members) =
        serde_json::from_slice(body).map_err(|error| match error.classify() {
            Category::Data => Failure::serialization(told(&error)),
            Category::Syntax | Category::Eof | Category::Io => {
                Failure::bare("SerializationException")
            }
        })?;
    Ok(members)
}

/// The sentence for a member of the wrong type. The shapes of [`crate::shape`] bring AWS's own; what
/// serde itself finds (an object where a structure is due and the like) is put into AWS's words here.
fn told(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&place).unwrap_or(&text);
    match text.strip_prefix("invalid type: ") {
        Some(found) if found.starts_with("sequence") => {
            "Start of list found where not expected".to_owned()
        }
        Some(found) if found.starts_with("map") => {
            "Start of structure or map found where not expected.".to_owned()
        }
        Some(_) => "Expected null".to_owned(),
        None => text[..text.floor_char_boundary(TOLD_BYTES_MAX)].to_owned(),
    }
}

/// Writes an object; an output without members is an empty body, as on AWS.
pub(super) fn encode<T: Serialize>(output: &T) -> Result<Bytes, Failure> {
    let bytes = serde_json::to_vec(output).map_err(Failure::internal)?;
    Ok(if bytes == b"null" { Bytes::new() } else { bytes.into() })
}

pub(super) fn encode_failure(failure: &Failure) -> Bytes {
    #[derive(Serialize)]
    struct Body<'a> {
        #[serde(rename = "__type")]
        code: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<&'a str>,
        // AWS writes this one exception's text with a capital.
        #[serde(rename = "Message", skip_serializing_if = "Option::is_none")]
        capital_message: Option<&'a str>,
    }
    let text = failure.message.as_deref();
    let capital = failure.code == "SerializationException";
    let (message, capital_message) = if capital { (None, text) } else { (text, None) };
    let body = Body { code: &failure.code, message, capital_message };
    serde_json::to_vec(&body).unwrap_or_default().into()
}
