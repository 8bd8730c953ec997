// Greets each record. Lines that begin with `#` are left out.
package main

import (
	"bytes"

	"shardmill/guest"
	"shardmill/guest/transform"
)

func init() { transform.Handle(handle) }

func main() {}

func handle(batch *transform.Batch) (*transform.Reply, error) {
	greeting := guest.Config("GREETING", "hello")
	reply := new(transform.Reply)
	for _, record := range batch.Records {
		if bytes.HasPrefix(record.Data, []byte("#")) {
			reply.Drop(record, "a comment")
		} else {
			reply.Emit(record, append([]byte(greeting+", "), record.Data...))
		}
	}
	guest.Log(guest.Debug, "%d of %d records go out", len(reply.Emits), len(batch.Records))
	return reply, nil
}
