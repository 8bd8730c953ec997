//! Components that are taken, and those that are not.

use super::*;

#[track_caller]
fn is_refused(wat: &str, with: &[&str]) {
    let rejection = check(&wat::parse_str(wat).unwrap()).unwrap_err();
    let Rejection::Unfit(text) = rejection else { panic!("{rejection:?}") };
    assert!(text.len() <= 1024, "{text}");
    for part in with {
        assert!(text.contains(part), "{text:?} should contain {part:?}");
    }
}

/// A component with these imports and nothing else: imports are looked at first.
fn with_imports(imports: &str) -> String {
    format!("(component {imports})")
}

#[test]
fn tells_what_goes_in_and_out() {
    let [transform, handler, consumer] =
        PACKED.each_ref().map(|reference| check(reference).unwrap());
    assert_eq!(transform.exports, [allowed::export(World::Transform)]);
    for name in [allowed::OWN[1], allowed::OWN[2]] {
        assert!(transform.imports.iter().any(|known| known == name), "{transform:?}");
    }
    assert_eq!((transform.world, handler.world), (World::Transform, World::Handler));
    assert_eq!(handler.exports, [allowed::export(World::Handler)]);
    assert_eq!(consumer.world, World::Consumer);
    for name in allowed::OF_CONSUMERS {
        assert!(consumer.imports.iter().any(|known| known == name), "{consumer:?}");
    }
}

#[test]
fn imports_are_counted_whatever_they_are_called() {
    let mut items = String::new();
    for at in 0..IMPORTS_MAX {
        items.push_str(&format!(r#"(export "f{at}" (func))"#));
    }
    let wat = with_imports(&format!(r#"(import "wasi:cli/stdout@0.2.0" (instance {items}))"#));
    is_refused(&wat, &["imports more than 2000 things"]);
}

#[test]
fn takes_the_closed_wasi_and_nothing_more() {
    for interface in ["wasi:cli/stdout@0.2.0", "wasi:io/streams@0.2.12"] {
        let wat = with_imports(&format!(r#"(import "{interface}" (instance))"#));
        is_refused(
            &wat,
            &["does not export `shardmill:guest/transformer@0.1.0`", "guest/lambda@0.1.0`"],
        );
    }
    let refused = [
        ("wasi:sockets/tcp@0.2.0", "no network"),
        ("wasi:http/types@0.2.0", "no network"),
        ("wasi:cli/stdout@0.3.0", "version 0.2"),
        ("wasi:cli/stdout", "version 0.2"),
        ("wasi:keyvalue/store@0.2.0", "version 0.2"),
        ("shardmill:guest/log@0.2.0", "does not offer"),
        ("demo:thing/other@1.0.0", "does not offer"),
    ];
    for (interface, why) in refused {
        let wat = with_imports(&format!(r#"(import "{interface}" (instance))"#));
        is_refused(&wat, &[interface, why]);
    }
    is_refused(&with_imports(r#"(import "run" (func))"#), &["`run`", "does not offer"]);
    is_refused(
        &with_imports(r#"(import "wasi:cli/stdout@0.2.0" (func))"#),
        &["should be an interface"],
    );
}

#[test]
fn compares_types() {
    let wat = r#"(import "shardmill:guest/log@0.1.0" (instance
        (export "write" (func (param "message" string)))))"#;
    is_refused(&with_imports(wat), &["`shardmill:guest/log@0.1.0#write`", "another type"]);
    let wat = r#"(import "shardmill:guest/log@0.1.0" (instance
        (export "erase" (func (param "message" string)))))"#;
    is_refused(&with_imports(wat), &["`shardmill:guest/log@0.1.0#erase`", "does not exist"]);
    let wat = r#"(component
        (core module $m (func (export "handle") (param i32)))
        (core instance $i (instantiate $m))
        (func $f (param "batch" u32) (canon lift (core func $i "handle")))
        (instance $t (export "handle" (func $f)))
        (export "shardmill:guest/transformer@0.1.0" (instance $t)))"#;
    is_refused(wat, &["the export `shardmill:guest/transformer@0.1.0#handle` has another type"]);
    let wat =
        r#"(component (instance $t) (export "shardmill:guest/transformer@0.1.0" (instance $t)))"#;
    is_refused(wat, &["must export the function"]);
    is_refused("(component)", &["it exports nothing"]);
}

#[test]
fn only_a_handler_may_name_sockets() {
    let export =
        |world| format!(r#"(instance $t) (export "{}" (instance $t))"#, allowed::export(world));
    let import = r#"(import "wasi:sockets/tcp@0.2.0" (instance))"#;
    let of = |world| with_imports(&format!("{import} {}", export(world)));
    is_refused(&of(World::Transform), &["`wasi:sockets/tcp@0.2.0`", "no network"]);
    is_refused(&of(World::Handler), &["must export the function"]);
    let http = format!(r#"(import "wasi:http/types@0.2.0" (instance)) {}"#, export(World::Handler));
    is_refused(&with_imports(&http), &["`wasi:http/types@0.2.0`", "no network"]);
}

#[test]
fn a_function_is_one_of_the_two() {
    let wat = r#"(component (instance $t)
        (export "shardmill:guest/transformer@0.1.0" (instance $t))
        (export "shardmill:guest/lambda@0.1.0" (instance $t)))"#;
    is_refused(wat, &["exports both", "a function is of one world"]);
    let wat = r#"(component
        (core module $m (func (export "handle") (param i32)))
        (core instance $i (instantiate $m))
        (func $f (param "event" u32) (canon lift (core func $i "handle")))
        (instance $t (export "handle" (func $f)))
        (export "shardmill:guest/lambda@0.1.0" (instance $t)))"#;
    is_refused(wat, &["the export `shardmill:guest/lambda@0.1.0#handle` has another type"]);
}

#[test]
fn refuses_modules_and_what_is_off() {
    for bytes in [&b""[..], b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01"] {
        assert_eq!(check(bytes).unwrap_err(), unfit("this is not a component"));
    }
    is_refused("(component (core module (memory i64 1)))", &["malformed, or uses what is not on"]);
    is_refused("(component (type (stream u8)))", &["malformed, or uses what is not on"]);
    is_refused("(component (core module (memory 1 1 shared)))", &["not on"]);
    is_refused("(component (core module (func (param externref))))", &["not on"]);
}
