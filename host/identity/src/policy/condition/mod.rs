//! `Condition`: what must be true of a request besides who, what and where.
//!
//! All conditions of a statement must hold. A key that is absent, and a value that cannot be compared, never
//! make a statement allow anything, but for the operators that say so by their names: negated ones hold for
//! an absent key, as do those with `IfExists`, and `ForAllValues` of nothing. A value that cannot be compared
//! makes a statement that denies apply.

mod date;
mod network;
mod number;
mod operand;
mod operator;
mod value;

use std::collections::BTreeSet;

use super::error::{PolicyError, Problem, Within};
use super::facts::Facts;
use super::json::Json;
use super::keys;
use super::read;
use super::statement::Effect;
use super::template::Version;

use operand::Operand;
use operator::{Operator, Set, Test};
use value::Value;

/// One key under one operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    operator: Operator,
    /// The names of operator and key as they were written.
    written: (String, String),
    /// In lower case.
    key: String,
    operands: Box<[Operand]>,
}

/// Reads the `Condition` element.
pub(super) fn parse(json: &Json, version: Version) -> Result<Vec<Condition>, PolicyError> {
    let mut conditions = Vec::new();
    for (name, json) in read::object(json)? {
        let operator = Operator::parse(name).map_err(PolicyError::from).within(name)?;
        let keys = read::object(json).within(name)?;
        if keys.is_empty() {
            return Err(PolicyError::from(Problem::NoKeys)).within(name);
        }
        let mut folded = BTreeSet::new();
        for (key, json) in keys {
            if !folded.insert(keys::fold(key)) {
                return Err(PolicyError::from(Problem::KeyTwice(key.clone()))).within(name);
            }
            let condition = Condition::parse((name, operator), key, json, version);
            conditions.push(condition.within(key).within(name)?);
        }
    }
    Ok(conditions)
}

impl Condition {
    fn parse(
        (operator_name, operator): (&str, Operator),
        name: &str,
        json: &Json,
        version: Version,
    ) -> Result<Self, PolicyError> {
        read::name(name, "characters in a condition key")?;
        if !keys::is_key(name) {
            return Err(Problem::Key(name.to_owned()).into());
        }
        let key = keys::fold(name);
        let takes_one = operator.set.is_none() && operator.test != Test::Null;
        if takes_one && keys::has_many(&key) {
            return Err(Problem::KeyWithMany(name.to_owned()).into());
        }
        let operands = read::each(json, |value| match value {
            // 1.10 has become 1.1, which is the same number and another text.
            Json::Fraction(text) if !matches!(operator.test, Test::Number(_)) => {
                Err(Problem::Fraction(text.clone()).into())
            }
            Json::Text(text) | Json::Number(text) | Json::Fraction(text) => {
                Ok(Operand::parse(operator.test, text, version)?)
            }
            Json::Bool(value) => Ok(Operand::parse(operator.test, &value.to_string(), version)?),
            Json::Null | Json::List(_) | Json::Object(_) => {
                Err(Problem::Expected("a text, a number or a boolean").into())
            }
        })?;
        let written = (operator_name.to_owned(), name.to_owned());
        Ok(Self { operator, written, key, operands: operands.into() })
    }

    /// The names of operator and key as they were written.
    pub(super) fn written(&self) -> (&str, &str) {
        (&self.written.0, &self.written.1)
    }

    /// The key in lower case.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// A variable that has no value in this request, if there is one.
    pub(super) fn unresolved(&self, facts: &Facts<'_>) -> Option<&str> {
        self.operands.iter().find_map(|operand| operand.unresolved(facts))
    }

    /// Whether it holds, in a statement with this effect.
    pub(super) fn holds(&self, effect: Effect, facts: &Facts<'_>) -> bool {
        let values = facts.values(&self.key);
        // AWS takes an empty text for nothing where it compares sets.
        let is_null = values.iter().all(|value| value.is_empty());
        if self.operator.test == Test::Null {
            let asks = |is_absent: bool| self.operands.contains(&Operand::Null(is_absent));
            return match effect {
                // It is there, and it may be nothing: either way the answer must not be what allows.
                Effect::Allow if is_null && !values.is_empty() => asks(true) && asks(false),
                Effect::Deny if is_null && !values.is_empty() => true,
                Effect::Allow | Effect::Deny => asks(is_null),
            };
        }
        let negated = self.operator.negated;
        if values.is_empty() && self.operator.if_exists {
            return true;
        }
        // A value that is not of the operator's kind counts against the one who asks, whatever is asked of it.
        let holds = |value: &str| match self.finds(value, effect, facts) {
            Some(found) => found != negated,
            None => effect == Effect::Deny,
        };
        match self.operator.set {
            Some(Set::ForAllValues) => is_null || values.iter().all(|value| holds(value)),
            Some(Set::ForAnyValue) => !is_null && values.iter().any(|value| holds(value)),
            None => match values.as_slice() {
                [] => negated,
                [value] => holds(value),
                // Many values of a key that is asked for one: which one is meant cannot be told.
                many if effect == Effect::Deny => many.iter().any(|value| holds(value)),
                many => negated && many.iter().all(|value| holds(value)),
            },
        }
    }

    /// Whether one of the operands is there for the value; `None` if the value is not of their kind. An operand
    /// whose variable has no value is there if that makes the statement not allow anything.
    fn finds(&self, value: &str, effect: Effect, facts: &Facts<'_>) -> Option<bool> {
        let may = facts.effort.spend(1 + value.len());
        let value = may.then(|| Value::parse(self.operator.test, value))??;
        let unknown = self.operator.negated && effect == Effect::Allow;
        let matches = |operand: &Operand| operand.matches(&value, facts).unwrap_or(unknown);
        Some(self.operands.iter().take_while(|_| facts.effort.spend(1)).any(matches))
    }
}
