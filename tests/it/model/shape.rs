//! The model: operations, shapes, constraints.

use anyhow::{Context as _, Result};
use serde_json::Value;

pub(super) struct Model {
    root: Value,
}

/// A shape of the model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape<'a> {
    model: &'a Value,
    body: &'a Value,
}

impl Model {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let root: Value = serde_json::from_str(text)?;
        root["shapes"].as_object().context("a model has shapes")?;
        Ok(Self { root })
    }

    pub(super) fn operations(&self) -> impl Iterator<Item = &str> {
        self.root["operations"]
            .as_object()
            .into_iter()
            .flat_map(|all| all.keys().map(|name| &**name))
    }

    pub(super) fn errors(&self, operation: &str) -> impl Iterator<Item = &str> {
        let errors = self.root["operations"][operation]["errors"].as_array();
        errors.into_iter().flatten().filter_map(|error| error["shape"].as_str())
    }

    pub(super) fn input(&self, operation: &str) -> Option<Shape<'_>> {
        self.shape(&self.root["operations"][operation]["input"])
    }

    pub(super) fn output(&self, operation: &str) -> Option<Shape<'_>> {
        self.shape(&self.root["operations"][operation]["output"])
    }

    fn shape(&self, reference: &Value) -> Option<Shape<'_>> {
        Shape { model: &self.root, body: &Value::Null }.of(reference)
    }
}

impl<'a> Shape<'a> {
    fn of(self, reference: &Value) -> Option<Self> {
        let name = reference["shape"].as_str()?;
        let body = self.model["shapes"].get(name)?;
        Some(Self { model: self.model, body })
    }

    /// `string`, `structure` and so on.
    pub(super) fn kind(self) -> &'a str {
        self.body["type"].as_str().unwrap_or_default()
    }

    pub(super) fn members(self) -> impl Iterator<Item = (&'a str, Self)> {
        let members = self.body["members"].as_object();
        members
            .into_iter()
            .flatten()
            .filter_map(move |(name, reference)| Some((&**name, self.of(reference)?)))
    }

    pub(super) fn member(self, name: &str) -> Option<Self> {
        self.of(self.body["members"].get(name)?)
    }

    /// What a list holds.
    pub(super) fn element(self) -> Option<Self> {
        self.of(self.body.get("member")?)
    }

    /// What a map holds.
    pub(super) fn key_and_value(self) -> Option<(Self, Self)> {
        Some((self.of(self.body.get("key")?)?, self.of(self.body.get("value")?)?))
    }

    pub(super) fn required(self) -> impl Iterator<Item = &'a str> {
        self.body["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
    }

    pub(super) fn words(self) -> impl Iterator<Item = &'a str> {
        self.body["enum"].as_array().into_iter().flatten().filter_map(Value::as_str)
    }

    pub(super) fn has_pattern(self) -> bool {
        self.body["pattern"].is_string()
    }

    pub(super) fn min(self) -> Option<i64> {
        self.body["min"].as_i64()
    }

    pub(super) fn max(self) -> Option<i64> {
        self.body["max"].as_i64()
    }
}
