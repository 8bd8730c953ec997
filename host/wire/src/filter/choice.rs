//! The tests of which a value has to pass one, and whether it does (pure).
//!
//! They are kept such that a list of a thousand takes hardly longer than one test: a value is decoded once for all of
//! them, and looked up instead of compared with each.

use std::cell::OnceCell;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::effort::Effort;
use super::node::{Node, Scalar};

/// What a choice takes whatever it holds.
const CHOICE_STEPS: usize = 16;

/// What a range takes.
const RANGE_STEPS: usize = 2;

/// What a character in lower case takes.
const LOWER_STEPS: usize = 8;

/// A condition on a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    Is(Scalar<'static>),
    Prefix(String),
    Suffix(String),
    /// In lower case.
    IgnoringCase(String),
    Not(BTreeSet<Scalar<'static>>),
    /// All of them hold.
    Numeric(Vec<(Compare, f64)>),
    Exists,
    /// Whatever is no object, also what cannot be looked at.
    Present,
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    Below,
    AtMost,
    Above,
    AtLeast,
}

/// Tests of which one has to be passed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Choice {
    literals: BTreeSet<Scalar<'static>>,
    /// What each of the tests for something else refuses.
    refused: Option<BTreeSet<Scalar<'static>>>,
    prefixes: Starts,
    /// From their ends.
    suffixes: Starts,
    ignoring_case: BTreeSet<String>,
    ranges: Vec<Vec<(Compare, f64)>>,
    exists: bool,
    present: bool,
}

impl Choice {
    pub(super) fn new(tests: impl IntoIterator<Item = Test>) -> Self {
        let mut choice = Self::default();
        for test in tests {
            choice.add(test);
        }
        choice
    }

    fn add(&mut self, test: Test) {
        match test {
            Test::Is(scalar) => drop(self.literals.insert(scalar)),
            Test::Prefix(prefix) => self.prefixes.add(prefix.into_bytes()),
            Test::Suffix(suffix) => self.suffixes.add(suffix.bytes().rev().collect()),
            Test::IgnoringCase(lower) => drop(self.ignoring_case.insert(lower)),
            Test::Not(refused) => {
                let both = self.refused.take().map(|known| &known & &refused);
                self.refused = Some(both.unwrap_or(refused));
            }
            Test::Numeric(bounds) => self.ranges.push(bounds),
            Test::Exists => self.exists = true,
            Test::Present => self.present = true,
        }
    }

    /// Whether the value passes one of them.
    pub(super) fn takes(&self, value: &Decoded<'_>, effort: &Effort) -> bool {
        if !effort.spend(CHOICE_STEPS + RANGE_STEPS * self.ranges.len()) {
            return false;
        }
        let Some(scalar) = &value.scalar else { return self.present && value.is_opaque };
        let is_any = self.exists || self.present || self.literals.contains(scalar);
        if is_any || self.refused.as_ref().is_some_and(|refused| !refused.contains(scalar)) {
            return true;
        }
        match scalar {
            Scalar::Text(text) => {
                self.prefixes.begin(|| text.bytes())
                    || self.suffixes.begin(|| text.bytes().rev())
                    || (!self.ignoring_case.is_empty()
                        && self.ignoring_case.contains(value.lower(text, effort)))
            }
            Scalar::Number(text) if !self.ranges.is_empty() => {
                let number = value.number(text);
                let is_within = |bounds: &Vec<(Compare, f64)>| {
                    bounds.iter().all(|(compare, bound)| compare.holds(number, *bound))
                };
                self.ranges.iter().any(is_within)
            }
            Scalar::Number(_) | Scalar::Null | Scalar::Bool(_) => false,
        }
    }
}

impl Compare {
    fn holds(self, number: f64, bound: f64) -> bool {
        match self {
            #[expect(clippy::float_cmp, reason = "it is what was asked")]
            Self::Equal => number == bound,
            Self::Below => number < bound,
            Self::AtMost => number <= bound,
            Self::Above => number > bound,
            Self::AtLeast => number >= bound,
        }
    }
}

/// A value, and what is made of it once for all tests.
pub(super) struct Decoded<'a> {
    scalar: Option<Scalar<'a>>,
    is_opaque: bool,
    lower: OnceCell<String>,
    number: OnceCell<f64>,
}

impl<'a> Decoded<'a> {
    pub(super) fn new(node: Node<'a>, effort: &Effort) -> Self {
        let scalar = node.scalar();
        if let Some(Scalar::Text(text) | Scalar::Number(text)) = &scalar {
            effort.spend(text.len());
        }
        Self {
            scalar,
            is_opaque: matches!(node, Node::Opaque),
            lower: OnceCell::new(),
            number: OnceCell::new(),
        }
    }

    fn lower(&self, text: &str, effort: &Effort) -> &str {
        self.lower.get_or_init(|| {
            effort.spend(LOWER_STEPS * text.len());
            text.to_lowercase()
        })
    }

    fn number(&self, text: &str) -> f64 {
        *self.number.get_or_init(|| text.parse().unwrap_or(f64::NAN))
    }
}

/// Beginnings, in order; none of them begins with another.
#[derive(Clone, Debug, Default, PartialEq)]
struct Starts(Vec<Vec<u8>>);

impl Starts {
    fn add(&mut self, start: Vec<u8>) {
        if self.begin(|| start.iter().copied()) {
            return;
        }
        self.0.retain(|known| !known.starts_with(&start));
        let place = self.0.partition_point(|known| *known < start);
        self.0.insert(place, start);
    }

    /// Whether the text begins with one of them, which is then the last one that does not come after it.
    fn begin<I: Iterator<Item = u8>>(&self, text: impl Fn() -> I) -> bool {
        let is_before = |start: &Vec<u8>| start.iter().copied().cmp(text()) != Ordering::Greater;
        let after = self.0.partition_point(is_before);
        let last = after.checked_sub(1).and_then(|last| self.0.get(last));
        last.is_some_and(|start| {
            let mut text = text();
            start.iter().all(|byte| text.next() == Some(*byte))
        })
    }
}
