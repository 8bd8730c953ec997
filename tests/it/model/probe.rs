//! Inputs that break one rule of the model each, or stand just at the bound of one.

use e2e::client::Refused;
use serde_json::{Value, json};

use super::scenario;
use super::shape::{Model, Shape};

/// An input and how it should be refused, or should not.
pub(super) struct Probe {
    path: String,
    rule: String,
    pub(super) input: Value,
    code: &'static str,
    /// What the message has to contain.
    texts: Vec<String>,
    /// Whether it is to be taken: whatever else is wrong with it, it is not refused so.
    is_within: bool,
}

impl Probe {
    /// What is probed, as it stands in the list of known differences.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.path, self.rule)
    }

    pub(super) fn is_satisfied_by(&self, status: u16, told: &Refused) -> bool {
        let has_all = self.texts.iter().all(|text| told.message.contains(text));
        (status == 400 && told.code == self.code && has_all) != self.is_within
    }
}

/// Where a member is, in the input and in messages.
#[derive(Clone)]
struct Place {
    /// As in JSON pointers.
    pointer: String,
    /// As AWS prints it.
    shown: String,
}

/// All probes of an operation.
pub(super) fn all(model: &Model, operation: &str) -> Vec<Probe> {
    let mut probes = Vec::new();
    let root = Place { pointer: String::new(), shown: String::new() };
    if let Some(input) = model.input(operation) {
        of_structure(input, &root, operation, &mut probes);
    }
    probes
}

fn of_structure(shape: Shape<'_>, at: &Place, operation: &str, probes: &mut Vec<Probe>) {
    for (name, member) in shape.members() {
        let place = at.member(name);
        let mut input = scenario::valid(operation);
        put(&mut input, &place.pointer, Value::Null);
        if shape.required().any(|required| required == name) {
            let texts =
                vec![format!("Value null at '{}'", place.shown), "must not be null".to_owned()];
            probes.push(place.probe("required", input, "ValidationException", texts));
        }
        of_member(member, &place, operation, probes);
    }
}

fn of_member(shape: Shape<'_>, at: &Place, operation: &str, probes: &mut Vec<Probe>) {
    let (wrong, text) = wrong_type(shape.kind());
    let input = with(operation, at, wrong);
    let texts = vec![text.to_owned()];
    probes.push(at.probe("type", input, "SerializationException", texts));
    for (rule, value, constraint) in violations(shape) {
        let texts = vec![format!("at '{}", at.shown), constraint];
        let input = with(operation, at, value);
        probes.push(at.probe(&rule, input, "ValidationException", texts));
    }
    for (rule, value, constraint) in bounds(shape) {
        let texts = vec![format!("at '{}'", at.shown), constraint];
        let probe = at.probe(&rule, with(operation, at, value), "ValidationException", texts);
        probes.push(Probe { is_within: true, ..probe });
    }
    match shape.kind() {
        "structure" => of_structure(shape, at, operation, probes),
        "list" => {
            if let Some(element) = shape.element().filter(|element| element.kind() == "structure") {
                of_structure(element, &at.first_element(), operation, probes);
            }
        }
        _ => {}
    }
}

impl Place {
    fn member(&self, name: &str) -> Self {
        let mut shown: Vec<char> = name.chars().collect();
        shown[0] = shown[0].to_ascii_lowercase();
        let shown: String = shown.into_iter().collect();
        let dot = if self.shown.is_empty() { "" } else { "." };
        Self {
            pointer: format!("{}/{name}", self.pointer),
            shown: format!("{}{dot}{shown}", self.shown),
        }
    }

    fn first_element(&self) -> Self {
        Self { pointer: format!("{}/0", self.pointer), shown: format!("{}.1.member", self.shown) }
    }

    fn probe(&self, rule: &str, input: Value, code: &'static str, texts: Vec<String>) -> Probe {
        let path = self.pointer.trim_start_matches('/').replace('/', ".");
        Probe { path, rule: rule.to_owned(), input, code, texts, is_within: false }
    }
}

fn with(operation: &str, at: &Place, value: Value) -> Value {
    let mut input = scenario::valid(operation);
    put(&mut input, &at.pointer, value);
    input
}

