//! The files of each template, which are part of the program.

use super::World;
use super::language::Language;

/// Where a file goes, and its text.
type File = (&'static str, &'static str);

/// The files of a function in a language.
pub(super) fn of(language: Language, world: World) -> Vec<(String, &'static str)> {
    let (source, parts): (File, &[&[File]]) = match (language, world) {
        (Language::C, World::Transform) => (C_TRANSFORM, &[C, SDK_C, SDK_C_TRANSFORM]),
        (Language::C, World::Handler) => (C_HANDLER, &[C, SDK_C, SDK_C_HANDLER]),
        (Language::Cpp, World::Transform) => (CPP_TRANSFORM, &[CPP, SDK_C, SDK_C_TRANSFORM]),
        (Language::Cpp, World::Handler) => (CPP_HANDLER, &[CPP, SDK_C, SDK_C_HANDLER]),
        (Language::Go, World::Transform) => (GO_TRANSFORM, &[GO, SDK_GO]),
        (Language::Go, World::Handler) => (GO_HANDLER, &[GO, SDK_GO]),
        (Language::Python, World::Transform) => (PYTHON_TRANSFORM, &[PYTHON, WIT]),
        (Language::Python, World::Handler) => (PYTHON_HANDLER, &[PYTHON, WIT]),
        (Language::Rust, World::Transform) => (RUST_TRANSFORM, &[RUST, SDK_RUST, WIT]),
        (Language::Rust, World::Handler) => (RUST_HANDLER, &[RUST, SDK_RUST, WIT]),
        (Language::TypeScript, World::Transform) => {
            (TYPESCRIPT_TRANSFORM, &[TYPESCRIPT, SDK_TYPESCRIPT, WIT])
        }
        (Language::TypeScript, World::Handler) => {
            (TYPESCRIPT_HANDLER, &[TYPESCRIPT, SDK_TYPESCRIPT, WIT])
        }
        (Language::Zig, World::Transform) => {
            (ZIG_TRANSFORM, &[ZIG, SDK_C, SDK_C_TRANSFORM, SDK_ZIG, SDK_ZIG_TRANSFORM])
        }
        (Language::Zig, World::Handler) => {
            (ZIG_HANDLER, &[ZIG, SDK_C, SDK_C_HANDLER, SDK_ZIG, SDK_ZIG_HANDLER])
        }
    };
    let fixture = match world {
        World::Transform => FIXTURE_TRANSFORM,
        World::Handler => FIXTURE_HANDLER,
    };
    let all = [COMMON, fixture].into_iter().chain(parts.iter().copied()).flatten();
    let files = std::iter::once(&source).chain(all);
    files.map(|&(path, text)| (path.to_owned(), text)).collect()
}

const C_TRANSFORM: File =
    ("src/function.c", include_str!("../../../../../../guests/templates/c/transform/function.c"));
const C_HANDLER: File =
    ("src/function.c", include_str!("../../../../../../guests/templates/c/handler/function.c"));
const CPP_TRANSFORM: File = (
    "src/function.cpp",
    include_str!("../../../../../../guests/templates/cpp/transform/function.cpp"),
);
const CPP_HANDLER: File = (
    "src/function.cpp",
    include_str!("../../../../../../guests/templates/cpp/handler/function.cpp"),
);
const GO_TRANSFORM: File =
    ("function.go", include_str!("../../../../../../guests/templates/go/transform/function.go"));
const GO_HANDLER: File =
    ("function.go", include_str!("../../../../../../guests/templates/go/handler/function.go"));
const PYTHON_TRANSFORM: File = (
    "src/function.py",
    include_str!("../../../../../../guests/templates/python/transform/function.py"),
);
const PYTHON_HANDLER: File = (
    "src/function.py",
    include_str!("../../../../../../guests/templates/python/handler/function.py"),
);
const RUST_TRANSFORM: File =
    ("src/lib.rs", include_str!("../../../../../../guests/templates/rust/transform/lib.rs"));
const RUST_HANDLER: File =
    ("src/lib.rs", include_str!("../../../../../../guests/templates/rust/handler/lib.rs"));
const TYPESCRIPT_TRANSFORM: File = (
    "src/function.ts",
    include_str!("../../../../../../guests/templates/typescript/transform/function.ts"),
);
const TYPESCRIPT_HANDLER: File = (
    "src/function.ts",
    include_str!("../../../../../../guests/templates/typescript/handler/function.ts"),
);
const ZIG_TRANSFORM: File = (
    "src/function.zig",
    include_str!("../../../../../../guests/templates/zig/transform/function.zig"),
);
const ZIG_HANDLER: File = (
    "src/function.zig",
    include_str!("../../../../../../guests/templates/zig/handler/function.zig"),
);

/// What all have.
const COMMON: &[File] = &[
    ("README.md", include_str!("../../../../../../guests/templates/README.md.template")),
    (".gitignore", include_str!("../../../../../../guests/templates/gitignore")),
];

