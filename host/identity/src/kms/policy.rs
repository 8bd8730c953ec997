//! The policy of a key: that its account decides who uses it, with the policies of its users and roles.

use domain::AccountId;
use serde_json::{Value, json};

use super::error::Error;
use crate::directory::root_arn;
use crate::policy::ResourcePolicy;

/// What a policy is called that is not called anything.
pub(super) const NAME: &str = "default";

/// The policy that every key has.
pub(super) fn default(account: AccountId) -> String {
    let policy = json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": { "AWS": root_arn(account) },
            "Action": "kms:*",
            "Resource": "*",
        }],
    });
    format!("{policy:#}")
}

/// Whether a key has a policy of this name; none given means the one that it has.
///
/// # Errors
/// If not.
pub(super) fn check_name(name: &str) -> Result<(), Error> {
    if name.is_empty() || name == NAME {
        Ok(())
    } else {
        Err(Error::Invalid("No such policy exists"))
    }
}

/// Whether a policy says what [`default`] says.
///
/// # Errors
/// If it is none, or says anything else.
pub(super) fn check(text: &str, account: AccountId) -> Result<(), Error> {
    ResourcePolicy::parse(text)?;
    let unsupported = Error::Unsupported {
        what: "A key policy that says more than that the account decides",
        instead: "give users and roles policies on the key",
    };
    let parsed: Value = serde_json::from_str(text).unwrap_or_default();
    let statements = match &parsed["Statement"] {
        Value::Array(statements) => statements.as_slice(),
        one => std::slice::from_ref(one),
    };
    let one = |value: &Value| match value {
        Value::Array(values) if values.len() == 1 => values[0].clone(),
        other => other.clone(),
    };
    match statements {
        [Value::Object(statement)] => {
            let known = ["Sid", "Effect", "Principal", "Action", "Resource"];
            let principal = statement.get("Principal").map(|it| one(&it["AWS"]));
            let names_account =
                principal.is_some_and(|it| it == root_arn(account) || it == account.to_string());
            let is_default = statement.keys().all(|key| known.contains(&key.as_str()))
                && statement.get("Effect") == Some(&json!("Allow"))
                && statement.get("Action").map(one) == Some(json!("kms:*"))
                && statement.get("Resource").map(one) == Some(json!("*"))
                && names_account
                && statement["Principal"].as_object().is_some_and(|it| it.len() == 1);
            if is_default { Ok(()) } else { Err(unsupported) }
        }
        _ => Err(unsupported),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_leaves_it_to_the_account_is_taken() {
        let account: AccountId = "123456789012".parse().unwrap();
        check(&default(account), account).unwrap();
        let like = |from: &str, to: &str| default(account).replace(from, to);
        check(&like("\"arn:aws:iam::123456789012:root\"", "[\"123456789012\"]"), account).unwrap();
        for (from, to) in [
            ("Allow", "Deny"),
            ("kms:*", "kms:Decrypt"),
            ("123456789012:root", "210987654321:root"),
            ("123456789012:root", "123456789012:user/u"),
            (
                "\"Action\"",
                "\"Condition\": {\"Bool\": {\"aws:SecureTransport\": \"true\"}}, \"Action\"",
            ),
        ] {
            let refused = check(&like(from, to), account).unwrap_err();
            assert!(matches!(refused, Error::Unsupported { .. }), "{from} -> {to}: {refused}");
        }
        assert!(matches!(check("{", account), Err(Error::Policy(_))));
    }
}
