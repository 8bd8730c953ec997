//! Moments, in the forms of ISO 8601 that the W3C's note on dates lists, or in seconds since 1970.

use jiff::civil::{Date, DateTime, Time};

/// Nanoseconds since 1970.
pub(super) type Moment = i128;

const SECOND: i128 = 1_000_000_000;

/// Four digits are none: they could be a year or a second of 1970.
pub(super) fn parse(text: &str) -> Option<Moment> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let is_clear = (5..=12).contains(&text.len());
        return if is_clear {
            text.parse().ok().map(|seconds: i128| seconds * SECOND)
        } else {
            None
        };
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let (year, month, day) = match (parts.as_slice(), time) {
        ([year, month], None) => (year, month, "01"),
        ([year, month, day], _) => (year, month, *day),
        _ => return None,
    };
    let date = Date::new(number(year, 4)?, number(month, 2)?, number(day, 2)?).ok()?;
    match time {
        None => Some(moment(date.at(0, 0, 0, 0))),
        Some(time) => in_day(date, time),
    }
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s`, followed by `Z` or an offset.
fn in_day(date: Date, text: &str) -> Option<Moment> {
    let zone = text.find(['Z', '+', '-'])?;
    let (clock, zone) = text.split_at(zone);
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (clock, None),
    };
    let parts: Vec<&str> = clock.split(':').collect();
    let (hour, minute, second) = match (parts.as_slice(), fraction) {
        ([hour, minute], None) => (hour, minute, "00"),
        ([hour, minute, second], _) => (hour, minute, *second),
        _ => return None,
    };
    let nanos = match fraction {
        None => 0,
        Some("") => return None,
        Some(fraction) => number(&format!("{fraction:0<9}"), 9)?,
    };
    let time = Time::new(number(hour, 2)?, number(minute, 2)?, number(second, 2)?, nanos);
    Some(moment(date.to_datetime(time.ok()?)) - offset(zone)?)
}

/// `Z`, or how far local time is ahead: `+hh:mm` or `-hh:mm`.
fn offset(text: &str) -> Option<Moment> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, rest) = match text.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, text.strip_prefix('-')?),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes): (i128, i128) = (number(hours, 2)?, number(minutes, 2)?);
    let in_day = hours < 24 && minutes < 60;
    in_day.then_some(sign * (hours * 60 + minutes) * 60 * SECOND)
}

/// Also of the last day of 9999, which means "never" and which a timestamp has no room for.
fn moment(utc: DateTime) -> Moment {
    utc.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).as_nanos()
}

/// Exactly so many digits.
fn number<T: std::str::FromStr>(text: &str, width: usize) -> Option<T> {
    let well_formed = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
    if well_formed { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_of_one_moment_are_equal() {
        let noon = Some(1_795_780_800 * SECOND);
        let forms = [
            "2026-11-27T12:00Z",
            "2026-11-27T12:00:00Z",
            "2026-11-27T12:00:00.000Z",
            "2026-11-27T13:30:00+01:30",
            "2026-11-26T23:00:00-13:00",
            "1795780800",
        ];
        for text in forms {
            assert_eq!(parse(text), noon, "{text}");
        }
        assert_eq!(parse("2026-11"), parse("2026-11-01T00:00:00Z"));
        assert_eq!(parse("1970-01-02"), Some(86_400 * SECOND));
        assert_eq!(parse("1970-01-01T00:00:00.000000001Z"), Some(1));
        assert_eq!(parse("1969-12-31T23:59:59Z"), Some(-SECOND));
        // What policies write for "never".
        let never = Some(253_402_300_799 * SECOND);
        assert_eq!(parse("9999-12-31T23:59:59Z"), never);
        assert_eq!(parse("9999-12-31T23:59:59-12:00"), never.map(|at| at + 43_200 * SECOND));
        assert!(parse("9999-12-31") < never && parse("0001-01-01T00:00:00+23:59").is_some());
    }

    #[test]
    fn other_texts_are_no_moments() {
        let bad = [
            "",
            "2026",
            "1",
            "-1",
            "1.5",
            "2026-13-01",
            "2026-02-29",
            "2026-1-1",
            "26-01-01",
            "2026-11-27T12:00:00",
            "2026-11-27T12Z",
            "2026-11-27 12:00:00Z",
            "2026-11T12:00Z",
            "2026-11-27T24:00:00Z",
            "2026-11-27T12:60:00Z",
            "2026-11-27T12:00:60Z",
            "2026-11-27T12:00:00.Z",
            "2026-11-27T12:00.5Z",
            "2026-11-27T12:00:00+1:00",
            "2026-11-27T12:00:00+24:00",
            "2026-11-27T12:00:00Z ",
            "2026-11-27T",
            "T12:00Z",
            "1795780800000",
            "2026-*",
            "²026-11-27",
            "2026-11-27T12:00:00.0000000001Z",
        ];
        for text in bad {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
