#!/usr/bin/env bash
# Builds the guests of this folder into the components that lie beside their sources, each with its recipe.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: guests/build.sh [--only NAME] [--check] [--toolchain rustup|debian]

Without --check, writes guests/<language>-<name>/<name>.wasm and its recipe <name>.json. With it, the
components go below .tools/guests/out instead; it fails if the same compiler gives other bytes than the recipe
says, or if another compiler gives a component of another shape. Components in Go, Python and TypeScript bring
a runtime along, are large, and are in no commit: of them only the shape is compared.

  --only NAME   build this guest only, such as rust-quakes: a folder guests/<language>-<name>
  --toolchain   of Rust. rustup: the target that `rustup target add wasm32-unknown-unknown` installs
                debian: the compiler that Debian packages as rustc-web, unpacked below .tools, not installed
                (rustup's if it is there, else Debian's, if not said)

Environment:
  ZIG           the zig that compiles C, C++ and Zig; the one that guests/zig.lock pins, below .tools, if not set
  GO            the go that compiles Go; the one that guests/go.lock pins, below .tools, if not set
  COMPONENTIZE_PY  the program for Python; the one that guests/python.lock pins, below .tools, if not set
  SHARDMILL     the program that packs; built from this checkout if not set

Ends with 0 if all went well, 1 if not, 2 if the command line is wrong, 3 if there is no compiler for some of
the guests, while the others went well.
TEXT
}

fail() {
    echo "error: $1" >&2
    [ -z "${2:-}" ] || echo "  hint: $2" >&2
    exit 1
}

# Nothing is wrong with the guests: this machine cannot build them.
no_compiler() {
    echo "error: $1" >&2
    echo "  hint: ${2:-run rustup target add $target}" >&2
    exit 3
}

# Whether a guest in one of these languages is wanted.
is_of() {
    local language
    for language; do
        case "$only" in '' | "$language"-*) return ;; esac
    done
    return 1
}

say() { echo "guests: $*" >&2; }

only='' check='' toolchain=''
while [ $# -gt 0 ]; do
    case "$1" in
        --only) only="${2:?--only needs a name}"; shift ;;
        --check) check=1 ;;
        --toolchain) toolchain="${2:?--toolchain needs a name}"; shift ;;
        -h | --help) usage; exit ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done

guests="$(cd "$(dirname "$0")" && pwd -P)"
root="$(dirname "$guests")"
tools="$root/.tools/guests"
target=wasm32-unknown-unknown
start=$SECONDS
mkdir -p "$tools"

# Two builds at once would unpack the same tools and write the same files.
if command -v flock >/dev/null; then
    exec 9>"$tools/lock"
    flock 9
fi

has_rustup_target() {
    local library
    library="$(rustc --print target-libdir --target "$target" 2>/dev/null)" && [ -d "$library" ]
}

# The packages that would have to be installed.
wanted_of_debian() {
    apt-get -s install --no-install-recommends rustc-web rust-web-src 2>/dev/null \
        | awk '/^Inst/ { print $2 }'
}

