#!/bin/sh
# Builds {{name}}.wasm. ZIG names the zig to take, if `zig` is not on the PATH.
set -eu
cd "$(dirname "$0")"
zig="${ZIG:-$(command -v zig || echo python3 -m ziglang)}"
$zig cc -target wasm32-wasi -mexec-model=reactor -std=c17 -Wall -Wextra -Os -s -Wl,-z,stack-size=262144 \
    -I sdk/c -I sdk/c/handler src/*.c $(find sdk/c -name '*.c') -o core.wasm
"${SHARDMILL:-shardmill}" guest pack core.wasm -o {{name}}.wasm
