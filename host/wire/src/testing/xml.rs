//! An answer of the query form as a document. XML does not tell texts from numbers, nor an empty list from an empty
//! text: what looks like a number or a time is one, and what is empty and has a name in the plural is a list.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The members of a result, or a failure as the other protocols have it; null where there is no result.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let mut rest = text;
    let (name, root) = element(&mut rest)?;
    if !rest.is_empty() {
        return Err(format!("{rest} follows the document"));
    }
    let root = if root.is_object() { root } else { return Err(format!("{name} has no parts")) };
    if name == "ErrorResponse" {
        let error = &root["Error"];
        return Ok(match error.get("Message") {
            Some(message) => json!({ "__type": error["Code"], "message": message }),
            None => json!({ "__type": error["Code"] }),
        });
    }
    let operation = name.strip_suffix("Response").ok_or("the document is no response")?;
    root["ResponseMetadata"]["RequestId"].as_str().ok_or("there is no id of the request")?;
    Ok(root.get(format!("{operation}Result")).cloned().unwrap_or_default())
}

/// The element that comes next.
fn element(rest: &mut &str) -> Result<(String, Value), String> {
    let inside = rest.strip_prefix('<').ok_or_else(|| format!("no element at {rest}"))?;
    let (tag, after) = inside.split_once('>').ok_or("a tag is cut")?;
    let name = tag.split(' ').next().unwrap_or_default().to_owned();
    *rest = after;
    let end = format!("</{name}>");
    let mut children = Vec::new();
    while rest.starts_with('<') && !rest.starts_with(&*end) {
        children.push(element(rest)?);
    }
    let (text, after) = rest.split_once(&*end).ok_or_else(|| format!("{name} has no end"))?;
    *rest = after;
    let value = if children.is_empty() { leaf(&name, text) } else { compound(children) };
    Ok((name, value))
}

fn compound(children: Vec<(String, Value)>) -> Value {
    if children.iter().all(|(name, _)| name == "member") {
        return children.into_iter().map(|(_, value)| value).collect();
    }
    let entry = |(name, mut value): (String, Value)| match name == "entry" {
        true => (value["key"].as_str().unwrap_or_default().to_owned(), value["value"].take()),
        false => (name, value),
    };
    Value::Object(children.into_iter().map(entry).collect::<Map<_, _>>())
}

fn leaf(name: &str, text: &str) -> Value {
    if text.is_empty() && name.ends_with('s') {
        return json!([]);
    }
    if let Ok(number) = text.parse::<f64>()
        && number.is_finite()
    {
        return number.into();
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        #[expect(clippy::cast_precision_loss, reason = "a time of a test")]
        return json!(at.as_millisecond() as f64 / 1000.0);
    }
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#xD;", "\r"), ("&amp;", "&")];
    let text = plain.iter().fold(text.to_owned(), |text, (code, to)| text.replace(code, to));
    match text.as_str() {
        "true" => true.into(),
        "false" => false.into(),
        _ => text.into(),
    }
}
