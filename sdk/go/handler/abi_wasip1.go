package handler

import (
	"errors"
	"strings"

	"shardmill/guest/internal/abi"
)

// rawAnswer is a result that is an answer.
type rawAnswer struct {
	isErr  uint8
	_      [3]byte
	answer abi.Text
	_      [24]byte
}

// rawFailure is a result that is a failure.
type rawFailure struct {
	isErr           uint8
	_               [3]byte
	kind, message   abi.Text
	stack, reserved abi.Text
}

//go:wasmexport shardmill:guest/lambda@0.1.0#handle
func handle(
	event, eventSize, id, idSize, name, nameSize, version, versionSize, arn, arnSize, memory uint32, deadlineMS uint64,
	_, _ uint32,
) uint32 {
	context := Context{
		RequestID:          abi.String(id, idSize),
		FunctionName:       abi.String(name, nameSize),
		FunctionVersion:    abi.String(version, versionSize),
		InvokedFunctionARN: abi.String(arn, arnSize),
		MemoryLimitMB:      memory,
		DeadlineMS:         deadlineMS,
	}
	given := abi.Bytes(event, eventSize)
	abi.Taken()
	if function == nil {
		return failure(errors.New("nothing was given to handler.Handle"))
	}
	answer, err := function(given, context)
	if err != nil {
		return failure(err)
	}
	result := &rawAnswer{answer: abi.BytesOf(answer)}
	abi.Keep(answer)
	abi.Keep(result)
	return abi.Address(result)
}

//go:wasmexport cabi_post_shardmill:guest/lambda@0.1.0#handle
func release(uint32) { abi.Release() }

func failure(err error) uint32 {
	// A piece of the event in it may be anything, and the host takes UTF-8 only.
	kind, message := "Error", strings.ToValidUTF8(err.Error(), "\uFFFD")
	var told Error
	if errors.As(err, &told) && told.Type != "" {
		kind = told.Type
	}
	result := &rawFailure{isErr: 1, kind: abi.TextOf(kind), message: abi.TextOf(message)}
	abi.Keep(kind)
	abi.Keep(message)
	abi.Keep(result)
	return abi.Address(result)
}
