//! `shardmill guest new`: what it makes builds with the tools of its language and does what its fixture says.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use e2e::{Program, progress, run, shardmill, workspace};

use super::{Guest, RUNS_WITHIN, WITH_RUNTIME, cache, rebuilt};

const BUILDS_WITHIN: Duration = Duration::from_secs(900);

/// Languages, and worlds: there is a template for each of both.
const LANGUAGES: [&str; 7] = ["c", "cpp", "go", "python", "rust", "typescript", "zig"];
const WORLDS: [&str; 2] = ["transform", "handler"];

/// The tools that `guests/build.sh` has installed, as a user's own would be named.
fn tools(command: &mut Command) {
    let tools = workspace::tools().join("guests");
    let python = |package: &str| {
        let found = std::fs::read_dir(tools.join(package).join("lib")).into_iter().flatten();
        let found = found.filter_map(Result::ok).map(|entry| entry.path().join("site-packages"));
        found.into_iter().find(|path| path.exists()).unwrap_or_default()
    };
    let zig_cache = tools.join("zig-cache");
    command.env("ZIG", python("zig").join("ziglang/zig"));
    command.env("ZIG_GLOBAL_CACHE_DIR", &zig_cache).env("ZIG_LOCAL_CACHE_DIR", &zig_cache);
    command
        .env("GO", python("go").join("go/bin/go"))
        .env("GOENV", "off")
        .env("GOTOOLCHAIN", "local");
    command.env("GOCACHE", tools.join("go-cache")).env("GOPATH", tools.join("go-path"));
    for name in ["GOROOT", "GOFLAGS"] {
        command.env_remove(name);
    }
    command.env("COMPONENTIZE_PY", tools.join("python/bin/componentize-py"));
    command.env("NPM_BIN", tools.join("typescript/node_modules/.bin"));
    command.env("SHARDMILL", shardmill());
    rust(command, &tools);
}

/// Where rustup has no library for the target, Debian's compiler builds it, as the script lets it.
fn rust(command: &mut Command, tools: &Path) {
    // That of the script, with the same flags: the standard library, which takes longest, is there.
    command.env("CARGO_TARGET_DIR", tools.join("target"));
    if let Ok(flags) = std::fs::read_to_string(tools.join("rustflags")) {
        command.env("CARGO_ENCODED_RUSTFLAGS", flags);
    }
    let debian = tools.join("rustc-web/tree/usr/bin/rustc");
    if !debian.exists() {
        return;
    }
    command.env("RUSTC", tools.join("rustc")).env("RUSTC_BOOTSTRAP", "1");
    command.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker());
}

fn linker() -> PathBuf {
    let told = |flag: &str| {
        let told = Command::new("rustc").args(flag.split(' ')).output().unwrap();
        String::from_utf8(told.stdout).unwrap()
    };
    let host = told("-vV");
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned();
    Path::new(told("--print sysroot").trim()).join("lib/rustlib").join(host).join("bin/rust-lld")
}

/// Whether this machine has the tools of a language: it built a guest in it.
fn is_there(language: &str) -> bool {
    let rebuilt = rebuilt();
    Guest::all().iter().any(|guest| guest.language() == language && rebuilt.has(guest))
}

#[test]
fn every_template_builds_and_does_what_its_fixture_says() {
    let temp = tempfile::tempdir().unwrap();
    let mut built = 0;
    for language in LANGUAGES {
        if !is_there(language) {
            continue;
        }
        for world in WORLDS {
            build(temp.path(), language, world);
            built += 1;
        }
    }
    let all = LANGUAGES.len() * WORLDS.len();
    assert!(built == all || std::env::var_os("CI").is_none(), "{built} of {all}");
}

fn build(temp: &Path, language: &str, world: &str) {
    let name = format!("{language}-{world}");
    let folder = temp.join(&name);
    let make = Program::new(["guest", "new", "--lang", language, "--world", world]).arg(&folder);
    let made = make.run().unwrap().success("shardmill guest new").unwrap();
    assert!(made.stdout.contains("sh build.sh"), "{}", made.stdout);
    let start = Instant::now();
    let mut script = Command::new("sh");
    script.arg("build.sh").current_dir(&folder);
    tools(&mut script);
    let ended = run(&mut script, b"", BUILDS_WITHIN).unwrap();
    ended.success(&format!("build.sh of a {world} in {language}")).unwrap();
    progress(format!("{name} is built ({:.1} s)", start.elapsed().as_secs_f64()));
    let component = folder.join(format!("{name}.wasm"));
    // Those with a runtime take many seconds to compile, and no second run would be any faster: their bytes are new.
    let is_light = !WITH_RUNTIME.contains(&language);
    let checked = super::check(&component);
    assert_eq!(checked["world"], format!("shardmill:guest/{world}@0.1.0"));
    let fixture = folder.join("fixture");
    let test = Program::new(["guest", "test"]).arg(&component);
    let test = test.arg("--input").arg(fixture.join("events.ndjson"));
    let test = test.arg("--expected").arg(fixture.join("expected.ndjson"));
    let test = if is_light { test.arg("--cache").arg(cache()) } else { test };
    test.run_for(RUNS_WITHIN)
        .unwrap()
        .success(&format!("the fixture of a {world} in {language}"))
        .unwrap();
}

/// Each file of an SDK that its language needs is part of the program: a new one must be named there.
#[test]
fn nothing_of_the_sdks_is_missing() {
    let table = workspace::text("host/node/src/cli/guest/new/files.rs").unwrap();
    for path in workspace::files() {
        let shown = path.display().to_string();
        let is_source =
            [".rs", ".c", ".h", ".go", ".zig", ".ts", ".wit"].iter().any(|it| shown.ends_with(it));
        let is_offered = shown.starts_with("sdk/") || shown.starts_with("wit/");
        if is_source && is_offered {
            assert!(table.contains(&format!("\"{shown}\"")), "{shown} is not in the table");
        }
    }
}

#[test]
fn what_cannot_be_made_says_why() {
    let temp = tempfile::tempdir().unwrap();
    let new = |args: &[&str], dir: &str| {
        Program::new(["guest", "new"]).args(args).arg(temp.path().join(dir)).run().unwrap()
    };
    let unknown = new(&["--lang", "rost"], "a");
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    assert!(unknown.stderr.contains("rust"), "it proposes one: {}", unknown.stderr);
    let name = new(&["--lang", "go"], "No Name");
    assert!(name.stderr.contains("`No Name` cannot be the name of a function"), "{name:?}");
    new(&["--lang", "c"], "twice").success("shardmill guest new").unwrap();
    let twice = new(&["--lang", "c"], "twice");
    assert_eq!(twice.code, Some(1), "{twice:?}");
    assert!(twice.stderr.contains("is there already, and is not empty"), "{twice:?}");
}
