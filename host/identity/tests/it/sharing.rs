//! What the directory decides about resources that have policies of their own.

use identity::policy::ResourcePolicy;
use serde_json::{Value, json};
use wire::{AttachedPolicy, Caller, Resource};

use crate::support::{Host, OPERATOR, STREAM, TENANT, policy, root, user};

const ACTION: &str = "kinesis:PutRecord";

/// A policy of the stream with these statements: effect, principal and condition.
fn of_stream(arn: &str, statements: &[(&str, &str, Value)]) -> Value {
    let statement = |(effect, principal, condition): &(&str, &str, Value)| {
        json!({
            "Effect": effect, "Principal": {"AWS": principal}, "Action": "kinesis:*",
            "Resource": arn, "Condition": condition,
        })
    };
    let statements: Vec<Value> = statements.iter().map(statement).collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn asked(arn: &str, policy: Option<&Value>) -> Resource {
    let read = |policy: &Value| ResourcePolicy::parse(&policy.to_string()).unwrap();
    let attached = policy.map(|policy| AttachedPolicy::new(read(policy)));
    Resource::new(ACTION, arn).with_policy(attached)
}

/// The tenant's user under policies of its own.
async fn with_own(host: &Host, own: &str) {
    let statement = |effect: &str| json!({"Effect": effect, "Action": "*", "Resource": "*"});
    let statements = match own {
        "none" => vec![json!({"Effect": "Allow", "Action": "s3:x", "Resource": "*"})],
        "allow" => vec![statement("Allow")],
        "deny" => vec![statement("Deny")],
        _ => vec![statement("Allow"), statement("Deny")],
    };
    host.put_policy("u", json!({"Version": "2012-10-17", "Statement": statements})).await;
}

const KINDS: [&str; 4] = ["none", "allow", "deny", "both"];

#[tokio::test]
async fn one_policy_is_enough_at_home_and_both_are_needed_abroad() {
    let host = Host::new().await;
    host.user("u", policy("Allow", "s3:x", "*")).await;
    let abroad = STREAM.replace(TENANT, OPERATOR);
    for own in KINDS {
        with_own(&host, own).await;
        for theirs in KINDS {
            for (is_root, caller) in [(false, user("u")), (true, root(TENANT))] {
                for (is_home, arn) in [(true, STREAM), (false, &*abroad)] {
                    let whom = &*caller.principal;
                    let (allow, deny) = (("Allow", whom, json!({})), ("Deny", whom, json!({})));
                    let statements = match theirs {
                        "none" => vec![],
                        "allow" => vec![allow],
                        "deny" => vec![deny],
                        _ => vec![allow, deny],
                    };
                    let policy = (theirs != "none").then(|| of_stream(arn, &statements));
                    let allows = |kind: &str| ["allow", "both"].contains(&kind);
                    let denies = |kind: &str| ["deny", "both"].contains(&kind);
                    let own_allows = is_root || allows(own);
                    let is_denied = denies(theirs) || (!is_root && denies(own));
                    let expected = !is_denied
                        && match is_home {
                            true => own_allows || allows(theirs),
                            false => own_allows && allows(theirs),
                        };
                    let decided = host.decides(&caller, asked(arn, policy.as_ref())).await;
                    let case = format!("{own} {theirs} {whom} {arn}");
                    assert_eq!(decided.is_ok(), expected, "{case}: {decided:?}");
                    if let (false, Err(told)) = (is_home, decided) {
                        // The same as of a resource that is not there.
                        let absent = host.decides(&caller, asked(arn, None)).await;
                        assert_eq!(Err(told), absent, "{case}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn an_account_that_is_let_in_says_who_of_its_own() {
    let host = Host::new().await;
    let abroad = STREAM.replace(TENANT, OPERATOR);
    host.user("u", policy("Allow", "kinesis:PutRecord", "*")).await;
    host.user("other", policy("Allow", "kinesis:GetRecords", "*")).await;
    let account = of_stream(&abroad, &[("Allow", TENANT, json!({}))]);
    assert_eq!(host.decides(&user("u"), asked(&abroad, Some(&account))).await, Ok(()));
    assert!(host.decides(&user("other"), asked(&abroad, Some(&account))).await.is_err());
    assert_eq!(host.decides(&root(TENANT), asked(&abroad, Some(&account))).await, Ok(()));
    let stranger = of_stream(&abroad, &[("Allow", "999999999999", json!({}))]);
    assert!(host.decides(&user("u"), asked(&abroad, Some(&stranger))).await.is_err());
    // At home an account says nothing about who of its own may.
    let home = of_stream(STREAM, &[("Allow", TENANT, json!({}))]);
    assert!(host.decides(&user("other"), asked(STREAM, Some(&home))).await.is_err());
}

#[tokio::test]
async fn conditions_of_a_resources_policy_hold() {
    let host = Host::new().await;
    host.user("u", policy("Allow", "kinesis:*", "*")).await;
    let abroad = STREAM.replace(TENANT, OPERATOR);
    let mut caller = user("u");
    caller.origin.address = Some("203.0.113.7".parse().unwrap());
    let ask = |caller: Caller, effect: &'static str, condition: Value| {
        let (host, abroad) = (&host, &abroad);
        async move {
            let mut statements = vec![(effect, "*", condition)];
            if effect == "Deny" {
                statements.push(("Allow", "*", json!({})));
            }
            let policy = of_stream(abroad, &statements);
            host.decides(&caller, asked(abroad, Some(&policy))).await.is_ok()
        }
    };
    let me = format!("arn:aws:iam::{TENANT}:user/u");
    for (condition, holds) in [
        (json!({"ArnEquals": {"aws:PrincipalArn": me}}), true),
        (json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}), false),
        (json!({"StringEquals": {"aws:PrincipalAccount": TENANT}}), true),
        (json!({"StringEquals": {"aws:ResourceAccount": OPERATOR}}), true),
        (json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), true),
        (json!({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}), false),
        // Nobody has an organisation here.
        (json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), false),
        (json!({"Null": {"aws:PrincipalOrgID": "true"}}), true),
    ] {
        assert_eq!(ask(caller.clone(), "Allow", condition.clone()).await, holds, "{condition}");
        assert_eq!(ask(caller.clone(), "Deny", condition.clone()).await, !holds, "{condition}");
    }
    let not_ours = json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}});
    assert!(!ask(caller, "Deny", not_ours).await);
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_lets_nobody_in() {
    let host = Host::new().await;
    host.user("u", policy("Allow", "*", "*")).await;
    let unreadable = Resource::new(ACTION, STREAM).with_policy(Some(AttachedPolicy::unreadable()));
    for caller in [user("u"), root(TENANT)] {
        let told = host.decides(&caller, unreadable.clone()).await.unwrap_err();
        assert!(told.contains("no resource-based policy"), "{told}");
    }
}

