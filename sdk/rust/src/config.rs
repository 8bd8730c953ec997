//! The function's environment variables.

use std::fmt::Display;
use std::str::FromStr;

use crate::Failure;

/// The value of the variable `key`.
pub fn get(key: &str) -> Option<String> {
    #[cfg(target_family = "wasm")]
    return crate::abi::config_get(key);
    #[cfg(not(target_family = "wasm"))]
    return crate::testing::config_get(key);
}

/// All variables, sorted by name.
pub fn all() -> Vec<(String, String)> {
    #[cfg(target_family = "wasm")]
    return crate::abi::config_all();
    #[cfg(not(target_family = "wasm"))]
    return crate::testing::config_all();
}

/// The value of the variable `key` as a `T`; `default` if it is not set or empty.
///
/// # Errors
/// If it is set to what is no `T`: a failure that names the variable.
pub fn parse<T: FromStr<Err: Display>>(key: &str, default: T) -> Result<T, Failure> {
    match get(key) {
        Some(text) if !text.is_empty() => text
            .parse()
            .map_err(|error| Failure::new(format_args!("variable {key} is `{text}`: {error}"))),
        _ => Ok(default),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn variables_are_those_of_the_environment() {
        assert_eq!(get("A"), None);
        assert!(all().is_empty());
        testing::with_environment([("B", "2"), ("A", "1")], || {
            assert_eq!(get("A").as_deref(), Some("1"));
            let all: Vec<_> = all().into_iter().map(|(key, _)| key).collect();
            assert_eq!(all, ["A", "B"]);
        });
        assert_eq!(get("A"), None);
    }

    #[test]
    fn a_value_is_parsed_or_named() {
        testing::with_environment([("N", "2.5"), ("EMPTY", ""), ("BAD", "x")], || {
            assert_eq!(parse("N", 0.0), Ok(2.5));
            assert_eq!(parse("EMPTY", 7), Ok(7));
            assert_eq!(parse("UNSET", true), Ok(true));
            let expected = "variable BAD is `x`: invalid digit found in string";
            assert_eq!(parse("BAD", 1), Err(Failure::new(expected)));
        });
    }
}
