//! Decimal numbers, compared exactly.

const DIGITS_MAX: usize = 18;
const ONE: i128 = 10_i128.pow(18);

/// A number with up to 18 digits on either side of the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number(i128);

impl Number {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (sign, magnitude) = match text.strip_prefix('-') {
            Some(magnitude) => (-1, magnitude),
            None => (1, text),
        };
        let (whole, fraction) = match magnitude.split_once('.') {
            Some((whole, fraction)) => (digits(whole)?, digits(&format!("{fraction:0<18}"))?),
            None => (digits(magnitude)?, 0),
        };
        let has_fraction = !magnitude.ends_with('.');
        has_fraction.then_some(Self(sign * (whole * ONE + fraction)))
    }
}

fn digits(text: &str) -> Option<i128> {
    let well_formed =
        (1..=DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if well_formed { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_that_of_numbers() {
        let rising =
            ["-10", "-9.5", "-0.000000000000000001", "0", "0.1", "0.11", "9", "10", "10.5"];
        for pair in rising.windows(2) {
            assert!(Number::parse(pair[0]).unwrap() < Number::parse(pair[1]).unwrap(), "{pair:?}");
        }
        for [one, other] in [["1", "1.0"], ["01", "1"], ["-0", "0"], ["0.10", "0.1"]] {
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
            "1e3",
            "0x1",
            " 1",
            "1 ",
            "1,5",
            "--1",
            "1.-5",
            "٣",
            "1234567890123456789",
            "0.1234567890123456789",
            "NaN",
        ];
        for text in bad {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }
}
