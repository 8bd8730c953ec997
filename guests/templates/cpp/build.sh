#!/bin/sh
# Builds {{name}}.wasm. ZIG names the zig to take, if `zig` is not on the PATH.
set -eu
cd "$(dirname "$0")"
zig="${ZIG:-$(command -v zig || echo python3 -m ziglang)}"
mkdir -p objects
# The bindings are C and are compiled as such.
for source in $(find sdk/c -name '*.c'); do
    $zig cc -target wasm32-wasi -std=c17 -Os -I sdk/c -I sdk/c/handler -c "$source" -o "objects/$(basename "$source").o"
done
$zig c++ -target wasm32-wasi -mexec-model=reactor -std=c++20 -fno-exceptions -fno-rtti -Wall -Wextra -Os -s \
    -Wl,-z,stack-size=262144 -I sdk/c -I sdk/c/handler src/*.cpp objects/*.o -o core.wasm
"${SHARDMILL:-shardmill}" guest pack core.wasm -o {{name}}.wasm
