package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// event is a seismic event as the survey publishes it, as far as it is of interest.
type event struct {
	id            string
	magnitude     float64
	magnitudeType *string
	// place is where it was, for people: `50km NNW of Sangiang, Indonesia`.
	place string
	// timeMS are milliseconds since the Unix epoch; negative before.
	timeMS int64
	// network is the seismic network that reports it.
	network    string
	hasTsunami bool
	// kind is `earthquake`, `explosion`, `quarry blast`.
	kind string
	// coordinates are degrees east, degrees north, kilometres down.
	coordinates [3]float64
}

// members are those of an event that are read, as they are written.
type members map[string]json.RawMessage

var (
	required = []string{"id", "mag", "place", "time", "net", "coordinates"}
	optional = []string{"magType", "tsunami", "type"}
)

// parse reads the event in a line of JSON.
func parse(line []byte) (*event, error) {
	given, err := split(line)
	if err != nil {
		return nil, err
	}
	for _, name := range required {
		if given[name] == nil {
			return nil, fmt.Errorf("`%s` is missing", name)
		}
	}
	e := &event{kind: "earthquake"}
	var tsunami uint64
	return e, errors.Join(
		text(given, "id", &e.id),
		number(given["mag"], "mag", &e.magnitude),
		optionalText(given, "magType", func(text string) { e.magnitudeType = &text }),
		text(given, "place", &e.place),
		whole(given["time"], "time", func(digits string) (err error) {
			e.timeMS, err = strconv.ParseInt(digits, 10, 64)
			return err
		}),
		text(given, "net", &e.network),
		whole(given["tsunami"], "tsunami", func(digits string) (err error) {
			tsunami, err = strconv.ParseUint(digits, 10, 8)
			e.hasTsunami = tsunami != 0
			return err
		}),
		optionalText(given, "type", func(text string) { e.kind = text }),
		e.readCoordinates(given["coordinates"]),
	)
}

// split takes an object apart. `json.Unmarshal` into a struct would not do: it takes names in any case, and of one that
// is there twice the last. A decoder's tokens would, in three times as long.
func split(line []byte) (members, error) {
	if !json.Valid(line) {
		var nothing any
		return nil, json.Unmarshal(line, &nothing)
	}
	at := skipSpace(line, 0)
	if line[at] != '{' {
		return nil, errors.New("an object is expected")
	}
	given := members{}
	for at = skipSpace(line, at+1); line[at] != '}'; at = skipSpace(line, at) {
		end := valueEnd(line, at)
		var name string
		if err := unquote(line[at:end], &name); err != nil {
			return nil, fmt.Errorf("the name %s: %w", line[at:end], err)
		}
		at = skipSpace(line, end)
		end = valueEnd(line, at)
		if isRead(name) {
			if given[name] != nil {
				return nil, fmt.Errorf("`%s` is there twice", name)
			}
			given[name] = line[at:end]
		}
		at = end
	}
	return given, nil
}

// skipSpace goes over what stands between the values of valid JSON.
func skipSpace(line []byte, at int) int {
	for strings.IndexByte(" \t\r\n,:", line[at]) >= 0 {
		at++
	}
	return at
}

// valueEnd is where a value of valid JSON ends that begins at `at`.
func valueEnd(line []byte, at int) int {
	depth := 0
	for ; at < len(line); at++ {
		switch line[at] {
		case '"':
			for at++; line[at] != '"'; at++ {
				if line[at] == '\\' {
					at++
				}
			}
			if depth == 0 {
				return at + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return at
			}
			if depth--; depth == 0 {
				return at + 1
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return at
			}
		}
	}
	return at
}

func isRead(name string) bool {
	for _, names := range [][]string{required, optional} {
		for _, each := range names {
			if each == name {
				return true
			}
		}
	}
	return false
}

// isText says whether a text is UTF-8 without halves of characters: `json` makes others of them.
func isText(raw []byte) error {
	if !utf8.Valid(raw) {
		return errors.New("it is not UTF-8")
	}
	for at := bytes.IndexByte(raw, '\\'); at >= 0 && at < len(raw); at++ {
		if raw[at] != '\\' {
			continue
		}
		at++
		if raw[at] != 'u' {
			continue
		}
		high := unit(raw[at:])
		at += 4
		if !utf16.IsSurrogate(high) {
			continue
		}
		if !bytes.HasPrefix(raw[at+1:], []byte(`\u`)) || utf16.DecodeRune(high, unit(raw[at+2:])) == utf8.RuneError {
			return errors.New("a surrogate stands alone")
		}
		at += 6
	}
	return nil
}

// unit is the number behind the `u` of an escape.
func unit(escape []byte) rune {
	number, _ := strconv.ParseUint(string(escape[1:5]), 16, 16)
	return rune(number)
}

func text(given members, name string, out *string) error {
	if given[name][0] != '"' {
		return fmt.Errorf("`%s` is no text", name)
	}
	if err := unquote(given[name], out); err != nil {
		return fmt.Errorf("`%s`: %w", name, err)
	}
	return nil
}

// unquote reads a text.
func unquote(raw []byte, out *string) error {
	if err := isText(raw); err != nil {
		return err
	}
	if bytes.IndexByte(raw, '\\') >= 0 {
		return json.Unmarshal(raw, out)
	}
	*out = string(raw[1 : len(raw)-1])
	return nil
}

func optionalText(given members, name string, use func(string)) error {
	if raw := given[name]; raw == nil || string(raw) == "null" {
		return nil
	}
	var found string
	if err := text(given, name, &found); err != nil {
		return err
	}
	use(found)
	return nil
}

func number(raw json.RawMessage, name string, out *float64) (err error) {
	if raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return fmt.Errorf("`%s` is no number", name)
	}
	*out, err = strconv.ParseFloat(string(raw), 64)
	return err
}

// whole reads a number without point and exponent, if there is one.
func whole(raw json.RawMessage, name string, parse func(string) error) error {
	if raw == nil {
		return nil
	}
	digits := string(raw)
	if digits == "-0" || strings.Trim(digits, "-0123456789") != "" {
		return fmt.Errorf("`%s` is no whole number", name)
	}
	if err := parse(digits); err != nil {
		return fmt.Errorf("`%s`: %w", name, err)
	}
	return nil
}

func (e *event) readCoordinates(raw json.RawMessage) error {
	var each []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &each) != nil || len(each) != len(e.coordinates) {
		return errors.New("`coordinates` are not three numbers")
	}
	for i := range each {
		if err := number(each[i], "coordinates", &e.coordinates[i]); err != nil {
			return err
		}
	}
	return nil
}

// region is the country, state or sea: what follows the last comma of the place.
func (e *event) region() string {
	region := strings.TrimSpace(e.place[strings.LastIndexByte(e.place, ',')+1:])
	if region == "" {
		return e.network
	}
	return region
}
