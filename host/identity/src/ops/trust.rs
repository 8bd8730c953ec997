//! What is asked of a role's trust policy. Nothing acts as a role yet, so its statements decide about nothing; what
//! cannot be one is refused, so that nobody is surprised later.

use domain::limits;
use serde_json::Value;

use crate::directory::compact;
use crate::error::Error;

/// The text without white space, if it can be a trust policy.
///
/// # Errors
/// If it cannot.
pub(super) fn read(text: &str) -> Result<String, Error> {
    let text = compact(text);
    if text.chars().count() > limits::TRUST_POLICY_CHARS_MAX {
        return Err(Error::Trust(
            "The trust policy has more than 4096 characters besides white space.",
        ));
    }
    let policy: Value = serde_json::from_str(&text)
        .map_err(|_no_json| Error::Trust("The trust policy is not JSON."))?;
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().collect(),
        Some(statement @ Value::Object(_)) => vec![statement],
        _ => Vec::new(),
    };
    let is_whole = |statement: &&Value| {
        let has = |member: &str| statement.get(member).is_some();
        matches!(statement["Effect"].as_str(), Some("Allow" | "Deny"))
            && (has("Principal") || has("NotPrincipal"))
            && (has("Action") || has("NotAction"))
    };
    if statements.is_empty() || !statements.iter().all(is_whole) {
        return Err(Error::Trust(
            "The trust policy needs a Statement, each with Effect Allow or Deny, a Principal and an Action.",
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_a_trust_policy_is_taken() {
        let good = r#"{"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
                       "Action": "sts:AssumeRole"}}"#;
        assert!(read(good).unwrap().starts_with(r#"{"Statement":{"Effect":"Allow","#));
        assert!(read(&good.replace(r#"{"Effect""#, r#"[{"Effect""#).replace("}}", "}]}")).is_ok());
        for text in [
            "",
            "x",
            "[]",
            "{}",
            r#"{"Statement":[]}"#,
            r#"{"Statement":[1]}"#,
            &good.replace("Allow", "allow"),
            &good.replace("Principal", "Who"),
            &good.replace("Action\"", "A\""),
            &good.replace("sts", &"s".repeat(5000)),
        ] {
            assert!(matches!(read(text), Err(Error::Trust(_))), "{text}");
        }
    }
}
