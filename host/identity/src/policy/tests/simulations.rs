//! Explanations: each statement is told with its reason, and the decision is that of `evaluate`.

use super::{ABROAD, Context, HOME, STREAM, policy, resource_policy, root, session, user};
use crate::policy::{Principal, Request, Simulation, evaluate, simulate};

/// One policy with a statement for each reason.
const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Sid": "Yes", "Effect": "Allow", "Action": "kinesis:*", "Resource": "*"},
    {"Sid": "NoDelete", "Effect": "Deny", "Action": "kinesis:Delete*", "Resource": "*"},
    {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:lambda:*"},
    {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:kinesis:*:*:stream/${aws:TokenIssueTime}"},
    {"Effect": "Deny", "Action": "*", "Resource": "*",
     "Condition": {"Bool": {"aws:SecureTransport": "false"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
    {"Effect": "Deny", "Action": "*", "Resource": "*",
     "Condition": {"ForAnyValue:StringLike": {"aws:TagKeys": ["a", "${aws:TokenIssueTime}"]}}}]}"#;

const SHARED: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Sid": "Share", "Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "kinesis:Put*",
     "Resource": "*"},
    {"Sid": "One", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:user/bob"},
     "Action": "kinesis:Get*", "Resource": "*"}]}"#;

fn ask(principal: &Principal, action: &str, context: &Context) -> Simulation {
    let policies = [policy(POLICY)];
    let shared = resource_policy(SHARED);
    let request = Request { principal, action, resource: STREAM, context };
    let simulation = simulate(&policies, Some(&shared), &request);
    assert_eq!(simulation.decision, evaluate(&policies, Some(&shared), &request));
    simulation
}

fn lines(simulation: &Simulation) -> Vec<String> {
    simulation.findings.iter().map(ToString::to_string).collect()
}

#[test]
fn every_statement_is_told_with_its_reason() {
    let context =
        Context::new().with("aws:SecureTransport", "true").with_list("aws:TagKeys", ["b", "c"]);
    let simulation = ask(&session(ABROAD, "worker", "one"), "kinesis:PutRecord", &context);
    let expected = [
        "statement 0 (Yes) of policy 0 allows it",
        "statement 1 (NoDelete) of policy 0 does not deny it: it is about other actions",
        "statement 2 of policy 0 does not deny it: it is about other resources",
        "statement 3 of policy 0 does not allow it: it is about other resources; there is nothing for the \
         variable ${aws:tokenissuetime}",
        "statement 4 of policy 0 does not deny it: Bool of aws:SecureTransport does not hold, the request has \
         \"true\"",
        "statement 5 of policy 0 does not deny it: ForAnyValue:StringLike of aws:TagKeys does not hold, the \
         request has [\"b\", \"c\"]; there is nothing for the variable ${aws:tokenissuetime}",
        "statement 0 (Share) of the resource's policy allows it, if the caller's own account does",
        "statement 1 (One) of the resource's policy does not allow it: it is about other principals",
    ];
    assert_eq!(lines(&simulation), expected);
    assert_eq!(
        simulation.decision.to_string(),
        "allowed by statement 0 (Yes) of policy 0 and by statement 0 (Share) of the resource's policy"
    );
}

#[test]
fn an_absent_key_is_told() {
    let context = Context::new().with("aws:SecureTransport", "false");
    let simulation = ask(&user(HOME, "ada"), "kinesis:DeleteStream", &context);
    assert_eq!(
        lines(&simulation)[4],
        "statement 4 of policy 0 does not deny it: IpAddress of aws:SourceIp does not hold, the request has no \
         such key"
    );
    let denied = "denied by statement 1 (NoDelete) of policy 0";
    assert_eq!(simulation.decision.to_string(), denied);
    assert_eq!(lines(&simulation)[1], "statement 1 (NoDelete) of policy 0 denies it");
}

#[test]
fn decisions_without_a_statement_are_told() {
    let context = Context::new();
    let ask = |principal: &Principal| {
        let request =
            Request { principal, action: "kinesis:PutRecord", resource: STREAM, context: &context };
        simulate(&[], None, &request).decision.to_string()
    };
    let root_may = "allowed: the root of the account may do everything that nothing denies";
    assert_eq!(ask(&root(HOME)), root_may);
    assert_eq!(ask(&user(HOME, "ada")), "denied: no policy of the caller allows it");
    let missing = "denied: no policy of the resource, which is another account's, allows it";
    assert_eq!(ask(&root(ABROAD)), missing);
}
