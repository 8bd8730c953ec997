// Package guest is what a function of Shardmill sees of its host: a log and its environment. What it does is given to
// [shardmill/guest/transform] or to [shardmill/guest/handler].
package guest

import (
	"fmt"
	"strings"
)

// Level says how much a line of the log matters.
type Level uint32

// From the least to the most.
const (
	Trace Level = iota
	Debug
	Info
	Warn
	Error
)

func (l Level) String() string {
	return [...]string{"trace", "debug", "info", "warn", "error"}[l]
}

// Log writes a line, in the manner of [fmt.Sprintf], for whoever operates the function. Bytes that are no UTF-8 become
// replacement characters.
func Log(level Level, format string, arguments ...any) {
	write(level, strings.ToValidUTF8(fmt.Sprintf(format, arguments...), "\uFFFD"))
}

// Config is the value of a variable of the function's environment; or is what it is if it is not set or empty.
func Config(name, or string) string {
	if value, is := get(name); is && value != "" {
		return value
	}
	return or
}

// Environment are all variables.
func Environment() map[string]string { return all() }
