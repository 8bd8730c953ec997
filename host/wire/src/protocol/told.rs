//! What is told of a member of the wrong type.

/// How much of an offending value an error repeats.
const TOLD_BYTES_MAX: usize = 1024;

/// The shapes of [`crate::shape`] bring AWS's own sentences; what serde itself finds (an object where a
/// structure is due and the like) is put into AWS's words here.
pub(crate) fn told(text: &str) -> String {
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
