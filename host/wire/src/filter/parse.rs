//! Understanding a pattern (pure).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use domain::limits;
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::choice::{Choice, Compare, Test};
use super::node::{Node, Scalar};
use super::rule::{Level, Rule};

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{what}", place(.at))]
pub struct FilterError {
    /// The names on the way to what is wrong.
    pub at: Vec<String>,
    /// What is wrong, and what would be right.
    pub what: String,
}

fn place(at: &[String]) -> String {
    if at.is_empty() { String::new() } else { format!("at {}: ", at.join(".")) }
}

type Parsed<T> = Result<T, FilterError>;

/// The way down, and what was found on it.
struct Path {
    /// The names.
    names: Vec<String>,
    /// Of which paths is asked whether something stands there.
    presence: Level,
}

impl Path {
    fn wrong<T>(&self, what: impl Into<String>) -> Parsed<T> {
        Err(FilterError { at: self.names.clone(), what: what.into() })
    }

    fn within<T>(&mut self, name: &str, work: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.names.push(name.to_owned());
        let done = work(self);
        self.names.pop();
        done
    }
}

/// The members of an object as they are written.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(object: D) -> Result<Self, D::Error> {
        struct Every;
        impl<'de> Visitor<'de> for Every {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members: Vec<(Cow<'de, str>, &RawValue)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<Cow<'_, str>, &RawValue>()? {
                    // The last one counts.
                    members.retain(|(known, _)| *known != name);
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }
        object.deserialize_map(Every)
    }
}

/// What is asked of a record, as one rule, and what that asks of the presence of values.
pub(super) fn filter(text: &str) -> Parsed<(Level, Level)> {
    let mut path = Path { names: Vec::new(), presence: Level::default() };
    if text.chars().count() > limits::FILTER_CHARS_MAX {
        return path.wrong(format!("a filter has at most {} characters", limits::FILTER_CHARS_MAX));
    }
    let mut root = Level::default();
    match serde_json::from_str::<&RawValue>(text) {
        Ok(raw) => within(raw, &mut root, &mut path, 0)?,
        Err(error) => return path.wrong(format!("a filter is JSON: {error}")),
    };
    Ok((root, path.presence))
}

/// Asks the object of a level for what is written; the place of that rule.
fn within(raw: &RawValue, level: &mut Level, path: &mut Path, depth: usize) -> Parsed<usize> {
    let rule = object(raw, level, path, depth)?;
    level.rules.push(rule);
    Ok(level.rules.len() - 1)
}

fn members<'a>(raw: &'a RawValue, path: &Path) -> Parsed<Members<'a>> {
    let Ok(members) = serde_json::from_str::<Members<'_>>(raw.get()) else {
        return path.wrong("an object is wanted here, such as {\"data\": {\"name\": [\"value\"]}}");
    };
    if members.0.is_empty() {
        return path.wrong("an object must not be empty");
    }
    Ok(members)
}

/// The rule of an object; what it asks of its fields is added to them.
fn object(raw: &RawValue, level: &mut Level, path: &mut Path, depth: usize) -> Parsed<Rule> {
    if depth >= limits::FILTER_DEPTH_MAX {
        return path.wrong(format!("a filter is at most {} deep", limits::FILTER_DEPTH_MAX));
    }
    let mut rules = Vec::new();
    for (name, value) in members(raw, path)?.0 {
        if name == "$or" {
            rules.push(alternatives(value, level, path, depth)?);
            continue;
        }
        let place = level.place(&name);
        let field = &mut level.fields[place];
        rules.push(path.within(&name, |path| {
            match value.get().as_bytes().first() {
                Some(b'{') => within(value, &mut field.level, path, depth + 1)
                    .map(|rule| Rule::Within(place, rule)),
                Some(b'[') => {
                    choice(value, path).map(|choice| choice.asked(place, &mut field.choices))
                }
                _ => path.wrong("values stand in a list, such as [\"value\"], or in an object"),
            }
        })?);
    }
    Ok(Rule::All(rules))
}

fn alternatives(raw: &RawValue, level: &mut Level, path: &mut Path, depth: usize) -> Parsed<Rule> {
    let items: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    if items.len() < 2 || items.iter().any(|item| !item.get().starts_with('{')) {
        let what = "$or takes a list of at least two objects";
        return path.within("$or", |path| path.wrong(what));
    }
    // Its alternatives are about the same object, so their paths are that object's.
    let rules = items.into_iter().map(|item| object(item, level, path, depth + 1));
    rules.collect::<Parsed<_>>().map(Rule::Any)
}

/// What a list in a pattern says of a field.
#[derive(Default)]
struct Listed {
    tests: Vec<Test>,
    /// Another choice is that nothing stands there.
    absent: Option<usize>,
}