# Debian's compiler comes with the source of exactly its own standard library, which is then built for the
# target. Nothing is installed: it would get into the way of the rustc that is.
unpack_debian() {
    local at="$tools/rustc-web" packages deb
    [ -e "$at/unpacked" ] && return
    say "unpacking Debian's rustc-web below .tools (once, about 130 MB to load)"
    packages="$(wanted_of_debian)" || true
    if [ -z "$packages" ]; then
        say "the list of packages is empty or old: apt-get update"
        apt-get update -qq >&2 || true
        packages="$(wanted_of_debian)" || true
    fi
    [ -n "$packages" ] || no_compiler "Debian's rustc-web cannot be had from apt-get" \
        "as root, run apt-get update; or run rustup target add $target"
    rm -rf "$at"
    mkdir -p "$at/tree"
    # shellcheck disable=SC2086 # one argument for each package
    (cd "$at" && apt-get download -qq $packages >&2) \
        || { apt-get update -qq >&2 && (cd "$at" && apt-get download -qq $packages >&2); } \
        || no_compiler "apt-get download failed" "as root, run apt-get update, then this again"
    for deb in "$at"/*.deb; do
        # The compiler's own source is of no use here.
        dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$at/tree" --anchored --no-wildcards-match-slash \
            --exclude='./usr/src/*/src' --exclude='./usr/src/*/compiler' --exclude='./usr/share'
        rm "$deb"
    done
    touch "$at/unpacked"
}

find_linker() {
    local host
    host="$(rustc -vV | sed -n 's/^host: //p')"
    linker="$(rustc --print sysroot)/lib/rustlib/$host/bin/rust-lld"
    [ -x "$linker" ] || linker="$(command -v rust-lld || command -v wasm-ld || true)"
    [ -n "$linker" ] || no_compiler "no linker for WebAssembly: rust-lld and wasm-ld are not there" \
        "install lld, or run rustup target add $target"
}

choose_toolchain() {
    command -v cargo >/dev/null || fail "cargo is not installed" "install Rust from rustup.rs"
    if [ -z "$toolchain" ]; then
        if has_rustup_target; then
            toolchain=rustup
        elif command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
            toolchain=debian
        else
            no_compiler "Rust has no library for $target"
        fi
    fi
    flags=() linker=''
    case "$toolchain" in
        rustup)
            has_rustup_target || no_compiler "Rust has no library for $target"
            wrap "$(command -v rustc)" ''
            ;;
        debian)
            unpack_debian
            local debian="$tools/rustc-web/tree/usr"
            wrap "$debian/bin/rustc" "$(echo "$debian"/lib/*-linux-gnu)"
            find_linker
            export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$linker" RUSTC_BOOTSTRAP=1
            flags=(-Zbuild-std=std,panic_abort)
            ;;
        *) fail "toolchain \`$toolchain\` is neither rustup nor debian" ;;
    esac
    export RUSTC="$tools/rustc"
    name_compiler || no_compiler "the compiler of $toolchain does not run"
}

# All that decides the bytes which come out.
name_compiler() {
    local version
    version="$("$RUSTC" -vV)" || return
    rust_compiler="$(echo "$version" | sed -n 1p), LLVM $(echo "$version" | sed -n 's/^LLVM version: //p')"
    if [ -n "$linker" ]; then
        rust_compiler="$rust_compiler, $({ "$linker" -flavor wasm --version || "$linker" --version; } 2>/dev/null \
            | awk '{ print $1, $2 }')"
    fi
    rust_compiler="$rust_compiler, $toolchain"
}

# A compiler that gives the same bytes wherever this checkout lies: cargo names crates by their absolute
# paths, and the names decide the order of what is compiled.
wrap() {
    local text
    text="#!/bin/sh
for arg; do
    shift
    case \"\$arg\" in metadata=*) arg=\"metadata=\$CARGO_PKG_NAME-\$CARGO_PKG_VERSION\" ;; esac
    set -- \"\$@\" \"\$arg\"
done
${2:+LD_LIBRARY_PATH='$2' }exec '$1' \"\$@\""
    # A file that did not change keeps its time, by which cargo knows what is old.
    [ "$(cat "$tools/rustc" 2>/dev/null)" = "$text" ] || printf '%s\n' "$text" >"$tools/rustc"
    chmod +x "$tools/rustc"
}

# Panics name files: with these flags not where they lie on this machine, and the same bytes come of it
# everywhere.
remap_paths() {
    local home="${CARGO_HOME:-$HOME/.cargo}" folder remaps=("$root=")
    for folder in "$home"/registry/src/*; do
        remaps+=("$folder=crates")
    done
    remaps+=("$tools/rustc-web/tree/usr/lib/rustlib/src/rust=rust")
    local joined=''
    for folder in "${remaps[@]}"; do
        joined+="${joined:+$'\x1f'}--remap-path-prefix=$folder"
    done
    export CARGO_ENCODED_RUSTFLAGS="$joined"
    # Whoever builds with the same flags needs no standard library of its own.
    printf '%s' "$joined" >"$tools/rustflags"
}

# Installs below .tools, as `$1`, the packages of PyPI that `guests/$1.lock` pins; `$2` is what to say if that fails.
install_pinned() {
    local name="$1" at="$tools/$1" begin=$SECONDS
    cmp -s "$guests/$name.lock" "$at/installed.lock" && return
    say "installing what guests/$name.lock pins below .tools (once)"
    command -v python3 >/dev/null || no_compiler "python3 is not there, by which $name is installed" \
        "install Python 3, or $2"
    rm -rf "$at"
    { python3 -m venv "$at" && "$at/bin/python" -m pip install --quiet --disable-pip-version-check \
        --require-hashes --no-deps -r "$guests/$name.lock"; } >&2 \
        || no_compiler "what guests/$name.lock pins cannot be installed" "$2"
    cp "$guests/$name.lock" "$at/installed.lock"
    say "$name is installed ($((SECONDS - begin)) s)"
}

# Zig comes with clang, a C library for WASI and its own linker, as a package of PyPI that needs nothing else.
choose_zig() {
    if [ -z "${ZIG:-}" ]; then
        install_pinned zig "set ZIG to a zig of your own"
        ZIG="$(echo "$tools"/zig/lib/python3*/site-packages/ziglang/zig)"
    fi
    # What is compiled once, the C library above all, is kept here.
    export ZIG_GLOBAL_CACHE_DIR="$tools/zig-cache" ZIG_LOCAL_CACHE_DIR="$tools/zig-cache"
    zig_compiler="zig $("$ZIG" version), $("$ZIG" cc --version | sed -n 1p)" \
        || no_compiler "\`$ZIG\` does not run" "set ZIG to a zig of your own"
}

