//! The languages of templates, and what is said of each.

use clap::ValueEnum;

use super::World;

/// A language that there is a template for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    C,
    #[value(alias = "c++")]
    Cpp,
    #[value(alias = "golang")]
    Go,
    #[value(aliases = ["py", "python3"])]
    Python,
    #[value(alias = "rs")]
    Rust,
    #[value(name = "typescript", aliases = ["ts", "js", "javascript"])]
    TypeScript,
    Zig,
}

impl Language {
    /// As it is written.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::C => "C",
            Self::Cpp => "C++",
            Self::Go => "Go",
            Self::Python => "Python",
            Self::Rust => "Rust",
            Self::TypeScript => "TypeScript",
            Self::Zig => "Zig",
        }
    }

    /// A command that installs what builds it.
    pub(super) fn needs(self) -> &'static str {
        match self {
            Self::C | Self::Cpp | Self::Zig => {
                "python3 -m venv venv && . venv/bin/activate && pip install ziglang==0.17.1"
            }
            Self::Go => "go version  # 1.24 or newer",
            Self::Python => {
                "python3 -m venv venv && . venv/bin/activate && pip install -r requirements.txt"
            }
            Self::Rust => "rustup target add wasm32-unknown-unknown",
            Self::TypeScript => "npm install",
        }
    }

    /// Where the function itself is.
    fn source(self) -> &'static str {
        match self {
            Self::C => "src/function.c",
            Self::Cpp => "src/function.cpp",
            Self::Go => "function.go",
            Self::Python => "src/function.py",
            Self::Rust => "src/lib.rs",
            Self::TypeScript => "src/function.ts",
            Self::Zig => "src/function.zig",
        }
    }

    /// What its templates leave open.
    pub(super) fn values(self, world: World, name: &str) -> Vec<(&'static str, &str)> {
        let (what, deploy, dependencies, stub, header, module) = match world {
            World::Transform => (
                "records in, records out",
                "shardmill mappings create --function {{name}} --stream input --to output",
                "shardmill-guest = { path = \"sdk/rust\" }",
                // Nothing of WASI is left over.
                "--stub-wasi ",
                "sdk/c/shardmill.h",
                "sdk/zig/shardmill.zig",
            ),
            World::Handler => (
                "JSON in, JSON out, as a function of AWS Lambda",
                "shardmill functions invoke {{name}} --event fixture/events.ndjson",
                "serde_json = \"1\"\nshardmill-guest = { path = \"sdk/rust\", features = [\"handler\"] }",
                "",
                "sdk/c/handler/lambda.h",
                "sdk/zig/handler.zig",
            ),
        };
        vec![
            ("deploy", deploy),
            ("dependencies", dependencies),
            ("what", what),
            ("stub", stub),
            ("header", header),
            ("module", module),
            ("language", self.title()),
            ("needs", self.needs()),
            ("source", self.source()),
            ("world", world.as_str()),
            // Last: those before may name it.
            ("name", name),
        ]
    }
}
