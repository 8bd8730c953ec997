//! Taking a tree of JSON apart: what a policy's parts have in common.

use std::slice;

use super::error::{PolicyError, Problem, Within};
use super::json::Json;

/// Characters of a text that names something: a statement, a policy or a condition key. A tag's key has up to 128.
const NAME_CHARS_MAX: usize = 256;
/// Values of one element or of one condition key.
const VALUES_MAX: usize = 512;

/// The members of an object.
pub(super) fn object(json: &Json) -> Result<&[(String, Json)], PolicyError> {
    match json {
        Json::Object(members) => Ok(members),
        _ => Err(Problem::Expected("an object in braces").into()),
    }
}

pub(super) fn text(json: &Json) -> Result<&str, PolicyError> {
    match json {
        Json::Text(text) => Ok(text),
        _ => Err(Problem::Expected("a text in quotes").into()),
    }
}

/// The text, if it is not too long for a name.
pub(super) fn name<'a>(text: &'a str, what: &'static str) -> Result<&'a str, Problem> {
    match text.chars().count() {
        count if count > NAME_CHARS_MAX => {
            Err(Problem::TooMany { count, what, max: NAME_CHARS_MAX })
        }
        _ => Ok(text),
    }
}

/// One value, or a list of at least one.
pub(super) fn list(json: &Json) -> Result<&[Json], PolicyError> {
    let values = match json {
        Json::List(values) => values.as_slice(),
        value => slice::from_ref(value),
    };
    match values.len() {
        0 => Err(Problem::Empty.into()),
        count if count > VALUES_MAX => {
            Err(Problem::TooMany { count, what: "values", max: VALUES_MAX }.into())
        }
        _ => Ok(values),
    }
}

/// One text, or a list of at least one.
pub(super) fn texts(json: &Json) -> Result<Vec<&str>, PolicyError> {
    each(json, |value| text(value))
}

/// Each of one value or a list of values, with its place if it is bad.
pub(super) fn each<'a, T>(
    json: &'a Json,
    parse: impl Fn(&'a Json) -> Result<T, PolicyError>,
) -> Result<Vec<T>, PolicyError> {
    let is_list = matches!(json, Json::List(_));
    let values = list(json)?.iter().enumerate();
    let parsed = values.map(|(index, value)| match parse(value) {
        parsed if is_list => parsed.within(format_args!("[{index}]")),
        parsed => parsed,
    });
    parsed.collect()
}
