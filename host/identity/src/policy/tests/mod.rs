//! Tests of the language as a whole: tables whose expectations come from AWS's rules, worked examples, and
//! a second evaluator that is slow and obviously right.

mod bounds;
mod conditions;
mod documents;
mod doubts;
mod elements;
mod examples;
mod order;
mod patterns;
mod random;
mod reference;
mod scope;
mod simulations;

use std::sync::Arc;

use super::{
    Context, Decision, Policy, Principal, PrincipalKind, Request, ResourcePolicy, evaluate,
};

const HOME: &str = "111122223333";
const ABROAD: &str = "444455556666";
const STREAM: &str = "arn:aws:kinesis:us-east-1:111122223333:stream/orders";

fn root(account: &str) -> Principal {
    Principal {
        account: account.parse().unwrap(),
        arn: format!("arn:aws:iam::{account}:root"),
        id: account.to_owned(),
        kind: PrincipalKind::Root,
        name: None,
        tags: Vec::new(),
    }
}

fn user(account: &str, name: &str) -> Principal {
    Principal {
        arn: format!("arn:aws:iam::{account}:user/{name}"),
        id: format!("AIDA{name}"),
        kind: PrincipalKind::User,
        name: Some(name.to_owned()),
        ..root(account)
    }
}

fn session(account: &str, role: &str, session: &str) -> Principal {
    Principal {
        arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"),
        id: format!("AROA{role}:{session}"),
        kind: PrincipalKind::Role,
        name: Some(role.to_owned()),
        ..root(account)
    }
}

fn policy(text: &str) -> Arc<Policy> {
    Arc::new(Policy::parse(text).unwrap_or_else(|error| panic!("{error}: {text}")))
}

fn resource_policy(text: &str) -> ResourcePolicy {
    ResourcePolicy::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A policy of one statement, whose elements are given without braces.
fn one(elements: &str) -> Arc<Policy> {
    policy(&format!(r#"{{"Version": "2012-10-17", "Statement": {{{elements}}}}}"#))
}

/// What a user of one's own account gets from its policies.
fn decide(policies: &[Arc<Policy>], action: &str, resource: &str, context: &Context) -> Decision {
    let principal = user(HOME, "ada");
    evaluate(policies, None, &Request { principal: &principal, action, resource, context })
}

/// Whether a statement with this effect and condition applies to a request with these values.
fn applies(effect: &str, operator: &str, operands: &[&str], values: &[&str]) -> bool {
    let list = serde_json::to_string(operands).unwrap();
    let condition = format!(r#""Condition": {{"{operator}": {{"test:Key": {list}}}}}"#);
    let about = r#""Action": "kinesis:*", "Resource": "*""#;
    let all = one(&format!(r#""Effect": "Allow", {about}"#));
    let statement = one(&format!(r#""Effect": "{effect}", {about}, {condition}"#));
    let context = Context::new().with_list("TEST:key", values.iter().copied());
    let ask = |policies: &[_]| decide(policies, "kinesis:PutRecord", STREAM, &context);
    match effect {
        "Allow" => ask(&[statement]).is_allowed(),
        _ => !ask(&[all, statement]).is_allowed(),
    }
}
