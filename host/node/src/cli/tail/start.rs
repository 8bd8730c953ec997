//! Reading `--from`.

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
    let moment = match text.parse::<u64>() {
        Ok(seconds) => seconds.checked_mul(1000),
        Err(_) => {
            let timestamp: Timestamp =
                text.parse().map_err(|error: jiff::Error| format!("{error}; {expected}"))?;
            u64::try_from(timestamp.as_millisecond()).ok()
        }
    };
    let moment = moment.ok_or_else(|| expected.to_owned())?;
    Ok(Start::At(Millis(moment)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
