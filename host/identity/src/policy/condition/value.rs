//! A value of a request, read once for all operands that it is compared with.

use std::net::IpAddr;

use super::date::{self, Moment};
use super::number::Number;
use super::operand::{as_bool, has_six_parts};
use super::operator::Test;

/// Bytes of a number, a date or an address. Callers choose values, and parsers work before they refuse.
const SHORT_BYTES_MAX: usize = 64;

/// What a value is to the operator that asks.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Text(&'a str),
    Arn(&'a str),
    Number(Number),
    Date(Moment),
    Bool(bool),
    Binary(Vec<u8>),
    Address(IpAddr),
}

impl<'a> Value<'a> {
    /// `None` if the text is not of the kind that the operator compares.
    pub(super) fn parse(test: Test, text: &'a str) -> Option<Self> {
        let short = || (text.len() <= SHORT_BYTES_MAX).then_some(text);
        match test {
            Test::Text | Test::TextIgnoringCase | Test::TextLike => Some(Self::Text(text)),
            Test::Arn => {
                let is_arn = text.starts_with("arn:") && has_six_parts(text);
                is_arn.then_some(Self::Arn(text))
            }
            Test::Number(_) => Number::parse(short()?).map(Self::Number),
            Test::Date(_) => date::parse(short()?).map(Self::Date),
            Test::Bool => as_bool(text).map(Self::Bool),
            Test::Binary => base64_simd::STANDARD.decode_to_vec(text).ok().map(Self::Binary),
            Test::Network => short()?.parse().ok().map(Self::Address),
            Test::Null => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::operator::Order;
    use super::*;

    #[test]
    fn what_is_too_long_for_its_kind_is_not_read() {
        let date = |zeros: usize| format!("{}.{}Z", "2026-11-27T12:00:00", "0".repeat(zeros));
        assert!(Value::parse(Test::Date(Order::Less), &date(9)).is_some());
        let test = Test::Number(Order::Less);
        assert!(Value::parse(test, &"0".repeat(18)).is_some());
        for text in ["-".repeat(30_000), "0".repeat(SHORT_BYTES_MAX + 1)] {
            for test in [test, Test::Date(Order::Less), Test::Network] {
                assert!(Value::parse(test, &text).is_none());
            }
            assert!(Value::parse(Test::Text, &text).is_some());
        }
    }
}