choose_go() {
    if [ -z "${GO:-}" ]; then
        install_pinned go "set GO to a go of your own"
        GO="$(echo "$tools"/go/lib/python3*/site-packages/go/bin/go)"
    fi
    local name
    for name in GOROOT GOPATH GOBIN GOEXPERIMENT GOAMD64 GOWASM; do unset "$name"; done
    export GOENV=off GOTOOLCHAIN=local GOFLAGS=-mod=readonly\ -buildvcs=false\ -trimpath GOPROXY=off
    export GOOS=wasip1 GOARCH=wasm GOCACHE="$tools/go-cache" GOPATH="$tools/go-path"
    go_compiler="$("$GO" version | sed 's/^go version //; s/ [^ ]*$//')" \
        || no_compiler "\`$GO\` does not run" "set GO to a go of your own"
}

choose_python() {
    if [ -z "${COMPONENTIZE_PY:-}" ]; then
        install_pinned python "set COMPONENTIZE_PY to a componentize-py of your own"
        COMPONENTIZE_PY="$tools/python/bin/componentize-py"
    fi
    python_compiler="$("$COMPONENTIZE_PY" --version)" \
        || no_compiler "\`$COMPONENTIZE_PY\` does not run" "set COMPONENTIZE_PY to one of your own"
}

# QuickJS for components, a bundler and a checker of types, as packages of npm.
choose_typescript() {
    local at="$tools/typescript" begin=$SECONDS sdk="$root/sdk/typescript"
    if ! cmp -s "$sdk/package-lock.json" "$at/installed.lock"; then
        say "installing what sdk/typescript/package-lock.json pins below .tools (once)"
        command -v npm >/dev/null || no_compiler "npm is not there, by which the tools for TypeScript are installed" \
            "install Node.js 20 or newer"
        rm -rf "$at"
        mkdir -p "$at"
        cp "$sdk/package.json" "$sdk/package-lock.json" "$at"
        (cd "$at" && npm ci --no-audit --no-fund --ignore-scripts --silent >&2) \
            || no_compiler "what sdk/typescript/package-lock.json pins cannot be installed" "is npm's registry reached?"
        cp "$sdk/package-lock.json" "$at/installed.lock"
        say "typescript is installed ($((SECONDS - begin)) s)"
    fi
    npm_bin="$at/node_modules/.bin"
    typescript_compiler="$(sed -n 's/^ *"\(componentize-qjs\|esbuild\|typescript\)": "\(.*\)".*/\1 \2/p' \
        "$sdk/package.json" | paste -s -d , - | sed 's/,/, /g')"
}

# What C and C++ are compiled with. The stack counts as memory, and zig would take 16 MiB for it. Asserts name no
# files, so the bytes do not depend on where this checkout lies.
zig_flags=(-target wasm32-wasi -mexec-model=reactor -Wall -Wextra -Werror -Os -s
    -Wl,-z,stack-size=262144 -I sdk/c)

