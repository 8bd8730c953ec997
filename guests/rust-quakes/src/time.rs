//! Moments as people write them. There is no clock here: times come from records.

use std::fmt;

const MS_IN_DAY: i64 = 86_400_000;

/// A moment in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timestamp {
    year: i64,
    month: i64,
    day: i64,
    ms_of_day: i64,
}

impl Timestamp {
    /// The moment so many milliseconds after the Unix epoch.
    pub(crate) fn of(unix_ms: i64) -> Self {
        let days = unix_ms.div_euclid(MS_IN_DAY);
        // Counted from the first of March of the year 0, so that a leap day ends its year; 146,097 days are
        // 400 years (Howard Hinnant's `civil_from_days`).
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        Self {
            year: era * 400 + year_of_era + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
            ms_of_day: unix_ms.rem_euclid(MS_IN_DAY),
        }
    }

    /// For people: `2018-01-31 02:00 UTC`.
    pub(crate) fn to_minute(self) -> String {
        let Self { year, month, day, .. } = self;
        let minutes = self.ms_of_day / 60_000;
        format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", minutes / 60, minutes % 60)
    }
}

/// ISO 8601 with milliseconds.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, ms_of_day } = self;
        let (seconds, ms) = (ms_of_day / 1000, ms_of_day % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_the_calendar_has_them() {
        let cases = [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (1_517_363_399_650, "2018-01-31T01:49:59.650Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
        ];
        for (ms, expected) in cases {
            assert_eq!(Timestamp::of(ms).to_string(), expected);
        }
        assert_eq!(Timestamp::of(1_517_363_399_650).to_minute(), "2018-01-31 01:49 UTC");
    }

    #[test]
    fn the_ends_of_time_are_moments() {
        for ms in [i64::MIN, i64::MAX] {
            assert!(Timestamp::of(ms).to_string().ends_with('Z'));
        }
    }
}
