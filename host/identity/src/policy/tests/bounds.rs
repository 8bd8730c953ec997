//! What is too long or too much.

use super::documents::{ABOUT, with};
use crate::policy::Policy;

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let statement =
        |count: usize| format!("[{}{{{ABOUT}}}]", format!("{{{ABOUT}}},").repeat(count));
    let error = Policy::parse(&format!(r#"{{"Statement": {}}}"#, statement(250))).unwrap_err();
    assert!(error.to_string().contains("at most 10240 are allowed"), "{error}");
    let spaces = " ".repeat(100_000);
    let text = format!(r#"{{{spaces}"Statement": {{{ABOUT}}}}}"#);
    assert_eq!(Policy::parse(&text).unwrap().size(), text.len() - spaces.len() - 6);
    let error = Policy::parse(&" ".repeat(200_000)).unwrap_err();
    assert!(error.to_string().contains("200000 bytes"), "{error}");
    let value = |text: &str| {
        with(&format!(r#"{ABOUT}, "Condition": {{"StringLike": {{"a:b": "{text}"}}}}"#))
    };
    assert!(value(&"?*".repeat(64)).is_ok());
    let error = value(&"?*".repeat(65)).unwrap_err();
    assert!(error.to_string().contains("130 wildcards in one value; at most 128"), "{error}");
    let error = value(&"x".repeat(2049)).unwrap_err();
    assert!(error.to_string().contains("2049 characters in one value; at most 2048"), "{error}");
    let values = vec!["1"; 513].join(",");
    let error = with(&format!(r#"{ABOUT}, "Condition": {{"StringLike": {{"a:b": [{values}]}}}}"#));
    let error = error.unwrap_err();
    assert!(error.to_string().contains("513 values; at most 512"), "{error}");
}

#[test]
fn names_are_bounded_and_errors_do_not_repeat_more() {
    let long = "x".repeat(9000);
    let texts = [
        format!(r#"{{"{long}": 1}}"#),
        format!(r#"{{"{long}": 1, "{long}": 2}}"#),
        format!(r#"{{"Version": "{long}", "Statement": []}}"#),
        format!(r#"{{"Id": "{long}", "Statement": {{{ABOUT}}}}}"#),
        format!(r#"{{"Statement": {{{ABOUT}, "Sid": "{long}"}}}}"#),
        format!(r#"{{"Statement": {{{ABOUT}, "{long}": "x"}}}}"#),
        format!(r#"{{"Statement": {{"Effect": "Allow", "Action": "{long}", "Resource": "*"}}}}"#),
        format!(r#"{{"Statement": {{"Effect": "{long}", "Action": "*", "Resource": "*"}}}}"#),
        format!(r#"{{"Statement": {{"Effect": "Allow", "Action": "*", "Resource": "{long}"}}}}"#),
        format!(r#"{{"Statement": {{{ABOUT}, "Condition": {{"{long}": {{}}}}}}}}"#),
        format!(r#"{{"Statement": {{{ABOUT}, "Condition": {{"Bool": {{"a:{long}": true}}}}}}}}"#),
        format!(r#"{{"Statement": {{{ABOUT}, "Condition": {{"Null": {{"a:b": "{long}"}}}}}}}}"#),
    ];
    for text in texts {
        let error = Policy::parse(&text).expect_err(&text).to_string();
        assert!(error.len() < 500, "{error}");
    }
    let key = |length: usize| {
        let key = format!("aws:RequestTag/{}", "x".repeat(length));
        with(&format!(r#"{ABOUT}, "Condition": {{"StringEquals": {{"{key}": "v"}}}}"#))
    };
    assert!(key(128).is_ok());
    let error = key(242).unwrap_err().to_string();
    assert!(
        error.ends_with("257 characters in a condition key; at most 256 are allowed"),
        "{error}"
    );
}