/// Lines for a transform, and what must become of them.
const FIXTURE_TRANSFORM: &[File] = &[
    (
        "fixture/events.ndjson",
        include_str!("../../../../../../guests/templates/fixture/transform/events.ndjson"),
    ),
    (
        "fixture/expected.ndjson",
        include_str!("../../../../../../guests/templates/fixture/transform/expected.ndjson"),
    ),
];

/// Lines for a handler, and what must become of them.
const FIXTURE_HANDLER: &[File] = &[
    (
        "fixture/events.ndjson",
        include_str!("../../../../../../guests/templates/fixture/handler/events.ndjson"),
    ),
    (
        "fixture/expected.ndjson",
        include_str!("../../../../../../guests/templates/fixture/handler/expected.ndjson"),
    ),
];

/// How it is built.
const C: &[File] = &[("build.sh", include_str!("../../../../../../guests/templates/c/build.sh"))];

/// How it is built.
const CPP: &[File] =
    &[("build.sh", include_str!("../../../../../../guests/templates/cpp/build.sh"))];

/// How it is built.
const GO: &[File] = &[
    ("build.sh", include_str!("../../../../../../guests/templates/go/build.sh")),
    ("go.mod", include_str!("../../../../../../guests/templates/go/go.mod.template")),
];

/// How it is built.
const PYTHON: &[File] = &[
    ("build.sh", include_str!("../../../../../../guests/templates/python/build.sh")),
    (
        "requirements.txt",
        include_str!("../../../../../../guests/templates/python/requirements.txt"),
    ),
];

/// How it is built.
const RUST: &[File] = &[
    ("build.sh", include_str!("../../../../../../guests/templates/rust/build.sh")),
    ("Cargo.toml", include_str!("../../../../../../guests/templates/rust/Cargo.toml.template")),
];

/// How it is built.
const TYPESCRIPT: &[File] = &[
    ("build.sh", include_str!("../../../../../../guests/templates/typescript/build.sh")),
    (
        "package.json",
        include_str!("../../../../../../guests/templates/typescript/package.json.template"),
    ),
    ("tsconfig.json", include_str!("../../../../../../guests/templates/typescript/tsconfig.json")),
];

/// How it is built.
const ZIG: &[File] =
    &[("build.sh", include_str!("../../../../../../guests/templates/zig/build.sh"))];

/// Text and JSON for C.
const SDK_C: &[File] = &[
    ("sdk/c/json.c", include_str!("../../../../../../sdk/c/json.c")),
    ("sdk/c/json.h", include_str!("../../../../../../sdk/c/json.h")),
    ("sdk/c/text.c", include_str!("../../../../../../sdk/c/text.c")),
    ("sdk/c/text.h", include_str!("../../../../../../sdk/c/text.h")),
    ("sdk/c/utf8.c", include_str!("../../../../../../sdk/c/utf8.c")),
    ("sdk/c/utf8.h", include_str!("../../../../../../sdk/c/utf8.h")),
];

/// Bindings and helpers for transforms in C.
const SDK_C_TRANSFORM: &[File] = &[
    ("sdk/c/shardmill.c", include_str!("../../../../../../sdk/c/shardmill.c")),
    ("sdk/c/shardmill.h", include_str!("../../../../../../sdk/c/shardmill.h")),
    ("sdk/c/transform.c", include_str!("../../../../../../sdk/c/transform.c")),
    ("sdk/c/transform.h", include_str!("../../../../../../sdk/c/transform.h")),
];

/// Bindings and helpers for handlers in C.
const SDK_C_HANDLER: &[File] = &[
    ("sdk/c/handler/handler.c", include_str!("../../../../../../sdk/c/handler/handler.c")),
    ("sdk/c/handler/handler.h", include_str!("../../../../../../sdk/c/handler/handler.h")),
    ("sdk/c/handler/lambda.c", include_str!("../../../../../../sdk/c/handler/lambda.c")),
    ("sdk/c/handler/lambda.h", include_str!("../../../../../../sdk/c/handler/lambda.h")),
];

/// The packages for Go.
const SDK_GO: &[File] = &[
    ("sdk/go/go.mod", include_str!("../../../../../../sdk/go/go.mod")),
    ("sdk/go/guest.go", include_str!("../../../../../../sdk/go/guest.go")),
    (
        "sdk/go/handler/abi_wasip1.go",
        include_str!("../../../../../../sdk/go/handler/abi_wasip1.go"),
    ),
    ("sdk/go/handler/handler.go", include_str!("../../../../../../sdk/go/handler/handler.go")),
    ("sdk/go/host_other.go", include_str!("../../../../../../sdk/go/host_other.go")),
    ("sdk/go/host_wasip1.go", include_str!("../../../../../../sdk/go/host_wasip1.go")),
    (
        "sdk/go/internal/abi/memory.go",
        include_str!("../../../../../../sdk/go/internal/abi/memory.go"),
    ),
    (
        "sdk/go/transform/abi_wasip1.go",
        include_str!("../../../../../../sdk/go/transform/abi_wasip1.go"),
    ),
    (
        "sdk/go/transform/transform.go",
        include_str!("../../../../../../sdk/go/transform/transform.go"),
    ),
];

