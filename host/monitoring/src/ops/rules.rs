//! The constraints that members of several operations share, with the patterns as AWS prints them.

use metering::cloud::Unit;
use wire::{Checks, Pattern, TextRule};

/// A namespace.
pub(super) const NAMESPACE: TextRule = TextRule {
    min: 1,
    max: 255,
    pattern: Some(Pattern {
        text: "[^:].*",
        matches: |text| !text.is_empty() && !text.starts_with(':') && !text.contains('\n'),
    }),
};
/// A metric or a dimension.
pub(super) const NAME: TextRule = TextRule { min: 1, max: 255, pattern: None };
/// The value of a dimension.
pub(super) const DIMENSION_VALUE: TextRule = TextRule { min: 1, max: 1024, pattern: None };
/// An expression.
pub(super) const EXPRESSION: TextRule = TextRule { min: 1, max: 2048, pattern: None };
/// The id of a query, an account.
pub(super) const ID: TextRule = TextRule { min: 1, max: 255, pattern: None };

/// A unit.
pub(super) fn check_unit(checks: &mut Checks, path: &str, unit: Option<&str>) {
    checks.choice(path, unit, &Unit::WORDS);
}

/// The period of an answer in minutes, if it is one that CloudWatch takes. Nothing is known of parts of a minute, so
/// the shorter ones are a minute.
pub(super) fn minutes(seconds: i64) -> Option<u32> {
    match seconds {
        1 | 5 | 10 | 20 | 30 => Some(1),
        _ if seconds > 0 && seconds % 60 == 0 => u32::try_from(seconds / 60).ok(),
        _ => None,
    }
}
