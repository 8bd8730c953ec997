//! What the policy of a resource can be about.

use super::{STREAM, resource_policy};

const ACTIONS: [&str; 2] = ["kinesis:PutRecord", "kinesis:GetRecords"];

/// What is wrong with a statement of these elements, if anything.
fn wrong(elements: &str) -> Option<String> {
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": "*", {elements}}}]}}"#
    );
    resource_policy(&text).check_scope(STREAM, &ACTIONS).err().map(|error| error.to_string())
}

#[test]
fn actions_are_ones_that_it_can_speak_about() {
    for action in [
        r#""Action": "kinesis:PutRecord""#,
        r#""Action": ["KINESIS:getrecords", "kinesis:Put*"]"#,
        r#""Action": "kinesis:*""#,
        r#""Action": "*""#,
        r#""NotAction": "kinesis:PutRecord""#,
        r#""NotAction": "kinesis:DeleteStream""#,
    ] {
        let elements = format!(r#"{action}, "Resource": "{STREAM}""#);
        assert_eq!(wrong(&elements), None, "{action}");
    }
    let told = |place: &str| {
        format!(
            "Statement[0].{place}: a policy of this resource cannot speak about it; it can about \
             kinesis:PutRecord, kinesis:GetRecords"
        )
    };
    for (action, place) in [
        (r#""Action": "kinesis:DeleteStream""#, "Action[0]"),
        (r#""Action": ["kinesis:*", "s3:GetObject"]"#, "Action[1]"),
        (r#""Action": "kinesis:Delete*""#, "Action[0]"),
        (r#""NotAction": ["kinesis:Put*", "kinesis:Get*"]"#, "NotAction"),
        (r#""NotAction": "*""#, "NotAction"),
    ] {
        let elements = format!(r#"{action}, "Resource": "*""#);
        assert_eq!(wrong(&elements), Some(told(place)), "{action}");
    }
}

#[test]
fn resources_are_the_one_that_it_is_for() {
    let with = |resource: &str| wrong(&format!(r#""Action": "*", {resource}"#));
    for resource in [
        format!(r#""Resource": "{STREAM}""#),
        r#""Resource": ["*", "arn:aws:kinesis:*:*:stream/ord*"]"#.to_owned(),
        r#""NotResource": "arn:aws:kinesis:*:*:stream/other""#.to_owned(),
    ] {
        assert_eq!(with(&resource), None, "{resource}");
    }
    for resource in [
        format!(r#""Resource": "{STREAM}x""#),
        format!(r#""Resource": ["{STREAM}", "arn:aws:kinesis:us-east-1:111122223333:stream/x"]"#),
        r#""Resource": "arn:aws:kinesis:*:*:stream/${aws:username}""#.to_owned(),
        r#""NotResource": "*""#.to_owned(),
    ] {
        let told = with(&resource).unwrap();
        assert!(told.contains("this is not about the resource"), "{resource}: {told}");
        assert!(told.contains(STREAM), "{told}");
    }
}

#[test]
fn a_statement_among_many_is_named() {
    let good = format!(
        r#"{{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "{STREAM}"}}"#
    );
    let bad = good.replace("orders", "other");
    let text = format!(r#"{{"Statement": [{good}, {bad}]}}"#);
    let told = resource_policy(&text).check_scope(STREAM, &ACTIONS).unwrap_err();
    assert_eq!(told.place(), "Statement[1].Resource");
}
