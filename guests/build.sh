#!/usr/bin/env bash
# Builds the guests of this folder into the components that lie beside their sources, each with its recipe.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: guests/build.sh [--only NAME] [--check] [--toolchain rustup|debian]

Without --check, writes guests/<language>-<name>/<name>.wasm and its recipe <name>.json. With it, the
components go below .tools/guests/out instead; it fails if the same compiler gives other bytes than the recipe
says, or if another compiler gives a component of another shape.

  --only NAME   build this guest only: c-quakes, cpp-quakes, rust-counts, rust-handler, rust-parrot or rust-quakes
  --toolchain   of Rust. rustup: the target that `rustup target add wasm32-unknown-unknown` installs
                debian: the compiler that Debian packages as rustc-web, unpacked below .tools, not installed
                (rustup's if it is there, else Debian's, if not said)

Environment:
  ZIG           the zig that compiles C and C++; the one that guests/zig.lock pins, below .tools, if not set
  SHARDMILL     the program that packs; built from this checkout if not set

Ends with 0 if all went well, 1 if not, 2 if the command line is wrong, 3 if there is no compiler for guests.
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
}

# Zig comes with clang, a C library for WASI and its own linker, as a package of PyPI that needs nothing else.
unpack_zig() {
    local at="$tools/zig" begin=$SECONDS
    cmp -s "$guests/zig.lock" "$at/installed.lock" && return
    say "installing zig below .tools (once, about 100 MB to load)"
    command -v python3 >/dev/null || no_compiler "python3 is not there, by which zig is installed" \
        "install Python 3, or set ZIG to a zig of your own"
    rm -rf "$at"
    { python3 -m venv "$at" && "$at/bin/python" -m pip install --quiet --disable-pip-version-check \
        --require-hashes --no-deps -r "$guests/zig.lock"; } >&2 \
        || no_compiler "zig cannot be installed" "set ZIG to a zig of your own"
    cp "$guests/zig.lock" "$at/installed.lock"
    say "zig is installed ($((SECONDS - begin)) s)"
}

choose_zig() {
    if [ -z "${ZIG:-}" ]; then
        unpack_zig
        ZIG="$(echo "$tools"/zig/lib/python3*/site-packages/ziglang/zig)"
    fi
    # What is compiled once, the C library above all, is kept here.
    export ZIG_GLOBAL_CACHE_DIR="$tools/zig-cache" ZIG_LOCAL_CACHE_DIR="$tools/zig-cache"
    zig_compiler="zig $("$ZIG" version), $("$ZIG" cc --version | sed -n 1p)" \
        || no_compiler "\`$ZIG\` does not run" "set ZIG to a zig of your own"
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

# `build_c` or `build_cpp`, told.
build_with_zig() {
    local how="$1" folder="$2" begin=$SECONDS
    compiler="$zig_compiler" target=wasm32-wasi core="$tools/$folder.wasm"
    say "building $folder with $compiler"
    "$how" "$folder"
    say "built $folder ($((SECONDS - begin)) s)"
}

build_rust() {
    local name="$1" folder="$2" begin=$SECONDS
    cargo fetch --quiet --locked --manifest-path "$guests/Cargo.toml"
    remap_paths
    compiler="$rust_compiler" target=wasm32-unknown-unknown
    say "building $folder with $compiler"
    cargo build --quiet --locked --release ${flags[@]+"${flags[@]}"} --target "$target" \
        --manifest-path "$guests/Cargo.toml" --target-dir "$tools/target" -p "$name"
    core="$tools/target/$target/release/$name.wasm"
    say "built $folder ($((SECONDS - begin)) s)"
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

recipe() {
    printf '{\n  "component": "%s.wasm",\n  "compiler": "%s",\n' "$1" "$compiler"
    printf '  "target": "%s",\n  "build": "guests/build.sh --only %s",\n  "check": ' "$target" "$2"
    sed '1!s/^/  /'
    echo '}'
}

compare() {
    local name="$1" folder="$2" out="$3"
    local was="$guests/$folder/$name"
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
    local folder="$1" core='' out
    local name="${folder#*-}"
    out="$guests/$folder"
    [ -z "$check" ] || out="$tools/out/$folder"
    mkdir -p "$out"
    case "$folder" in
        c-*) build_with_zig build_c "$folder" ;;
        cpp-*) build_with_zig build_cpp "$folder" ;;
        rust-*) build_rust "$name" "$folder" ;;
    esac
    "$SHARDMILL" guest pack "$core" -o "$out/$name.wasm" >&2
    "$SHARDMILL" guest check --json "$out/$name.wasm" | recipe "$name" "$folder" >"$out/$name.json"
    [ -z "$check" ] || compare "$name" "$folder" "$out"
    say "$folder: $(wc -c <"$out/$name.wasm" | tr -d ' ') bytes"
}

case "$only" in
    '' | c-* | cpp-* | rust-*) [ -d "$guests/$only" ] ;;
    *) false ;;
esac || fail "there is no guest \`$only\`" "guests are the folders guests/c-*, guests/cpp-* and guests/rust-*"
! is_of c cpp || choose_zig
! is_of rust || choose_toolchain
find_shardmill
for path in "$guests"/{c,cpp,rust}-*/; do
    folder="$(basename "$path")"
    [ -z "$only" ] || [ "$only" = "$folder" ] || continue
    build "$folder"
done
say "done in $((SECONDS - start)) s"
