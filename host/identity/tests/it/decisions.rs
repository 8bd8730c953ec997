//! What the directory decides about requests.

use std::net::IpAddr;

use serde_json::{Value, json};
use wire::{Origin, Resource, Tls};

use crate::support::{Host, OPERATOR, STREAM, TENANT, policy, root, user};

fn put() -> Resource {
    Resource::new("kinesis:PutRecord", STREAM)
}

/// A policy that allows all to whoever meets the condition.
fn on(condition: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    ]})
}

#[tokio::test]
async fn policies_hold_for_the_next_request() {
    let host = Host::new().await;
    host.tenant("CreateUser", json!({"UserName": "u"})).await;
    let user = user("u");
    let told = format!(
        "User: arn:aws:iam::{TENANT}:user/u is not authorized to perform: kinesis:PutRecord on resource: {STREAM} \
         because no identity-based policy allows the kinesis:PutRecord action"
    );
    assert_eq!(host.decides(&user, put()).await, Err(told.clone()));
    host.put_policy("u", policy("Allow", "kinesis:PutRecord", STREAM)).await;
    assert_eq!(host.decides(&user, put()).await, Ok(()));
    host.put_policy("u", policy("Deny", "kinesis:*", "*")).await;
    let denied = host.decides(&user, put()).await.unwrap_err();
    assert!(denied.ends_with("with an explicit deny in an identity-based policy"), "{denied}");
    host.tenant("DeleteUserPolicy", json!({"UserName": "u", "PolicyName": "p"})).await;
    assert_eq!(host.decides(&user, put()).await, Err(told));
}

#[tokio::test]
async fn other_accounts_are_foreign_whatever_ones_own_policies_say() {
    let host = Host::new().await;
    host.user("u", policy("Allow", "*", "*")).await;
    let foreign = STREAM.replace(TENANT, "999999999999");
    for caller in [user("u"), root(TENANT), root(OPERATOR)] {
        let denied = host.decides(&caller, Resource::new("kinesis:PutRecord", &foreign)).await;
        let denied = denied.unwrap_err();
        let ending = "because no resource-based policy allows the kinesis:PutRecord action";
        assert!(denied.ends_with(ending), "{denied}");
    }
    host.put_policy("u", policy("Deny", "*", "*")).await;
    let denied = host.decides(&user("u"), Resource::new("kinesis:PutRecord", &foreign)).await;
    assert!(denied.unwrap_err().ends_with("with an explicit deny in an identity-based policy"));
}

#[tokio::test]
async fn roots_do_everything_at_home_and_the_operator_manages_all() {
    let host = Host::new().await;
    assert_eq!(host.decides(&root(TENANT), put()).await, Ok(()));
    assert_eq!(host.decides(&root(TENANT), Resource::any("kinesis:ListStreams")).await, Ok(()));
    let arn = format!("arn:aws:iam::{TENANT}:user/u");
    assert_eq!(host.decides(&root(OPERATOR), Resource::new("iam:CreateUser", &arn)).await, Ok(()));
    // Passing a role is not managing it.
    let role = format!("arn:aws:iam::{TENANT}:role/r");
    assert!(host.decides(&root(OPERATOR), Resource::new("iam:PassRole", role)).await.is_err());
    let arn = format!("arn:aws:iam::{OPERATOR}:user/u");
    assert!(host.decides(&root(TENANT), Resource::new("iam:CreateUser", &arn)).await.is_err());
}

#[tokio::test]
async fn conditions_see_how_a_request_came() {
    let host = Host::new().await;
    host.tenant("CreateUser", json!({"UserName": "u", "Tags": {"team": "a"}})).await;
    let mut caller = user("u");
    let address: IpAddr = "203.0.113.7".parse().unwrap();
    caller.origin = Origin {
        address: Some(address),
        listener: Some("inside".into()),
        tls: Some(Tls { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" }),
        user_agent: Some("Boto3/1".to_owned()),
    };
    for (condition, holds) in [
        (json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), true),
        (json!({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}), false),
        (json!({"StringEquals": {"aws:SourceVpce": "inside"}}), true),
        (json!({"StringEquals": {"aws:SourceVpce": "outside"}}), false),
        (json!({"Bool": {"aws:SecureTransport": "true"}}), true),
        (json!({"Bool": {"aws:SecureTransport": "false"}}), false),
        (json!({"StringLike": {"aws:UserAgent": "Boto3*"}}), true),
        (json!({"DateLessThan": {"aws:CurrentTime": "2026-09-22T09:06:41Z"}}), true),
        (json!({"DateLessThan": {"aws:CurrentTime": "2026-09-22T09:06:40Z"}}), false),
        (json!({"NumericGreaterThanEquals": {"aws:EpochTime": "1790068000"}}), true),
        (json!({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}), true),
        (json!({"StringEquals": {"aws:username": "u"}}), true),
        (json!({"StringEquals": {"aws:PrincipalTag/team": "a"}}), true),
        (json!({"StringEquals": {"aws:PrincipalTag/team": "b"}}), false),
        (json!({"StringEquals": {"aws:ResourceTag/stage": "test"}}), true),
        (json!({"StringEquals": {"aws:ResourceTag/stage": "live"}}), false),
        (json!({"StringEquals": {"aws:Nothing": "x"}}), false),
    ] {
        host.put_policy("u", on(condition.clone())).await;
        let asked = put().tagged([("stage", "test")]);
        assert_eq!(host.decides(&caller, asked).await.is_ok(), holds, "{condition}");
    }
    host.put_policy("u", on(json!({"DateLessThan": {"aws:CurrentTime": "2026-09-22T10:00:00Z"}})))
        .await;
    assert!(host.decides(&caller, put()).await.is_ok());
    host.clock.advance(3_600_000);
    assert!(host.decides(&caller, put()).await.is_err(), "the hour is over");
}

/// Kinesis has both tags, and condition keys know no case: neither tag may hide the other.
#[tokio::test]
async fn tags_that_differ_by_case_are_both_seen() {
    let host = Host::new().await;
    host.tenant("CreateUser", json!({"UserName": "u"})).await;
    let user = user("u");
    let tags = [("Team", "secret"), ("team", "public")];
    let statement = |effect: &str, condition: Value| json!({"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition});
    for key in ["aws:ResourceTag/team", "aws:RequestTag/Team"] {
        for value in ["secret", "public"] {
            let condition = json!({"StringEquals": {key: value}});
            let deny = json!({"Version": "2012-10-17", "Statement": [
                statement("Allow", json!({})), statement("Deny", condition.clone())]});
            for policy in [deny, on(condition)] {
                host.put_policy("u", policy.clone()).await;
                for tags in [tags, [tags[1], tags[0]]] {
                    let asked = put().tagged(tags).bringing(tags);
                    assert!(host.decides(&user, asked).await.is_err(), "{policy} {tags:?}");
                }
            }
        }
    }
    let keys = json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}});
    host.put_policy("u", on(keys)).await;
    let asked = |keys: [&str; 2]| {
        let [first, second] = keys.map(|key| vec![key.to_owned()]);
        put().with_tag_keys(first).with_tag_keys(second)
    };
    assert_eq!(host.decides(&user, asked(["a", "b"])).await, Ok(()));
    assert!(host.decides(&user, asked(["c", "a"])).await.is_err());
}

