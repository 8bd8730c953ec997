//! Which records a mapping wants: its filter criteria, as written and as read.

use std::sync::Arc;

use domain::{Millis, limits};
use wasm::message::Record;
use wire::filter::{self, Filter, FilterError, Verdict};

use crate::error::Invalid;

/// The patterns of a mapping: a record is wanted if one of them holds, or if there are none.
#[derive(Clone, Debug, Default)]
pub struct Filters(Arc<Patterns>);

#[derive(Debug, Default)]
struct Patterns {
    each: Vec<Pattern>,
    /// Those that could be read, as one.
    any: Filter,
}

#[derive(Debug)]
struct Pattern {
    text: String,
    /// Why it is none.
    wrong: Option<FilterError>,
}

/// Two are the same if they are written alike.
impl PartialEq for Filters {
    fn eq(&self, other: &Self) -> bool {
        self.texts().eq(other.texts())
    }
}

impl Eq for Filters {}

impl Filters {
    /// Reads what a caller wants.
    ///
    /// # Errors
    /// If there are more than [`limits::MAPPING_FILTERS_MAX`], or one is no pattern or looks at a field that no
    /// record has.
    pub(crate) fn parse<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, Invalid> {
        let filters = Self::stored(texts.into_iter().map(str::to_owned));
        if filters.0.each.len() > limits::MAPPING_FILTERS_MAX {
            return Err(Invalid::FilterCount);
        }
        match filters.wrong() {
            Some(wrong) => Err(Invalid::Filter(wrong)),
            None => Ok(filters),
        }
    }

    /// What was taken once. A pattern that cannot be read any more lets nothing be read.
    pub(crate) fn stored(texts: impl IntoIterator<Item = String>) -> Self {
        let (mut each, mut read) = (Vec::new(), Vec::new());
        for text in texts {
            let wrong = Filter::parse_for_records(&text).map(|filter| read.push(filter)).err();
            each.push(Pattern { text, wrong });
        }
        Self(Arc::new(Patterns { each, any: Filter::any(&read) }))
    }

    /// The patterns as they were written.
    pub(crate) fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.each.iter().map(|pattern| pattern.text.as_str())
    }

    /// What is wrong with the first pattern that is none.
    pub(crate) fn wrong(&self) -> Option<String> {
        self.0.each.iter().find_map(|pattern| pattern.wrong.as_ref().map(ToString::to_string))
    }

    /// Whether there are none, so that every record is wanted.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.each.is_empty()
    }

    /// Whether a record is wanted.
    pub(crate) fn want(&self, record: &Record) -> Verdict {
        if self.is_empty() {
            return Verdict::Wanted;
        }
        self.0.any.matches(&filter::Record {
            partition_key: &record.partition_key,
            sequence: &record.sequence,
            arrival: Millis(record.arrival_ms),
            data: &record.data,
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn record(data: &'static str) -> Record {
        Record {
            sequence: "49".to_owned(),
            sub_sequence: 0,
            partition_key: "eu-1".to_owned(),
            arrival_ms: 1_000,
            data: Bytes::from_static(data.as_bytes()),
        }
    }

    fn wants(filters: &Filters, record: &Record) -> bool {
        filters.want(record).is_wanted()
    }

    #[test]
    fn one_of_several_is_enough() {
        let filters = [r#"{"data": {"a": [1]}}"#, r#"{"partitionKey": [{"prefix": "us-"}]}"#];
        let filters = Filters::parse(filters).unwrap();
        assert!(wants(&filters, &record(r#"{"a": 1}"#)));
        assert!(!wants(&filters, &record(r#"{"a": 2}"#)));
        assert!(!wants(&filters, &record("no JSON")));
        let here = Record { partition_key: "us-1".to_owned(), ..record("no JSON") };
        assert!(wants(&filters, &here));
        assert!(wants(&Filters::default(), &record("")), "without any, everything is wanted");
    }

    #[test]
    fn what_is_no_pattern_is_told_and_lets_nothing_through() {
        for (text, told) in [
            ("[]", ""),
            (r#"{"data": {"a": 1}}"#, "at data.a: "),
            (r#"{"body": {"a": [1]}}"#, "a record has no `body`; it has partitionKey, "),
        ] {
            let wrong = Filters::parse([text]).unwrap_err().to_string();
            assert!(wrong.starts_with("Invalid filter pattern definition: "), "{wrong}");
            assert!(wrong.contains(told), "{wrong}");
        }
        assert!(!wants(&Filters::stored(["[]".to_owned()]), &record("{}")));
        let many = vec!["{}"; limits::MAPPING_FILTERS_MAX + 1];
        assert_eq!(Filters::parse(many), Err(Invalid::FilterCount));
    }
}
