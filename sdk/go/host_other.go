//go:build !wasip1

package guest

import (
	"log"
	"os"
	"strings"
)

// Outside of a component, in tests, the process stands for the host.

func write(level Level, message string) { log.Printf("%v: %s", level, message) }

func get(name string) (string, bool) { return os.LookupEnv(name) }

func all() map[string]string {
	variables := map[string]string{}
	for _, each := range os.Environ() {
		name, value, _ := strings.Cut(each, "=")
		variables[name] = value
	}
	return variables
}
