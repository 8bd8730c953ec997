// Earthquakes worth knowing: a function on a stream of the U.S. Geological Survey's events, one JSON object a record,
// as in `examples/earthquakes`. `guests/rust-quakes` does the same, and its README tells what goes out.
package main

import (
	"fmt"
	"math"
	"strconv"

	"shardmill/guest"
	"shardmill/guest/transform"
)

// From here on people far away feel it; it is worth a line in the log.
const notableMagnitude = 6.0

// settings are what the function's environment says.
type settings struct {
	minMagnitude float64
	isStrict     bool
}

func init() { transform.Handle(handle) }

func main() {}

func readSettings() (with settings, err error) {
	magnitude, strict := guest.Config("MIN_MAGNITUDE", "2.5"), guest.Config("STRICT", "false")
	with.minMagnitude, err = strconv.ParseFloat(magnitude, 64)
	if err != nil || math.IsNaN(with.minMagnitude) {
		return with, fmt.Errorf("variable MIN_MAGNITUDE is `%s`: that is no number", magnitude)
	}
	if strict != "true" && strict != "false" {
		return with, fmt.Errorf("variable STRICT is `%s`: that is neither `true` nor `false`", strict)
	}
	with.isStrict = strict == "true"
	return with, nil
}

func handle(batch *transform.Batch) (*transform.Reply, error) {
	with, err := readSettings()
	if err != nil {
		return nil, err
	}
	reply := new(transform.Reply)
	for _, record := range batch.Records {
		one(record, with, reply)
	}
	guest.Log(guest.Debug, "%d of %d events have magnitude %v or more", len(reply.Emits), len(batch.Records),
		with.minMagnitude)
	return reply, nil
}

// one says in the reply what becomes of a record.
func one(record *transform.Record, with settings, reply *transform.Reply) {
	quake, err := parse(record.Data)
	switch {
	case err != nil:
		guest.Log(guest.Warn, "record %s: %v", record.Sequence, err)
		if with.isStrict {
			reply.Fail(record, err.Error())
		} else {
			reply.Drop(record, err.Error())
		}
	case quake.magnitude < with.minMagnitude:
		reply.Drop(record, "magnitude below the minimum")
	default:
		if quake.magnitude >= notableMagnitude {
			guest.Log(guest.Info, "%s", quake.summary())
		}
		reply.Emit(record, quake.alert()).PartitionKey = quake.key()
	}
}
