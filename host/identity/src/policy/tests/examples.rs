//! Worked examples of AWS's documentation, in our words and for streams where it makes no difference: the
//! behaviour that the guides describe in prose is what is asserted.

use super::{ABROAD, Context, HOME, STREAM, decide, policy, resource_policy, session, user};
use crate::policy::{Principal, Request, evaluate};

fn allowed(text: &str, action: &str, resource: &str, context: &Context) -> bool {
    decide(&[policy(text)], action, resource, context).is_allowed()
}

/// Condition operators, string: only who has the tag with that value; nobody without it.
#[test]
fn a_tag_of_the_principal_is_demanded() {
    let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kinesis:*Record*",
        "Resource": "arn:aws:kinesis:*:111122223333:stream/*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/job-category": "operator"}}}}"#;
    let ask = |tags: &[(&str, &str)]| {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let principal = Principal { tags: tags.collect(), ..user(HOME, "ada") };
        let context = Context::new().with("aws:PrincipalTag/job-category", "operator");
        let action = "kinesis:PutRecord";
        let request =
            Request { principal: &principal, action, resource: STREAM, context: &context };
        evaluate(&[policy(text)], None, &request).is_allowed()
    };
    assert!(ask(&[("job-category", "operator")]));
    assert!(ask(&[("Job-Category", "operator")]));
    assert!(!ask(&[("job-category", "Operator")]));
    assert!(!ask(&[("job-category", "operator"), ("JOB-CATEGORY", "guest")]));
    assert!(!ask(&[]), "what the context claims about the principal is not believed");
}

/// Condition operators, date: credentials that are fresh enough; long-lived keys have no such date.
#[test]
fn temporary_credentials_are_demanded_to_be_fresh() {
    let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kinesis:*",
        "Resource": "*", "Condition": {"DateGreaterThan": {"aws:TokenIssueTime": "2026-01-01T00:00:01Z"}}}}"#;
    let ask = |context: Context| allowed(text, "kinesis:GetRecords", STREAM, &context);
    let issued = |time: &str| Context::new().with("aws:TokenIssueTime", time);
    assert!(ask(issued("2026-05-05T05:05:05Z")));
    assert!(!ask(issued("2026-01-01T00:00:01Z")));
    assert!(!ask(issued("2025-12-31T23:59:59Z")));
    assert!(!ask(Context::new()));
}

/// Condition operators, boolean: everything is denied that does not come over TLS.
#[test]
fn plain_transport_is_denied() {
    let text = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"},
        {"Sid": "OnlyTls", "Effect": "Deny", "Action": "kinesis:*", "Resource": "*",
         "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}"#;
    let ask = |value: &str| {
        let context = Context::new().with("aws:SecureTransport", value);
        allowed(text, "kinesis:PutRecord", STREAM, &context)
    };
    assert!(ask("true"));
    assert!(!ask("false"));
}

/// Condition operators, addresses: ranges of both families, either is enough.
#[test]
fn addresses_of_both_families_are_allowed() {
    let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kinesis:*",
        "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp":
            ["203.0.113.0/24", "2001:DB8:1234:5678::/64"]}}}}"#;
    let ask = |address: &str| {
        let context = Context::new().with("aws:SourceIp", address);
        allowed(text, "kinesis:PutRecord", STREAM, &context)
    };
    assert!(ask("203.0.113.77"));
    assert!(ask("::ffff:203.0.113.77"));
    assert!(ask("2001:db8:1234:5678::1"));
    assert!(!ask("203.0.114.77"));
    assert!(!ask("2001:db8:1234:5679::1"));
    assert!(!allowed(text, "kinesis:PutRecord", STREAM, &Context::new()));
}

/// VPC endpoints: a deny for whatever does not come through one of them. Requests from elsewhere lack the key
/// and are denied by that.
#[test]
fn other_listeners_are_denied() {
    let text = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*",
         "Condition": {"StringNotEquals": {"aws:SourceVpce": ["internal", "backup"]}}}]}"#;
    let ask = |context: Context| allowed(text, "kinesis:PutRecord", STREAM, &context);
    assert!(ask(Context::new().with("aws:SourceVpce", "internal")));
    assert!(!ask(Context::new().with("aws:SourceVpce", "public")));
    assert!(!ask(Context::new()));
}

