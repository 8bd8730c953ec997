//! Who asked, as CloudTrail writes it.

use domain::{AccountId, ArnParts};
use serde_json::{Value, json};
use wire::Caller;
use wire::trail::cut;

/// `userIdentity` of somebody whose signature held.
pub(super) fn identity(caller: &Caller) -> Value {
    let Caller { account, principal, access_key_id, .. } = caller;
    let mut identity = json!({
        "type": "Unknown",
        "arn": principal,
        "accountId": account.to_string(),
        "accessKeyId": access_key_id,
    });
    let resource = ArnParts::of(principal).map_or("", |parts| parts.resource);
    match resource.split_once('/') {
        None if resource == "root" => {
            identity["type"] = "Root".into();
            identity["principalId"] = account.to_string().into();
        }
        Some(("user", path)) => {
            let name = path.rsplit('/').next().unwrap_or(path);
            identity["type"] = "IAMUser".into();
            identity["principalId"] = name.into();
            identity["userName"] = name.into();
        }
        Some(("assumed-role", rest)) => assumed_role(&mut identity, *account, rest),
        Some(_) | None => identity["principalId"] = resource.into(),
    }
    identity
}

/// `role/session`.
fn assumed_role(identity: &mut Value, account: AccountId, rest: &str) {
    let (role, session) = rest.split_once('/').unwrap_or((rest, ""));
    identity["type"] = "AssumedRole".into();
    identity["principalId"] = format!("{role}:{session}").into();
    identity["sessionContext"] = json!({ "sessionIssuer": {
        "type": "Role",
        "principalId": role,
        "arn": format!("arn:aws:iam::{account}:role/{role}"),
        "accountId": account.to_string(),
        "userName": role,
    } });
}

/// `userIdentity` of somebody who only claimed to be one.
pub(super) fn stranger(access_key_id: Option<&str>) -> Value {
    match access_key_id {
        Some(id) => json!({ "type": "Unknown", "accessKeyId": cut(id) }),
        None => json!({ "type": "Unknown" }),
    }
}

/// What LookupEvents calls the user: a name, or that of the session, or `root`.
pub(super) fn user_name(kind: &str, name: Option<&str>, principal_id: Option<&str>) -> String {
    let session = || principal_id.and_then(|id| id.split_once(':')).map(|(_, session)| session);
    match kind {
        "Root" => "root",
        "AssumedRole" => session().unwrap_or_default(),
        _ => name.unwrap_or_default(),
    }
    .to_owned()
}
