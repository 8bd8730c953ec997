//! Conditions where it cannot be told what is meant: nothing is allowed because of that, and what denies does.

use super::{Context, STREAM, applies, decide, one};
use crate::policy::Decision;

/// Which of many values is meant cannot be told where one is asked for: any of them denies, all of them differ
/// or nothing is allowed.
#[test]
fn many_values_without_a_set_operator_deny_and_do_not_allow() {
    let cases = [
        ("StringEquals", &["a", "b"][..], false, true),
        ("StringEquals", &["a"], false, true),
        ("StringEquals", &["c"], false, false),
        ("StringLike", &["*"], false, true),
        ("StringEqualsIfExists", &["b"], false, true),
        ("StringNotEquals", &["a"], false, true),
        ("StringNotEquals", &["a", "b"], false, false),
        ("StringNotEquals", &["c"], true, true),
    ];
    for (operator, operands, allows, denies) in cases {
        let case = format!("{operator} {operands:?}");
        assert_eq!(applies("Allow", operator, operands, &["a", "b"]), allows, "allow if {case}");
        assert_eq!(applies("Deny", operator, operands, &["a", "b"]), denies, "deny if {case}");
    }
}

/// An empty text is a value, and AWS takes it for nothing: neither is a reason to allow.
#[test]
fn null_of_an_empty_text_is_both() {
    for values in [&[""][..], &["", ""]] {
        for operand in ["true", "false"] {
            assert!(!applies("Allow", "Null", &[operand], values), "{operand} {values:?}");
            assert!(applies("Deny", "Null", &[operand], values), "{operand} {values:?}");
        }
        for effect in ["Allow", "Deny"] {
            assert!(applies(effect, "Null", &["true", "false"], values), "{effect}");
        }
    }
}

/// A value that is not of the operator's kind: no statement allows because of it, and each that denies does.
#[test]
fn what_cannot_be_compared_is_denied_and_allows_nothing() {
    let cases = [
        ("NumericEquals", Some("NumericNotEquals"), "1", "one"),
        ("NumericLessThan", None, "1", ""),
        ("NumericGreaterThan", None, "1", "1e99"),
        ("ForAnyValue:NumericGreaterThan", None, "1", "0x10"),
        ("ForAllValues:NumericGreaterThan", None, "1", "0x10"),
        ("NumericGreaterThanIfExists", None, "1", "0x10"),
        ("DateEquals", Some("DateNotEquals"), "2026-01-01", "today"),
        ("DateGreaterThan", None, "2026-01-01", "2026"),
        ("Bool", None, "true", "yes"),
        ("BinaryEquals", None, "AAEC", "AAE"),
        ("IpAddress", Some("NotIpAddress"), "10.0.0.0/8", "localhost"),
        ("ArnLike", Some("ArnNotLike"), "arn:aws:x:*:*:*", "arn:aws:x"),
    ];
    for (operator, negated, operand, value) in cases {
        let context = Context::new().with("test:Key", value);
        let about = r#""Action": "*", "Resource": "*""#;
        let all = one(&format!(r#""Effect": "Allow", {about}"#));
        let ask = |effect: &str, operator: &str| {
            let condition = format!(r#"{{"{operator}": {{"test:Key": "{operand}"}}}}"#);
            let with = one(&format!(r#""Effect": "{effect}", {about}, "Condition": {condition}"#));
            let policies = if effect == "Allow" { vec![with] } else { vec![with, all.clone()] };
            decide(&policies, "kinesis:PutRecord", STREAM, &context).is_allowed()
        };
        assert!(!ask("Allow", operator), "{operator} {value}");
        assert!(!ask("Deny", operator), "{operator} {value}");
        if let Some(negated) = negated {
            assert!(!ask("Allow", negated), "{negated} {value}");
            assert!(!ask("Deny", negated), "{negated} {value}");
        }
    }
}

#[test]
fn unknown_keys_allow_nothing_but_by_negation() {
    let ask = |condition: &str| {
        let statement = format!(
            r#""Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}"#
        );
        decide(&[one(&statement)], "kinesis:PutRecord", STREAM, &Context::new())
    };
    let allowed = |decision: Decision| decision.is_allowed();
    assert!(!allowed(ask(r#"{"StringEquals": {"aws:NoSuchKey": "x"}}"#)));
    assert!(!allowed(ask(r#"{"StringLike": {"aws:NoSuchKey": "*"}}"#)));
    assert!(!allowed(ask(r#"{"IpAddress": {"aws:VpcSourceIp": "0.0.0.0/0"}}"#)));
    assert!(allowed(ask(r#"{"StringNotEquals": {"aws:NoSuchKey": "x"}}"#)));
}
