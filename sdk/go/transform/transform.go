// Package transform makes a function of the world `transform`: records in, records out.
//
//	func init() {
//		transform.Handle(func(batch *transform.Batch) (*transform.Reply, error) {
//			reply := new(transform.Reply)
//			for _, record := range batch.Records {
//				reply.Emit(record, bytes.ToUpper(record.Data))
//			}
//			return reply, nil
//		})
//	}
//
//	func main() {}
package transform

import "time"

// Record is one record of a stream.
type Record struct {
	// Index is its place in the batch.
	Index int
	// Sequence is its sequence number in the shard: decimal digits.
	Sequence string
	// SubSequence is its place among the user records of one aggregated record; 0 if it was not aggregated.
	SubSequence  uint32
	PartitionKey string
	// ArrivalMS is when it arrived, in milliseconds since the Unix epoch.
	ArrivalMS uint64
	Data      []byte
}

// Batch is a run of records of one shard, in order.
type Batch struct {
	// Stream is the stream's ARN.
	Stream string
	// Shard is the shard's id.
	Shard string
	// FirstSequence and LastSequence are those of the first and of the last record.
	FirstSequence, LastSequence string
	// Attempt is 1 for the first try, then counted upwards.
	Attempt uint32
	// IsReplay says whether some of these records may have been handed over before.
	IsReplay bool
	// BehindMS is how far the last record is behind the newest of the shard, in milliseconds.
	BehindMS uint64
	Records  []*Record
}

// Emit is a record to be put into a stream.
type Emit struct {
	// PartitionKey is that of the record it was made of, unless it is changed: 1 to 256 characters.
	PartitionKey string
	// Target is the stream it goes to; the mapping's own if empty.
	Target string
	// ExplicitHashKey is a decimal number that decides the shard instead of the partition key, if not empty.
	ExplicitHashKey string
	Data            []byte

	index int
}

// Reply is what a batch led to. A record of which it says nothing is done.
type Reply struct {
	Emits    []*Emit
	outcomes []outcome
}

// kind is the case of the interface's variant `disposition`.
type kind uint8

const (
	failed kind = iota
	retryAfter
	dropped
)

type outcome struct {
	index int
	kind  kind
	why   string
	after time.Duration
}

// Emit sends a record on its way, made of this one and under its partition key. What is given back may be changed.
func (r *Reply) Emit(of *Record, data []byte) *Emit {
	emit := &Emit{PartitionKey: of.PartitionKey, Data: data, index: of.Index}
	r.Emits = append(r.Emits, emit)
	return emit
}

// Drop says that a record was left out on purpose.
func (r *Reply) Drop(record *Record, why string) {
	r.outcomes = append(r.outcomes, outcome{index: record.Index, kind: dropped, why: why})
}

// Fail says that a record failed.
func (r *Reply) Fail(record *Record, why string) {
	r.outcomes = append(r.outcomes, outcome{index: record.Index, kind: failed, why: why})
}

// RetryAfter says that a record failed and should be tried again after some time.
func (r *Reply) RetryAfter(record *Record, after time.Duration) {
	r.outcomes = append(r.outcomes, outcome{index: record.Index, kind: retryAfter, after: after})
}

// RetryError fails a batch that should be tried again after some time.
type RetryError struct{ After time.Duration }

func (e RetryError) Error() string { return "to be tried again after " + e.After.String() }

// Function is what becomes of a batch. An error says that all of it failed.
type Function func(*Batch) (*Reply, error)

var function Function

// Handle says what the function does; to be called by `init`.
func Handle(f Function) { function = f }
