#!/bin/sh
# Builds {{name}}.wasm. ZIG names the zig to take, if `zig` is not on the PATH.
set -eu
cd "$(dirname "$0")"
zig="${ZIG:-$(command -v zig || echo python3 -m ziglang)}"
# The bindings are C; zig sees them as the module `c`.
$zig translate-c -target wasm32-wasi -lc -I sdk/c {{header}} >c.zig
$zig build-exe -target wasm32-wasi -mexec-model=reactor -OReleaseSmall -fstrip --stack 262144 -lc -I sdk/c \
    $(find sdk/c -name '*.c') --dep shardmill -Mroot=src/function.zig --dep c -Mshardmill={{module}} -Mc=c.zig -femit-bin=core.wasm
"${SHARDMILL:-shardmill}" guest pack core.wasm -o {{name}}.wasm
