#!/bin/sh
# Builds {{name}}.wasm.
set -eu
cd "$(dirname "$0")"
cargo build --release --target wasm32-unknown-unknown
"${SHARDMILL:-shardmill}" guest pack "${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/release/function.wasm" \
    -o {{name}}.wasm
