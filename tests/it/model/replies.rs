//! Replies against the output shapes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::shape::{Model, Shape};

pub(super) struct Seen<'a> {
    model: &'a Model,
    operations: BTreeSet<String>,
    /// Members that some reply had.
    members: BTreeSet<String>,
    problems: BTreeSet<String>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(model: &'a Model) -> Self {
        let (operations, members, problems) = Default::default();
        Self { model, operations, members, problems }
    }

    pub(super) fn has(&self, operation: &str) -> bool {
        self.operations.contains(operation)
    }

    pub(super) fn check(&mut self, operation: &str, reply: &Value) {
        self.operations.insert(operation.to_owned());
        match self.model.output(operation) {
            Some(shape) => self.value(shape, reply, operation),
            None if reply.is_null() => {}
            None => self.problem(operation, "has a body"),
        }
    }

    /// What was wrong, and what the model knows and no reply had.
    pub(super) fn differences(mut self) -> BTreeSet<String> {
        for operation in self.operations.clone() {
            if let Some(shape) = self.model.output(&operation) {
                self.absent(shape, &operation);
            }
        }
        self.problems
    }

    fn problem(&mut self, path: &str, what: &str) {
        self.problems.insert(format!("{path} {what}"));
    }

    fn absent(&mut self, shape: Shape<'_>, path: &str) {
        for (name, member) in shape.members() {
            let path = format!("{path}.{name}");
            if !self.members.contains(&path) {
                self.problem(&path, "is never given");
                continue;
            }
            match member.element() {
                Some(element) => self.absent(element, &path),
                None => self.absent(member, &path),
            }
        }
    }

    fn value(&mut self, shape: Shape<'_>, value: &Value, path: &str) {
        match (shape.kind(), value) {
            ("structure", Value::Object(_)) => self.structure(shape, value, path),
            ("list", Value::Array(elements)) => {
                self.bounds(shape, elements.len(), path);
                for element in elements {
                    let Some(shape) = shape.element() else { continue };
                    self.value(shape, element, path);
                }
            }
            ("string", Value::String(text)) => {
                self.bounds(shape, text.encode_utf16().count(), path);
                let mut words = shape.words().peekable();
                if words.peek().is_some() && !words.any(|word| word == text) {
                    self.problem(path, "is no word of its set");
                }
            }
            ("blob", Value::String(text)) => match base64_simd::STANDARD.decode_to_vec(text) {
                Ok(bytes) => self.bounds(shape, bytes.len(), path),
                Err(_) => self.problem(path, "is not base64"),
            },
            ("integer" | "long", Value::Number(number)) => match number.as_i64() {
                Some(number) => self.range(shape, number, path),
                None => self.problem(path, "is no integer"),
            },
            ("boolean", Value::Bool(_))
            | ("timestamp" | "double", Value::Number(_))
            | ("map", Value::Object(_)) => {}
            (kind, _) => self.problem(path, &format!("is no {kind}")),
        }
    }

    fn structure(&mut self, shape: Shape<'_>, value: &Value, path: &str) {
        for (name, held) in value.as_object().into_iter().flatten() {
            let path = format!("{path}.{name}");
            match shape.member(name) {
                Some(member) => {
                    self.members.insert(path.clone());
                    self.value(member, held, &path);
                }
                None => self.problem(&path, "is not in the model"),
            }
        }
        for name in shape.required() {
            if value.get(name).is_none() {
                self.problem(&format!("{path}.{name}"), "is required");
            }
        }
    }

    fn bounds(&mut self, shape: Shape<'_>, length: usize, path: &str) {
        self.range(shape, i64::try_from(length).unwrap_or(i64::MAX), path);
    }

    fn range(&mut self, shape: Shape<'_>, number: i64, path: &str) {
        if shape.min().is_some_and(|min| number < min) {
            self.problem(path, "is below its bound");
        }
        if shape.max().is_some_and(|max| number > max) {
            self.problem(path, "is above its bound");
        }
    }
}
