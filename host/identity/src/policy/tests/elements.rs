//! `Action`, `NotAction`, `Resource` and `NotResource`: what they are about, case by case.

use super::{Context, HOME, STREAM, decide, one, session, user};
use crate::policy::{Decision, Denial, Principal, Request, evaluate};

const ACTIONS: &[(&str, &str, bool)] = &[
    ("*", "kinesis:PutRecord", true),
    ("kinesis:*", "kinesis:PutRecord", true),
    ("kinesis:*", "lambda:Invoke", false),
    ("kinesis:*", "kinesisanalytics:X", false),
    ("kinesis:PutRecord", "kinesis:PutRecord", true),
    ("kinesis:PutRecord", "kinesis:PutRecords", false),
    ("kinesis:PutRecords", "kinesis:PutRecord", false),
    ("kinesis:putrecord", "kinesis:PutRecord", true),
    ("KINESIS:PUTRECORD", "kinesis:PutRecord", true),
    ("kinesis:PutRecord", "Kinesis:putRECORD", true),
    ("kinesis:Put*", "kinesis:PutRecord", true),
    ("kinesis:Put*", "kinesis:Put", true),
    ("kinesis:Put*", "kinesis:GetRecords", false),
    ("kinesis:*Record", "kinesis:PutRecord", true),
    ("kinesis:*Record", "kinesis:PutRecords", false),
    ("kinesis:*Record*", "kinesis:GetRecords", true),
    ("kinesis:?utRecord", "kinesis:PutRecord", true),
    ("kinesis:PutRecord?", "kinesis:PutRecord", false),
    ("kinesis:PutRecord?", "kinesis:PutRecords", true),
    ("kinesis:P*t*R*d", "kinesis:PutRecord", true),
    ("kinesis:**", "kinesis:PutRecord", true),
    ("kinesis:??*", "kinesis:P", false),
];

const RESOURCES: &[(&str, &str, bool)] = &[
    ("*", STREAM, true),
    ("*", "*", true),
    ("arn:aws:kinesis:*:*:*", "*", false),
    (STREAM, STREAM, true),
    (STREAM, "arn:aws:kinesis:us-east-1:111122223333:stream/Orders", false),
    ("arn:aws:kinesis:us-east-1:111122223333:stream/*", STREAM, true),
    ("arn:aws:kinesis:us-east-1:111122223333:stream/order?", STREAM, true),
    ("arn:aws:kinesis:us-east-1:111122223333:stream/order??", STREAM, false),
    ("arn:aws:kinesis:us-east-1:111122223333:*", STREAM, true),
    ("arn:aws:kinesis:us-east-1:111122223333:*/orders", STREAM, true),
    ("arn:aws:kinesis:*:111122223333:stream/orders", STREAM, true),
    ("arn:aws:kinesis:*:*:stream/orders", STREAM, true),
    ("arn:aws:kinesis:eu-*:*:stream/orders", STREAM, false),
    ("arn:aws:kinesis:us-*:*:stream/orders", STREAM, true),
    ("arn:aws:kinesis:us-????-1:*:stream/orders", STREAM, true),
    ("arn:aws:kinesis:us-?????-1:*:stream/orders", STREAM, false),
    ("arn:aws:kinesis:*-1:111122223333:stream/orders", STREAM, true),
    ("arn:aws:kinesis:*", STREAM, true),
    ("arn:aws:kinesis:us-east-1*", STREAM, true),
    ("arn:aws:kinesis:eu*", STREAM, false),
    ("arn:aws:lambda:*", STREAM, false),
    ("arn:*:kinesis:*:*:stream/orders", STREAM, true),
    ("arn:aws-cn:kinesis:*:*:stream/orders", STREAM, false),
    ("arn:aws:kinesis:us-east-1:1111222233??:stream/orders", STREAM, true),
    ("arn:aws:kinesis:us-east-1:*3333:stream/orders", STREAM, true),
    ("arn:aws:kinesis:us-east-1:*4444:stream/orders", STREAM, false),
    ("arn:aws:kinesis:us-east-1::stream/orders", STREAM, false),
    ("arn:aws:kinesis:us-east-1:111122223333:stream", STREAM, false),
    ("arn:aws:kinesis:us-east-1:111122223333:stream/orders*", STREAM, true),
    // The consumers of a stream lie behind a slash and have a colon.
    ("arn:aws:kinesis:*:*:stream/a/*", "arn:aws:kinesis:r:1:stream/a/consumer/c:17", true),
    ("arn:aws:kinesis:*:*:*/consumer/*", "arn:aws:kinesis:r:1:stream/a/consumer/c:17", true),
    ("arn:aws:kinesis:*:*:*/consumer/c:1?", "arn:aws:kinesis:r:1:stream/a/consumer/c:17", true),
    ("arn:aws:kinesis:*:*:*/consumer/c?17", "arn:aws:kinesis:r:1:stream/a/consumer/c:17", true),
    // A wildcard within a part stays there, one at its end reaches on.
    ("arn:aws:x:*:acct:finance/*", "arn:aws:x:us-east-2:999:store/a:acct:finance/d", true),
    ("arn:aws:x:us-*:acct:finance/*", "arn:aws:x:us-east-2:999:store/a:acct:finance/d", true),
    ("arn:aws:x:us-*2:acct:finance/*", "arn:aws:x:us-east-2:999:store/a:acct:finance/d", false),
    ("arn:aws:x:us-*2:acct:finance/*", "arn:aws:x:us-east-2:acct:finance/d", true),
    ("arn:aws:x:us*a:acct:finance/*", "arn:aws:x:us-east-2:999:store/a:acct:finance/d", false),
    ("arn:aws:x:*:*:a:finance", "arn:aws:x:region:account:a:finance", true),
    ("arn:aws:x:region?account:a:finance", "arn:aws:x:region:account:a:finance", false),
    ("arn:aws:x:region:accoun?:a?finance", "arn:aws:x:region:account:a:finance", true),
];

