//go:build wasip1

// Package abi moves values between the host's side of the component model and Go's.
//
// Addresses are 32 bits wide outside of Go and 64 bits inside, so they are numbers here. What the host is given the
// address of must stay alive until it has been read, which the garbage collector cannot know: [Keep] says so.
package abi

import "unsafe"

// chunkBytes is how much memory is asked for at once for what the host writes.
const chunkBytes = 64 << 10

var (
	// chunk is where the next value from the host goes; what came before keeps its chunk alive by pointing into it.
	chunk []byte
	// given are the chunks that the host writes to, or has a value in that nobody took yet.
	given [][]byte
	// kept is what the host still reads.
	kept []any
)

// realloc is how the host asks for memory for what it hands over.
//
//go:wasmexport cabi_realloc
func realloc(old, oldSize, align, size uint32) uint32 {
	bytes := room(int(size), int(align))
	if oldSize > 0 {
		copy(bytes, Bytes(old, min(oldSize, size)))
	}
	return Address(unsafe.SliceData(bytes))
}

func room(size, align int) []byte {
	at := (len(chunk) + align - 1) / align * align
	if at+size > cap(chunk) {
		chunk = make([]byte, 0, max(chunkBytes, size+align))
		given = append(given, chunk[:cap(chunk)])
		at = 0
	}
	chunk = chunk[:at+max(size, 1)]
	return chunk[at : at+size]
}

// Taken says that all that the host handed over was taken: from here on only what points to it keeps it.
func Taken() {
	given = given[:0]
	chunk = nil
}

// Keep keeps a value alive until [Release].
func Keep(value any) { kept = append(kept, value) }

// Release forgets what was kept: the host has read it.
func Release() { kept = nil }

// Address is where a value lies, as the host writes it.
func Address[T any](value *T) uint32 { return uint32(uintptr(unsafe.Pointer(value))) }

// At is the value at an address that the host named.
func At[T any](address uint32) *T { return (*T)(unsafe.Pointer(uintptr(address))) }

// Bytes are those at an address, not copied.
func Bytes(address, size uint32) []byte {
	if size == 0 {
		return []byte{}
	}
	return unsafe.Slice(At[byte](address), size)
}

// String is the text at an address, not copied.
func String(address, size uint32) string { return unsafe.String(At[byte](address), size) }

// List are the values at an address, not copied.
func List[T any](address, count uint32) []T {
	if count == 0 {
		return nil
	}
	return unsafe.Slice(At[T](address), count)
}

// Text is how a text or bytes lie in memory.
type Text struct{ Address, Size uint32 }

// TextOf is a text for the host, which must be kept.
func TextOf(text string) Text {
	return Text{uint32(uintptr(unsafe.Pointer(unsafe.StringData(text)))), uint32(len(text))}
}

// BytesOf are bytes for the host, which must be kept.
func BytesOf(bytes []byte) Text {
	return Text{uint32(uintptr(unsafe.Pointer(unsafe.SliceData(bytes)))), uint32(len(bytes))}
}

// ListOf is a list for the host, which must be kept.
func ListOf[T any](list []T) Text {
	return Text{uint32(uintptr(unsafe.Pointer(unsafe.SliceData(list)))), uint32(len(list))}
}

// Lift is the text or the bytes as Go has them, not copied.
func (t Text) Lift() string { return String(t.Address, t.Size) }

// Pair is how a pair of texts lies in memory.
type Pair struct{ First, Second Text }

// Option is how a text that may be absent lies in memory.
type Option struct {
	IsSome uint8
	Value  Text
}
