#!/bin/sh
# Builds {{name}}.wasm. GO names the go to take, if it is not the one on the PATH.
set -eu
cd "$(dirname "$0")"
GOOS=wasip1 GOARCH=wasm "${GO:-go}" build -trimpath -buildmode=c-shared -ldflags='-s -w' -o core.wasm .
"${SHARDMILL:-shardmill}" guest pack core.wasm -o {{name}}.wasm
