//! AWS JSON 1.0 and 1.1, which differ in their content types: members as one JSON object, blobs in base64,
//! times in seconds.
//!
//! serde_json looks whether each text is UTF-8 by itself, a few bytes at a time. A call of PutRecords is one long
//! text after the other, so its body is looked at once and as a whole, with the processor's vectors: text by text it
//! was 3 % of what the door takes for a call. What is not UTF-8 is still read as before, so that the error says the
//! same.

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
    let read = match simdutf8::basic::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_not_all_of_it) => serde_json::from_slice(body),
    };
    let Structure(members) = read.map_err(|error| match error.classify() {
        Category::Data => Failure::serialization(sentence(&error)),
        Category::Syntax | Category::Eof | Category::Io => Failure::bare("SerializationException"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Text;

    #[derive(Debug, Deserialize)]
    struct Members<'a> {
        #[serde(borrow)]
        name: Option<Text<'a>>,
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_only_where_somebody_reads_them() {
        let name = |body: &[u8]| {
            let read = decode::<Members<'_>>(body);
            read.map(|it| it.name.map(|it| it.as_str().to_owned())).map_err(|it| it.code)
        };
        assert_eq!(name("{\"name\":\"é\"}".as_bytes()), Ok(Some("é".to_owned())));
        assert_eq!(name(b"{\"other\":\"\xff\",\"name\":\"a\"}"), Ok(Some("a".to_owned())));
        assert_eq!(name(b"{\"name\":\"\xff\"}").unwrap_err(), "SerializationException");
    }
}