impl Listed {
    fn asked(self, place: usize, choices: &mut Vec<Choice>) -> Rule {
        let absent = self.absent.map(Rule::Absent);
        if self.tests.is_empty() {
            return Rule::Any(absent.into_iter().collect());
        }
        choices.push(Choice::new(self.tests));
        let value = Rule::Value(place, choices.len() - 1);
        match absent {
            None => value,
            Some(absent) => Rule::Any(vec![value, absent]),
        }
    }
}

fn choice(raw: &RawValue, path: &mut Path) -> Parsed<Listed> {
    let items: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    if items.is_empty() {
        return path.wrong("a list must not be empty");
    }
    let mut listed = Listed::default();
    for item in items {
        match test(item, path)? {
            Some(test) => listed.tests.push(test),
            None => listed.absent = Some(path.presence.presence(&path.names)),
        }
    }
    Ok(listed)
}

/// A test; none if it is that nothing stands there.
fn test(raw: &RawValue, path: &Path) -> Parsed<Option<Test>> {
    if let Some(scalar) = Node::Json(raw.get()).scalar() {
        return Ok(Some(Test::Is(scalar.into_owned())));
    }
    if raw.get().starts_with('[') {
        return path.wrong("a list in a list stands for nothing");
    }
    let Members(members) = members(raw, path)?;
    let [(name, value)] = &members[..] else {
        return path.wrong("an object in a list is one test, such as {\"prefix\": \"a\"}");
    };
    let text = || match Node::Json(value.get()).scalar() {
        Some(Scalar::Text(text)) => Ok(text.into_owned()),
        _ => path.wrong(format!("`{name}` takes a text")),
    };
    match &**name {
        "prefix" => text().map(Test::Prefix).map(Some),
        "suffix" => text().map(Test::Suffix).map(Some),
        "equals-ignore-case" => Ok(Some(Test::IgnoringCase(text()?.to_lowercase()))),
        "anything-but" => refused(value, path).map(Some),
        "numeric" => numeric(value, path).map(Some),
        "exists" => match value.get() {
            "true" => Ok(Some(Test::Exists)),
            "false" => Ok(None),
            _ => path.wrong("`exists` takes true or false"),
        },
        "wildcard" | "cidr" => {
            path.wrong(format!("`{name}` is known to event buses only, not to filters of streams"))
        }
        _ => path.wrong(format!(
            "`{name}` is no test; there are prefix, suffix, equals-ignore-case, anything-but, numeric and exists"
        )),
    }
}

fn refused(raw: &RawValue, path: &Path) -> Parsed<Test> {
    let wrong = "`anything-but` takes texts or numbers, one or a list";
    let items: Vec<&RawValue> = match raw.get().starts_with('[') {
        true => serde_json::from_str(raw.get()).unwrap_or_default(),
        false => vec![raw],
    };
    let scalar = |item: &RawValue| match Node::Json(item.get()).scalar() {
        Some(scalar @ (Scalar::Text(_) | Scalar::Number(_))) => Ok(scalar.into_owned()),
        Some(Scalar::Null | Scalar::Bool(_)) | None => path.wrong(wrong),
    };
    let scalars: BTreeSet<Scalar<'_>> = items.into_iter().map(scalar).collect::<Parsed<_>>()?;
    if scalars.is_empty() { path.wrong(wrong) } else { Ok(Test::Not(scalars)) }
}

fn numeric(raw: &RawValue, path: &Path) -> Parsed<Test> {
    let wrong = "`numeric` takes a comparison, such as [\">\", 5], or a range, such as [\">=\", 0, \"<\", 5]";
    let items: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    let mut bounds = Vec::new();
    for pair in items.chunks(2) {
        let bound = match pair {
            [compare, number] => comparison(compare).zip(number.get().parse::<f64>().ok()),
            _ => None,
        };
        match bound.filter(|(_, number)| number.is_finite()) {
            Some(bound) => bounds.push(bound),
            None => return path.wrong(wrong),
        }
    }
    match bounds[..] {
        [_] => Ok(Test::Numeric(bounds)),
        [(Compare::Above | Compare::AtLeast, low), (Compare::Below | Compare::AtMost, high)] => {
            if low < high {
                return Ok(Test::Numeric(bounds));
            }
            path.wrong("the lower bound of `numeric` must be below the upper one")
        }
        _ => path.wrong(wrong),
    }
}

fn comparison(raw: &RawValue) -> Option<Compare> {
    match raw.get() {
        "\"=\"" => Some(Compare::Equal),
        "\"<\"" => Some(Compare::Below),
        "\"<=\"" => Some(Compare::AtMost),
        "\">\"" => Some(Compare::Above),
        "\">=\"" => Some(Compare::AtLeast),
        _ => None,
    }
}
