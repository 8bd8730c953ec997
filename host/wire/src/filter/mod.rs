//! Filter patterns: which records somebody wants, in the language of EventBridge as Lambda takes it for streams.
//!
//! ```json
//! {"partitionKey": [{"prefix": "eu-"}], "data": {"mag": [{"numeric": [">=", 4]}], "net": ["uw", "ci"]}}
//! ```
//!
//! What stands beside each other must all hold, what stands in a list is a choice. Texts, numbers (by how they are
//! written), `true`, `false` and `null` stand for themselves; the other tests are `prefix`, `suffix`,
//! `equals-ignore-case`, `anything-but`, `numeric` and `exists`, and `$or` between fields. `data` looks into what was
//! put: as JSON if it is JSON, else as text, which AWS refuses to be asked about; what is neither passes no test.
//!
//! Odd cases, as AWS has them: a list in a record holds if one of its items does, and fields that stand together
//! must hold of one item; `exists` is about values and not about objects; data that is no JSON matches nothing that
//! looks into it (Lambda developer guide, "Properly filtering Kinesis messages": the record is dropped); of a name
//! that is there twice, the last one counts. Other than on AWS, numbers of any size are compared by `numeric`, and
//! lists in lists deeper than [`LISTS_MAX`] hold nothing.
//!
//! Both patterns and records come from strangers. A pattern is bounded in length and depth; of a record nothing is
//! kept, and no more of it is read than the names that the pattern has, without recursion along what the record is.

mod node;
mod parse;
mod rule;

#[cfg(test)]
mod tests;

use domain::Millis;

pub use node::LISTS_MAX;
use node::Node;
pub use parse::FilterError;
use rule::Level;

/// The names that stand at the top of a pattern for a record.
pub const RECORD_FIELDS: [&str; 4] =
    ["partitionKey", "sequenceNumber", "approximateArrivalTimestamp", "data"];

/// A pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    root: Level,
}

/// A record as patterns see it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its partition key.
    pub partition_key: &'a str,
    /// Its sequence number.
    pub sequence: &'a str,
    /// When it arrived.
    pub arrival: Millis,
    /// Its data.
    pub data: &'a [u8],
}

impl Filter {
    /// Understands a pattern.
    ///
    /// # Errors
    /// If it is no pattern, or above a bound; it says where and what would be right.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::filter(text).map(|root| Self { root })
    }

    /// Understands a pattern for records.
    ///
    /// # Errors
    /// As [`Filter::parse`], and if it says something of a field that no record has.
    pub fn parse_for_records(text: &str) -> Result<Self, FilterError> {
        let filter = Self::parse(text)?;
        let mut names = filter.root.names.iter();
        let Some(unknown) = names.find(|name| !RECORD_FIELDS.contains(&name.as_str())) else {
            return Ok(filter);
        };
        let what = format!(
            "a record has no `{unknown}`; it has {}, and what its data holds stands under `data`",
            RECORD_FIELDS.join(", ")
        );
        Err(FilterError { at: Vec::new(), what })
    }

    /// Whether the record is one of those.
    pub fn matches(&self, record: &Record<'_>) -> bool {
        let arrival = format!("{}.{:03}", record.arrival.0 / 1000, record.arrival.0 % 1000);
        let members = [
            (RECORD_FIELDS[0], Some(Node::Text(record.partition_key))),
            (RECORD_FIELDS[1], Some(Node::Text(record.sequence))),
            (RECORD_FIELDS[2], Node::json(arrival.as_bytes())),
            (RECORD_FIELDS[3], Some(Node::data(record.data))),
        ];
        let root = Node::Members(&members);
        self.root.holds(root, root)
    }

    /// Whether a JSON document, whatever its fields are, is one of those; nothing is that is no JSON object.
    pub fn matches_json(&self, document: &[u8]) -> bool {
        let root = Node::json(document).filter(|root| root.is_object());
        root.is_some_and(|root| self.root.holds(root, root))
    }
}
