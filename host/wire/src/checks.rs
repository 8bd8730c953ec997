//! The constraints of the model, with AWS's sentences.
//!
//! SDKs check required members, types and minimums; maximum, pattern and enum reach the server. All
//! broken constraints are collected, at most ten are told.

use std::fmt::{self, Display, Write};

use crate::Failure;

/// Broken constraints that one answer tells at most (observed on AWS).
const TOLD_MAX: usize = 10;

/// An input that knows its constraints.
pub trait Check {
    /// Adds each broken constraint, in the order of the members.
    fn check(&self, checks: &mut Checks);
}

/// A pattern of the model: its text as AWS prints it, and whether a whole string satisfies it.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    /// As printed.
    pub text: &'static str,
    /// Whether the whole string satisfies it.
    pub matches: fn(&str) -> bool,
}

/// The constraints of a string member.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextRule {
    /// UTF-16 code units at least, as Java counts.
    pub min: usize,
    /// UTF-16 code units at most; 0 for no bound.
    pub max: usize,
    /// The pattern, if any.
    pub pattern: Option<Pattern>,
}

/// Collects broken constraints.
#[derive(Debug, Default)]
pub struct Checks {
    told: Vec<String>,
    members: BrokenMembers,
}

/// The top-level members whose constraints were broken: what can be said of a refusal without repeating what was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("constraints are broken at: {}", .0.join(", "))]
pub struct BrokenMembers(pub Vec<String>);

/// A value as AWS prints it.
struct Shown<'a>(Option<&'a dyn Display>);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("null"),
            Some(value) => write!(f, "'{value}'"),
        }
    }
}

impl Checks {
    /// A constraint is broken: `value` at `path` does not satisfy `constraint`.
    pub fn broken(&mut self, value: Option<&dyn Display>, path: &dyn Display, constraint: &str) {
        if self.told.len() < TOLD_MAX {
            let value = Shown(value);
            let text =
                format!("Value {value} at '{path}' failed to satisfy constraint: {constraint}");
            self.told.push(text);
            // What follows may be a key of a map, which is the caller's.
            let shown = path.to_string();
            let member = shown.split('.').next().unwrap_or_default();
            if self.members.0.iter().all(|known| known != member) {
                self.members.0.push(member.to_owned());
            }
        }
    }

    /// A required member.
    pub fn required<T>(&mut self, path: impl Display, value: Option<&T>) {
        if value.is_none() {
            self.broken(None, &path, "Member must not be null");
        }
    }

    /// A string member.
    pub fn text(&mut self, path: impl Display, value: Option<&str>, rule: TextRule) {
        let Some(value) = value else { return };
        if let Some(Pattern { text, matches }) = rule.pattern
            && !matches(value)
        {
            let constraint = format!("Member must satisfy regular expression pattern: {text}");
            self.broken(Some(&value), &path, &constraint);
        }
        let max = if rule.max == 0 { usize::MAX } else { rule.max };
        self.length(path, &value, value.encode_utf16().count(), rule.min, max);
    }

    /// The length of a string, list, map or blob; `value` is what is shown of it.
    pub fn length(
        &mut self,
        path: impl Display,
        value: &dyn Display,
        length: usize,
        min: usize,
        max: usize,
    ) {
        if length < min {
            let constraint = format!("Member must have length greater than or equal to {min}");
            self.broken(Some(value), &path, &constraint);
        }
        if length > max {
            let constraint = format!("Member must have length less than or equal to {max}");
            self.broken(Some(value), &path, &constraint);
        }
    }

    /// The length of a blob, which is shown as Java shows it.
    pub fn blob(&mut self, path: impl Display, length: usize, max: usize) {
        let value = format_args!("java.nio.HeapByteBuffer[pos=0 lim={length} cap={length}]");
        self.length(path, &value, length, 0, max);
    }

    /// A number.
    pub fn number(&mut self, path: impl Display, value: Option<i64>, min: i64, max: i64) {
        let Some(value) = value else { return };
        if value < min {
            let constraint = format!("Member must have value greater than or equal to {min}");
            self.broken(Some(&value), &path, &constraint);
        }
        if value > max {
            let constraint = format!("Member must have value less than or equal to {max}");
            self.broken(Some(&value), &path, &constraint);
        }
    }

    /// A word out of a set; `words` stand in AWS's order.
    pub fn choice(&mut self, path: impl Display, value: Option<&str>, words: &[&str]) {
        let Some(value) = value else { return };
        if !words.contains(&value) {
            let set = words.join(", ");
            let constraint = format!("Member must satisfy enum value set: [{set}]");
            self.broken(Some(&value), &path, &constraint);
        }
    }

    /// Nothing, or the failure that tells what is broken.
    ///
    /// # Errors
    /// `ValidationException` if any constraint was broken.
    pub fn finish(self) -> Result<(), Failure> {
        let count = self.told.len();
        if count == 0 {
            return Ok(());
        }
        let plural = if count == 1 { "" } else { "s" };
        let mut message = format!("{count} validation error{plural} detected: ");
        for (index, text) in self.told.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            // Writing to a string does not fail.
            let _ = write!(message, "{separator}{text}");
        }
        let failure = Failure::caller("ValidationException", message);
        Err(Failure { source: Some(Box::new(self.members)), ..failure })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: TextRule = TextRule {
        min: 1,
        max: 3,
        pattern: Some(Pattern {
            text: "[a-z]+",
            matches: |text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase()),
        }),
    };

    fn message(fill: impl FnOnce(&mut Checks)) -> String {
        let mut checks = Checks::default();
        fill(&mut checks);
        checks.finish().unwrap_err().message.unwrap()
    }

    #[test]
    fn sentences_are_those_of_aws() {
        let text = message(|checks| {
            checks.number("shardCount", Some(0), 1, 100);
            checks.text("streamName", Some(""), NAME);
        });
        assert_eq!(
            text,
            "3 validation errors detected: Value '0' at 'shardCount' failed to satisfy constraint: \
             Member must have value greater than or equal to 1; Value '' at 'streamName' failed to \
             satisfy constraint: Member must satisfy regular expression pattern: [a-z]+; Value '' at \
             'streamName' failed to satisfy constraint: Member must have length greater than or equal \
             to 1"
        );
        let text = message(|checks| checks.required::<u8>("data", None));
        assert_eq!(
            text,
            "1 validation error detected: Value null at 'data' failed to satisfy constraint: Member \
             must not be null"
        );
        let text = message(|checks| checks.blob("data", 11, 10));
        assert!(text.contains("Value 'java.nio.HeapByteBuffer[pos=0 lim=11 cap=11]' at 'data'"));
        let text = message(|checks| checks.choice("type", Some("X"), &["A", "B"]));
        assert!(text.ends_with("Member must satisfy enum value set: [A, B]"));
    }

    #[test]
    fn at_most_ten_are_told_and_good_values_pass() {
        let text = message(|checks| {
            (0..50).for_each(|index| checks.required::<u8>(format!("m{index}"), None));
        });
        assert!(text.starts_with("10 validation errors detected: "));
        let mut checks = Checks::default();
        checks.text("streamName", Some("abc"), NAME);
        checks.text("streamName", None, NAME);
        assert!(checks.finish().is_ok());
    }
}
