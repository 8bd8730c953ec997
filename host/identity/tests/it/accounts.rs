//! Accounts: who makes them, and what closing one does.

use serde_json::json;

use crate::support::{Host, OPERATOR, TENANT, root};

#[tokio::test]
async fn the_operator_makes_lists_closes_and_opens_them() {
    let host = Host::new().await;
    let made = host.works("CreateAccount", json!({"AccountName": "second"})).await;
    let id = made["Account"]["Id"].as_str().unwrap().to_owned();
    assert_eq!(made["Account"]["Status"], "ACTIVE");
    let listed = host.works("ListAccounts", json!({})).await;
    let ids: Vec<_> = listed["Accounts"].as_array().unwrap().iter().map(|it| &it["Id"]).collect();
    let mut expected = [OPERATOR, TENANT, &id];
    expected.sort_unstable();
    assert_eq!(ids, expected);
    host.works("CloseAccount", json!({"AccountId": id})).await;
    let shown = host.works("DescribeAccount", json!({"AccountId": id})).await;
    assert_eq!(
        (&shown["Account"]["Status"], &shown["Account"]["Name"]),
        (&json!("CLOSED"), &json!("second"))
    );
    host.works("ReopenAccount", json!({"AccountId": id})).await;
    let shown = host.works("DescribeAccount", json!({"AccountId": id})).await;
    assert_eq!(shown["Account"]["Status"], "ACTIVE");
    assert_eq!(shown["Account"]["CreateDate"], 1_790_068_000.0);
}

#[tokio::test]
async fn they_are_listed_in_pages() {
    let host = Host::new().await;
    for number in 0..5 {
        let id = format!("20000000000{number}");
        host.works("CreateAccount", json!({"AccountName": "a", "AccountId": id})).await;
    }
    let mut seen: Vec<String> = Vec::new();
    let mut marker = json!(null);
    loop {
        let page = host.works("ListAccounts", json!({"MaxItems": 3, "Marker": marker})).await;
        let accounts = page["Accounts"].as_array().unwrap();
        assert!(accounts.len() <= 3);
        seen.extend(accounts.iter().map(|it| it["Id"].as_str().unwrap().to_owned()));
        marker = page["Marker"].clone();
        assert_eq!(page["IsTruncated"], !marker.is_null());
        if marker.is_null() {
            break;
        }
    }
    assert_eq!(seen.len(), 7);
    assert!(seen.is_sorted_by(|one, other| one < other), "{seen:?}");
}

#[tokio::test]
async fn keys_of_a_closed_account_are_unknown_at_once() {
    let host = Host::new().await;
    host.tenant("CreateUser", json!({"UserName": "u"})).await;
    let ids = [host.key(None).await.0, host.key(Some("u")).await.0];
    host.works("CloseAccount", json!({"AccountId": TENANT})).await;
    assert!(ids.iter().all(|id| host.ring.find(id).is_none()));
    let disabled = json!({"AccountId": TENANT, "AccessKeyId": ids[1], "Status": "Inactive"});
    host.works("UpdateAccessKey", disabled).await;
    let host = host.restart([7; 32]).await;
    assert!(ids.iter().all(|id| host.ring.find(id).is_none()));
    host.works("ReopenAccount", json!({"AccountId": TENANT})).await;
    assert!(host.ring.find(&ids[0]).is_some());
    assert!(host.ring.find(&ids[1]).is_none(), "what was disabled meanwhile stays so");
}

#[tokio::test]
async fn nobody_else_manages_them() {
    let host = Host::new().await;
    for (operation, input) in [
        ("CreateAccount", json!({"AccountName": "x"})),
        ("ListAccounts", json!({})),
        ("DescribeAccount", json!({"AccountId": TENANT})),
        ("CloseAccount", json!({"AccountId": TENANT})),
        ("ReopenAccount", json!({"AccountId": TENANT})),
    ] {
        let refusal = host.as_one(&root(TENANT), operation, input).await.unwrap_err();
        assert_eq!(refusal.code, "AccessDeniedException", "{operation}");
    }
}

#[tokio::test]
async fn ids_that_cannot_be_are_refused() {
    let host = Host::new().await;
    for (id, code) in [
        (TENANT, "EntityAlreadyExistsException"),
        (OPERATOR, "EntityAlreadyExistsException"),
        ("000000000000", "EntityAlreadyExistsException"),
        ("12", "ValidationException"),
    ] {
        let input = json!({"AccountName": "x", "AccountId": id});
        let refusal = host.as_one(&root(OPERATOR), "CreateAccount", input).await.unwrap_err();
        assert_eq!(refusal.code, code, "{id}");
    }
    for (operation, id, code) in [
        ("CloseAccount", OPERATOR, "InvalidInputException"),
        ("CloseAccount", "999999999999", "NoSuchEntityException"),
        ("DescribeAccount", "999999999999", "NoSuchEntityException"),
    ] {
        let answer = host.as_one(&root(OPERATOR), operation, json!({"AccountId": id})).await;
        assert_eq!(answer.unwrap_err().code, code, "{operation}");
    }
}
