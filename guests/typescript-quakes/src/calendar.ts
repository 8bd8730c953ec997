// Moments as people write them. There is no clock here: times come from records. Nor is there a `Date` that knows all
// years that a record may name.

const MS_IN_DAY = 86_400_000;

function padded(number: number, digits: number): string {
  const sign = number < 0 ? '-' : '';
  return sign + String(Math.abs(number)).padStart(digits - sign.length, '0');
}

/** A moment in UTC. */
export class Moment {
  private constructor(
    private readonly date: string,
    private readonly msOfDay: number,
  ) {}

  /** The moment so many milliseconds after the Unix epoch. */
  static of(unixMs: number): Moment {
    const days = Math.floor(unixMs / MS_IN_DAY);
    // Counted from the first of March of the year 0, so that a leap day ends its year; 146,097 days are 400 years
    // (Howard Hinnant's `civil_from_days`).
    const shifted = days + 719_468;
    const era = Math.floor(shifted / 146_097);
    const dayOfEra = shifted - era * 146_097;
    const leaps = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
    const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
    const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
    const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
    const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
    const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
    const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
    return new Moment(`${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`, unixMs - days * MS_IN_DAY);
  }

  /** For people: `2018-01-31 02:00 UTC`. */
  toMinute(): string {
    return `${this.date} ${this.clock()} UTC`;
  }

  /** ISO 8601 with milliseconds. */
  toString(): string {
    const seconds = Math.floor(this.msOfDay / 1000) % 60;
    return `${this.date}T${this.clock()}:${padded(seconds, 2)}.${padded(this.msOfDay % 1000, 3)}Z`;
  }

  private clock(): string {
    const minutes = Math.floor(this.msOfDay / 60_000);
    return `${padded(Math.floor(minutes / 60), 2)}:${padded(minutes % 60, 2)}`;
  }
}
