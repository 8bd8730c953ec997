//! Secrets: kept sealed, never told.

use serde_json::json;

use crate::support::{Host, TENANT, contains, tenant};

#[tokio::test]
async fn a_value_goes_in_and_only_code_gets_it_out() {
    let host = Host::new().await;
    let value = "correct horse battery staple";
    let put = json!({"Name": "db/password", "SecretString": value});
    let first = host.tenant("PutSecret", put).await;
    assert_eq!(first["Secret"]["Version"], 1);
    let arn = format!("arn:aws:secretsmanager:us-east-1:{TENANT}:secret:db/password");
    assert_eq!(first["Secret"]["ARN"], arn);
    let second =
        host.tenant("PutSecret", json!({"Name": "db/password", "SecretString": "other"})).await;
    assert_eq!(second["Secret"]["Version"], 2);
    assert_eq!(second["Secret"]["CreateDate"], first["Secret"]["CreateDate"]);
    let stored = host.stored().await;
    assert!(
        contains(&stored, "db/password")
            && !contains(&stored, "other")
            && !contains(&stored, value)
    );
    let host = host.restart([7; 32]).await;
    let (region, name) = ("us-east-1".parse().unwrap(), "db/password".parse().unwrap());
    let got = host.directory.secret(tenant(), &region, &name).unwrap();
    assert_eq!(got.expose(), "other");
    assert!(host.directory.secret(tenant(), &"eu-west-1".parse().unwrap(), &name).is_err());
    let host = host.restart([8; 32]).await;
    let sealed = host.directory.secret(tenant(), &region, &name).unwrap_err();
    assert!(matches!(sealed, identity::Error::Sealed), "{sealed:?}");
}

#[tokio::test]
async fn they_are_listed_and_deleted_by_name() {
    let host = Host::new().await;
    for name in ["a", "b", "c"] {
        host.tenant("PutSecret", json!({"Name": name, "SecretString": "x"})).await;
    }
    let first = host.tenant("ListSecrets", json!({"MaxItems": 2})).await;
    assert_eq!((&first["IsTruncated"], &first["Marker"]), (&json!(true), &json!("b")));
    let rest = host.tenant("ListSecrets", json!({"Marker": "b"})).await;
    assert_eq!(rest["Secrets"].as_array().unwrap().len(), 1);
    host.tenant("DeleteSecret", json!({"Name": "c"})).await;
    let told = "The secret with name c cannot be found.";
    host.refuses("DeleteSecret", json!({"Name": "c"}), "NoSuchEntityException", told).await;
}

#[tokio::test]
async fn a_value_that_is_refused_is_not_shown() {
    let host = Host::new().await;
    let long = json!({"Name": "a", "SecretString": "hush".repeat(20_000)});
    let told = "1 validation error detected: Value '[secret]' at 'secretString' failed to satisfy constraint: \
                Member must have length less than or equal to 65536";
    host.refuses("PutSecret", long, "ValidationException", told).await;
    host.tenant("PutSecret", json!({"Name": "a", "SecretString": "x".repeat(65_536)})).await;
}