fn allows(elements: &str, action: &str, resource: &str) -> bool {
    let policy = one(&format!(r#""Effect": "Allow", {elements}"#));
    decide(&[policy], action, resource, &Context::new()).is_allowed()
}

#[test]
fn actions_are_matched_in_any_case() {
    for (pattern, action, expected) in ACTIONS {
        let about = format!(r#""Action": "{pattern}", "Resource": "*""#);
        assert_eq!(allows(&about, action, "*"), *expected, "{pattern} {action}");
        let about = format!(r#""Action": ["x:y", "{pattern}"], "Resource": "*""#);
        assert_eq!(allows(&about, action, "*"), *expected, "{pattern} in a list, {action}");
        let about = format!(r#""NotAction": ["x:y", "{pattern}"], "Resource": "*""#);
        assert_eq!(allows(&about, action, "*"), !expected, "not {pattern} {action}");
    }
}

#[test]
fn resources_are_matched_part_by_part() {
    let principal = user(HOME, "ada");
    for (pattern, resource, expected) in RESOURCES {
        let context = Context::new();
        let ask = |elements: String| {
            // As somebody who denies, so that it does not matter whose the resource is.
            let deny = one(&format!(r#""Effect": "Deny", "Action": "*", {elements}"#));
            let action = "kinesis:PutRecord";
            let request = Request { principal: &principal, action, resource, context: &context };
            let decision = evaluate(&[deny], None, &request);
            matches!(decision, Decision::Deny(Denial::Explicit(_)))
        };
        assert_eq!(ask(format!(r#""Resource": "{pattern}""#)), *expected, "{pattern} {resource}");
        let not = ask(format!(r#""NotResource": ["arn:aws:a:b:c:d", "{pattern}"]"#));
        assert_eq!(not, !expected, "not {pattern} {resource}");
    }
}

fn tagged() -> Principal {
    let tags = [("Team", "blue"), ("odd", "a*c"), ("empty", ""), ("colon", "x:y")];
    let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    Principal { tags, ..user(HOME, "ada") }
}

/// A user `ada` with the tags above: pattern behind `stream/`, name of a stream, whether it is meant.
const VARIABLES: &[(&str, &str, bool)] = &[
    ("${aws:username}", "ada", true),
    ("${aws:username}", "bob", false),
    ("${AWS:UserName}", "ada", true),
    ("${aws:username}-*", "ada-orders", true),
    ("x-${aws:username}-${aws:PrincipalTag/team}", "x-ada-blue", true),
    ("${aws:PrincipalTag/Team}", "blue", true),
    ("${aws:PrincipalTag/TEAM}", "blue", true),
    ("${aws:PrincipalTag/none}", "none", false),
    ("${aws:PrincipalTag/none, 'red'}", "red", true),
    ("${aws:PrincipalTag/none,'red'}", "red", true),
    ("${aws:PrincipalTag/team, 'red'}", "blue", true),
    ("${aws:PrincipalTag/team, 'red'}", "red", false),
    ("${aws:PrincipalTag/none, ''}x", "x", true),
    ("${aws:PrincipalTag/empty}x", "x", true),
    ("${aws:PrincipalTag/empty, 'y'}x", "yx", false),
    ("${aws:PrincipalTag/odd}", "abc", false),
    ("${aws:PrincipalTag/odd}", "a*c", true),
    ("${aws:PrincipalTag/colon}", "x:y", true),
    ("a${*}c", "a*c", true),
    ("a${*}c", "abc", false),
    ("a${?}c", "a?c", true),
    ("a${?}c", "abc", false),
    ("a${$}c", "a$c", true),
    ("a$c", "a$c", true),
    ("${aws:PrincipalAccount}", "111122223333", true),
    ("${aws:PrincipalType}", "User", true),
    ("${aws:userid}", "AIDAada", true),
    ("${aws:TokenIssueTime}", "", false),
    ("${aws:SourceVpce}", "internal", true),
];

#[test]
fn variables_stand_for_what_is_true_of_the_request() {
    let principal = tagged();
    let context = Context::new().with("aws:SourceVpce", "internal");
    for (pattern, name, expected) in VARIABLES {
        let resource = format!("arn:aws:kinesis:us-east-1:{HOME}:stream/{name}");
        let pattern = format!("arn:aws:kinesis:*:*:stream/{pattern}");
        let request = Request {
            principal: &principal,
            action: "kinesis:PutRecord",
            resource: &resource,
            context: &context,
        };
        let about = format!(r#""Effect": "Allow", "Action": "*", "Resource": "{pattern}""#);
        let decision = evaluate(&[one(&about)], None, &request);
        assert_eq!(decision.is_allowed(), *expected, "{pattern} {name}");
    }
}

#[test]
fn variables_are_text_before_2012() {
    for version in ["", r#""Version": "2008-10-17","#] {
        let policy = super::policy(&format!(
            r#"{{{version} "Statement": [{{"Effect": "Allow", "Action": "*",
                "Resource": "arn:aws:kinesis:*:*:stream/${{aws:username}}"}}]}}"#
        ));
        let ask = |name: &str| {
            let resource = format!("arn:aws:kinesis:us-east-1:{HOME}:stream/{name}");
            decide(std::slice::from_ref(&policy), "a:b", &resource, &Context::new()).is_allowed()
        };
        assert!(!ask("ada"));
        assert!(ask("${aws:username}"));
    }
}

/// A session of a role has no user name: nothing is allowed because of that, and what is denied but for
/// one's own is denied.
#[test]
fn a_variable_without_value_allows_nothing() {
    let principal = session(HOME, "worker", "one");
    let context = Context::new();
    let all = one(r#""Effect": "Allow", "Action": "*", "Resource": "*""#);
    let ask = |elements: &str| {
        let request = Request {
            principal: &principal,
            action: "kinesis:PutRecord",
            resource: STREAM,
            context: &context,
        };
        evaluate(&[one(elements), all.clone()], None, &request).is_allowed()
            && evaluate(&[one(elements)], None, &request).is_allowed()
    };
    let denied = |elements: &str| {
        let request = Request {
            principal: &principal,
            action: "kinesis:PutRecord",
            resource: STREAM,
            context: &context,
        };
        !evaluate(&[one(elements), all.clone()], None, &request).is_allowed()
    };
    let mine = r#""arn:aws:kinesis:*:*:stream/${aws:username}""#;
    let not = r#""Condition": {"StringNotEquals": {"aws:userid": "${aws:username}"}}"#;
    let like = r#""Condition": {"StringLike": {"aws:userid": "${aws:username}*"}}"#;
    for allow in [
        format!(r#""Resource": {mine}"#),
        format!(r#""NotResource": {mine}"#),
        format!(r#""Resource": "*", {not}"#),
        format!(r#""Resource": "*", {like}"#),
    ] {
        assert!(!ask(&format!(r#""Effect": "Allow", "Action": "*", {allow}"#)), "{allow}");
    }
    for deny in [format!(r#""NotResource": {mine}"#), format!(r#""Resource": "*", {not}"#)] {
        assert!(denied(&format!(r#""Effect": "Deny", "Action": "*", {deny}"#)), "{deny}");
    }
    for pass in [format!(r#""Resource": {mine}"#), format!(r#""Resource": "*", {like}"#)] {
        assert!(!denied(&format!(r#""Effect": "Deny", "Action": "*", {pass}"#)), "{pass}");
    }
}
