//! Modules that become components, and those that do not.

use super::*;
use crate::check::check;

const IDENTITY: &str = include_str!("../../../../guests/programs/identity.wat");
const ECHO: &str = include_str!("../../../../guests/programs/echo.wat");

fn text_of(rejection: Rejection) -> String {
    let Rejection::Unfit(text) = rejection else { panic!("{rejection:?}") };
    assert!(text.len() <= 1024, "{} bytes: {text}", text.len());
    assert!(!text.chars().any(char::is_control), "{text:?}");
    text
}

#[track_caller]
fn is_refused(code: &[u8], with: &str) {
    let text = text_of(pack(code).unwrap_err());
    assert!(text.contains(with), "{text:?} should contain {with:?}");
}

/// A module with everything that is needed, and the import `more`.
fn module_with(more: &str) -> String {
    include_str!("reference.wat").replacen("(module", &format!("(module {more}"), 1)
}

/// A module with everything that is needed, and `more` at its end.
fn module_and(more: &str) -> String {
    let module = include_str!("reference.wat").trim_end();
    format!("{} {more})", module.strip_suffix(')').unwrap())
}

#[test]
fn packs_text_modules_and_leaves_components_alone() {
    let of_text = pack(IDENTITY.as_bytes()).unwrap();
    let module = wat::parse_str(IDENTITY).unwrap();
    assert_eq!(pack(&module).unwrap(), of_text);
    assert_eq!(pack(&of_text).unwrap(), of_text);
    let checked = check(&of_text).unwrap();
    assert_eq!(checked.exports, ["shardmill:guest/transformer@0.1.0"]);
    let handler = check(&pack(ECHO.as_bytes()).unwrap()).unwrap();
    assert_eq!(handler.exports, ["shardmill:guest/lambda@0.1.0"]);
}

#[test]
fn packing_is_repeatable() {
    assert_eq!(pack(IDENTITY.as_bytes()).unwrap(), pack(IDENTITY.as_bytes()).unwrap());
}

#[test]
fn gives_modules_of_preview_1_a_stand_in() {
    let module = module_with(
        r#"(import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
           (import "wasi_snapshot_preview1" "clock_time_get" (func $c (param i32 i64 i32) (result i32)))
           (import "wasi_snapshot_preview1" "path_open"
             (func $p (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))"#,
    );
    let checked = check(&pack(module.as_bytes()).unwrap()).unwrap();
    assert!(checked.imports.contains(&"shardmill:preview1/stdio@0.1.0".to_owned()), "{checked:?}");
    assert!(!checked.imports.iter().any(|name| name.starts_with("wasi")), "{checked:?}");
}

#[test]
fn the_stand_in_has_all_of_preview_1() {
    let mut names = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(world::stand_in()) {
        if let wasmparser::Payload::ExportSection(exports) = payload.unwrap() {
            names.extend(exports.into_iter().map(|export| export.unwrap().name));
        }
    }
    // As many as the specification of `wasi_snapshot_preview1` has functions.
    assert_eq!(names.len(), 46, "{names:?}");
}

#[test]
fn says_what_is_missing() {
    is_refused(b"", "not WebAssembly");
    is_refused(b"#!/bin/sh", "not WebAssembly");
    is_refused(b"\0asm", "cut off");
    is_refused(b"\0asm\x02\0\0\0", "unknown binary version");
    is_refused(b"(module", "not WebAssembly text");
    is_refused(b"(module)", "must export `shardmill:guest/transformer@0.1.0#handle`");
    is_refused(b"(module)", "or `shardmill:guest/lambda@0.1.0#handle`");
    let both = module_and(r#"(func (export "shardmill:guest/lambda@0.1.0#handle"))"#);
    is_refused(both.as_bytes(), "exports both");
    is_refused(module_with(r#"(import "env" "f" (func))"#).as_bytes(), "`f` from `env`");
    is_refused(module_and("(func $bad (result i32))").as_bytes(), "malformed");
    is_refused(module_and("(memory $shared i64 1)").as_bytes(), "malformed");
    is_refused(module_and("(tag)").as_bytes(), "malformed");
    let wrong_type = IDENTITY.replace("(param $behind i64)", "(param $behind i32)");
    is_refused(wrong_type.as_bytes(), "cannot be packed");
    is_refused(module_with(r#"(import "wasi:http/x@0.2.0" "f" (func))"#).as_bytes(), "wasi:http");
}

#[test]
fn names_of_strangers_cannot_steer_a_terminal() {
    let module = module_with("(import \"\\1b[2J\\0a\" \"x\" (func))");
    assert!(text_of(pack(module.as_bytes()).unwrap_err()).contains("\\u{1b}[2J"));
    let long = module_with(&format!("(import \"{}\" \"x\" (func))", "n".repeat(50_000)));
    text_of(pack(long.as_bytes()).unwrap_err());
}

#[test]
fn what_is_too_large_is_refused_unseen() {
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    module.resize(CODE_BYTES_MAX + 1, 0);
    is_refused(&module, "at most 67108864");
    let mut text = b"(module ".to_vec();
    text.resize(TEXT_BYTES_MAX + 1, b' ');
    is_refused(&text, "at most 8388608 are taken as text");
    is_refused("(".repeat(100_000).as_bytes(), "not WebAssembly text");
}

proptest::proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..512)) {
        for start in [&b""[..], b"(", b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01\0"] {
            let code = [start, &bytes].concat();
            let _ = pack(&code).and_then(|component| check(&component));
        }
    }

    #[test]
    fn damaged_modules_never_panic(
        changes in proptest::collection::vec((0_usize..10_000, proptest::num::u8::ANY), 1..6),
        cut in 0_usize..10_000,
    ) {
        for whole in [wat::parse_str(IDENTITY).unwrap(), pack(IDENTITY.as_bytes()).unwrap()] {
            let mut damaged = whole.clone();
            for (at, byte) in &changes {
                let at = at % damaged.len();
                damaged[at] ^= byte;
            }
            let _ = pack(&damaged).and_then(|component| check(&component));
            let _ = pack(&whole[..cut % whole.len()]).and_then(|component| check(&component));
        }
    }
}
