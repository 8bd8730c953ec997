//! What a policy compares a value with, understood when the policy is read.

use super::super::error::Problem;
use super::super::facts::Facts;
use super::super::glob::{self, Token};
use super::super::template::{Segments, Template, Version, Wildcards};
use super::date::{self, Moment};
use super::network::Network;
use super::number::Number;
use super::operator::{Order, Test};
use super::value::Value;

/// Colons of a complete ARN, at least.
const ARN_COLONS: usize = 5;

/// One value of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    /// Equal, or alike if the template has wildcards.
    Text(Template),
    TextIgnoringCase(Template),
    Arn(Template),
    Number(Order, Number),
    Date(Order, Moment),
    Bool(Template),
    Binary(Vec<u8>),
    Network(Network),
    /// Whether the key must be absent.
    Null(bool),
}

impl Operand {
    pub(super) fn parse(test: Test, text: &str, version: Version) -> Result<Self, Problem> {
        let literal = || Template::parse(text, version, Wildcards::Literal);
        let parsed = match test {
            Test::Text => Self::Text(literal()?),
            Test::TextIgnoringCase => Self::TextIgnoringCase(literal()?),
            Test::TextLike => Self::Text(Template::parse(text, version, Wildcards::Match)?),
            Test::Arn => Self::Arn(arn(text, version)?),
            Test::Bool => Self::Bool(bool_or_variable(text, literal()?)?),
            Test::Number(order) => Number::parse(text)
                .map(|number| Self::Number(order, number))
                .ok_or_else(|| no_variable(text, "numbers", Problem::Number))?,
            Test::Date(order) => date::parse(text)
                .map(|moment| Self::Date(order, moment))
                .ok_or_else(|| no_variable(text, "dates", Problem::Date))?,
            Test::Binary => base64_simd::STANDARD
                .decode_to_vec(text)
                .map(Self::Binary)
                .map_err(|_malformed| no_variable(text, "binary values", Problem::Binary))?,
            Test::Network => Network::parse(text)
                .map(Self::Network)
                .ok_or_else(|| no_variable(text, "addresses", Problem::Network))?,
            Test::Null => as_bool(text)
                .map(Self::Null)
                .ok_or_else(|| no_variable(text, "Null", Problem::Bool))?,
        };
        Ok(parsed)
    }

    /// `None` if the request does not have what a variable stands for, or has something there that is not of the
    /// operand's kind.
    pub(super) fn matches(&self, value: &Value<'_>, facts: &Facts<'_>) -> Option<bool> {
        match (self, value) {
            (Self::Text(template), Value::Text(text)) | (Self::Arn(template), Value::Arn(text)) => {
                Some(glob::matches(&template.resolve(facts)?, text, &facts.effort))
            }
            (Self::TextIgnoringCase(template), Value::Text(text)) => {
                let may = facts.effort.spend(text.len());
                Some(may && is_equal_ignoring_case(&template.resolve(facts)?, text))
            }
            (Self::Number(order, operand), Value::Number(number)) => {
                Some(order.holds(number, operand))
            }
            (Self::Date(order, operand), Value::Date(moment)) => Some(order.holds(moment, operand)),
            (Self::Bool(template), Value::Bool(value)) => {
                Some(template_as_bool(template, facts)? == *value)
            }
            (Self::Binary(operand), Value::Binary(bytes)) => Some(operand == bytes),
            (Self::Network(network), Value::Address(address)) => Some(network.contains(*address)),
            // A value is read as the operands of its operator are.
            _ => None,
        }
    }

    /// A variable that has no value in this request, if there is one.
    pub(super) fn unresolved(&self, facts: &Facts<'_>) -> Option<&str> {
        match self {
            Self::Text(template)
            | Self::TextIgnoringCase(template)
            | Self::Arn(template)
            | Self::Bool(template) => template.unresolved(facts),
            Self::Number(..)
            | Self::Date(..)
            | Self::Binary(_)
            | Self::Network(_)
            | Self::Null(_) => None,
        }
    }
}

pub(super) fn has_six_parts(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b':').count() >= ARN_COLONS
}

fn arn(text: &str, version: Version) -> Result<Template, Problem> {
    // Colons inside of variables separate nothing.
    let mut bare = String::new();
    let mut rest = text;
    while let Some((before, variable)) = rest.split_once("${").filter(|_| version == Version::V2012)
    {
        bare.push_str(before);
        rest = variable.split_once('}').map_or("", |(_, after)| after);
    }
    bare.push_str(rest);
    let starts = text.starts_with("arn:") || text.starts_with("*:") || text == "*";
    if !starts || !(has_six_parts(&bare) || text.ends_with('*')) {
        return Err(Problem::Arn(text.to_owned()));
    }
    Template::parse_arn(text, version, Segments::Apart)
}

fn bool_or_variable(text: &str, template: Template) -> Result<Template, Problem> {
    if template.has_variables() || as_bool(text).is_some() {
        Ok(template)
    } else {
        Err(Problem::Bool(text.to_owned()))
    }
}

fn no_variable(text: &str, what: &'static str, otherwise: fn(String) -> Problem) -> Problem {
    if text.contains("${") { Problem::VariableHere(what) } else { otherwise(text.to_owned()) }
}

pub(super) fn as_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else {
        text.eq_ignore_ascii_case("false").then_some(false)
    }
}

fn template_as_bool(template: &Template, facts: &Facts<'_>) -> Option<bool> {
    let tokens = template.resolve(facts)?;
    as_bool(&literals(&tokens).collect::<String>())
}

fn is_equal_ignoring_case(tokens: &[Token], value: &str) -> bool {
    let folded = literals(tokens).flat_map(char::to_lowercase);
    folded.eq(value.chars().flat_map(char::to_lowercase))
}

/// The text of a template without wildcards.
fn literals(tokens: &[Token]) -> impl Iterator<Item = char> {
    tokens.iter().filter_map(|token| match token {
        Token::Literal(char) => Some(*char),
        Token::One | Token::Any | Token::OneInSegment | Token::AnyInSegment => None,
    })
}