#[tokio::test]
async fn what_a_stranger_is_told_tells_nothing_of_the_resource() {
    let host = Host::new().await;
    let abroad = STREAM.replace(TENANT, OPERATOR);
    let tagged = json!({"StringEquals": {"aws:ResourceTag/team": "a"}});
    let own = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": tagged}
    ]});
    host.user("u", own).await;
    let others = of_stream(&abroad, &[("Allow", "999999999999", json!({}))]);
    let told = host.decides(&user("u"), asked(&abroad, None)).await;
    for team in ["a", "b"] {
        let asked = asked(&abroad, Some(&others)).tagged([("team", team)]);
        assert_eq!(host.decides(&user("u"), asked).await, told);
    }
}

#[tokio::test]
async fn simulations_take_the_policy_of_the_resource() {
    let host = Host::new().await;
    host.user("u", policy("Allow", "kinesis:PutRecord", "*")).await;
    let abroad = STREAM.replace(TENANT, OPERATOR);
    let tenant = root(TENANT);
    let ask = |policy: Option<String>| {
        let input = json!({
            "UserName": "u", "ActionName": ACTION, "ResourceArn": abroad,
            "ResourcePolicy": policy,
        });
        host.as_one(&tenant, "SimulatePolicy", input)
    };
    assert_eq!(ask(None).await.unwrap()["Decision"], "implicitDeny");
    let shared = of_stream(&abroad, &[("Allow", TENANT, json!({}))]);
    let allowed = ask(Some(shared.to_string())).await.unwrap();
    assert_eq!(allowed["Decision"], "allowed");
    let lines = allowed["Statements"].as_array().unwrap();
    let of_resource = lines[1].as_str().unwrap();
    assert!(of_resource.starts_with("statement 0 of the resource's policy"), "{of_resource}");
    let denying = of_stream(&abroad, &[("Deny", "*", json!({}))]);
    assert_eq!(ask(Some(denying.to_string())).await.unwrap()["Decision"], "explicitDeny");
    let refused = ask(Some("{}".to_owned())).await.unwrap_err();
    assert_eq!(refused.code, "MalformedPolicyDocumentException");
}