/// The data perimeter: addresses, unless a service calls on the caller's behalf; both conditions must hold.
#[test]
fn conditions_of_a_statement_are_all_needed() {
    let text = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
            "NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"]},
            "Bool": {"aws:ViaAWSService": "false"}}}]}"#;
    let from = |address: &str| Context::new().with("aws:SourceIp", address);
    assert!(allowed(text, "kinesis:PutRecord", STREAM, &from("192.0.2.7")));
    assert!(!allowed(text, "kinesis:PutRecord", STREAM, &from("10.0.0.1")));
    let by_service = from("10.0.0.1").with("aws:ViaAWSService", "true");
    assert!(allowed(text, "kinesis:PutRecord", STREAM, &by_service));
}

/// Evaluation of several keys and values: AND over operators and keys, OR over the values of each.
#[test]
fn keys_are_joined_by_and_values_by_or() {
    let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {
            "StringEquals": {"aws:ResourceTag/team": ["blue", "red"], "aws:RequestedRegion": "us-east-1"},
            "ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:user/ada", "arn:aws:iam::*:role/x"]}}}}"#;
    let context = |team: &str, region: &str| {
        Context::new().with("aws:ResourceTag/team", team).with("aws:RequestedRegion", region)
    };
    assert!(allowed(text, "a:b", STREAM, &context("blue", "us-east-1")));
    assert!(allowed(text, "a:b", STREAM, &context("red", "us-east-1")));
    assert!(!allowed(text, "a:b", STREAM, &context("green", "us-east-1")));
    assert!(!allowed(text, "a:b", STREAM, &context("blue", "us-east-2")));
}

/// Multivalued keys: only these tag keys may be given; no tags at all would be fine, unless `Null` asks.
#[test]
fn tag_keys_of_a_request_are_limited() {
    let text = |null: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow",
                "Action": "kinesis:AddTagsToStream", "Resource": "*", "Condition": {{
                    {null} "ForAllValues:StringEquals": {{"aws:TagKeys": ["environment", "cost-center"]}}}}}}}}"#
        )
    };
    let ask = |null: &str, keys: &[&str]| {
        let context = Context::new().with_list("aws:TagKeys", keys.iter().copied());
        allowed(&text(null), "kinesis:AddTagsToStream", STREAM, &context)
    };
    assert!(ask("", &["environment"]));
    assert!(ask("", &["environment", "cost-center"]));
    assert!(!ask("", &["environment", "owner"]));
    assert!(ask("", &[]));
    let null = r#""Null": {"aws:TagKeys": "false"},"#;
    assert!(ask(null, &["environment"]));
    assert!(!ask(null, &[]));
    assert!(!ask(null, &[""]));
}

/// Multivalued keys: a request that has any of these is denied.
#[test]
fn any_of_some_tag_keys_is_denied() {
    let text = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*",
         "Condition": {"ForAnyValue:StringLike": {"aws:TagKeys": ["id", "user*"]}}}]}"#;
    let ask = |keys: &[&str]| {
        let context = Context::new().with_list("aws:TagKeys", keys.iter().copied());
        allowed(text, "kinesis:AddTagsToStream", STREAM, &context)
    };
    assert!(!ask(&["message", "username"]));
    assert!(!ask(&["id"]));
    assert!(ask(&["message"]));
    assert!(ask(&[]));
}

/// `IfExists`: the condition counts only where there is such a key.
#[test]
fn if_exists_passes_over_what_has_no_such_key() {
    let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kinesis:*",
        "Resource": "*", "Condition": {"StringLikeIfExists": {"aws:ResourceTag/size": ["t1.*", "t2.*"]}}}}"#;
    let with = |size: &str| Context::new().with("aws:ResourceTag/size", size);
    assert!(allowed(text, "kinesis:ListStreams", "*", &Context::new()));
    assert!(allowed(text, "kinesis:PutRecord", STREAM, &with("t2.micro")));
    assert!(!allowed(text, "kinesis:PutRecord", STREAM, &with("m3.large")));
}

/// `NotAction`: with Allow everything else of what is listed as resources, with Deny everything but.
#[test]
fn not_action_means_all_others() {
    let allow = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "NotAction": "kinesis:Delete*", "Resource": "arn:aws:kinesis:*:*:*"}}"#;
    assert!(allowed(allow, "kinesis:PutRecord", STREAM, &Context::new()));
    assert!(!allowed(allow, "kinesis:DeleteStream", STREAM, &Context::new()));
    let lambda = format!("arn:aws:lambda:us-east-1:{HOME}:function:f");
    assert!(!allowed(allow, "lambda:Invoke", &lambda, &Context::new()));
    let deny = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"},
        {"Effect": "Deny", "NotAction": "kinesis:*", "Resource": "*"}]}"#;
    assert!(allowed(deny, "kinesis:PutRecord", STREAM, &Context::new()));
    assert!(!allowed(deny, "lambda:Invoke", &lambda, &Context::new()));
}

