//! Documents: what is taken, and what is refused with which sentence at which place.

use proptest::prelude::*;

use crate::policy::{Policy, PolicyError, ResourcePolicy};

pub(super) fn with(elements: &str) -> Result<Policy, PolicyError> {
    Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{{{elements}}}]}}"#))
}

pub(super) const ABOUT: &str = r#""Effect": "Allow", "Action": "kinesis:*", "Resource": "*""#;

/// What is added to a good statement, the place and a part of the sentence.
const BAD_STATEMENTS: &[(&str, &str, &str)] = &[
    (r#""effect": "Allow""#, "Statement[0]", "no element has the name \"effect\""),
    (r#""Effects": "Allow""#, "Statement[0]", "there are Sid, Effect, Principal"),
    (r#""Sid": "a b""#, "Statement[0].Sid", "letters A to Z"),
    (r#""Sid": 1"#, "Statement[0].Sid", "text in quotes"),
    (r#""Principal": "*""#, "Statement[0]", "Principal has no place in an identity policy"),
    (r#""NotPrincipal": "*""#, "Statement[0]", "NotPrincipal has no place in an identity policy"),
    (r#""NotAction": "a:b""#, "Statement[0]", "either Action or NotAction, not both"),
    (r#""NotResource": "*""#, "Statement[0]", "either Resource or NotResource, not both"),
    (r#""Condition": []"#, "Statement[0].Condition", "an object in braces"),
    (r#""Condition": {"Equals": {}}"#, "Statement[0].Condition.Equals", "no condition operator"),
    (
        r#""Condition": {"stringequals": {}}"#,
        "Statement[0].Condition.stringequals",
        "did you mean \"StringEquals\"",
    ),
    (
        r#""Condition": {"BoolIfexists": {}}"#,
        "Statement[0].Condition.BoolIfexists",
        "did you mean \"BoolIfExists\"",
    ),
    (r#""Condition": {"Bool": {}}"#, "Statement[0].Condition.Bool", "an operator without keys"),
    (r#""Condition": {"NullIfExists": {}}"#, "Statement[0].Condition.NullIfExists", "Null takes"),
    (
        r#""Condition": {"StringEquals": {"x": "y"}}"#,
        "Statement[0].Condition.StringEquals.x",
        "no condition key; write a prefix",
    ),
    (
        r#""Condition": {"StringEquals": {"aws:ResourceTag/${aws:username}": "y"}}"#,
        "Statement[0].Condition.StringEquals.aws:ResourceTag/${aws:username}",
        "no condition key",
    ),
    (
        r#""Condition": {"StringEquals": {"aws:tagkeys": "y"}}"#,
        "Statement[0].Condition.StringEquals.aws:tagkeys",
        "put ForAllValues: or ForAnyValue: before",
    ),
    (
        r#""Condition": {"StringEquals": {"aws:PrincipalTag/a": "x", "aws:principaltag/A": "y"}}"#,
        "Statement[0].Condition.StringEquals",
        "\"aws:principaltag/A\" is there twice",
    ),
    (
        r#""Condition": {"StringEquals": {"a:b": []}}"#,
        "Statement[0].Condition.StringEquals.a:b",
        "an empty list",
    ),
    (
        r#""Condition": {"StringEquals": {"a:b": ["x", null]}}"#,
        "Statement[0].Condition.StringEquals.a:b[1]",
        "a text, a number or a boolean",
    ),
    (
        r#""Condition": {"NumericEquals": {"a:b": "1e"}}"#,
        "Statement[0].Condition.NumericEquals.a:b",
        "\"1e\" is no number",
    ),
    (
        r#""Condition": {"NumericEquals": {"a:b": "${aws:EpochTime}"}}"#,
        "Statement[0].Condition.NumericEquals.a:b",
        "a variable cannot be used with numbers",
    ),
    (
        r#""Condition": {"StringEquals": {"aws:RequestTag/version": ["1", 1.10]}}"#,
        "Statement[0].Condition.StringEquals.aws:RequestTag/version[1]",
        "put it in quotes",
    ),
    (
        r#""Condition": {"DateLessThan": {"aws:CurrentTime": "2026"}}"#,
        "Statement[0].Condition.DateLessThan.aws:CurrentTime",
        "\"2026\" is no date; write it as 2026-11-27",
    ),
    (
        r#""Condition": {"Bool": {"aws:SecureTransport": "yes"}}"#,
        "Statement[0].Condition.Bool.aws:SecureTransport",
        "neither true nor false",
    ),
    (
        r#""Condition": {"Null": {"aws:TokenIssueTime": "maybe"}}"#,
        "Statement[0].Condition.Null.aws:TokenIssueTime",
        "neither true nor false",
    ),
    (
        r#""Condition": {"BinaryEquals": {"a:b": "AAE"}}"#,
        "Statement[0].Condition.BinaryEquals.a:b",
        "not base64 with padding",
    ),
    (
        r#""Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "10.*"]}}"#,
        "Statement[0].Condition.IpAddress.aws:SourceIp[1]",
        "\"10.*\" is no address or range; write it as 203.0.113.0/24",
    ),
    (
        r#""Condition": {"ArnLike": {"aws:SourceArn": "arn:*:x"}}"#,
        "Statement[0].Condition.ArnLike.aws:SourceArn",
        "\"arn:*:x\" is no ARN; write its six parts",
    ),
    (
        r#""Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:${aws:a:b:c}"}}"#,
        "Statement[0].Condition.ArnLike.aws:SourceArn",
        "is no ARN",
    ),
    (
        r#""Condition": {"StringLike": {"a:b": "x${aws:username"}}"#,
        "Statement[0].Condition.StringLike.a:b",
        "does not close it",
    ),
    (
        r#""Condition": {"StringLike": {"a:b": "${username}"}}"#,
        "Statement[0].Condition.StringLike.a:b",
        "${username} is no variable; write a condition key",
    ),
    (
        r#""Condition": {"StringLike": {"a:b": "${aws:username, none}"}}"#,
        "Statement[0].Condition.StringLike.a:b",
        "is no variable",
    ),
    (
        r#""Condition": {"StringLike": {"a:b": "${aws:TagKeys}"}}"#,
        "Statement[0].Condition.StringLike.a:b",
        "can have many values and cannot be a variable",
    ),
];

#[test]
fn statements_are_refused_with_place_and_remedy() {
    assert!(with(ABOUT).is_ok());
    for (element, place, part) in BAD_STATEMENTS {
        let error = with(&format!("{ABOUT}, {element}")).expect_err(element);
        assert_eq!(error.place(), *place, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

/// Whole statements, the place and a part of the sentence.
const BAD_ELEMENTS: &[(&str, &str, &str)] = &[
    (r#""Action": "a:b", "Resource": "*""#, "Statement[0]", "Effect is missing"),
    (r#""Effect": "Allow", "Resource": "*""#, "Statement[0]", "Action is missing"),
    (r#""Effect": "Allow", "Action": "a:b""#, "Statement[0]", "Resource is missing"),
    (r#""Effect": "allow", "Action": "a:b", "Resource": "*""#, "Statement[0].Effect", "no effect"),
    (r#""Effect": "Allow", "Action": [], "Resource": "*""#, "Statement[0].Action", "empty list"),
    (
        r#""Effect": "Allow", "Action": ["a:b", "PutRecord"], "Resource": "*""#,
        "Statement[0].Action[1]",
        "\"PutRecord\" is no action; write \"*\", or a service",
    ),
    (
        r#""Effect": "Allow", "NotAction": 7, "Resource": "*""#,
        "Statement[0].NotAction",
        "text in quotes",
    ),
    (
        r#""Effect": "Allow", "Action": "*", "Resource": "stream/x""#,
        "Statement[0].Resource",
        "\"stream/x\" is no resource; write \"*\" or an ARN",
    ),
    (
        r#""Effect": "Allow", "Action": "*", "NotResource": ["*", "arn:aws:*:*:*:x"]"#,
        "Statement[0].NotResource[1]",
        "name the service",
    ),
    (
        r#""Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${*""#,
        "Statement[0].Resource",
        "does not close it",
    ),
    (
        r#""Effect": "Allow", "Action": "*", "Resource": "arn:aws:sqs:*:${aws:PrincipalAccount}:x""#,
        "Statement[0].Resource",
        "a variable before the fifth colon",
    ),
];

#[test]
fn elements_are_refused_with_place_and_remedy() {
    for (elements, place, part) in BAD_ELEMENTS {
        let error = with(elements).expect_err(elements);
        assert_eq!(error.place(), *place, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

/// Documents, the place and a part of the sentence.
const BAD_DOCUMENTS: &[(&str, &str, &str)] = &[
    ("", "", "this is not the JSON of a policy"),
    ("[]", "", "an object in braces"),
    ("{}", "", "Statement is missing"),
    (r#"{"Statement": []}"#, "Statement", "an empty list"),
    (r#"{"Statement": "x"}"#, "Statement", "an object in braces"),
    (r#"{"Statement": [{}, 1]}"#, "Statement[0]", "Effect is missing"),
    (r#"{"statement": []}"#, "", "no element has the name \"statement\""),
    (r#"{"Version": "2012-10-18", "Statement": []}"#, "Version", "write \"2012-10-17\""),
    (r#"{"Version": 2012, "Statement": []}"#, "Version", "text in quotes"),
    (r#"{"Version": "2012-10-17", "Version": "2008-10-17"}"#, "", "\"Version\" is given twice"),
    (
        r#"{"Statement": [{"Effect": "Allow", "Effect": "Deny"}]}"#,
        "",
        "\"Effect\" is given twice at line 1",
    ),
    (
        r#"{"Statement": [
            {"Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
        "Statement",
        "the Sid of two statements",
    ),
];

#[test]
fn documents_are_refused_with_place_and_remedy() {
    for (text, place, part) in BAD_DOCUMENTS {
        let error = Policy::parse(text).expect_err(text);
        assert_eq!(error.place(), *place, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn what_tools_write_is_taken() {
    let good = [
        format!(r#"{{"Statement": {{{ABOUT}}}}}"#),
        format!(r#"{{"Version": "2008-10-17", "Id": "x y", "Statement": [{{{ABOUT}}}]}}"#),
        format!(r#"{{"Statement": [{{"Sid": "", {ABOUT}}}, {{"Sid": "", {ABOUT}}}]}}"#),
        format!(r#"{{"Statement": [{{{ABOUT}, "Condition": {{}}}}]}}"#),
        format!(r#"{{"Statement": [{{{ABOUT}, "Condition": {{"Bool": {{"a:b": true}}}}}}]}}"#),
        format!(
            r#"{{"Statement": [{{{ABOUT}, "Condition": {{"NumericEquals": {{"a:b": [7, 1.5]}}}}}}]}}"#
        ),
        format!(r#"{{"Statement": [{{{ABOUT}, "Condition": {{"StringEquals": {{"a:b": 7}}}}}}]}}"#),
        format!(
            r#"{{"Statement": [{{{ABOUT}, "Condition": {{"Null": {{"aws:TagKeys": true}}}}}}]}}"#
        ),
    ];
    for text in good {
        assert!(Policy::parse(&text).is_ok(), "{text}: {:?}", Policy::parse(&text));
    }
}

/// What is put in the place of the principal, the place of the error and a part of the sentence.
const BAD_PRINCIPALS: &[(&str, &str, &str)] = &[
    (r#""Sid": "none""#, "Statement[0]", "Principal is missing"),
    (r#""Principal": "111122223333""#, "Statement[0].Principal", "is no principal; write \"*\""),
    (r#""Principal": ["*"]"#, "Statement[0].Principal", "an object with the member AWS"),
    (r#""Principal": {}"#, "Statement[0].Principal", "an object with the member AWS"),
    (r#""Principal": {"Service": "x"}"#, "Statement[0].Principal", "only \"AWS\" is supported"),
    (r#""Principal": {"AWS": []}"#, "Statement[0].Principal.AWS", "an empty list"),
    (r#""Principal": {"AWS": "ada"}"#, "Statement[0].Principal.AWS", "is no principal"),
    (
        r#""Principal": {"AWS": "arn:aws:iam::111122223333:user/*"}"#,
        "Statement[0].Principal.AWS",
        "is no principal",
    ),
    (
        r#""Principal": {"AWS": "arn:aws:iam::111122223333:group/g"}"#,
        "Statement[0].Principal.AWS",
        "is no principal",
    ),
    (
        r#""Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/r"}"#,
        "Statement[0].Principal.AWS",
        "is no principal",
    ),
    (r#""Principal": {"AWS": "11112222333"}"#, "Statement[0].Principal.AWS", "is no principal"),
    (
        r#""NotPrincipal": {"AWS": "111122223333"}"#,
        "Statement[0]",
        "NotPrincipal with Allow would allow strangers",
    ),
    (
        r#""Principal": "*", "NotPrincipal": "*""#,
        "Statement[0]",
        "either Principal or NotPrincipal, not both",
    ),
];

#[test]
fn principals_are_refused_with_place_and_remedy() {
    let parse =
        |elements: &str| ResourcePolicy::parse(&format!(r#"{{"Statement": [{{{elements}}}]}}"#));
    for (principal, place, part) in BAD_PRINCIPALS {
        let error = parse(&format!("{ABOUT}, {principal}")).expect_err(principal);
        assert_eq!(error.place(), *place, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
    let deny = r#""Effect": "Deny", "Action": "kinesis:*", "Resource": "*""#;
    let error = parse(&format!(r#"{deny}, "NotPrincipal": "*""#)).unwrap_err();
    assert!(error.to_string().contains("never applies"), "{error}");
    let good = r#"{"AWS": ["111122223333", "arn:aws:iam::111122223333:root", "*",
        "arn:aws:iam::111122223333:user/a/b", "arn:aws:iam::111122223333:role/r",
        "arn:aws:sts::111122223333:assumed-role/r/s"]}"#;
    assert!(parse(&format!(r#"{ABOUT}, "Principal": {good}"#)).is_ok());
}

/// Words of the language, so that random texts come far enough to find something.
fn word() -> impl Strategy<Value = String> {
    let words = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"Version\":\"2012-10-17\",",
        "\"Statement\":",
        "${",
        "\"Effect\":\"Allow\",",
        "\"Effect\":\"Deny\",",
        "\"Action\":\"*\",",
        "\"Resource\":\"*\"",
        "\"Principal\":\"*\",",
        "\"Condition\":",
        "\"StringLike\":",
        "\"a:b\":",
        "\"arn:aws:x:*\"",
        "*",
        "?",
        "null",
        "1",
        "\\u0000",
        "é",
        "true",
        "\"IpAddress\":",
        "\"DateEquals\":",
        "T",
        "-",
    ];
    prop_oneof![proptest::sample::select(words.to_vec()).prop_map(str::to_owned), ".{0,4}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_text_makes_reading_panic(words in proptest::collection::vec(word(), 0..40)) {
        let text = words.concat();
        let _read = (Policy::parse(&text).is_ok(), ResourcePolicy::parse(&text).is_ok());
    }

    #[test]
    fn no_value_makes_reading_panic(value in ".{0,40}", operator in 0..8usize) {
        let operators = [
            "StringLike", "NumericEquals", "DateEquals", "Bool", "BinaryEquals", "IpAddress", "ArnLike",
            "Null",
        ];
        let value = serde_json::to_string(&value).unwrap();
        let condition = format!(r#"{{"{}": {{"a:b": {value}}}}}"#, operators[operator]);
        let _read = with(&format!(r#"{ABOUT}, "Condition": {condition}"#)).is_ok();
        let _read = with(&format!(r#""Effect": "Deny", "Action": {value}, "Resource": {value}"#));
    }
}
