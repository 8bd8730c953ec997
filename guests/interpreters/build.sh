#!/usr/bin/env bash
# Builds the interpreters on which functions run that are source code: one component for each language, and its recipe.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: guests/interpreters/build.sh [--into DIR] [--only javascript|python]

Writes javascript.wasm and python.wasm with their recipes (.json) into DIR, the folder `interpreters` of a server's
data directory or any other one that `shardmill serve --interpreters DIR` names. One that is there already and was
made of the same sources stays as it is.

  --into DIR   where to; made if it is not there [default: shardmill-data/interpreters in this checkout]
  --only NAME  one language

What it takes is pinned and installed below .tools: zig (guests/zig.lock), the sources of QuickJS
(javascript/quickjs/Cargo.lock), componentize-py with CPython (guests/python.lock).

Environment:
  ZIG           the zig that compiles QuickJS, in place of the pinned one
  SHARDMILL     the program that packs and checks; built from this checkout if not set

Ends with 0 if all went well, 1 if not, 2 if the command line is wrong, 3 if a tool cannot be had.
TEXT
}

fail() {
    echo "error: $1" >&2
    [ -z "${2:-}" ] || echo "  hint: $2" >&2
    exit "${3:-1}"
}

say() { echo "interpreters: $*" >&2; }

here="$(cd "$(dirname "$0")" && pwd -P)"
root="$(dirname "$(dirname "$here")")"
tools="$root/.tools/guests"
into="$root/shardmill-data/interpreters" only=''
while [ $# -gt 0 ]; do
    case "$1" in
        --into) into="${2:?--into needs a folder}"; shift ;;
        --only) only="${2:?--only needs a name}"; shift ;;
        -h | --help) usage; exit ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done
case "$only" in '' | javascript | python) ;; *) fail "there is no interpreter \`$only\`" "javascript or python" 2 ;; esac
mkdir -p "$tools" "$into"
into="$(cd "$into" && pwd -P)"
start=$SECONDS

# Two builds at once would install the same tools.
if command -v flock >/dev/null; then
    exec 9>"$tools/lock"
    flock 9
fi

# An environment of Python in `$1` with what the lock `$2` pins.
install_python() {
    local at="$1" lock="$2" begin=$SECONDS
    cmp -s "$lock" "$at/installed.lock" && return
    say "installing $3 below .tools (once)"
    command -v python3 >/dev/null || fail "python3 is not there" "install Python 3" 3
    rm -rf "$at"
    { python3 -m venv "$at" && "$at/bin/python" -m pip install --quiet --disable-pip-version-check \
        --require-hashes --no-deps -r "$lock"; } >&2 || fail "$3 cannot be installed" "" 3
    cp "$lock" "$at/installed.lock"
    say "$3 is installed ($((SECONDS - begin)) s)"
}

find_shardmill() {
    if [ -n "${SHARDMILL:-}" ]; then
        [ -x "$SHARDMILL" ] || fail "SHARDMILL is \`$SHARDMILL\`, which is no program"
        return
    fi
    say "building shardmill, which packs (set SHARDMILL to use one that is there)"
    SHARDMILL="$(cargo build --quiet --locked --release --manifest-path "$root/Cargo.toml" -p node \
        --message-format json-render-diagnostics | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')"
    [ -n "$SHARDMILL" ] || fail "shardmill cannot be built"
}

# All that decides which bytes of the interpreter `$1` come out, as one sum; `$2` pins what makes it.
sources_of() {
    (cd "$root" && find wit "guests/interpreters/$1" guests/interpreters/build.sh "guests/$2" -type f \
        ! -path '*/__pycache__/*' | LC_ALL=C sort | xargs cat | sha256sum | cut -d' ' -f1)
}

