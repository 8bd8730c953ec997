//! The role that functions get if nobody says another: made when the first of them is deployed.

use anyhow::Context as _;
use domain::AccountId;
use serde_json::{Value, json};

use crate::client::Client;
use crate::refusal::Refusal;

/// What it is called.
const NAME: &str = "functions";
/// What its policy is called.
const POLICY: &str = "streams-and-state";

/// The resource name of an account's role for functions.
pub(super) fn arn(account: AccountId) -> String {
    format!("arn:aws:iam::{account}:role/{NAME}")
}

/// What the role allows: to read and to write the account's streams, and to keep state. No secrets: who wants more, or
/// less, makes a role of their own.
fn policy(account: AccountId) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["kinesis:GetRecords", "kinesis:PutRecord", "kinesis:PutRecords"],
                "Resource": format!("arn:aws:kinesis:*:{account}:stream/*"),
            },
            {
                "Effect": "Allow",
                "Action": "shardmill:UseState",
                "Resource": format!("arn:aws:lambda:*:{account}:event-source-mapping:*"),
            },
        ],
    })
}

/// Makes the role, unless it is there.
///
/// # Errors
/// If the caller may not; then another role has to be named.
pub(super) async fn ensure(client: &Client, account: AccountId) -> anyhow::Result<()> {
    // Of a server for development: there, a role that does not exist may do everything in the account.
    if account == AccountId::DEV {
        return Ok(());
    }
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }],
    });
    let create = json!({ "RoleName": NAME, "AssumeRolePolicyDocument": trust.to_string() });
    match client.own("CreateRole", &create).await {
        Ok(_) => {}
        // Whoever made it decided what it may do.
        Err(error) if error.code() == Some("EntityAlreadyExistsException") => return Ok(()),
        Err(error) if error.code() == Some("AccessDeniedException") => {
            let hint =
                "name a role with --role, or have the account's root deploy the first function";
            let what = format!("the role `{NAME}` that functions have by default cannot be made");
            return Err(Refusal::failed(what).because(error).hint(hint).into());
        }
        Err(error) => return Err(error).context("cannot make the role of functions"),
    }
    let put = json!({
        "RoleName": NAME,
        "PolicyName": POLICY,
        "PolicyDocument": policy(account).to_string(),
    });
    let put = client.own("PutRolePolicy", &put).await;
    if put.is_err() {
        // Without a policy it would stay in the way of the next try.
        let _ = client.own("DeleteRole", &json!({ "RoleName": NAME })).await;
    }
    put.context("cannot give the role of functions its policy").map(drop)
}