/// Puts a value where a pointer leads, making what is missing on the way.
fn put(input: &mut Value, pointer: &str, value: Value) {
    let mut at = input;
    for part in pointer.split('/').skip(1) {
        at = match part.parse::<usize>() {
            Ok(index) => &mut at[index],
            Err(_) => &mut at[part],
        };
    }
    *at = value;
}

/// A value of another type, and what is said about it.
fn wrong_type(kind: &str) -> (Value, &'static str) {
    match kind {
        "list" => (json!("x"), "Expected list or null"),
        "map" => (json!("x"), "Expected map or null"),
        "structure" => (json!("x"), "Expected null"),
        "integer" | "long" => (json!("x"), "can not be converted to a"),
        "timestamp" => (json!("x"), "can not be converted to milliseconds since epoch"),
        _ => (json!([]), "Start of list found where not expected"),
    }
}

/// Values at the bounds of a constraint: its name, the value, and what is not to be said about it.
fn bounds(shape: Shape<'_>) -> Vec<(String, Value, String)> {
    let least =
        limit(shape, "min").map(|(min, text)| ("at min".to_owned(), of_size(shape, min), text));
    let most =
        limit(shape, "max").map(|(max, text)| ("at max".to_owned(), of_size(shape, max), text));
    least.into_iter().chain(most).collect()
}

/// The least or the most that a shape may be, and what is said of what is less or more.
fn limit(shape: Shape<'_>, which: &str) -> Option<(i64, String)> {
    let is_number = matches!(shape.kind(), "integer" | "long");
    let what = if is_number { "value" } else { "length" };
    match which {
        "min" => {
            let min = shape.min().filter(|min| is_number || *min > 0)?;
            Some((min, format!("Member must have {what} greater than or equal to {min}")))
        }
        _ => {
            let max = shape.max()?;
            Some((max, format!("Member must have {what} less than or equal to {max}")))
        }
    }
}

/// Values that break a constraint: its name, the value, and what is said about it.
fn violations(shape: Shape<'_>) -> Vec<(String, Value, String)> {
    let mut found = Vec::new();
    if let Some((min, text)) = limit(shape, "min") {
        found.push(("min".to_owned(), of_size(shape, min - 1), text));
    }
    if let Some((max, text)) = limit(shape, "max") {
        found.push(("max".to_owned(), of_size(shape, max + 1), text));
    }
    if shape.has_pattern() {
        found.push(("pattern".to_owned(), json!("x y"), "regular expression pattern".to_owned()));
    }
    if shape.words().next().is_some() {
        found.push(("enum".to_owned(), json!("NO_SUCH_WORD"), "enum value set: [".to_owned()));
    }
    if let Some(max) = shape.element().filter(|it| it.kind() == "string").and_then(Shape::max) {
        let elements = json!([of_size(shape.element().unwrap_or(shape), max + 1)]);
        let text = format!("[Member must have length less than or equal to {max}");
        found.push(("elements".to_owned(), elements, text));
    }
    if let Some((key, value)) = shape.key_and_value() {
        let long =
            |max: Option<i64>| "x".repeat(usize::try_from(max.unwrap_or(0) + 1).unwrap_or(1));
        let keys = json!({ long(key.max()): "" });
        found.push(("keys".to_owned(), keys, "Map keys must satisfy constraint".to_owned()));
        let values = json!({ "k": long(value.max()) });
        found.push(("values".to_owned(), values, "Map value must satisfy constraint".to_owned()));
    }
    found
}

/// A value of this size: a number, so many characters, bytes or elements.
fn of_size(shape: Shape<'_>, size: i64) -> Value {
    let length = usize::try_from(size).unwrap_or(0);
    match shape.kind() {
        "integer" | "long" => json!(size),
        "blob" => json!(base64_simd::STANDARD.encode_to_string(vec![0; length])),
        "list" if shape.element().is_some_and(|element| element.kind() == "string") => {
            (0..length).map(|index| json!(format!("k{index}"))).collect()
        }
        "list" => {
            let entry = json!({ "PartitionKey": "p", "Data": "" });
            Value::Array(vec![entry; length])
        }
        "map" => (0..length).map(|index| (format!("k{index}"), json!(""))).collect(),
        _ => json!("1".repeat(length)),
    }
}
