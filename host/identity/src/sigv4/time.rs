//! When a request says it was signed, and whether that is close enough to now.
//!
//! `x-amz-date` wins over `Date`, as on AWS. Inside a signature time has whole seconds, so the
//! given milliseconds are cut before they are compared.

use http::header::DATE;
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

use super::SKEW_MINUTES_MAX;
use super::headers::AMZ_DATE;
use super::rejection::{Rejection, clip};

const SKEW_SECONDS_MAX: i64 = SKEW_MINUTES_MAX * 60;

/// RFC 7231 allows only the fixed format, SDKs write RFC 2822; weekdays are not compared, since
/// AWS's first test suite has a wrong one.
static INTERNET_DATE: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// The moment in the request's date header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RequestTime {
    unix_seconds: i64,
    /// `20261101T120000Z`, as it stands in the string to sign.
    iso_basic: String,
}

impl RequestTime {
    /// Reads the date header; also tells which one it was, because that one must be signed.
    pub(super) fn from_headers(
        headers: &HeaderMap,
    ) -> Result<Option<(Self, HeaderName)>, Rejection> {
        let (value, name) = match (headers.get(&AMZ_DATE), headers.get(DATE)) {
            (Some(value), _) => (value, AMZ_DATE),
            (None, Some(value)) => (value, DATE),
            (None, None) => return Ok(None),
        };
        let malformed = || Rejection::DateMalformed { got: clip(value.as_bytes()) };
        let text = value.to_str().map_err(|_not_visible_ascii| malformed())?.trim();
        let timestamp = match parse_iso_basic(text) {
            None if name == DATE => INTERNET_DATE.parse_timestamp(text).ok(),
            parsed => parsed,
        };
        let unix_seconds = timestamp.ok_or_else(malformed)?.as_second();
        let time = Self::from_unix_seconds(unix_seconds).ok_or_else(malformed)?;
        Ok(Some((time, name)))
    }

    /// Reads `X-Amz-Date` of a query, which has one form only.
    pub(super) fn from_iso_basic(text: &str) -> Option<Self> {
        Self::from_unix_seconds(parse_iso_basic(text)?.as_second())
    }

    pub(super) fn from_unix_ms(unix_ms: i64) -> Option<Self> {
        Self::from_unix_seconds(unix_ms.div_euclid(1000))
    }

    /// Nothing outside the years 0 to 9999: the basic format has four digits for them.
    pub(super) fn from_unix_seconds(unix_seconds: i64) -> Option<Self> {
        let utc = TimeZone::UTC.to_datetime(Timestamp::from_second(unix_seconds).ok()?);
        if utc.year() < 0 {
            return None;
        }
        let iso_basic = format!(
            "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
            utc.year(),
            utc.month(),
            utc.day(),
            utc.hour(),
            utc.minute(),
            utc.second()
        );
        Some(Self { unix_seconds, iso_basic })
    }

    pub(super) fn iso_basic(&self) -> &str {
        &self.iso_basic
    }

    /// `20261101`, the first element of the scope.
    pub(super) fn date(&self) -> &str {
        &self.iso_basic[..8]
    }

    /// Refuses a request that is too old, and also one from the future: it could be replayed for
    /// as long as it lies ahead.
    pub(super) fn check_skew(&self, now_ms: i64) -> Result<(), Rejection> {
        let now_s = now_ms.div_euclid(1000);
        let signed_at_s = self.unix_seconds;
        let ahead_s = signed_at_s.saturating_sub(now_s);
        if ahead_s < -SKEW_SECONDS_MAX {
            return Err(Rejection::Expired { signed_at_s, now_s });
        }
        if ahead_s > SKEW_SECONDS_MAX {
            return Err(Rejection::NotYetCurrent { signed_at_s, now_s });
        }
        Ok(())
    }
}

impl RequestTime {
    /// Refuses a presigned request whose time is over, or has not come. The client's clock may be ahead as far
    /// as with a header; that it lies behind costs some of the time that it gave.
    pub(super) fn check_presigned(&self, now_ms: i64, expires_s: i64) -> Result<(), Rejection> {
        let now_s = now_ms.div_euclid(1000);
        let signed_at_s = self.unix_seconds;
        let ahead_s = signed_at_s.saturating_sub(now_s);
        if ahead_s > SKEW_SECONDS_MAX {
            return Err(Rejection::NotYetCurrent { signed_at_s, now_s });
        }
        if ahead_s < -expires_s {
            return Err(Rejection::PresignedExpired { signed_at_s, now_s, expires_s });
        }
        Ok(())
    }
}

/// Seconds as they appear in messages; a moment outside the calendar is shown as its number.
pub(super) fn in_message(unix_seconds: i64) -> String {
    match RequestTime::from_unix_seconds(unix_seconds) {
        Some(time) => time.iso_basic,
        None => unix_seconds.to_string(),
    }
}

/// The bound that a refused request's time is compared with, as it appears in messages.
pub(super) fn bound_in_message(now_s: i64, sign: i64) -> String {
    in_message(now_s.saturating_add(sign * SKEW_SECONDS_MAX))
}

fn parse_iso_basic(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let number = |from: usize, to: usize| {
        bytes[from..to].iter().try_fold(0_i16, |number, digit| {
            let digit = digit.is_ascii_digit().then(|| i16::from(digit - b'0'))?;
            Some(number * 10 + digit)
        })
    };
    let part = |from: usize| number(from, from + 2).and_then(|part| i8::try_from(part).ok());
    let (year, month, day) = (number(0, 4)?, part(4)?, part(6)?);
    let (hour, minute, second) = (part(9)?, part(11)?, part(13)?);
    let civil = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}
