//! Comparisons of the second evaluator, each in the most pedestrian way.

use super::super::Request;
use super::text::{Kind, fits};

/// Whether the value is of the kind that the operator compares.
pub(super) fn is_comparable(operator: &str, value: &str) -> bool {
    match operator {
        "ArnEquals" | "ArnLike" => value.starts_with("arn:") && value.split(':').count() >= 6,
        "Bool" => ["true", "false"].contains(&value),
        "IpAddress" => bits(value).is_some(),
        "BinaryEquals" => {
            let digits = value.trim_end_matches('=');
            value.len().is_multiple_of(4)
                && value.len() - digits.len() <= 2
                && digits.chars().all(|char| char.is_ascii_alphanumeric() || "+/".contains(char))
        }
        _ if operator.starts_with("Numeric") => number(value).is_some(),
        _ if operator.starts_with("Date") => seconds(value).is_some(),
        _ => true,
    }
}

/// Whether the value matches one operand under a positive operator; nothing if that makes no sense.
pub(super) fn compare(
    operator: &str,
    value: &str,
    operand: &str,
    variables: bool,
    request: &Request<'_>,
) -> Option<bool> {
    match operator {
        "StringEquals" => fits(operand, Kind::Exact, variables, value, request),
        "StringEqualsIgnoreCase" => fits(operand, Kind::AnyCase, variables, value, request),
        "StringLike" => fits(operand, Kind::Plain, variables, value, request),
        "ArnEquals" | "ArnLike" => {
            let is_arn = value.starts_with("arn:") && value.split(':').count() >= 6;
            if is_arn { fits(operand, Kind::Arn, variables, value, request) } else { None }
        }
        "Bool" => {
            let known = ["true", "false"].contains(&value);
            known.then_some(value == operand)
        }
        "BinaryEquals" => Some(value == operand),
        "IpAddress" => address(value, operand),
        _ if operator.starts_with("Numeric") => {
            ordered(&operator["Numeric".len()..], number(value)?, number(operand)?)
        }
        _ if operator.starts_with("Date") => {
            ordered(&operator["Date".len()..], seconds(value)?, seconds(operand)?)
        }
        other => panic!("{other}"),
    }
}

fn ordered(name: &str, value: f64, operand: f64) -> Option<bool> {
    Some(match name {
        "Equals" => value == operand,
        "LessThan" => value < operand,
        "LessThanEquals" => value <= operand,
        "GreaterThan" => value > operand,
        "GreaterThanEquals" => value >= operand,
        other => panic!("{other}"),
    })
}

/// The tests use numbers that a floating-point number holds exactly.
fn number(text: &str) -> Option<f64> {
    let plain = text.chars().all(|char| char.is_ascii_digit() || "-.".contains(char));
    if plain { text.parse().ok() } else { None }
}

/// `2026-01-02`, `2026-01-02T03:04:05Z` or seconds, by counting days.
fn seconds(text: &str) -> Option<f64> {
    if text.len() >= 5 && text.chars().all(|char| char.is_ascii_digit()) {
        return text.parse().ok();
    }
    let field = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
    let (year, month, day) = (field(0, 4)?, field(5, 7)?, field(8, 10)?);
    let is_leap = |year: u32| year.is_multiple_of(4);
    let mut days = day - 1;
    for earlier in 1970..year {
        days += if is_leap(earlier) { 366 } else { 365 };
    }
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    days += lengths[..month as usize - 1].iter().sum::<u32>();
    let in_day = match text.len() {
        10 => 0,
        _ => field(11, 13)? * 3600 + field(14, 16)? * 60 + field(17, 19)?,
    };
    Some(f64::from(days) * 86_400.0 + f64::from(in_day))
}

/// Compares the leading bits, written out as zeros and ones.
fn address(value: &str, operand: &str) -> Option<bool> {
    let (network, prefix) = match operand.split_once('/') {
        Some((network, prefix)) => (network, prefix.parse().unwrap()),
        None => (operand, 128),
    };
    let (value, network) = (bits(value)?, bits(network)?);
    let prefix = network.len().min(prefix);
    Some(value.len() == network.len() && value[..prefix] == network[..prefix])
}

fn bits(text: &str) -> Option<String> {
    let text = text.strip_prefix("::ffff:").unwrap_or(text);
    if text.contains('.') {
        let parts: Vec<u8> =
            text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        return Some(parts.iter().map(|part| format!("{part:08b}")).collect());
    }
    let (head, tail) = text.split_once("::")?;
    let words = |text: &str| -> Option<Vec<u16>> {
        let parts = text.split(':').filter(|part| !part.is_empty());
        parts.map(|part| u16::from_str_radix(part, 16).ok()).collect()
    };
    let (head, tail) = (words(head)?, words(tail)?);
    let zeros = vec![0; 8 - head.len() - tail.len()];
    Some([head, zeros, tail].concat().iter().map(|word| format!("{word:016b}")).collect())
}