/// `NotResource` with Deny: all but one's own stream, whoever allows it.
#[test]
fn not_resource_denies_all_others() {
    let text = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "kinesis:*",
         "NotResource": "arn:aws:kinesis:*:*:stream/${aws:username}-*"}]}"#;
    let own = format!("arn:aws:kinesis:us-east-1:{HOME}:stream/ada-orders");
    assert!(allowed(text, "kinesis:PutRecord", &own, &Context::new()));
    assert!(!allowed(text, "kinesis:PutRecord", STREAM, &Context::new()));
}

/// Identity and resource policies in one account: either allows, and a deny in one of them wins.
#[test]
fn a_user_gets_what_either_policy_allows_but_what_one_denies() {
    let identity = policy(
        r#"{"Version": "2012-10-17", "Statement": [
            {"Sid": "List", "Effect": "Allow", "Action": ["kinesis:List*"], "Resource": "*"},
            {"Sid": "Self", "Effect": "Allow", "Action": "kinesis:*",
             "Resource": "arn:aws:kinesis:*:*:stream/carlos"},
            {"Sid": "Logs", "Effect": "Deny", "Action": "kinesis:*",
             "Resource": "arn:aws:kinesis:*:*:stream/*log*"}]}"#,
    );
    let shared = resource_policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:user/carlos"},
            "Action": "kinesis:*", "Resource": "*"}}"#,
    );
    let principal = user(HOME, "carlos");
    let context = Context::new();
    let ask = |action, stream: &str, is_shared: bool| {
        let resource = format!("arn:aws:kinesis:us-east-1:{HOME}:stream/{stream}");
        let request =
            Request { principal: &principal, action, resource: &resource, context: &context };
        let shared = is_shared.then_some(&shared);
        evaluate(std::slice::from_ref(&identity), shared, &request).is_allowed()
    };
    assert!(ask("kinesis:PutRecord", "carlos", false));
    assert!(!ask("kinesis:PutRecord", "orders", false));
    assert!(ask("kinesis:PutRecord", "orders", true));
    assert!(!ask("kinesis:PutRecord", "carlos-logs", true));
    assert!(ask("kinesis:ListStreams", "orders", false));
}

/// Kinesis developer guide, sharing a stream: the other account's role writes if its own policies let it.
#[test]
fn a_shared_stream_takes_both_sides() {
    let shared = resource_policy(&format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Sid": "Write to it", "Effect": "Allow",
            "Principal": {{"AWS": "{ABROAD}"}}, "Resource": "{STREAM}",
            "Action": ["kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:PutRecord",
                       "kinesis:PutRecords"]}}]}}"#
    ));
    let writer = policy(&format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "kinesis:Put*",
            "Resource": "{STREAM}"}}}}"#
    ));
    let principal = session(ABROAD, "producer", "one");
    let context = Context::new();
    let ask = |policies: &[_], action| {
        let request =
            Request { principal: &principal, action, resource: STREAM, context: &context };
        evaluate(policies, Some(&shared), &request).is_allowed()
    };
    let own = std::slice::from_ref(&writer);
    assert!(ask(own, "kinesis:PutRecords"));
    assert!(!ask(own, "kinesis:ListShards"), "only the owner allows it");
    assert!(!ask(own, "kinesis:PutX"), "only the writer's account allows it");
    assert!(!ask(&[], "kinesis:PutRecords"));
}

/// The confused deputy: a service is trusted only when it works for one's own resource.
#[test]
fn a_source_is_demanded() {
    let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kinesis:PutRecord",
        "Resource": "*", "Condition": {
            "StringEquals": {"aws:SourceAccount": "111122223333"},
            "ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:111122223333:function:*"}}}}"#;
    let source = |account: &str| {
        Context::new()
            .with("aws:SourceAccount", account)
            .with("aws:SourceArn", format!("arn:aws:lambda:us-east-1:{account}:function:f:1"))
    };
    assert!(allowed(text, "kinesis:PutRecord", STREAM, &source(HOME)));
    assert!(!allowed(text, "kinesis:PutRecord", STREAM, &source(ABROAD)));
    assert!(!allowed(text, "kinesis:PutRecord", STREAM, &Context::new()));
}
