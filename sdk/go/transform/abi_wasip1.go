package transform

import (
	"errors"
	"strings"
	"time"

	"shardmill/guest/internal/abi"
)

// How the interface's values lie in memory; numbers of 64 bits begin at multiples of 8.

type rawEvent struct {
	sequence     abi.Text
	subSequence  uint32
	partitionKey abi.Text
	_            uint32
	arrivalMS    uint64
	data         abi.Text
}

type rawEmit struct {
	index           uint32
	target          abi.Option
	partitionKey    abi.Text
	explicitHashKey abi.Option
	data            abi.Text
	attributes      abi.Text
}

// rawCase is a variant: a number, or a text and room for another.
type rawCase struct {
	tag  uint8
	_    [7]byte
	text abi.Text
	_    abi.Text
}

type rawOutcome struct {
	index uint32
	_     uint32
	what  rawCase
}

// rawResult is a reply, or the case that says why there is none.
type rawResult struct {
	isErr           uint8
	_               [7]byte
	emits, outcomes abi.Text
	_               uint64
}

// rawFailure is a result that is a failure.
type rawFailure struct {
	isErr uint8
	_     [7]byte
	why   rawCase
}

//go:wasmexport shardmill:guest/transformer@0.1.0#handle
func handle(
	stream, streamSize, shard, shardSize, first, firstSize, last, lastSize, attempt, replay uint32, behindMS uint64,
	records, count, _, _ uint32,
) uint32 {
	batch := &Batch{
		Stream:        abi.String(stream, streamSize),
		Shard:         abi.String(shard, shardSize),
		FirstSequence: abi.String(first, firstSize),
		LastSequence:  abi.String(last, lastSize),
		Attempt:       attempt,
		IsReplay:      replay != 0,
		BehindMS:      behindMS,
		Records:       lift(abi.List[rawEvent](records, count)),
	}
	abi.Taken()
	if function == nil {
		return failure(errors.New("nothing was given to transform.Handle"))
	}
	reply, err := function(batch)
	if err != nil {
		return failure(err)
	}
	return success(reply)
}

//go:wasmexport cabi_post_shardmill:guest/transformer@0.1.0#handle
func release(uint32) { abi.Release() }

func lift(events []rawEvent) []*Record {
	all, records := make([]Record, len(events)), make([]*Record, len(events))
	for i, event := range events {
		all[i] = Record{
			Index:        i,
			Sequence:     event.sequence.Lift(),
			SubSequence:  event.subSequence,
			PartitionKey: event.partitionKey.Lift(),
			ArrivalMS:    event.arrivalMS,
			Data:         abi.Bytes(event.data.Address, event.data.Size),
		}
		records[i] = &all[i]
	}
	return records
}

func success(reply *Reply) uint32 {
	if reply == nil {
		reply = new(Reply)
	}
	emits, outcomes := make([]rawEmit, len(reply.Emits)), make([]rawOutcome, len(reply.outcomes))
	for i, emit := range reply.Emits {
		emits[i] = rawEmit{
			index:           uint32(emit.index),
			target:          option(emit.Target),
			partitionKey:    abi.TextOf(emit.PartitionKey),
			explicitHashKey: option(emit.ExplicitHashKey),
			data:            abi.BytesOf(emit.Data),
		}
	}
	for i, outcome := range reply.outcomes {
		why := words(outcome.why)
		abi.Keep(why)
		outcomes[i] = rawOutcome{index: uint32(outcome.index), what: lower(outcome.kind, why, outcome.after)}
	}
	result := &rawResult{emits: abi.ListOf(emits), outcomes: abi.ListOf(outcomes)}
	for _, value := range []any{reply, emits, outcomes, result} {
		abi.Keep(value)
	}
	return abi.Address(result)
}

// words are a reason as the host takes it: a piece of a record in it may be anything.
func words(why string) string { return strings.ToValidUTF8(why, "\uFFFD") }

func option(text string) abi.Option {
	if text == "" {
		return abi.Option{}
	}
	return abi.Option{IsSome: 1, Value: abi.TextOf(text)}
}

func lower(kind kind, why string, after time.Duration) rawCase {
	if kind != retryAfter {
		return rawCase{tag: uint8(kind), text: abi.TextOf(why)}
	}
	ms := uint64(max(after, 0) / time.Millisecond)
	return rawCase{tag: uint8(kind), text: abi.Text{Address: uint32(ms), Size: uint32(ms >> 32)}}
}

func failure(err error) uint32 {
	kind, why, after := failed, words(err.Error()), time.Duration(0)
	var retry RetryError
	if errors.As(err, &retry) {
		kind, after = retryAfter, retry.After
	}
	result := &rawFailure{isErr: 1, why: lower(kind, why, after)}
	abi.Keep(why)
	abi.Keep(result)
	return abi.Address(result)
}
