//! Why a batch as a whole failed.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// Why a batch as a whole failed: nothing of its reply counts, and it is tried again.
///
/// Any error becomes one with `?`. To fail single records, see [`Reply::fail`](crate::Reply::fail).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// For this reason.
    Failed(String),
    /// It should be tried again after this time, which counts in milliseconds.
    RetryAfter(Duration),
}

impl Failure {
    /// A failure for this reason.
    pub fn new(why: impl fmt::Display) -> Self {
        Self::Failed(why.to_string())
    }

    /// A wish to be given the batch again after this time.
    pub fn retry_after(time: Duration) -> Self {
        Self::RetryAfter(time)
    }
}

/// The error and what it comes from, one after the other.
impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(chain(&error))
    }
}

/// An error and what it comes from, one after the other.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// Milliseconds as the interface counts them.
pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Outer(std::num::ParseIntError);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("no number")
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn an_error_becomes_a_failure_with_all_its_causes() {
        fn parse(text: &str) -> Result<u32, Failure> {
            Ok(text.parse().map_err(Outer)?)
        }
        assert_eq!(parse("7"), Ok(7));
        let expected = Failure::new("no number: invalid digit found in string");
        assert_eq!(parse("x"), Err(expected));
    }

    #[test]
    fn a_time_too_long_for_the_interface_is_the_longest() {
        assert_eq!(milliseconds(Duration::from_micros(1999)), 1);
        assert_eq!(milliseconds(Duration::MAX), u64::MAX);
    }
}