compile_javascript() {
    local zig="${ZIG:-}" quickjs objects="$tools/interpreter-javascript" source flags optimise
    if [ -z "$zig" ]; then
        install_python "$tools/zig" "$root/guests/zig.lock" zig
        zig="$(echo "$tools"/zig/lib/python3*/site-packages/ziglang/zig)"
    fi
    export ZIG_GLOBAL_CACHE_DIR="$tools/zig-cache" ZIG_LOCAL_CACHE_DIR="$tools/zig-cache"
    tool="zig $("$zig" version)" || fail "\`$zig\` does not run" "set ZIG to a zig of your own" 3
    cargo fetch --quiet --locked --manifest-path "$here/javascript/quickjs/Cargo.toml" \
        || fail "the sources of QuickJS cannot be fetched" "" 3
    quickjs="$(echo "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/rquickjs-sys-0.14.0/quickjs)"
    [ -f "$quickjs/quickjs.c" ] || fail "the sources of QuickJS are not where cargo puts them: $quickjs" "" 3
    mkdir -p "$objects"
    flags=(-target wasm32-wasi -mexec-model=reactor -std=gnu23 -DNDEBUG -D_GNU_SOURCE)
    # Two of the files are most of the work, and there may be two processors.
    (
        cd "$here/javascript/src"
        "$zig" cc "${flags[@]}" -O2 -isystem "$quickjs" -c engine.c -o "$objects/engine.o" &
        for source in libregexp libunicode dtoa; do
            "$zig" cc "${flags[@]}" -O2 -I "$quickjs" -c "$quickjs/$source.c" -o "$objects/$source.o"
        done
        for source in main native modules; do
            "$zig" cc "${flags[@]}" -O2 -Wall -Wextra -Werror -isystem "$quickjs" -c "$source.c" -o "$objects/$source.o"
        done
        "$zig" cc "${flags[@]}" -O2 -c ../bindings/interpreter.c -o "$objects/bindings.o"
        "$zig" build-obj hash.zig -target wasm32-wasi -OReleaseSmall -lc -femit-bin="$objects/hash.o"
        wait %1
    )
    # The stack counts as memory.
    "$zig" cc "${flags[@]}" -s -Wl,-z,stack-size=524288 "$objects"/*.o -o "$1"
}

compile_python() {
    install_python "$tools/python" "$root/guests/python.lock" componentize-py
    tool="$("$tools/python/bin/componentize-py" --version)"
    local folder="$tools/interpreter-python"
    rm -rf "$folder"
    mkdir -p "$folder"
    cp -r "$here/python/_shardmill" "$folder"
    "$tools/python/bin/componentize-py" --quiet -d "$root/wit" -w interpreter componentize \
        -p "$folder" _shardmill -o "$1" >&2
}

# The recipe: what `shardmill guest check` says of the component, and what it was made of.
recipe() {
    printf '{\n  "component": "%s.wasm",\n  "compiler": "%s",\n  "sources": "%s",\n  "check": ' "$1" "$tool" "$2"
    sed '1!s/^/  /'
    echo '}'
}

build() {
    local language="$1" lock="$2" begin=$SECONDS sources tool=''
    sources="$(sources_of "$language" "$lock")"
    if [ -e "$into/$language.wasm" ] && grep -q -F "\"sources\": \"$sources\"" "$into/$language.json" 2>/dev/null; then
        say "$language.wasm is there already"
        return
    fi
    say "building $language.wasm"
    find_shardmill
    "compile_$language" "$tools/$language.made.wasm"
    "$SHARDMILL" guest pack "$tools/$language.made.wasm" -o "$tools/$language.wasm" >&2
    "$SHARDMILL" guest check --json "$tools/$language.wasm" | recipe "$language" "$sources" >"$tools/$language.json"
    # The recipe last: without it, the component is made anew.
    rm -f "$into/$language.json"
    mv "$tools/$language.wasm" "$into/"
    mv "$tools/$language.json" "$into/"
    rm "$tools/$language.made.wasm"
    say "built $language.wasm, $(wc -c <"$into/$language.wasm" | tr -d ' ') bytes ($((SECONDS - begin)) s)"
}

[ "$only" = python ] || build javascript zig.lock
[ "$only" = javascript ] || build python python.lock
say "$into: done in $((SECONDS - start)) s"
