//! Users and roles, and their policies.

use serde_json::{Value, json};

use crate::support::{Host, OPERATOR, TENANT, policy, root, tenant};
use identity::Kind;

const TRUST: &str = r#"{"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;

#[tokio::test]
async fn users_are_made_seen_listed_and_deleted() {
    let host = Host::new().await;
    let input = json!({"UserName": "ann", "Tags": {"team": "a", "cost": "1"}});
    let made = host.tenant("CreateUser", input).await;
    let arn = format!("arn:aws:iam::{TENANT}:user/ann");
    assert_eq!(made["User"]["Arn"], arn);
    assert_eq!(made["User"]["Tags"], json!({"cost": "1", "team": "a"}));
    assert_eq!(host.tenant("GetUser", json!({"UserName": "ann"})).await, made);
    for name in ["bob", "cid"] {
        host.tenant("CreateUser", json!({"UserName": name})).await;
    }
    let first = host.tenant("ListUsers", json!({"MaxItems": 2})).await;
    assert_eq!((&first["IsTruncated"], &first["Marker"]), (&json!(true), &json!("bob")));
    let rest = host.tenant("ListUsers", json!({"Marker": "bob"})).await;
    assert_eq!(rest["Users"].as_array().unwrap().len(), 1);
    assert_eq!(rest["Users"][0]["UserName"], "cid");
    host.tenant("DeleteUser", json!({"UserName": "ann"})).await;
    let gone = "The user with name ann cannot be found.";
    host.refuses("GetUser", json!({"UserName": "ann"}), "NoSuchEntityException", gone).await;
    // A name may come again, an id may not.
    let again = host.tenant("CreateUser", json!({"UserName": "ann"})).await;
    assert_ne!(again["User"]["UserId"], made["User"]["UserId"]);
}

#[tokio::test]
async fn roles_have_a_trust_policy() {
    let host = Host::new().await;
    let input = json!({"RoleName": "r", "AssumeRolePolicyDocument": TRUST});
    let made = host.tenant("CreateRole", input.clone()).await;
    assert_eq!(made["Role"]["Arn"], format!("arn:aws:iam::{TENANT}:role/r"));
    let document =
        |shown: &Value| shown["Role"]["AssumeRolePolicyDocument"].as_str().unwrap().to_owned();
    assert!(document(&made).starts_with(r#"{"Statement":[{"Effect":"Allow""#), "{made}");
    let update = json!({"RoleName": "r", "PolicyDocument": TRUST.replace("Allow", "Deny")});
    host.tenant("UpdateAssumeRolePolicy", update).await;
    let host = host.restart([7; 32]).await;
    let shown = host.tenant("GetRole", json!({"RoleName": "r"})).await;
    assert!(document(&shown).contains("Deny"), "{shown}");
    let taken = "Role with name r already exists.";
    host.refuses("CreateRole", input, "EntityAlreadyExistsException", taken).await;
    let bad = json!({"RoleName": "x", "AssumeRolePolicyDocument": "{}"});
    let told = "The trust policy needs a Statement, each with Effect Allow or Deny, a Principal and an Action.";
    host.refuses("CreateRole", bad, "MalformedPolicyDocumentException", told).await;
    assert_eq!(host.tenant("ListRoles", json!({})).await["Roles"].as_array().unwrap().len(), 1);
    host.tenant("DeleteRole", json!({"RoleName": "r"})).await;
    assert_eq!(host.tenant("ListRoles", json!({})).await["Roles"], json!([]));
}

#[tokio::test]
async fn policies_are_kept_by_name_and_without_white_space() {
    let host = Host::new().await;
    host.tenant("CreateUser", json!({"UserName": "u"})).await;
    let text = "{\n  \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"kinesis:*\", \"Resource\": \"*\"}\n}";
    for name in ["b", "a"] {
        let input = json!({"UserName": "u", "PolicyName": name, "PolicyDocument": text});
        host.tenant("PutUserPolicy", input).await;
    }
    let host = host.restart([7; 32]).await;
    let names = host.tenant("ListUserPolicies", json!({"UserName": "u"})).await;
    assert_eq!(names["PolicyNames"], json!(["a", "b"]));
    let shown = host.tenant("GetUserPolicy", json!({"UserName": "u", "PolicyName": "a"})).await;
    let expected = r#"{"Statement":{"Effect":"Allow","Action":"kinesis:*","Resource":"*"}}"#;
    assert_eq!(shown["PolicyDocument"], expected);
    host.tenant("DeleteUserPolicy", json!({"UserName": "u", "PolicyName": "a"})).await;
    let gone = "The user policy with name a cannot be found.";
    for operation in ["GetUserPolicy", "DeleteUserPolicy"] {
        let input = json!({"UserName": "u", "PolicyName": "a"});
        host.refuses(operation, input, "NoSuchEntityException", gone).await;
    }
}

#[tokio::test]
async fn what_is_no_policy_is_refused_and_changes_nothing() {
    let host = Host::new().await;
    host.user("u", policy("Allow", "kinesis:*", "*")).await;
    for text in ["x", "{}", r#"{"Statement": []}"#, r#"{"Statement": {"Effect": "Maybe"}}"#] {
        let input = json!({"UserName": "u", "PolicyName": "p", "PolicyDocument": text});
        let answer = host.as_one(&root(TENANT), "PutUserPolicy", input).await;
        assert_eq!(answer.unwrap_err().code, "MalformedPolicyDocumentException", "{text}");
    }
    let member = host.directory.member(Kind::User, tenant(), "u").unwrap();
    assert_eq!(member.policies.len(), 1);
    assert!(member.policies[0].1.contains("kinesis:*"));
}

#[tokio::test]
async fn policies_together_have_a_bound() {
    let host = Host::new().await;
    host.tenant("CreateUser", json!({"UserName": "u"})).await;
    let resource = format!("arn:aws:kinesis:us-east-1:{TENANT}:stream/{}", "x".repeat(900));
    let document = policy("Allow", "kinesis:PutRecord", &resource).to_string();
    let input = |number: usize| json!({"UserName": "u", "PolicyName": number.to_string(), "PolicyDocument": document});
    let fit = 10_240 / document.len();
    for number in 0..fit {
        host.tenant("PutUserPolicy", input(number)).await;
    }
    let told = "Maximum policy size of 10240 bytes exceeded for user u";
    host.refuses("PutUserPolicy", input(fit), "LimitExceededException", told).await;
    // One in place of another needs no more room.
    host.tenant("PutUserPolicy", input(0)).await;
}

#[tokio::test]
async fn names_and_tags_that_cannot_be_are_refused() {
    let host = Host::new().await;
    for input in [
        json!({}),
        json!({"UserName": "a b"}),
        json!({"UserName": "x".repeat(65)}),
        json!({"UserName": "u", "AccountId": "1"}),
        json!({"UserName": "u", "Tags": {"": "x"}}),
        json!({"UserName": "u", "Tags": {"k": "x".repeat(257)}}),
    ] {
        let answer = host.as_one(&root(TENANT), "CreateUser", input.clone()).await;
        assert_eq!(answer.unwrap_err().code, "ValidationException", "{input}");
    }
    let absent = json!({"UserName": "u", "AccountId": "999999999999"});
    let operator = root(OPERATOR);
    let answer = host.as_one(&operator, "CreateUser", absent);
    assert_eq!(
        answer.await.unwrap_err().message,
        "The account with id 999999999999 cannot be found."
    );
}
