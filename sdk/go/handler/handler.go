// Package handler makes a function of the world `handler`: JSON in, JSON out, as a function of AWS Lambda.
//
//	func init() {
//		handler.Handle(func(event []byte, context handler.Context) ([]byte, error) {
//			return json.Marshal(map[string]any{"bytes": len(event), "function": context.FunctionName})
//		})
//	}
//
//	func main() {}
package handler

// Context is what is told of a call besides its event.
type Context struct {
	// RequestID is the call's id, as its caller is told and as it stands in the log.
	RequestID    string
	FunctionName string
	// FunctionVersion is a number, or `$LATEST`.
	FunctionVersion string
	// InvokedFunctionARN is the function's ARN, with the version's number behind it if it is one.
	InvokedFunctionARN string
	// MemoryLimitMB is what the function asked for, in MiB.
	MemoryLimitMB uint32
	// DeadlineMS is when the call ends at the latest, in milliseconds since the Unix epoch.
	DeadlineMS uint64
}

// Error is a failure with a kind, by which programs tell failures apart.
type Error struct{ Type, Message string }

func (e Error) Error() string { return e.Message }

// Function is what becomes of an event: a JSON value in UTF-8. So is the answer.
type Function func(event []byte, context Context) ([]byte, error)

var function Function

// Handle says what the function does; to be called by `init`.
func Handle(f Function) { function = f }