build_c() {
    local folder="$1"
    (cd "$root" && "$ZIG" cc "${zig_flags[@]}" -std=c17 "guests/$folder"/src/*.c sdk/c/*.c -o "$core")
}

# The bindings are C and are compiled as such, by themselves.
build_cpp() {
    local folder="$1" objects="$tools/$folder" source
    mkdir -p "$objects"
    (
        cd "$root"
        for source in sdk/c/*.c; do
            "$ZIG" cc "${zig_flags[@]}" -std=c17 -c "$source" -o "$objects/$(basename "$source").o"
        done
        "$ZIG" c++ "${zig_flags[@]}" -std=c++20 -fno-exceptions -fno-rtti \
            "guests/$folder"/src/*.cpp "$objects"/*.o -o "$core"
    )
}

# Zig sees the bindings in C as a module that it makes of their header.
build_zig() {
    local folder="$1" objects="$tools/$1"
    mkdir -p "$objects"
    (
        cd "$root"
        "$ZIG" translate-c -target wasm32-wasi -lc -I sdk/c sdk/c/shardmill.h >"$objects/c.zig"
        "$ZIG" build-exe -target wasm32-wasi -mexec-model=reactor -OReleaseSmall -fstrip --stack 262144 -lc -I sdk/c \
            -cflags -std=c17 -Wall -Wextra -Werror -- sdk/c/*.c --dep shardmill -Mroot="guests/$folder/src/${folder#*-}.zig" \
            --dep c -Mshardmill=sdk/zig/shardmill.zig -Mc="$objects/c.zig" -femit-bin="$core"
    )
}

build_go() {
    (cd "$guests/$1" && "$GO" vet . && "$GO" build -buildmode=c-shared -ldflags='-s -w' -o "$core" .)
}

build_python() {
    (cd "$guests/$1" && "$COMPONENTIZE_PY" -q -d "$root/wit" -w transform componentize --stub-wasi -p src "${1#*-}" \
        -o "$core")
}

build_typescript() {
    local bundle="$tools/$1.js"
    (
        cd "$guests/$1"
        "$npm_bin/tsc" -p .
        "$npm_bin/esbuild" "src/${1#*-}.ts" --bundle --format=esm '--external:shardmill:*' --log-level=warning \
            --outfile="$bundle"
        "$npm_bin/componentize-qjs" --wit "$root/wit" -n transform --js "$bundle" --sync --stub-wasi -o "$core" >&2
    )
}

# `build_<language>`, told.
build_told() {
    local language="$1" folder="$2" begin=$SECONDS
    core="$tools/$folder.wasm"
    say "building $folder with $compiler"
    "build_$language" "$folder"
    say "built $folder ($((SECONDS - begin)) s)"
}

build_rust() {
    local folder="$1"
    local name="${folder#*-}"
    cargo fetch --quiet --locked --manifest-path "$guests/Cargo.toml"
    remap_paths
    # Whatever this machine's own configuration of cargo says: it gives other bytes.
    CARGO_INCREMENTAL=0 CARGO_PROFILE_RELEASE_INCREMENTAL=false \
    cargo build --quiet --locked --release ${flags[@]+"${flags[@]}"} --target "$target" \
        --manifest-path "$guests/Cargo.toml" --target-dir "$tools/target" -p "$name"
    core="$tools/target/$target/release/$name.wasm"
}

find_shardmill() {
    if [ -n "${SHARDMILL:-}" ]; then
        [ -x "$SHARDMILL" ] || fail "SHARDMILL is \`$SHARDMILL\`, which is no program"
        return
    fi
    say "building shardmill, which packs (set SHARDMILL to use one that is there)"
    SHARDMILL="$(
        unset RUSTC RUSTC_BOOTSTRAP
        cargo build --quiet --locked --release --manifest-path "$root/Cargo.toml" -p node \
            --message-format json-render-diagnostics \
            | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p'
    )"
    [ -n "$SHARDMILL" ] || fail "shardmill cannot be built"
}

# The facts that do not depend on the compiler.
shape() { grep -v -e '"id"' -e '"bytes"'; }

# Whether the component of a language is small enough to lie in git; a recipe of what does not tells no bytes.
is_committed() {
    case "$1" in go | python | typescript) return 1 ;; esac
}

recipe() {
    printf '{\n  "component": "%s.wasm",\n  "compiler": "%s",\n' "$1" "$compiler"
    printf '  "target": "%s",\n  "build": "guests/build.sh --only %s",\n  "check": ' "$target" "$2"
    if is_committed "${2%%-*}"; then cat; else shape; fi | sed '1!s/^/  /'
    echo '}'
}

compare() {
    local name="$1" folder="$2" out="$3"
    local was="$guests/$folder/$name"
    if ! is_committed "${folder%%-*}"; then
        [ "$(sed '/"compiler"/d' "$out/$name.json")" = "$(sed '/"compiler"/d' "$was.json")" ] \
            || fail "$folder: not what guests/$folder/$name.json says" "run guests/build.sh --only $folder"
        say "$folder: the same world as guests/$folder/$name.json says"
        return
    fi
    [ -e "$was.wasm" ] || fail "guests/$folder/$name.wasm is not there" "run guests/build.sh"
    if cmp -s "$out/$name.wasm" "$was.wasm"; then
        say "$folder: the same bytes as guests/$folder/$name.wasm"
    elif grep -q -F "\"compiler\": \"$compiler\"" "$was.json"; then
        fail "$folder: other bytes than guests/$folder/$name.wasm, by the same compiler" \
            "its source has changed: run guests/build.sh --only $folder"
    elif [ "$(shape <"$out/$name.json" | sed '/"compiler"/d')" = "$(shape <"$was.json" | sed '/"compiler"/d')" ]; then
        say "$folder: other bytes, since another compiler built them; the same world"
    else
        fail "$folder: its imports or exports are not those of guests/$folder/$name.wasm"
    fi
}

build() {
    local language="$1" folder="$2" core='' out
    local name="${folder#*-}"
    out="$guests/$folder"
    [ -z "$check" ] || out="$tools/out/$folder"
    mkdir -p "$out"
    build_told "$language" "$folder"
    "$SHARDMILL" guest pack "$core" -o "$out/$name.wasm" >&2
    "$SHARDMILL" guest check --json "$out/$name.wasm" | recipe "$name" "$folder" >"$out/$name.json"
    [ -z "$check" ] || compare "$name" "$folder" "$out"
    say "$folder: $(wc -c <"$out/$name.wasm" | tr -d ' ') bytes"
}

# All guests of a language that are wanted.
build_language() {
    local language="$1" path folder
    case "$language" in
        c | cpp | zig) choose_zig; compiler="$zig_compiler" target=wasm32-wasi ;;
        go) choose_go; compiler="$go_compiler" target=wasip1 ;;
        python) choose_python; compiler="$python_compiler" target=component ;;
        rust) choose_toolchain; compiler="$rust_compiler" ;;
        typescript) choose_typescript; compiler="$typescript_compiler" target=component ;;
    esac
    for path in "$guests/$language"-*/; do
        folder="$(basename "$path")"
        [ -z "$only" ] || [ "$only" = "$folder" ] || continue
        build "$language" "$folder"
    done
}

languages=(c cpp go python rust typescript zig)
is_language() {
    local language
    for language in "${languages[@]}"; do
        [ "$1" != "$language" ] || return 0
    done
    return 1
}
if [ -n "$only" ] && ! { is_language "${only%%-*}" && [ -d "$guests/$only" ]; }; then
    fail "there is no guest \`$only\`" "guests are the folders guests/<language>-<name>: $(cd "$guests" \
        && echo [a-z]*-*/ | sed 's,/,,g')"
fi
find_shardmill
skipped=''
for language in "${languages[@]}"; do
    is_of "$language" || continue
    # A language without a compiler keeps none of the others from being built.
    set +e
    (set -e && build_language "$language")
    status=$?
    set -e
    case "$status" in
        0) ;;
        3) skipped="$skipped $language" ;;
        *) exit "$status" ;;
    esac
done
say "done in $((SECONDS - start)) s${skipped:+, without:$skipped}"
[ -z "$skipped" ] || exit 3
