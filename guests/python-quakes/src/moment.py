"""Moments as people write them. There is no clock here: times come from records. Nor does `datetime` know all years
that a record may name."""

MS_IN_DAY = 86_400_000


class Moment:
    """The moment so many milliseconds after the Unix epoch, in UTC."""

    def __init__(self, unix_ms: int):
        days, self.ms_of_day = divmod(unix_ms, MS_IN_DAY)
        # Counted from the first of March of the year 0, so that a leap day ends its year; 146,097 days are 400 years
        # (Howard Hinnant's `civil_from_days`).
        era, day_of_era = divmod(days + 719_468, 146_097)
        leaps = day_of_era // 1_460 - day_of_era // 36_524 + day_of_era // 146_096
        year_of_era = (day_of_era - leaps) // 365
        day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
        month_from_march = (5 * day_of_year + 2) // 153
        month = month_from_march + 3 if month_from_march < 10 else month_from_march - 9
        year = era * 400 + year_of_era + (month <= 2)
        day = day_of_year - (153 * month_from_march + 2) // 5 + 1
        self.date = f"{year:04d}-{month:02d}-{day:02d}"

    def to_minute(self) -> str:
        """For people: `2018-01-31 02:00 UTC`."""
        return f"{self.date} {self._clock()} UTC"

    def __str__(self) -> str:
        """ISO 8601 with milliseconds."""
        seconds, ms = divmod(self.ms_of_day, 1000)
        return f"{self.date}T{self._clock()}:{seconds % 60:02d}.{ms:03d}Z"

    def _clock(self) -> str:
        hours, minutes = divmod(self.ms_of_day // 60_000, 60)
        return f"{hours:02d}:{minutes:02d}"
