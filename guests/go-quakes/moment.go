package main

import "fmt"

const msInDay = 86_400_000

// moment is one in UTC. There is no clock here: times come from records. `time.Time` writes no years beyond 9999 as
// the others do.
type moment struct{ year, month, day, msOfDay int64 }

func divFloor(number, by int64) (int64, int64) {
	quotient, rest := number/by, number%by
	if rest < 0 {
		return quotient - 1, rest + by
	}
	return quotient, rest
}

// momentOf is the moment so many milliseconds after the Unix epoch.
func momentOf(unixMS int64) moment {
	days, msOfDay := divFloor(unixMS, msInDay)
	// Counted from the first of March of the year 0, so that a leap day ends its year; 146,097 days are 400 years
	// (Howard Hinnant's `civil_from_days`).
	era, dayOfEra := divFloor(days+719_468, 146_097)
	yearOfEra := (dayOfEra - dayOfEra/1_460 + dayOfEra/36_524 - dayOfEra/146_096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	monthFromMarch := (5*dayOfYear + 2) / 153
	m := moment{year: era*400 + yearOfEra, month: monthFromMarch + 3, msOfDay: msOfDay}
	if monthFromMarch >= 10 {
		m.month -= 12
		m.year++
	}
	m.day = dayOfYear - (153*monthFromMarch+2)/5 + 1
	return m
}

// minute is for people: `2018-01-31 02:00 UTC`.
func (m moment) minute() string {
	minutes := m.msOfDay / 60_000
	return fmt.Sprintf("%04d-%02d-%02d %02d:%02d UTC", m.year, m.month, m.day, minutes/60, minutes%60)
}

// String is ISO 8601 with milliseconds.
func (m moment) String() string {
	seconds := m.msOfDay / 1000
	return fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", m.year, m.month, m.day, seconds/3600, seconds/60%60,
		seconds%60, m.msOfDay%1000)
}
