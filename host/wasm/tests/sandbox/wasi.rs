//! WASI as guests see it: closed, and the same each time.

use wasm::message::{Level, Reply};
use wasm::{Call, Fault, Rejection, Sandbox};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::program;
use crate::support::{Bed, LIMITS, batch, call, run};

const TRANSFORM: &str = include_str!("../../../../wit/transform.wit");

/// As much of WASI 0.2 as the guest uses, in its own words.
const WASI: &str = r#"
    package test:guest;

    package wasi:io@0.2.6 {
      interface error { resource error; }
      interface streams {
        use error.{error};
        resource output-stream {
          blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
        }
        variant stream-error { last-operation-failed(error), closed }
      }
    }
    package wasi:cli@0.2.6 {
      interface stderr { use wasi:io/streams@0.2.6.{output-stream}; get-stderr: func() -> output-stream; }
      interface environment { get-arguments: func() -> list<string>; }
      interface exit { exit: func(status: result); }
    }
    package wasi:clocks@0.2.6 {
      interface monotonic-clock { now: func() -> u64; }
      interface wall-clock {
        record datetime { seconds: u64, nanoseconds: u32 }
        now: func() -> datetime;
      }
    }
    package wasi:random@0.2.6 {
      interface random {
        get-random-u64: func() -> u64;
        get-random-bytes: func(len: u64) -> list<u8>;
      }
    }
    package wasi:filesystem@0.2.6 {
      interface types {
        resource descriptor { sync: func(); }
      }
      interface preopens {
        use types.{descriptor};
        get-directories: func() -> list<tuple<descriptor, string>>;
      }
    }

    world guest {
      import wasi:cli/stderr@0.2.6;
      import wasi:cli/environment@0.2.6;
      import wasi:cli/exit@0.2.6;
      import wasi:clocks/monotonic-clock@0.2.6;
      import wasi:clocks/wall-clock@0.2.6;
      import wasi:random/random@0.2.6;
      import wasi:filesystem/preopens@0.2.6;
      export shardmill:guest/transformer@0.1.0;
    }
"#;

/// Packs a module against the world above, as toolchains for WASI 0.2 do.
fn component(module: &str, wasi: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    resolve.push_str("transform.wit", TRANSFORM).unwrap();
    let package = resolve.push_str("wasi.wit", wasi).unwrap();
    let world = resolve.select_world(&[package], Some("guest")).unwrap();
    let mut module = wat::parse_str(module).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}

/// `nothing` with imports before and instructions at the start of `handle`.
fn guest(imports: &str, body: &str) -> Vec<u8> {
    component(&module(imports, body), WASI)
}

fn module(imports: &str, body: &str) -> String {
    let signature = "i64 i32 i32 i32 i32) (result i32)";
    let module = program!("nothing").replacen("(module", &format!("(module {imports}"), 1);
    module.replacen(signature, &format!("{signature} {body}"), 1)
}

async fn reply(bed: &Bed, call: Call) -> Reply {
    let ended = bed.host.call(call).await;
    ended.result.unwrap()
}

#[test]
fn preview_1_has_a_still_clock_repeating_randomness_and_a_log() {
    run(async {
        let bed = Bed::new();
        let ended = bed.run(program!("preview1"), LIMITS).await;
        let lines: Vec<_> = ended.log.iter().map(|line| (line.level, &line.text[..])).collect();
        assert_eq!(lines, [(Level::Info, "hello"), (Level::Warn, "oops")]);
        let data = ended.result.unwrap().emits.remove(0).data;
        let time = u64::from_le_bytes(data[8..16].try_into().unwrap());
        assert_eq!(time, 1_700_000_000_000_001_000);
        let again = Bed::new().run(program!("preview1"), LIMITS).await.result.unwrap();
        assert_eq!(again.emits[0].data, data);
    });
}

