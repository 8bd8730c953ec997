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
//! Odd cases, as AWS has them: a list in a record matches if one of its items does, and fields that stand together
//! must match in one item; `exists` is about values and not about objects; data that is no JSON matches nothing that
//! looks into it (Lambda developer guide, "Properly filtering Kinesis messages": the record is dropped); of a name
//! that is there twice, the last one counts. Other than on AWS, numbers of any size are compared by `numeric`, and
//! lists in lists deeper than [`LISTS_MAX`] match nothing.
//!
//! Both patterns and records come from strangers. A pattern is bounded in length and depth; of a record nothing is
//! kept, and no more of it is read than the names that the pattern has, without recursion along what the record is.
//! What a record takes grows with its length and is bounded ([`Verdict::Exhausted`]): ten usual patterns take 11 to
//! 27 ms for 1 MiB and 110 to 270 ms for 10 MiB, a choice of 1,300 numbers over a list of numbers 30 and 290 ms, and the
//! worst that were found are given up after 85 and 850 ms.

mod choice;
mod effort;
mod node;
mod parse;
mod rule;

#[cfg(test)]
mod tests;

use domain::Millis;

use effort::Effort;
pub use node::LISTS_MAX;
use node::Node;
pub use parse::FilterError;
use rule::{Asked, Level, Rule};

/// The names that stand at the top of a pattern for a record.
pub const RECORD_FIELDS: [&str; 4] =
    ["partitionKey", "sequenceNumber", "approximateArrivalTimestamp", "data"];

/// A pattern. The default wants nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// One of its rules has to hold.
    root: Level,
    /// What rules on absence are about.
    presence: Level,
}

/// What a pattern makes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is wanted.
    Wanted,
    /// It is not.
    Unwanted,
    /// It takes more work to tell than a record of its size may.
    Exhausted,
}

impl Verdict {
    /// Whether it is certain that the record is wanted.
    pub fn is_wanted(self) -> bool {
        match self {
            Self::Wanted => true,
            Self::Unwanted | Self::Exhausted => false,
        }
    }
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
        parse::filter(text).map(|(root, presence)| Self { root, presence })
    }

    /// Understands a pattern for records.
    ///
    /// # Errors
    /// As [`Filter::parse`], and if it says something of a field that no record has.
    pub fn parse_for_records(text: &str) -> Result<Self, FilterError> {
        let filter = Self::parse(text)?;
        let mut names = filter.root.fields.iter().map(|field| &field.name);
        let Some(unknown) = names.find(|name| !RECORD_FIELDS.contains(&name.as_str())) else {
            return Ok(filter);
        };
        let what = format!(
            "a record has no `{unknown}`; it has {}, and what its data holds stands under `data`",
            RECORD_FIELDS.join(", ")
        );
        Err(FilterError { at: Vec::new(), what })
    }

    /// What at least one of the patterns wants. It looks at a record once for all of them.
    pub fn any<'f>(filters: impl IntoIterator<Item = &'f Self>) -> Self {
        let mut any = Self::default();
        for filter in filters.into_iter().cloned() {
            let presence = any.presence.rules.len();
            any.presence.take(filter.presence, 0);
            any.root.take(filter.root, presence);
        }
        // As one question, which is answered by the first of them that holds.
        let rules = std::mem::take(&mut any.root.rules);
        any.root.rules.push(Rule::Any(rules));
        any
    }

    /// Whether the record is one of those.
    pub fn matches(&self, record: &Record<'_>) -> Verdict {
        self.of_record(record, &Effort::of_bytes(record.bytes()))
    }

    fn of_record(&self, record: &Record<'_>, effort: &Effort) -> Verdict {
        let arrival = format!("{}.{:03}", record.arrival.0 / 1000, record.arrival.0 % 1000);
        effort.spend(record.data.len());
        let members = [
            (RECORD_FIELDS[0], Some(Node::Text(record.partition_key))),
            (RECORD_FIELDS[1], Some(Node::Text(record.sequence))),
            (RECORD_FIELDS[2], Node::json(arrival.as_bytes())),
            (RECORD_FIELDS[3], Some(Node::data(record.data))),
        ];
        self.of_root(Node::Members(&members), effort)
    }

    /// Whether a JSON document, whatever its fields are, is one of those; nothing is that is no JSON object.
    pub fn matches_json(&self, document: &[u8]) -> Verdict {
        self.of_json(document, &Effort::of_bytes(document.len()))
    }

    fn of_json(&self, document: &[u8], effort: &Effort) -> Verdict {
        effort.spend(document.len());
        match Node::json(document).filter(|root| root.is_object()) {
            Some(root) => self.of_root(root, effort),
            None => Verdict::Unwanted,
        }
    }

    fn of_root(&self, root: Node<'_>, effort: &Effort) -> Verdict {
        let mut answers = vec![false; self.root.rules.len()];
        self.root.ask(root, &Asked::new(root, &self.presence, effort), &mut answers);
        match answers.contains(&true) {
            // Out of effort, what an answer is built on may not have been looked at.
            _ if effort.is_spent() => Verdict::Exhausted,
            true => Verdict::Wanted,
            false => Verdict::Unwanted,
        }
    }
}

impl Record<'_> {
    fn bytes(&self) -> usize {
        self.partition_key.len() + self.sequence.len() + self.data.len()
    }
}
