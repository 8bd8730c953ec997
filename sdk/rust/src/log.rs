//! Lines for whoever operates the function: `log::info!("{count} records")`.
//!
//! Lines past the function's quota are left out, and a marker says so.

pub use crate::__log_debug as debug;
pub use crate::__log_error as error;
pub use crate::__log_info as info;
pub use crate::__log_trace as trace;
pub use crate::__log_warn as warn;

/// How important a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Details of details.
    Trace,
    /// Details.
    Debug,
    /// What happened.
    Info,
    /// What should not be.
    Warn,
    /// What went wrong.
    Error,
}

/// Writes a line.
pub fn write(level: Level, message: &str) {
    #[cfg(target_family = "wasm")]
    crate::abi::log(level, message);
    #[cfg(not(target_family = "wasm"))]
    crate::testing::log(level, message);
}

/// Makes a line of a format, and writes it.
#[doc(hidden)]
pub fn line(level: Level, message: std::fmt::Arguments<'_>) {
    match message.as_str() {
        Some(text) => write(level, text),
        None => write(level, &message.to_string()),
    }
}

#[doc(hidden)]
#[macro_export]
macro_rules! __log_trace {
    ($($message:tt)+) => {
        $crate::log::line($crate::log::Level::Trace, ::core::format_args!($($message)+))
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __log_debug {
    ($($message:tt)+) => {
        $crate::log::line($crate::log::Level::Debug, ::core::format_args!($($message)+))
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __log_info {
    ($($message:tt)+) => {
        $crate::log::line($crate::log::Level::Info, ::core::format_args!($($message)+))
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __log_warn {
    ($($message:tt)+) => {
        $crate::log::line($crate::log::Level::Warn, ::core::format_args!($($message)+))
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __log_error {
    ($($message:tt)+) => {
        $crate::log::line($crate::log::Level::Error, ::core::format_args!($($message)+))
    };
}

#[cfg(test)]
mod tests {
    use super::Level;
    use crate::{log, testing};

    #[test]
    fn lines_have_their_level_and_text() {
        let count = 3;
        let ((), lines) = testing::logged(|| {
            log::info!("plain");
            log::warn!("{count} of {}", 4);
            log::error!("{count:>2}",);
            log::debug!("d");
            log::trace!("t");
        });
        let expected = [
            (Level::Info, "plain"),
            (Level::Warn, "3 of 4"),
            (Level::Error, " 3"),
            (Level::Debug, "d"),
            (Level::Trace, "t"),
        ];
        let lines: Vec<_> = lines.iter().map(|(level, text)| (*level, &**text)).collect();
        assert_eq!(lines, expected);
    }
}
