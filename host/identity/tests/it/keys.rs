//! Access keys: known to the door as long as they work, and sealed in the store.

use serde_json::json;

use crate::support::{Host, OPERATOR, TENANT, contains, policy, root, user};

#[tokio::test]
async fn a_key_is_known_as_long_as_it_works() {
    let host = Host::new().await;
    host.tenant("CreateUser", json!({"UserName": "u"})).await;
    let (id, secret) = host.key(Some("u")).await;
    assert!(id.starts_with("SMAK") && id.len() == 20 && secret.len() == 40, "{id}");
    let known = host.ring.find(&id).unwrap();
    assert_eq!(known.secret.expose(), &secret);
    assert_eq!(
        (&*known.principal, known.account),
        (&*user("u").principal, TENANT.parse().unwrap())
    );
    let set = |status: &str| json!({"AccessKeyId": id, "Status": status});
    host.tenant("UpdateAccessKey", set("Inactive")).await;
    assert!(host.ring.find(&id).is_none());
    let listed = host.tenant("ListAccessKeys", json!({"UserName": "u"})).await;
    assert_eq!(listed["AccessKeyMetadata"][0]["Status"], "Inactive");
    assert!(!listed.to_string().contains(&secret));
    host.tenant("UpdateAccessKey", set("Active")).await;
    assert!(host.ring.find(&id).is_some());
    host.tenant("DeleteAccessKey", json!({"AccessKeyId": id})).await;
    assert!(host.ring.find(&id).is_none());
    let gone = format!("The Access Key with id {id} cannot be found.");
    host.refuses("UpdateAccessKey", set("Active"), "NoSuchEntityException", &gone).await;
}

#[tokio::test]
async fn keys_and_policies_are_there_after_a_restart() {
    let host = Host::new().await;
    host.user("u", policy("Allow", "kinesis:*", "*")).await;
    let (id, secret) = host.key(Some("u")).await;
    let (root_id, root_secret) = host.key(None).await;
    let host = host.restart([7; 32]).await;
    assert_eq!(host.ring.find(&id).unwrap().secret.expose(), &secret);
    let known = host.ring.find(&root_id).unwrap();
    assert_eq!(known.secret.expose(), &root_secret);
    assert_eq!(*known.principal, root(TENANT).principal);
    let asked = wire::Resource::new("kinesis:PutRecord", crate::support::STREAM);
    assert_eq!(host.decides(&user("u"), asked).await, Ok(()));
}

#[tokio::test]
async fn secrets_of_keys_are_sealed_in_the_store() {
    let host = Host::new().await;
    host.tenant("CreateUser", json!({"UserName": "u"})).await;
    let (id, secret) = host.key(Some("u")).await;
    let stored = host.stored().await;
    assert!(contains(&stored, &id) && !contains(&stored, &secret));
    assert!(!contains(&stored, &secret[..20]));
}

#[tokio::test]
async fn keys_that_another_host_key_sealed_are_refused_and_told() {
    let host = Host::new().await;
    host.tenant("CreateUser", json!({"UserName": "u"})).await;
    let (id, _) = host.key(Some("u")).await;
    let host = host.restart([8; 32]).await;
    assert!(host.ring.find(&id).is_none());
    let listed = host.tenant("ListAccessKeys", json!({"UserName": "u"})).await;
    assert_eq!(listed["AccessKeyMetadata"][0]["Status"], "Unreadable");
    // Enabling it does not make it work; a new one does.
    host.tenant("UpdateAccessKey", json!({"AccessKeyId": id, "Status": "Active"})).await;
    assert!(host.ring.find(&id).is_none());
    let (other, _) = host.key(Some("u")).await;
    assert!(host.ring.find(&other).is_some());
}

#[tokio::test]
async fn a_user_and_its_keys_go_at_once() {
    let host = Host::new().await;
    host.user("u", policy("Allow", "*", "*")).await;
    host.user("v", policy("Allow", "*", "*")).await;
    let gone = [host.key(Some("u")).await.0, host.key(Some("u")).await.0];
    let stays = [host.key(Some("v")).await.0, host.key(None).await.0];
    host.tenant("DeleteUser", json!({"UserName": "u"})).await;
    assert!(gone.iter().all(|id| host.ring.find(id).is_none()));
    assert!(stays.iter().all(|id| host.ring.find(id).is_some()));
    let asked = wire::Resource::new("kinesis:PutRecord", crate::support::STREAM);
    assert!(host.decides(&user("u"), asked).await.is_err());
    let listed = host.tenant("ListAccessKeys", json!({})).await;
    assert_eq!(listed["AccessKeyMetadata"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_user_has_two_keys_at_most() {
    let host = Host::new().await;
    host.tenant("CreateUser", json!({"UserName": "u"})).await;
    for user in [Some("u"), None] {
        host.key(user).await;
        host.key(user).await;
        let told = "Cannot exceed quota for AccessKeysPerUser: 2";
        let input = json!({"UserName": user});
        host.refuses("CreateAccessKey", input, "LimitExceededException", told).await;
    }
    let told = "The user with name w cannot be found.";
    host.refuses("CreateAccessKey", json!({"UserName": "w"}), "NoSuchEntityException", told).await;
}

#[tokio::test]
async fn only_roots_make_keys_of_roots() {
    let host = Host::new().await;
    host.user("admin", policy("Allow", "*", "*")).await;
    let (id, _) = host.key(None).await;
    let admin = user("admin");
    for (operation, input) in [
        ("CreateAccessKey", json!({})),
        ("UpdateAccessKey", json!({"AccessKeyId": id, "Status": "Inactive"})),
        ("DeleteAccessKey", json!({"AccessKeyId": id})),
    ] {
        let refusal = host.as_one(&admin, operation, input).await.unwrap_err();
        assert_eq!(refusal.code, "AccessDeniedException", "{operation}");
    }
    assert!(host.as_one(&admin, "CreateAccessKey", json!({"UserName": "admin"})).await.is_ok());
    // The operator makes the first key of a tenant.
    let input = json!({"AccountId": TENANT});
    assert!(host.as_one(&root(OPERATOR), "CreateAccessKey", input).await.is_ok());
}
