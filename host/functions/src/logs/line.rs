//! A line, and how it is stored: the data of one record, whose key is empty.
//!
//! | bytes | field |
//! |---|---|
//! | 1 | version, 1 |
//! | 1 | level: 0 trace, 1 debug, 2 info, 3 warn, 4 error, 5 of the platform |
//! | 8 | when it was written, ms since 1970 |
//! | 2 + . | the call that wrote it; empty if none did |
//! | . | the text, UTF-8 |

use bytes::Bytes;
use domain::Millis;
use storage::codec::{Decoded, Reader, Writer};

const VERSION: u8 = 1;

/// One line of a function's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// When it was written.
    pub(crate) at: Millis,
    /// The call that wrote it.
    pub(crate) request_id: String,
    /// How important it is, or whose it is.
    pub(crate) level: Level,
    /// The text.
    pub(crate) text: String,
}

/// How important a line is, or that the platform wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    /// The platform's own: that a call began, ended, what it used.
    Platform,
}

impl Level {
    const ALL: [Self; 6] =
        [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Platform];

    /// As it is stored: the place among all.
    const fn number(self) -> u8 {
        match self {
            Self::Trace => 0,
            Self::Debug => 1,
            Self::Info => 2,
            Self::Warn => 3,
            Self::Error => 4,
            Self::Platform => 5,
        }
    }

    /// As it is shown.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Platform => "PLATFORM",
        }
    }
}

impl From<wasm::message::Level> for Level {
    fn from(level: wasm::message::Level) -> Self {
        use wasm::message::Level as Written;
        match level {
            Written::Trace => Self::Trace,
            Written::Debug => Self::Debug,
            Written::Info => Self::Info,
            Written::Warn => Self::Warn,
            Written::Error => Self::Error,
        }
    }
}

impl Line {
    /// A line of the platform that no call wrote.
    pub(crate) fn marker(at: Millis, text: String) -> Self {
        Self { at, request_id: String::new(), level: Level::Platform, text }
    }

    pub(crate) fn encode(&self) -> Bytes {
        let mut value = Writer::new(VERSION);
        value.u8(self.level.number());
        value.u64(self.at.0);
        value.text(&self.request_id);
        value.bytes(self.text.as_bytes());
        value.finish()
    }

    pub(crate) fn decode(data: &[u8]) -> Decoded<Self> {
        let mut reader = Reader::new(VERSION, data)?;
        let level = reader.u8()?;
        let known = Level::ALL.get(usize::from(level)).copied();
        let level = known.ok_or_else(|| format!("level {level} is not known"))?;
        let at = Millis(reader.u64()?);
        let request_id = reader.text()?;
        Ok(Self { at, request_id, level, text: reader.rest()? })
    }

    /// As the end of a log is shown to whoever called the function.
    pub(crate) fn shown(&self) -> String {
        match self.level {
            Level::Platform => format!("{}\n", self.text),
            level => format!("{} {}\n", level.as_str(), self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stored_lines_are_read_for_ever() {
        let stored = b"\x01\x04\xe8\x03\0\0\0\0\0\0\x02\0idcaf\xc3\xa9";
        let line = Line {
            at: Millis(1000),
            request_id: "id".to_owned(),
            level: Level::Error,
            text: "café".to_owned(),
        };
        assert_eq!(line.encode(), &stored[..]);
        assert_eq!(Line::decode(stored), Ok(line));
        assert!(Line::decode(b"\x01\x06\0\0\0\0\0\0\0\0\0\0").is_err());
        assert!(Line::decode(b"\x02").is_err());
    }

    proptest! {
        #[test]
        fn round_trips(at: u64, level in 0usize..6, request_id in ".{0,40}", text in ".{0,200}") {
            let line = Line { at: Millis(at), request_id, level: Level::ALL[level], text };
            prop_assert_eq!(Line::decode(&line.encode()), Ok(line));
        }

        #[test]
        fn random_bytes_never_panic(bytes in any::<Vec<u8>>()) {
            let _ = Line::decode(&bytes);
        }
    }
}
