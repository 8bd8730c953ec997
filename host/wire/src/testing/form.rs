//! A document as a form. Objects are structures: no input that tests write in it has a map.

use jiff::Timestamp;
use serde_json::Value;

use super::is_time;

pub(super) fn write(document: &Value) -> String {
    let mut pairs = Vec::new();
    put("", "", document, &mut pairs);
    pairs.join("&")
}

fn put(path: &str, member: &str, value: &Value, pairs: &mut Vec<String>) {
    let text = match value {
        Value::Null => return,
        Value::Array(elements) if elements.is_empty() => String::new(),
        Value::Array(elements) => {
            for (element, number) in elements.iter().zip(1..) {
                put(&format!("{path}.member.{number}"), member, element, pairs);
            }
            return;
        }
        Value::Object(members) => {
            let dot = if path.is_empty() { "" } else { "." };
            for (name, value) in members {
                put(&format!("{path}{dot}{name}"), name, value, pairs);
            }
            return;
        }
        Value::Number(number) if is_time(member) => {
            #[expect(clippy::cast_possible_truncation, reason = "a time of a test")]
            let ms = (number.as_f64().unwrap_or_default() * 1000.0).round() as i64;
            Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX).to_string()
        }
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    };
    pairs.push(format!("{}={}", encoded(path), encoded(&text)));
}

fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded += &format!("%{byte:02X}"),
        }
    }
    encoded
}
