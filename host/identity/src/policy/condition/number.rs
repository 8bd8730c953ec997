//! Decimal numbers, compared exactly.

/// Digits behind the point.
const SCALE: u32 = 18;

/// A number in steps of 10^-18, up to 10^20: with room for every 64-bit integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number(i128);

impl Number {
    /// Digits, with a point between two of them or an exponent, if that is a number without being rounded.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (sign, magnitude) = match text.strip_prefix('-') {
            Some(magnitude) => (-1, magnitude),
            None => (1, text),
        };
        let (decimal, exponent) = match magnitude.split_once(['e', 'E']) {
            Some((decimal, exponent)) => (decimal, parse_exponent(exponent)?),
            None => (magnitude, 0),
        };
        let (digits, behind_point) = match decimal.split_once('.') {
            Some((whole, fraction)) if !whole.is_empty() && !fraction.is_empty() => {
                (parse_digits(&format!("{whole}{fraction}"))?, fraction.len())
            }
            Some(_) => return None,
            None => (parse_digits(decimal)?, 0),
        };
        let shift = i32::try_from(behind_point).ok()?;
        let steps = shifted(digits, exponent + SCALE.cast_signed() - shift)?;
        Some(Self(sign * steps))
    }
}

/// `number` times ten to the power of `by`, if that is a whole number.
fn shifted(number: i128, by: i32) -> Option<i128> {
    if number == 0 {
        return Some(0);
    }
    let power = 10_i128.checked_pow(by.unsigned_abs())?;
    if by >= 0 {
        return number.checked_mul(power);
    }
    (number % power == 0).then_some(number / power)
}

fn parse_exponent(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let well_formed =
        (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if well_formed { text.parse().ok() } else { None }
}

fn parse_digits(text: &str) -> Option<i128> {
    let well_formed = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if well_formed { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_that_of_numbers() {
        let rising = [
            "-1e20",
            "-9223372036854775808",
            "-10",
            "-9.5",
            "-0.000000000000000001",
            "0",
            "1e-18",
            "0.1",
            "0.11",
            "9",
            "10",
            "10.5",
            "1e9",
            "1234567890123456789",
            "18446744073709551614",
            "18446744073709551615",
            "99999999999999999999.999999999999999999",
            "1E+20",
        ];
        for pair in rising.windows(2) {
            assert!(Number::parse(pair[0]).unwrap() < Number::parse(pair[1]).unwrap(), "{pair:?}");
        }
        let same = [
            ["1", "1.0"],
            ["01", "1"],
            ["-0", "0"],
            ["0.10", "0.1"],
            ["1e3", "1000"],
            ["15E-1", "1.5"],
            ["-1.5e+3", "-1500.0"],
            ["0e999", "0"],
            ["1.0000000000000000000000", "1"],
        ];
        for [one, other] in same {
            assert!(Number::parse(one).is_some(), "{one}");
            assert_eq!(Number::parse(one), Number::parse(other));
        }
    }

    #[test]
    fn what_is_no_plain_number_is_none() {
        let bad = [
            "",
            "-",
            ".",
            "1.",
            ".5",
            "+1",
            "1e",
            "e3",
            "1e1.5",
            "1e++3",
            "1e9999",
            "1e30",
            "1e-19",
            "0x1",
            " 1",
            "1 ",
            "1,5",
            "--1",
            "1.-5",
            "٣",
            "1234567890123456789012",
            "0.1234567890123456789",
            "NaN",
        ];
        for text in bad {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }
}
