//! Condition operators by their names.

use super::super::error::Problem;

/// How a value is compared with an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Text,
    TextIgnoringCase,
    TextLike,
    Number(Order),
    Date(Order),
    Bool,
    Binary,
    Network,
    Arn,
    /// Not the value but whether there is one.
    Null,
}

/// Where the value must lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    pub(super) fn holds<T: Ord>(self, value: &T, operand: &T) -> bool {
        match self {
            Self::Equal => value == operand,
            Self::Less => value < operand,
            Self::LessOrEqual => value <= operand,
            Self::Greater => value > operand,
            Self::GreaterOrEqual => value >= operand,
        }
    }
}

/// How many of a key's values must match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    ForAllValues,
    ForAnyValue,
}

/// An operator with all that may be put before and behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operator {
    pub(super) test: Test,
    pub(super) negated: bool,
    pub(super) set: Option<Set>,
    pub(super) if_exists: bool,
}

const NAMES: [(&str, Test, bool); 27] = [
    ("StringEquals", Test::Text, false),
    ("StringNotEquals", Test::Text, true),
    ("StringEqualsIgnoreCase", Test::TextIgnoringCase, false),
    ("StringNotEqualsIgnoreCase", Test::TextIgnoringCase, true),
    ("StringLike", Test::TextLike, false),
    ("StringNotLike", Test::TextLike, true),
    ("NumericEquals", Test::Number(Order::Equal), false),
    ("NumericNotEquals", Test::Number(Order::Equal), true),
    ("NumericLessThan", Test::Number(Order::Less), false),
    ("NumericLessThanEquals", Test::Number(Order::LessOrEqual), false),
    ("NumericGreaterThan", Test::Number(Order::Greater), false),
    ("NumericGreaterThanEquals", Test::Number(Order::GreaterOrEqual), false),
    ("DateEquals", Test::Date(Order::Equal), false),
    ("DateNotEquals", Test::Date(Order::Equal), true),
    ("DateLessThan", Test::Date(Order::Less), false),
    ("DateLessThanEquals", Test::Date(Order::LessOrEqual), false),
    ("DateGreaterThan", Test::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Test::Date(Order::GreaterOrEqual), false),
    ("Bool", Test::Bool, false),
    ("BinaryEquals", Test::Binary, false),
    ("IpAddress", Test::Network, false),
    ("NotIpAddress", Test::Network, true),
    ("ArnEquals", Test::Arn, false),
    ("ArnLike", Test::Arn, false),
    ("ArnNotEquals", Test::Arn, true),
    ("ArnNotLike", Test::Arn, true),
    ("Null", Test::Null, false),
];

impl Operator {
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let (set, rest) = match text.split_once(':') {
            None => (None, text),
            Some(("ForAllValues", rest)) => (Some(Set::ForAllValues), rest),
            Some(("ForAnyValue", rest)) => (Some(Set::ForAnyValue), rest),
            Some(_) => return Err(unknown(text)),
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let found = NAMES.iter().find(|(known, ..)| *known == name);
        let (_, test, negated) = *found.ok_or_else(|| unknown(text))?;
        if test == Test::Null && (set.is_some() || if_exists) {
            return Err(Problem::OperatorNull);
        }
        Ok(Self { test, negated, set, if_exists })
    }
}

/// Says what was probably meant, if only the case of the letters is wrong.
fn unknown(got: &str) -> Problem {
    let got = got.to_owned();
    for set in ["", "ForAllValues:", "ForAnyValue:"] {
        for (name, ..) in NAMES {
            for suffix in ["", "IfExists"] {
                let meant = format!("{set}{name}{suffix}");
                if meant.eq_ignore_ascii_case(&got) {
                    return Problem::OperatorCase { got, meant };
                }
            }
        }
    }
    Problem::Operator(got)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_as_aws_spells_them() {
        let parsed = Operator::parse("ForAnyValue:StringNotLikeIfExists").unwrap();
        let expected = Operator {
            test: Test::TextLike,
            negated: true,
            set: Some(Set::ForAnyValue),
            if_exists: true,
        };
        assert_eq!(parsed, expected);
        let meant = "StringEquals".to_owned();
        let got = "stringequals".to_owned();
        assert_eq!(Operator::parse(&got), Err(Problem::OperatorCase { got, meant }));
        for name in ["", "Equals", "BinaryNotEquals", "ForSome:Bool", "IfExists", "StringEqualsIf"]
        {
            assert_eq!(Operator::parse(name), Err(Problem::Operator(name.to_owned())));
        }
        for name in ["NullIfExists", "ForAllValues:Null", "ForAnyValue:NullIfExists"] {
            assert_eq!(Operator::parse(name), Err(Problem::OperatorNull));
        }
    }
}
