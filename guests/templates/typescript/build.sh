#!/bin/sh
# Builds {{name}}.wasm. NPM_BIN names the folder that has the tools, if they are not in `node_modules`.
set -eu
cd "$(dirname "$0")"
bin="${NPM_BIN:-node_modules/.bin}"
"$bin/tsc" -p .
"$bin/esbuild" src/function.ts --bundle --format=esm '--external:shardmill:*' --log-level=warning --outfile=core.js
"$bin/componentize-qjs" --wit wit -n {{world}} --js core.js --sync {{stub}}-o core.wasm
"${SHARDMILL:-shardmill}" guest pack core.wasm -o {{name}}.wasm
