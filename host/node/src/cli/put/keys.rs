//! Lines as records with keys.

use std::collections::BTreeMap;
use std::io;

use anyhow::Context as _;
use serde_json::value::RawValue;
use stdx::Entropy;

use crate::cli::lines::{Line, Lines};
use crate::client::PutRecord;
use crate::refusal::Refusal;

/// Where a record's partition key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum KeySource {
    Fixed(String),
    Field(String),
    Random,
}

impl KeySource {
    /// One key for all, a field of each, or neither.
    pub(in crate::cli) fn of(key: Option<String>, field: Option<String>) -> Self {
        match (key, field) {
            (Some(key), _) => Self::Fixed(key),
            (None, Some(field)) => Self::Field(field),
            (None, None) => Self::Random,
        }
    }
}

/// The next line as a record.
///
/// # Errors
/// If the input cannot be read, or a line has no key.
pub(in crate::cli) fn next_record<R: io::BufRead>(
    lines: &mut Lines<R>,
    keys: &KeySource,
    entropy: &dyn Entropy,
) -> anyhow::Result<Option<PutRecord>> {
    let Some(line) = lines.next().context("cannot read the input")? else {
        return Ok(None);
    };
    let key = match keys {
        KeySource::Fixed(key) => key.clone(),
        KeySource::Field(field) => field_of(&line, field)?,
        KeySource::Random => {
            let mut random = [0; 8];
            entropy.fill(&mut random);
            format!("{:016x}", u64::from_be_bytes(random))
        }
    };
    Ok(Some(PutRecord { line: Some(line.number), ..PutRecord::new(key, line.data) }))
}

/// The text or number in a top-level field of a line.
pub(in crate::cli) fn field_of(line: &Line, field: &str) -> Result<String, Refusal> {
    let number = line.number;
    let refuse = |what: &str| {
        Refusal::failed(format!("line {number}: {what}"))
            .hint("leave --partition-key-field out, or name a field that every line has")
    };
    let no_object = |error| refuse("not a JSON object").because(error);
    let object: BTreeMap<String, &RawValue> =
        serde_json::from_slice(&line.data).map_err(no_object)?;
    let Some(value) = object.get(field) else {
        return Err(refuse(&format!("no field `{field}`")));
    };
    let value = value.get();
    match value.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<String>(value).map_err(no_object)? {
            text if text.is_empty() => Err(refuse(&format!("field `{field}` is empty"))),
            text => Ok(text),
        },
        // As it stands there: a large number would become another one.
        Some(b'-' | b'0'..=b'9') => Ok(value.to_owned()),
        _ => Err(refuse(&format!("field `{field}` is neither text nor a number"))),
    }
}

#[cfg(test)]
mod tests {
    use stdx::SeededEntropy;

    use super::*;

    fn keys(text: &str, keys: &KeySource) -> anyhow::Result<Vec<String>> {
        let entropy = SeededEntropy::new(1);
        let mut lines = Lines::new(text.as_bytes());
        let mut found = Vec::new();
        while let Some(record) = next_record(&mut lines, keys, &entropy)? {
            found.push(record.key);
        }
        Ok(found)
    }

    #[test]
    fn keys_come_from_where_they_were_asked_for() {
        let text = "{\"net\":\"uw\",\"n\":1}\n{\"net\":\"ci\",\"n\":2.5}";
        let of = |source: KeySource| keys(text, &source).unwrap();
        assert_eq!(of(KeySource::Field("net".into())), ["uw", "ci"]);
        assert_eq!(of(KeySource::Field("n".into())), ["1", "2.5"]);
        let text = "{\"n\": 12345678901234567890123 }\n{\"n\":-1e3}\n{\"n\":\"\\u0061\"}";
        let found = keys(text, &KeySource::Field("n".into())).unwrap();
        assert_eq!(found, ["12345678901234567890123", "-1e3", "a"]);
        assert_eq!(of(KeySource::Fixed("k".into())), ["k", "k"]);
        let random = of(KeySource::Random);
        assert_ne!(random[0], random[1]);
    }

    #[test]
    fn a_line_without_the_field_is_named() {
        let source = KeySource::Field("net".into());
        let message = |text: &str| keys(text, &source).unwrap_err().to_string();
        assert_eq!(message("\n{}"), "line 2: no field `net`");
        assert_eq!(message("{\"net\":null}"), "line 1: field `net` is neither text nor a number");
        assert_eq!(message("{\"net\":\"\"}"), "line 1: field `net` is empty");
        assert_eq!(message("plain"), "line 1: not a JSON object");
    }
}
