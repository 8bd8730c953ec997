//! Random patterns of few letters against random texts of few letters: both evaluators agree on what matches,
//! in `Resource`, under `StringLike` and under `ArnLike`.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::reference;
use super::{Context, HOME, Principal, Request, user};
use crate::policy::{ResourcePolicy, evaluate};

/// Both answers to a request for `resource` with the value under `test:Key`; `None` if the document is refused.
fn ask(document: &Value, resource: &str, value: &str) -> Option<(bool, bool)> {
    let policy = ResourcePolicy::parse(&document.to_string()).ok()?;
    let tags = vec![("t".to_owned(), "a".to_owned()), ("c".to_owned(), "a:b".to_owned())];
    let principal = Principal { tags, ..user(HOME, "ada") };
    let context = Context::new().with("test:Key", value);
    let request = Request { principal: &principal, action: "x:y", resource, context: &context };
    let product = evaluate(&[], Some(&policy), &request).is_allowed();
    let expected = reference::decide(&[], Some(document), &request) == "allow";
    Some((product, expected))
}

/// A policy of a resource that allows if `element` matches; an identity could not, for a resource of others.
fn document(mut element: Value) -> Value {
    element["Effect"] = json!("Allow");
    element["Principal"] = json!("*");
    element["Action"] = json!("*");
    json!({"Version": "2012-10-17", "Statement": [element]})
}

/// Many wildcards, so that a match is no rarity.
const ARN_PATTERN: &str = "arn:(aws|\\*):x:(a|b|\\*|\\*|\\?){1,4}:\\*?[ab?]?\\*?:\
    (a|:|\\*|\\*|\\?|\\$\\{aws:PrincipalTag/[tc]\\}){0,5}";
const ARN: &str = "arn:aws:x:[ab:]{0,5}:[ab]{0,2}:[ab:]{0,4}";
/// The owner is who asks, so that one side is enough.
const OWN_ARN: &str = "arn:aws:x:[ab]{0,4}:111122223333:[ab:]{0,8}";
const OWN_PATTERN: &str =
    "arn:(aws|[a*?]{1,2}):x:[ab*?]{0,4}:(1[*?]{0,3}3|\\*|[*1]{0,2}):[ab:*?]{0,8}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn resources_agree(pattern in OWN_PATTERN, resource in OWN_ARN) {
        let document = document(json!({"Resource": pattern}));
        if let Some((product, expected)) = ask(&document, &resource, "") {
            prop_assert_eq!(product, expected);
        }
    }

    #[test]
    fn arn_conditions_agree(pattern in ARN_PATTERN, value in ARN) {
        let condition = json!({"ArnLike": {"test:Key": pattern}});
        let document = document(json!({"Resource": "*", "Condition": condition}));
        if let Some((product, expected)) = ask(&document, "*", &value) {
            prop_assert_eq!(product, expected);
        }
    }

    #[test]
    fn text_conditions_agree(pattern in "([ab*?]|\\$\\{[*?]\\}|\\$\\{aws:PrincipalTag/t\\}){0,8}", value in "[ab*]{0,8}") {
        for operator in ["StringLike", "StringNotLike", "StringEquals", "StringEqualsIgnoreCase"] {
            let condition = json!({operator: {"test:Key": pattern}});
            let document = document(json!({"Resource": "*", "Condition": condition}));
            let (product, expected) = ask(&document, "*", &value).expect("any of these is understood");
            prop_assert_eq!(product, expected);
        }
    }
}

/// The agreement above is worth something only if both answers occur.
#[test]
fn random_patterns_match_now_and_then() {
    use proptest::strategy::ValueTree;
    use proptest::string::string_regex;

    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut draw = |pattern: &str| {
        let strategy = string_regex(pattern).unwrap();
        strategy.new_tree(&mut runner).unwrap().current()
    };
    let mut matches = [0; 2];
    for _ in 0..2000 {
        let resources = document(json!({"Resource": draw(OWN_PATTERN)}));
        let found = ask(&resources, &draw(OWN_ARN), "").is_some_and(|(found, _)| found);
        matches[0] += usize::from(found);
        let condition = json!({"ArnLike": {"test:Key": draw(ARN_PATTERN)}});
        let conditions = document(json!({"Resource": "*", "Condition": condition}));
        let found = ask(&conditions, "*", &draw(ARN)).is_some_and(|(found, _)| found);
        matches[1] += usize::from(found);
    }
    assert!(matches.iter().all(|count| (20..1900).contains(count)), "{matches:?}");
}
