//! Which records are shown (pure).

use domain::Millis;
use wire::filter::{Filter, Record, Verdict};

use super::merge::Got;

/// Reads `--filter`.
///
/// # Errors
/// A text that says what is wrong.
pub(in crate::cli) fn parse(text: &str) -> Result<Filter, String> {
    Filter::parse_for_records(text).map_err(|error| error.to_string())
}

/// What a record must be to be shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    pub(super) filter: Option<Filter>,
    /// Text in the data.
    pub(super) grep: Option<String>,
}

impl Selection {
    /// Whether it is shown.
    pub(super) fn verdict(&self, got: &Got) -> Verdict {
        let has_text = self.grep.as_deref().is_none_or(|text| contains(&got.data, text.as_bytes()));
        match &self.filter {
            _ if !has_text => Verdict::Unwanted,
            None => Verdict::Wanted,
            Some(filter) => filter.matches(&record(got)),
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn record(got: &Got) -> Record<'_> {
    Record {
        partition_key: &got.partition_key,
        sequence: &got.sequence_number,
        arrival: Millis((got.arrival * 1000.0).round() as u64),
        data: &got.data,
    }
}

fn contains(data: &[u8], text: &[u8]) -> bool {
    text.is_empty() || data.windows(text.len()).any(|window| window == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_taken_by_text_and_by_pattern() {
        let got = |data: &str| Got { data: data.into(), ..Got::default() };
        let both = Selection {
            filter: Some(parse(r#"{"data":{"mag":[{"numeric":[">",4]}]}}"#).unwrap()),
            grep: Some("uw".to_owned()),
        };
        assert_eq!(both.verdict(&got(r#"{"mag":5,"net":"uw"}"#)), Verdict::Wanted);
        assert_eq!(both.verdict(&got(r#"{"mag":5,"net":"ci"}"#)), Verdict::Unwanted);
        assert_eq!(both.verdict(&got(r#"{"mag":3,"net":"uw"}"#)), Verdict::Unwanted);
        assert_eq!(Selection::default().verdict(&got("")), Verdict::Wanted);
    }

    #[test]
    fn a_pattern_for_data_alone_is_told_where_to_go() {
        let told = parse(r#"{"mag":[5]}"#).unwrap_err();
        assert!(told.starts_with("a record has no `mag`; it has partitionKey,"), "{told}");
        assert!(parse("{").unwrap_err().starts_with("a filter is JSON"));
    }
}
