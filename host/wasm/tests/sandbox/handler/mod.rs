//! Handlers: events go in and answers come out as they are, the clock and the random numbers are those of a
//! Lambda function, and those that mean harm get no more than transforms do.

mod bad;
mod contract;
mod source;

use std::time::Duration;

use bytes::Bytes;
use wasm::{Ended, Limits, Sandbox};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, SourceMap};

use crate::program;
use crate::support::{Bed, LIMITS, handler_call};

const SHORT: Limits = Limits { time: Duration::from_millis(200), ..LIMITS };

/// As much of WASI 0.2 as the guests use, in its own words.
const WASI: &str = r#"
    package test:guest;

    package wasi:io@0.2.6 {
      interface error { resource error; }
      interface poll {
        resource pollable { ready: func() -> bool; block: func(); }
        poll: func(in: list<borrow<pollable>>) -> list<u32>;
      }
      interface streams {
        use error.{error};
        resource output-stream {
          blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
        }
        variant stream-error { last-operation-failed(error), closed }
      }
    }
    package wasi:cli@0.2.6 {
      interface stdout { use wasi:io/streams@0.2.6.{output-stream}; get-stdout: func() -> output-stream; }
      interface exit { exit: func(status: result); }
    }
    package wasi:sockets@0.2.6 {
      interface network { resource network; }
      interface instance-network { use network.{network}; instance-network: func() -> network; }
      interface tcp {
        use network.{network};
        resource tcp-socket { start-bind: func(network: borrow<network>); }
      }
    }
    package wasi:clocks@0.2.6 {
      interface monotonic-clock {
        use wasi:io/poll@0.2.6.{pollable};
        now: func() -> u64;
        subscribe-duration: func(when: u64) -> pollable;
      }
    }

    world guest {
      import wasi:cli/stdout@0.2.6;
      import wasi:cli/exit@0.2.6;
      import wasi:clocks/monotonic-clock@0.2.6;
      import wasi:io/poll@0.2.6;
      import wasi:sockets/instance-network@0.2.6;
      import wasi:sockets/tcp@0.2.6;
      export shardmill:guest/lambda@0.1.0;
    }
"#;

const SLEEP: &str = r#"
    (import "wasi:clocks/monotonic-clock@0.2.6" "now" (func $now (result i64)))
    (import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-duration" (func $timer (param i64) (result i32)))
    (import "wasi:io/poll@0.2.6" "[method]pollable.ready" (func $ready (param i32) (result i32)))
    (import "wasi:io/poll@0.2.6" "[method]pollable.block" (func $block (param i32)))
    (import "wasi:io/poll@0.2.6" "poll" (func $poll (param i32 i32 i32)))"#;

/// `echo` with imports before and instructions at the start of `handle`.
fn module(imports: &str, body: &str) -> String {
    let module = program!("echo").replacen("(module", &format!("(module {imports}"), 1);
    module.replacen(
        "(result i32)\n    (i32.store",
        &format!("(result i32) {body}\n    (i32.store"),
        1,
    )
}

/// The same as a component of the world above, as toolchains for WASI 0.2 make them.
fn wasi_guest(imports: &str, body: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    for (path, text) in [
        ("io.wit", include_str!("../../../../../wit/deps/io.wit")),
        ("clocks.wit", include_str!("../../../../../wit/deps/clocks.wit")),
        ("random.wit", include_str!("../../../../../wit/deps/random.wit")),
    ] {
        resolve.push_str(path, text).unwrap();
    }
    let mut sources = SourceMap::default();
    sources.push_str("transform.wit", include_str!("../../../../../wit/transform.wit"));
    sources.push_str("handler.wit", include_str!("../../../../../wit/handler.wit"));
    resolve.push_group(sources.parse().ok().unwrap()).unwrap();
    let package = resolve.push_str("wasi.wit", WASI).unwrap();
    let world = resolve.select_world(&[package], Some("guest")).unwrap();
    let mut module = wat::parse_str(module(imports, body)).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}

/// Handlers that take what they can get.
pub(crate) fn hostile() -> Vec<Vec<u8>> {
    let stdout = r#"
        (import "wasi:cli/stdout@0.2.6" "get-stdout" (func $stdout (result i32)))
        (import "wasi:io/streams@0.2.6" "[method]output-stream.blocking-write-and-flush"
          (func $write (param i32 i32 i32 i32)))"#;
    let print = "(local $stream i32) (local.set $stream (call $stdout))
        (loop $again (call $write (local.get $stream) (i32.const 0) (i32.const 60000) (i32.const 512)) (br $again))";
    let nap = "(loop $again (call $block (call $timer (i64.const 1))) (br $again))";
    vec![
        module("", "(loop $again (br $again))").into_bytes(),
        module("", "(loop $again (drop (memory.grow (i32.const 1))) (br $again))").into_bytes(),
        wasi_guest(SLEEP, nap),
        wasi_guest(SLEEP, "(call $block (call $timer (i64.const -1)))"),
        wasi_guest(stdout, print),
    ]
}

async fn handled(bed: &Bed, code: &[u8], limits: Limits) -> Ended<Bytes> {
    let id = bed.try_admit(code).await.unwrap().id;
    bed.host.handle(handler_call(id, limits, b"{}")).await
}

/// After `ended`, the host still does its work.
async fn goes_on(bed: &Bed) {
    let ended = handled(bed, program!("echo").as_bytes(), LIMITS).await;
    assert_eq!(ended.result.unwrap(), "{}");
}

/// The eight bytes at each of the first places of an answer.
fn numbers<const N: usize>(answer: &[u8]) -> [u64; N] {
    std::array::from_fn(|at| u64::from_le_bytes(answer[at * 8..at * 8 + 8].try_into().unwrap()))
}
