//! Reading `--from` and `--since`.

use domain::Millis;
use jiff::Timestamp;

use crate::client::Start;

/// A place to begin, as typed.
///
/// # Errors
/// A text that says what may be written.
pub(super) fn parse_start(text: &str) -> Result<Start, String> {
    let expected =
        "write latest, trim-horizon, a moment such as 2026-11-01T12:00:00Z, or Unix seconds";
    match text.to_ascii_lowercase().replace('_', "-").as_str() {
        "latest" => return Ok(Start::Latest),
        "trim-horizon" => return Ok(Start::TrimHorizon),
        _ => {}
    }
    let moment = moment(text).map_err(|error| format!("{error}; {expected}"))?;
    moment.map(Start::At).ok_or_else(|| expected.to_owned())
}

/// A moment that has passed: given as such, or as the time since then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Since {
    Moment(Millis),
    Ago(Millis),
}

impl Since {
    /// The moment, seen from `now`.
    pub(super) fn moment(self, now: Millis) -> Millis {
        match self {
            Self::Moment(moment) => moment,
            Self::Ago(span) => Millis(now.0.saturating_sub(span.0)),
        }
    }
}

/// A moment that has passed, as typed.
///
/// # Errors
/// A text that says what may be written.
pub(super) fn parse_since(text: &str) -> Result<Since, String> {
    let expected = "write a time span such as 90s, 10m, 2h or 1d, a moment such as 2026-11-01T12:00:00Z, or Unix seconds";
    if let Some(span) = span(text) {
        return Ok(Since::Ago(span));
    }
    let moment = moment(text).map_err(|error| format!("{error}; {expected}"))?;
    moment.map(Since::Moment).ok_or_else(|| expected.to_owned())
}

fn span(text: &str) -> Option<Millis> {
    let unit = text.chars().next_back()?;
    let millis = match unit {
        's' => 1000,
        'm' => 60 * 1000,
        'h' => 60 * 60 * 1000,
        'd' => 24 * 60 * 60 * 1000,
        _ => return None,
    };
    let count: u64 = text[..text.len() - unit.len_utf8()].parse().ok()?;
    count.checked_mul(millis).map(Millis)
}

/// Unix seconds or a timestamp; `None` if it is before 1970 or beyond all bounds.
fn moment(text: &str) -> Result<Option<Millis>, jiff::Error> {
    let millis = match text.parse::<u64>() {
        Ok(seconds) => seconds.checked_mul(1000),
        Err(_) => u64::try_from(text.parse::<Timestamp>()?.as_millisecond()).ok(),
    };
    Ok(millis.map(Millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_count_back_from_now() {
        let since = |text: &str| parse_since(text).unwrap().moment(Millis(1_000_000_000));
        assert_eq!(since("90s"), Millis(999_910_000));
        assert_eq!(since("10m"), Millis(999_400_000));
        assert_eq!(since("2h"), Millis(992_800_000));
        assert_eq!(since("1d"), Millis(913_600_000));
        assert_eq!(since("99999d"), Millis(0));
        assert_eq!(since("5"), Millis(5_000));
        assert_eq!(since("1970-01-01T00:00:01Z"), Millis(1_000));
        for text in ["", "m", "-5m", "1.5h", "5y", "99999999999999999999d", "ü"] {
            assert!(parse_since(text).is_err(), "{text}");
        }
    }

    #[test]
    fn places_are_read_as_typed() {
        assert_eq!(parse_start("latest"), Ok(Start::Latest));
        assert_eq!(parse_start("TRIM_HORIZON"), Ok(Start::TrimHorizon));
        assert_eq!(parse_start("1517363399"), Ok(Start::At(Millis(1_517_363_399_000))));
        let moment = Millis(1_517_363_399_500);
        assert_eq!(parse_start("2018-01-31T01:49:59.5Z"), Ok(Start::At(moment)));
        assert_eq!(parse_start("2018-01-31T02:49:59.5+01:00"), Ok(Start::At(moment)));
        for text in ["", "yesterday", "2018-01-31", "1969-01-01T00:00:00Z"] {
            assert!(parse_start(text).is_err(), "{text}");
        }
    }
}