#[test]
fn wasi_2_is_the_batchs_time_and_randomness_and_the_log() {
    run(async {
        let bed = Bed::new();
        let code = guest(
            r#"(import "wasi:cli/stderr@0.2.6" "get-stderr" (func $stderr (result i32)))
               (import "wasi:io/streams@0.2.6" "[method]output-stream.blocking-write-and-flush"
                 (func $write (param i32 i32 i32 i32)))
               (import "wasi:io/streams@0.2.6" "[resource-drop]output-stream" (func $drop (param i32)))
               (import "wasi:clocks/monotonic-clock@0.2.6" "now" (func $now (result i64)))
               (import "wasi:clocks/wall-clock@0.2.6" "now" (func $wall (param i32)))
               (import "wasi:random/random@0.2.6" "get-random-u64" (func $random (result i64)))
               (import "wasi:cli/environment@0.2.6" "get-arguments" (func $arguments (param i32)))
               (import "wasi:filesystem/preopens@0.2.6" "get-directories" (func $open (param i32)))
               (data (i32.const 1024) "first\nsecond")"#,
            "(local $stream i32)
             (local.set $stream (call $stderr))
             (call $write (local.get $stream) (i32.const 1024) (i32.const 12) (i32.const 512))
             (if (i32.load8_u (i32.const 512)) (then unreachable))
             (call $drop (local.get $stream))
             (call $arguments (i32.const 512))
             (if (i32.load (i32.const 516)) (then unreachable))
             (call $open (i32.const 512))
             (if (i32.load (i32.const 516)) (then unreachable))
             ;; An emit at 768, with the numbers at 900 as its data.
             (memory.fill (i32.const 0) (i32.const 0) (i32.const 32))
             (memory.fill (i32.const 768) (i32.const 0) (i32.const 64))
             (i32.store (i32.const 8) (i32.const 768)) (i32.store (i32.const 12) (i32.const 1))
             (i32.store (i32.const 804) (i32.const 904)) (i32.store (i32.const 808) (i32.const 32))
             (i64.store (i32.const 904) (call $now))
             (i64.store (i32.const 912) (call $random))
             (call $wall (i32.const 920))
             (return (i32.const 0))",
        );
        let id = bed.try_admit(&code).await.unwrap().id;
        let first = bed.host.call(call(id, LIMITS)).await;
        let lines: Vec<_> = first.log.iter().map(|line| (line.level, &line.text[..])).collect();
        assert_eq!(lines, [(Level::Warn, "first"), (Level::Warn, "second")]);
        let data = first.result.unwrap().emits.remove(0).data;
        let number = |at: usize| u64::from_le_bytes(data[at..at + 8].try_into().unwrap());
        // That of the newest record, and one look.
        assert_eq!(number(0), 1_700_000_000_125_001_000);
        assert_eq!((number(16), number(24) & 0xffff_ffff), (1_700_000_000, 125_002_000));
        // The same in a warm instance, and otherwise for other batches.
        assert_eq!(reply(&bed, call(id, LIMITS)).await.emits[0].data, data);
        let other = Call { input: batch(2, 1).into(), ..call(id, LIMITS) };
        assert_ne!(reply(&bed, other).await.emits[0].data[8..16], data[8..16]);
    });
}

#[test]
fn what_is_not_there_ends_the_guest() {
    run(async {
        let bed = Bed::new();
        let exit = guest(
            r#"(import "wasi:cli/exit@0.2.6" "exit" (func $exit (param i32)))"#,
            "(call $exit (i32.const 0))",
        );
        let random = guest(
            r#"(import "wasi:random/random@0.2.6" "get-random-bytes" (func $random (param i64 i32)))"#,
            "(call $random (i64.const 0x10000000000) (i32.const 512))",
        );
        for (code, why) in [(exit, "called exit"), (random, "random bytes")] {
            let id = bed.try_admit(&code).await.unwrap().id;
            let ended = bed.host.call(call(id, LIMITS)).await;
            let Err(Fault::Trapped { what, .. }) = &ended.result else { panic!("{ended:?}") };
            assert!(what.contains(why), "{what}");
        }
    });
}

#[test]
fn another_idea_of_wasi_is_refused() {
    run(async {
        let bed = Bed::new();
        let import =
            r#"(import "wasi:clocks/monotonic-clock@0.2.6" "now" (func $now (result i64)))"#;
        let module = module(import, "(drop (call $now))");
        // The same name, and a number with a sign.
        let other = WASI.replace("now: func() -> u64", "now: func() -> s64");
        assert!(bed.try_admit(&component(&module, WASI)).await.is_ok());
        let rejection = bed.try_admit(&component(&module, &other)).await.unwrap_err();
        let Rejection::Unfit(text) = rejection else { panic!("{rejection:?}") };
        assert!(text.contains("monotonic-clock"), "{text}");
    });
}