/// The crate for Rust.
const SDK_RUST: &[File] = &[
    ("sdk/rust/Cargo.toml", include_str!("../../../../../../sdk/rust/Cargo.toml")),
    ("sdk/rust/README.md", include_str!("../../../../../../sdk/rust/README.md")),
    (
        "sdk/rust/src/abi/consumer.rs",
        include_str!("../../../../../../sdk/rust/src/abi/consumer.rs"),
    ),
    ("sdk/rust/src/abi/handler.rs", include_str!("../../../../../../sdk/rust/src/abi/handler.rs")),
    ("sdk/rust/src/abi/mod.rs", include_str!("../../../../../../sdk/rust/src/abi/mod.rs")),
    ("sdk/rust/src/abi/records.rs", include_str!("../../../../../../sdk/rust/src/abi/records.rs")),
    (
        "sdk/rust/src/abi/transform.rs",
        include_str!("../../../../../../sdk/rust/src/abi/transform.rs"),
    ),
    ("sdk/rust/src/batch.rs", include_str!("../../../../../../sdk/rust/src/batch.rs")),
    ("sdk/rust/src/config.rs", include_str!("../../../../../../sdk/rust/src/config.rs")),
    ("sdk/rust/src/consumer.rs", include_str!("../../../../../../sdk/rust/src/consumer.rs")),
    (
        "sdk/rust/src/consumer/http.rs",
        include_str!("../../../../../../sdk/rust/src/consumer/http.rs"),
    ),
    (
        "sdk/rust/src/consumer/secrets.rs",
        include_str!("../../../../../../sdk/rust/src/consumer/secrets.rs"),
    ),
    (
        "sdk/rust/src/consumer/state.rs",
        include_str!("../../../../../../sdk/rust/src/consumer/state.rs"),
    ),
    (
        "sdk/rust/src/consumer/timers.rs",
        include_str!("../../../../../../sdk/rust/src/consumer/timers.rs"),
    ),
    ("sdk/rust/src/failure.rs", include_str!("../../../../../../sdk/rust/src/failure.rs")),
    ("sdk/rust/src/handler.rs", include_str!("../../../../../../sdk/rust/src/handler.rs")),
    ("sdk/rust/src/lib.rs", include_str!("../../../../../../sdk/rust/src/lib.rs")),
    ("sdk/rust/src/log.rs", include_str!("../../../../../../sdk/rust/src/log.rs")),
    ("sdk/rust/src/reply.rs", include_str!("../../../../../../sdk/rust/src/reply.rs")),
    ("sdk/rust/src/testing.rs", include_str!("../../../../../../sdk/rust/src/testing.rs")),
    (
        "sdk/rust/src/testing/keyed.rs",
        include_str!("../../../../../../sdk/rust/src/testing/keyed.rs"),
    ),
];

/// Types and text for TypeScript.
const SDK_TYPESCRIPT: &[File] = &[
    ("sdk/typescript/handler.d.ts", include_str!("../../../../../../sdk/typescript/handler.d.ts")),
    ("sdk/typescript/text.ts", include_str!("../../../../../../sdk/typescript/text.ts")),
    (
        "sdk/typescript/transform.d.ts",
        include_str!("../../../../../../sdk/typescript/transform.d.ts"),
    ),
];

/// What modules for Zig have in common.
const SDK_ZIG: &[File] =
    &[("sdk/zig/host.zig", include_str!("../../../../../../sdk/zig/host.zig"))];

/// The module for transforms in Zig.
const SDK_ZIG_TRANSFORM: &[File] =
    &[("sdk/zig/shardmill.zig", include_str!("../../../../../../sdk/zig/shardmill.zig"))];

/// The module for handlers in Zig.
const SDK_ZIG_HANDLER: &[File] =
    &[("sdk/zig/handler.zig", include_str!("../../../../../../sdk/zig/handler.zig"))];

/// The interfaces.
const WIT: &[File] = &[
    ("wit/consumer.wit", include_str!("../../../../../../wit/consumer.wit")),
    ("wit/deps/clocks.wit", include_str!("../../../../../../wit/deps/clocks.wit")),
    ("wit/deps/io.wit", include_str!("../../../../../../wit/deps/io.wit")),
    ("wit/deps/random.wit", include_str!("../../../../../../wit/deps/random.wit")),
    ("wit/handler.wit", include_str!("../../../../../../wit/handler.wit")),
    ("wit/interpreter.wit", include_str!("../../../../../../wit/interpreter.wit")),
    ("wit/transform.wit", include_str!("../../../../../../wit/transform.wit")),
];
