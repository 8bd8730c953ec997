//! What the policy is asked about by each operation, and that nothing happens if it says no.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{DenyAll, Host, OPERATOR, TENANT, root};

const OTHER: &str = "777788889999";

/// For each operation: an input, its action, and the resource in a tenant's account.
fn cases() -> Vec<(&'static str, Value, &'static str, String)> {
    let account = |id: &str| format!("arn:aws:shardmill::{OPERATOR}:account/{id}");
    let iam = |rest: &str| format!("arn:aws:iam::{TENANT}:{rest}");
    let secret = |name: &str| format!("arn:aws:secretsmanager:us-east-1:{TENANT}:secret:{name}");
    let (user, role) = (json!({"UserName": "n"}), json!({"RoleName": "n"}));
    let secret_named = json!({"Name": "n"});
    vec![
        ("CloseAccount", json!({"AccountId": OTHER}), "shardmill:CloseAccount", account(OTHER)),
        ("CreateAccessKey", user.clone(), "iam:CreateAccessKey", iam("user/n")),
        ("CreateAccessKey", json!({}), "iam:CreateAccessKey", iam("root")),
        ("CreateAccount", json!({"AccountName": "a"}), "shardmill:CreateAccount", account("*")),
        ("CreateAccount", json!({"AccountId": OTHER}), "shardmill:CreateAccount", account(OTHER)),
        ("CreateRole", role.clone(), "iam:CreateRole", iam("role/n")),
        ("CreateUser", user.clone(), "iam:CreateUser", iam("user/n")),
        ("DeleteAccessKey", json!({"AccessKeyId": "x"}), "iam:DeleteAccessKey", iam("user/*")),
        ("DeleteRole", role.clone(), "iam:DeleteRole", iam("role/n")),
        ("DeleteRolePolicy", role.clone(), "iam:DeleteRolePolicy", iam("role/n")),
        ("DeleteSecret", secret_named.clone(), "secretsmanager:DeleteSecret", secret("n")),
        ("DeleteUser", user.clone(), "iam:DeleteUser", iam("user/n")),
        ("DeleteUserPolicy", user.clone(), "iam:DeleteUserPolicy", iam("user/n")),
        (
            "DescribeAccount",
            json!({"AccountId": OTHER}),
            "shardmill:DescribeAccount",
            account(OTHER),
        ),
        ("GetRole", role.clone(), "iam:GetRole", iam("role/n")),
        ("GetRolePolicy", role.clone(), "iam:GetRolePolicy", iam("role/n")),
        ("GetUser", user.clone(), "iam:GetUser", iam("user/n")),
        ("GetUserPolicy", user.clone(), "iam:GetUserPolicy", iam("user/n")),
        ("ListAccessKeys", user.clone(), "iam:ListAccessKeys", iam("user/n")),
        ("ListAccessKeys", json!({}), "iam:ListAccessKeys", iam("user/*")),
        ("ListAccounts", json!({}), "shardmill:ListAccounts", account("*")),
        ("ListRolePolicies", role.clone(), "iam:ListRolePolicies", iam("role/n")),
        ("ListRoles", json!({}), "iam:ListRoles", iam("role/*")),
        ("ListSecrets", json!({}), "secretsmanager:ListSecrets", secret("*")),
        ("ListUserPolicies", user.clone(), "iam:ListUserPolicies", iam("user/n")),
        ("ListUsers", json!({}), "iam:ListUsers", iam("user/*")),
        ("PutRolePolicy", role.clone(), "iam:PutRolePolicy", iam("role/n")),
        ("PutSecret", secret_named, "secretsmanager:PutSecretValue", secret("n")),
        ("PutUserPolicy", user.clone(), "iam:PutUserPolicy", iam("user/n")),
        ("ReopenAccount", json!({"AccountId": OTHER}), "shardmill:ReopenAccount", account(OTHER)),
        ("SimulatePolicy", user, "iam:SimulatePrincipalPolicy", iam("user/n")),
        ("SimulatePolicy", role.clone(), "iam:SimulatePrincipalPolicy", iam("role/n")),
        ("UpdateAccessKey", json!({"AccessKeyId": "x"}), "iam:UpdateAccessKey", iam("user/*")),
        ("UpdateAssumeRolePolicy", role, "iam:UpdateAssumeRolePolicy", iam("role/n")),
    ]
}

#[tokio::test]
async fn every_operation_asks_before_it_does_anything() {
    let host = Host::new().await;
    let before = host.stored().await;
    let mut seen = BTreeSet::new();
    for (operation, input, action, arn) in cases() {
        let deny = DenyAll::default();
        let answer = host.ask(&deny, &root(TENANT), operation, input).await;
        assert_eq!(answer.unwrap_err().code, "AccessDeniedException", "{operation}");
        assert_eq!(deny.asked(), [(action.to_owned(), arn)], "{operation}");
        seen.insert(operation);
    }
    let all: BTreeSet<_> = identity::ops::OPERATIONS.iter().map(|entry| entry.info.name).collect();
    assert_eq!(seen, all);
    assert_eq!(host.stored().await, before);
}

#[tokio::test]
async fn what_is_in_another_account_is_refused_alike_whether_it_is_there_or_not() {
    let host = Host::new().await;
    let input = json!({"AccountName": "other", "AccountId": OTHER});
    host.works("CreateAccount", input).await;
    let made = json!({"AccountId": OTHER, "UserName": "there"});
    host.works("CreateUser", made.clone()).await;
    let key = host.works("CreateAccessKey", made).await;
    let key = key["AccessKey"]["AccessKeyId"].as_str().unwrap().to_owned();
    host.works("PutSecret", json!({"AccountId": OTHER, "Name": "there", "SecretString": "x"}))
        .await;
    for (operation, input, action, _) in cases() {
        if action.starts_with("shardmill:") {
            continue;
        }
        let mut told = Vec::new();
        for (name, id) in [("there", &*key), ("away", "SMAKAAAAAAAAAAAAAAAA")] {
            let mut input = input.clone();
            input["AccountId"] = OTHER.into();
            for member in ["UserName", "RoleName", "Name"] {
                if input[member].is_string() {
                    input[member] = name.into();
                }
            }
            if input["AccessKeyId"].is_string() {
                input["AccessKeyId"] = id.into();
            }
            let refusal = host.as_one(&root(TENANT), operation, input).await.unwrap_err();
            assert_eq!(refusal.code, "AccessDeniedException", "{operation}");
            told.push(refusal.message.replace(name, "NAME").replace(id, "ID"));
        }
        assert_eq!(told[0], told[1], "{operation}");
    }
}

#[tokio::test]
async fn a_key_is_asked_about_as_its_owner() {
    let host = Host::new().await;
    host.tenant("CreateUser", json!({"UserName": "u"})).await;
    for (user, arn) in [(Some("u"), "user/u"), (None, "root")] {
        let (id, _) = host.key(user).await;
        for operation in ["UpdateAccessKey", "DeleteAccessKey"] {
            let deny = DenyAll::default();
            let input = json!({"AccessKeyId": id});
            host.ask(&deny, &root(TENANT), operation, input).await.unwrap_err();
            let asked = deny.asked();
            assert_eq!(asked[0].1, format!("arn:aws:iam::{TENANT}:{arn}"), "{operation}");
        }
    }
}
