//! Patterns as they are meant, over documents that were read as a whole, and that the other evaluation agrees.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::LISTS_MAX;
use super::{Filter, document, filter, takes};

struct Reference<'a> {
    root: &'a Value,
}

impl Reference<'_> {
    fn holds(&self, pattern: &Value, path: &[&str], node: &Value) -> bool {
        pattern.as_object().unwrap().iter().all(|(name, asked)| {
            let path = [path, &[name]].concat();
            let value = node.get(name);
            match asked {
                Value::Array(alternatives) if name == "$or" => {
                    let above = &path[..path.len() - 1];
                    alternatives.iter().any(|it| self.holds(it, above, node))
                }
                Value::Array(tests) => tests.iter().any(|test| self.passes(test, &path, value)),
                within => match value {
                    None => self.holds(within, &path, &Value::Null),
                    Some(value) => one_of(value, LISTS_MAX, &|it| self.holds(within, &path, it)),
                },
            }
        })
    }

    fn passes(&self, test: &Value, path: &[&str], value: Option<&Value>) -> bool {
        if *test == json!({"exists": false}) {
            return !is_present(self.root, path);
        }
        value.is_some_and(|it| one_of(it, LISTS_MAX, &|it| !it.is_object() && passes(test, it)))
    }
}

fn one_of(value: &Value, lists: usize, holds: &dyn Fn(&Value) -> bool) -> bool {
    match value {
        Value::Array(items) => lists > 0 && items.iter().any(|it| one_of(it, lists - 1, holds)),
        _ => holds(value),
    }
}

fn is_present(value: &Value, path: &[&str]) -> bool {
    one_of(value, LISTS_MAX, &|it| match path.split_first() {
        None => !it.is_object(),
        Some((name, rest)) => it.get(name).is_some_and(|member| is_present(member, rest)),
    })
}

fn passes(test: &Value, scalar: &Value) -> bool {
    let Some(test) = test.as_object() else { return test == scalar };
    let (name, operand) = test.iter().next().unwrap();
    let text = scalar.as_str();
    match (name.as_str(), operand) {
        ("exists", _) => true,
        ("prefix", Value::String(it)) => text.is_some_and(|text| text.starts_with(it)),
        ("suffix", Value::String(it)) => text.is_some_and(|text| text.ends_with(it)),
        ("equals-ignore-case", Value::String(it)) => {
            text.is_some_and(|text| text.to_lowercase() == it.to_lowercase())
        }
        ("anything-but", Value::Array(items)) => !items.contains(scalar),
        ("numeric", bounds) => scalar.as_f64().is_some_and(|number| {
            let bound = bounds[1].as_f64().unwrap();
            if bounds[0] == "<" { number < bound } else { number >= bound }
        }),
        _ => unreachable!("{name}"),
    }
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        (0..3).prop_map(Into::into),
        "[xy]{0,2}".prop_map(Into::into),
    ]
}

fn test() -> impl Strategy<Value = Value> {
    let text = || "[xyX]{0,2}";
    let refused = prop_oneof![(0..3).prop_map(Value::from), text().prop_map(Value::from)];
    prop_oneof![
        4 => scalar(),
        2 => any::<bool>().prop_map(|it| json!({ "exists": it })),
        2 => text().prop_map(|it| json!({ "prefix": it })),
        2 => text().prop_map(|it| json!({ "suffix": it })),
        1 => text().prop_map(|it| json!({ "equals-ignore-case": it })),
        1 => prop::collection::vec(refused, 1..3).prop_map(|it| json!({ "anything-but": it })),
        1 => (0..3, any::<bool>())
            .prop_map(|(it, is_below)| json!({ "numeric": [if is_below { "<" } else { ">=" }, it] })),
    ]
}

/// Patterns of few names, values and alternatives.
fn pattern() -> impl Strategy<Value = Value> {
    let tests = || prop::collection::vec(test(), 1..4).prop_map(Value::Array);
    let leaf = prop::collection::hash_map("[ab]", tests(), 1..3).prop_map(object);
    leaf.prop_recursive(3, 12, 3, move |inner| {
        let asked = prop_oneof![inner.clone(), tests()];
        let beside = prop::collection::hash_map("[ab]", asked, 1..3).prop_map(object);
        let choice = prop::collection::vec(inner, 2..4).prop_map(|it| json!({ "$or": it }));
        prop_oneof![2 => beside.clone(), 1 => choice.clone(), 1 => (beside, choice).prop_map(both)]
    })
}

fn object(members: impl IntoIterator<Item = (String, Value)>) -> Value {
    Value::Object(members.into_iter().collect())
}

fn both((one, other): (Value, Value)) -> Value {
    let members = |it: Value| it.as_object().cloned().unwrap_or_default();
    Value::Object(members(one).into_iter().chain(members(other)).collect::<Map<_, _>>())
}

/// What is under the names, also in lists that are too deep to be looked into.
fn record() -> impl Strategy<Value = Value> {
    let deep = (document(), 0..LISTS_MAX + 2)
        .prop_map(|(inner, lists)| (0..lists).fold(inner, |inner, _| json!([inner])));
    let list = prop::collection::vec(document(), 0..4).prop_map(Value::Array);
    let value = prop_oneof![2 => document(), 1 => deep, 2 => list];
    prop::collection::hash_map("[ab]", value, 0..3).prop_map(object)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn what_holds_is_what_is_meant(patterns in prop::collection::vec(pattern(), 1..4), record in record()) {
        let text = record.to_string();
        let mut filters = Vec::new();
        let mut is_one_meant = false;
        for pattern in &patterns {
            let is_meant = Reference { root: &record }.holds(pattern, &[], &record);
            let filter = filter(&pattern.to_string());
            prop_assert_eq!(takes(&filter, &text), is_meant, "{}", pattern);
            is_one_meant |= is_meant;
            filters.push(filter);
        }
        prop_assert_eq!(takes(&Filter::any(&filters), &text), is_one_meant);
    }
}
