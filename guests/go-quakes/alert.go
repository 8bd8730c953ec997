package main

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// keyCharsMax is the longest partition key, in characters.
const keyCharsMax = 256

// key is the partition key of an alert: its region, as long as a key may be.
func (e *event) key() string {
	count := 0
	for at := range e.region() {
		if count == keyCharsMax {
			return e.region()[:at]
		}
		count++
	}
	return e.region()
}

// depthClass is one of the three classes of the survey.
func (e *event) depthClass() string {
	switch depthKM := e.coordinates[2]; {
	case depthKM < 70:
		return "shallow"
	case depthKM < 300:
		return "intermediate"
	default:
		return "deep"
	}
}

// summary is one line for people.
func (e *event) summary() string {
	return fmt.Sprintf("M %.1f, %s: %s %s, %.0f km down, %s", e.magnitude, e.place, e.depthClass(), e.kind,
		e.coordinates[2], momentOf(e.timeMS).minute())
}

// alert is what goes out for an event, as JSON. Written by hand: `json.Marshal` writes 5 for 5.0 and `<` for `<`.
func (e *event) alert() []byte {
	out := make([]byte, 0, 512)
	put := func(name string, value ...string) {
		out = append(append(out, `,"`...), name...)
		out = append(out, `":`...)
		for _, each := range value {
			out = append(out, each...)
		}
	}
	put("id", quoted(e.id))
	put("time", `"`, momentOf(e.timeMS).String(), `"`)
	put("kind", quoted(e.kind))
	put("magnitude", jsonNumber(e.magnitude))
	if e.magnitudeType != nil {
		put("magnitudeType", quoted(*e.magnitudeType))
	}
	put("energyJoules", jsonNumber(energyJoules(e.magnitude)))
	put("place", quoted(e.place))
	put("region", quoted(e.region()))
	put("network", quoted(e.network))
	put("longitude", jsonNumber(e.coordinates[0]))
	put("latitude", jsonNumber(e.coordinates[1]))
	put("depthKm", jsonNumber(e.coordinates[2]))
	put("depth", `"`, e.depthClass(), `"`)
	put("tsunami", strconv.FormatBool(e.hasTsunami))
	put("summary", quoted(e.summary()))
	out[0] = '{'
	return append(out, '}')
}

// quoted is a text in JSON, with no more escapes than there must be.
func quoted(text string) string {
	const escaped, letters = "\"\\\b\f\n\r\t", `"\bfnrt`
	out := bytes.NewBuffer(make([]byte, 0, len(text)+2))
	out.WriteByte('"')
	for i := range len(text) {
		c := text[i]
		if at := strings.IndexByte(escaped, c); at >= 0 {
			out.Write([]byte{'\\', letters[at]})
		} else if c < 0x20 {
			fmt.Fprintf(out, `\u%04x`, c)
		} else {
			out.WriteByte(c)
		}
	}
	out.WriteByte('"')
	return out.String()
}

// jsonNumber is a number in JSON: the fewest digits that give it again, and at least one decimal.
func jsonNumber(value float64) string {
	if math.IsInf(value, 0) || math.IsNaN(value) {
		return "null"
	}
	mantissa, power, _ := strings.Cut(strconv.FormatFloat(value, 'e', -1, 64), "e")
	exponent, _ := strconv.Atoi(power)
	if exponent < -5 || exponent > 15 {
		return fmt.Sprintf("%se%+d", mantissa, exponent)
	}
	text := strconv.FormatFloat(value, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// energyJoules is the energy that was radiated, by Gutenberg and Richter: log10 E = 4.8 + 1.5 M, to three digits.
func energyJoules(magnitude float64) float64 {
	exponent := 4.8 + 1.5*magnitude
	// Beyond these there is nothing but 0 and infinity.
	if math.Abs(exponent) > 400 {
		return math.Pow(10, exponent)
	}
	scale := math.Floor(exponent)
	// What is left after the scale lies between 1 and 10, where rounding means the same on every system.
	digits := math.Round(math.Pow(10, exponent-scale)*100) / 100
	// Only what is beyond all numbers gives an error, and infinity beside it.
	energy, _ := strconv.ParseFloat(fmt.Sprintf("%ve%.0f", digits, scale), 64)
	return energy
}