#[tokio::test]
async fn an_address_in_the_clothes_of_ipv6_is_the_same() {
    let host = Host::new().await;
    host.user("u", on(json!({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}))).await;
    let mut caller = user("u");
    caller.origin.address = Some("::ffff:127.0.0.1".parse().unwrap());
    assert_eq!(host.decides(&caller, put()).await, Ok(()));
}

#[tokio::test]
async fn policies_delegate_the_management_of_users() {
    let host = Host::new().await;
    let staff = format!("arn:aws:iam::{TENANT}:user/staff-*");
    host.user("boss", policy("Allow", "iam:*", &staff)).await;
    let boss = user("boss");
    assert!(host.as_one(&boss, "CreateUser", json!({"UserName": "staff-1"})).await.is_ok());
    let input = json!({"UserName": "staff-1"});
    assert!(host.as_one(&boss, "CreateAccessKey", input).await.is_ok());
    for (operation, input) in [
        ("CreateUser", json!({"UserName": "other"})),
        ("CreateAccessKey", json!({"UserName": "boss"})),
        ("PutUserPolicy", json!({"UserName": "boss", "PolicyName": "p", "PolicyDocument": "{}"})),
        ("CreateUser", json!({"UserName": "staff-1", "AccountId": OPERATOR})),
    ] {
        let refusal = host.as_one(&boss, operation, input).await.unwrap_err();
        assert_eq!(refusal.code, "AccessDeniedException", "{operation}");
    }
}

#[tokio::test]
async fn simulations_say_what_would_be_decided() {
    let host = Host::new().await;
    host.user("u", on(json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}))).await;
    let ask = |more: Value| {
        let mut input =
            json!({"UserName": "u", "ActionName": "kinesis:PutRecord", "ResourceArn": STREAM});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        host.tenant("SimulatePolicy", input)
    };
    assert_eq!(ask(json!({})).await["Decision"], "implicitDeny");
    let inside = json!({"Context": {"aws:SourceIp": ["203.0.113.9"]}});
    let allowed = ask(inside).await;
    assert_eq!((&allowed["Decision"], &allowed["Message"]), (&json!("allowed"), &Value::Null));
    assert_eq!(allowed["Statements"], json!(["statement 0 of policy p allows it"]));
    let why = ask(json!({})).await["Statements"][0].as_str().unwrap().to_owned();
    assert!(
        why.starts_with("statement 0 of policy p does not allow it: IpAddress of aws:SourceIp"),
        "{why}"
    );
    let foreign = ask(json!({
        "ResourceArn": STREAM.replace(TENANT, OPERATOR),
        "Context": {"aws:SourceIp": ["203.0.113.9"]},
    }));
    assert!(foreign.await["Message"].as_str().unwrap().contains("no resource-based policy"));
    // As in a request, tags that differ by case are both there, and a time that is given is the time.
    host.put_policy("u", on(json!({"StringEquals": {"aws:ResourceTag/team": "public"}}))).await;
    let one = json!({"Context": {"aws:ResourceTag/Team": ["public"]}});
    assert_eq!(ask(one).await["Decision"], "allowed");
    let both = json!({"aws:ResourceTag/Team": ["secret"], "aws:ResourceTag/team": ["public"]});
    assert_eq!(ask(json!({"Context": both})).await["Decision"], "implicitDeny");
    host.put_policy("u", on(json!({"DateLessThan": {"aws:CurrentTime": "2026-01-01"}}))).await;
    assert_eq!(ask(json!({})).await["Decision"], "implicitDeny");
    let then = json!({"Context": {"AWS:currentTime": ["2025-12-31"]}});
    assert_eq!(ask(then).await["Decision"], "allowed");
    host.put_policy("u", policy("Deny", "kinesis:*", "*")).await;
    assert_eq!(ask(json!({})).await["Decision"], "explicitDeny");
}
