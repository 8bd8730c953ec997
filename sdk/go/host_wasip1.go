package guest

import (
	"unsafe"

	"shardmill/guest/internal/abi"
)

//go:wasmimport shardmill:guest/log@0.1.0 write
func logWrite(level, message, size uint32)

//go:wasmimport shardmill:guest/config@0.1.0 get
func configGet(key, size uint32, result unsafe.Pointer)

//go:wasmimport shardmill:guest/config@0.1.0 all
func configAll(result unsafe.Pointer)

func write(level Level, message string) {
	text := abi.TextOf(message)
	logWrite(uint32(level), text.Address, text.Size)
}

func get(name string) (string, bool) {
	key, found := abi.TextOf(name), new(abi.Option)
	configGet(key.Address, key.Size, unsafe.Pointer(found))
	if found.IsSome == 0 {
		return "", false
	}
	return found.Value.Lift(), true
}

func all() map[string]string {
	list := new(abi.Text)
	configAll(unsafe.Pointer(list))
	variables := map[string]string{}
	for _, pair := range abi.List[abi.Pair](list.Address, list.Size) {
		variables[pair.First.Lift()] = pair.Second.Lift()
	}
	return variables
}
