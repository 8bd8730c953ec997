#!/bin/sh
# Builds {{name}}.wasm. COMPONENTIZE_PY names the componentize-py to take, if it is not the one on the PATH.
set -eu
cd "$(dirname "$0")"
"${COMPONENTIZE_PY:-componentize-py}" -q -d wit -w {{world}} componentize {{stub}}-p src function -o core.wasm
"${SHARDMILL:-shardmill}" guest pack core.wasm -o {{name}}.wasm
