//! Handlers: events go in and answers come out as they are, the clock and the random numbers are those of a
//! Lambda function, and those that mean harm get no more than transforms do.

use std::time::Duration;

use bytes::Bytes;
use stdx::{Clock, SystemClock};
use wasm::message::{Level, Raised, World};
use wasm::{Call, Ended, Event, Fault, Limits, Rejection, Sandbox};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, SourceMap};

use crate::program;
use crate::support::{Bed, LIMITS, call, handler_call, run};

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
        ("clocks.wit", include_str!("../../../../wit/deps/clocks.wit")),
        ("random.wit", include_str!("../../../../wit/deps/random.wit")),
    ] {
        resolve.push_str(path, text).unwrap();
    }
    let mut sources = SourceMap::default();
    sources.push_str("transform.wit", include_str!("../../../../wit/transform.wit"));
    sources.push_str("handler.wit", include_str!("../../../../wit/handler.wit"));
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

#[test]
fn an_event_comes_back_as_it_went_in() {
    run(async {
        let bed = Bed::new();
        let admitted = bed.try_admit(program!("echo").as_bytes()).await.unwrap();
        assert_eq!(admitted.world, World::Handler);
        assert_eq!(
            bed.try_admit(program!("nothing").as_bytes()).await.unwrap().world,
            World::Transform
        );
        let large = vec![b'1'; LIMITS.output_bytes];
        for event in [&b"{}"[..], b"", b"not looked at", &large] {
            let ended = bed.host.handle(handler_call(admitted.id, LIMITS, event)).await;
            assert_eq!(ended.result.unwrap(), event);
        }
        let larger = vec![b'1'; LIMITS.output_bytes + 1];
        let ended = bed.host.handle(handler_call(admitted.id, LIMITS, &larger)).await;
        assert_eq!(ended.result, Err(Fault::OutputTooLarge(LIMITS.output_bytes)));
    });
}

#[test]
fn every_field_of_the_context_arrives() {
    run(async {
        let bed = Bed::new();
        // Answers with the texts one behind the other, then the numbers.
        let code = module(
            "",
            "(global.set $top (i32.const 8192))
             (memory.copy (i32.const 4096) (local.get $request) (local.get $request_len))
             (memory.copy (i32.const 4132) (local.get $name) (local.get $name_len))
             (memory.copy (i32.const 4133) (local.get $version) (local.get $version_len))
             (memory.copy (i32.const 4140) (local.get $arn) (local.get $arn_len))
             (i64.store (i32.const 5000) (i64.extend_i32_u (local.get $memory)))
             (i64.store (i32.const 5008) (local.get $deadline))
             (i64.store (i32.const 5016) (i64.extend_i32_u (local.get $extra_len)))
             (local.set $event (i32.const 4096)) (local.set $event_len (i32.const 1000))",
        );
        let before = SystemClock::new().now().0;
        let answer = handled(&bed, code.as_bytes(), LIMITS).await.result.unwrap();
        let texts = "11111111-2222-4333-8444-555555555555f$LATESTarn:aws:lambda:eu-west-1:000000000001:function:f";
        assert_eq!(std::str::from_utf8(&answer[..texts.len()]).unwrap(), texts);
        let [memory, deadline, extra] = numbers(&answer[904..]);
        assert_eq!((memory, extra), (128, 0));
        let left = Duration::from_millis(deadline - before);
        assert!(left >= LIMITS.time / 2 && left <= LIMITS.time * 3, "{left:?}");
    });
}

#[test]
fn the_clock_goes_and_random_numbers_are_the_calls_own() {
    run(async {
        let bed = Bed::new();
        let code = module(
            r#"(import "wasi:clocks/wall-clock@0.2.0" "now" (func $now (param i32)))
               (import "wasi:random/random@0.2.0" "get-random-u64" (func $random (result i64)))"#,
            "(call $now (i32.const 512)) (i64.store (i32.const 528) (call $random))
             (local.set $event (i32.const 512)) (local.set $event_len (i32.const 24))",
        );
        let id = bed.admit(&code).await;
        let before = SystemClock::new().now().0 / 1000;
        let call = handler_call(id, LIMITS, b"{}");
        let [seconds, _, random] = numbers(&bed.host.handle(call.clone()).await.result.unwrap());
        assert!(seconds >= before && seconds <= before + 90, "{seconds} {before}");
        let again = bed.host.handle(call.clone()).await.result.unwrap();
        assert_eq!(numbers::<3>(&again)[2], random, "they follow from the seed");
        let other = Event { seed: [4; 32], ..Event::clone(&call.input) };
        let other = bed.host.handle(Call { input: other.into(), ..call }).await.result.unwrap();
        assert_ne!(numbers::<3>(&other)[2], random);
    });
}

#[test]
fn a_failure_is_told_within_bounds_and_the_instance_stays() {
    run(async {
        let bed = Bed::new();
        let id = bed.admit(program!("raise")).await;
        let ended = bed.host.handle(handler_call(id, LIMITS, b"{}")).await;
        let raised = Raised {
            error_type: "Demo.Wrong".to_owned(),
            message: "it is wrong".to_owned(),
            stack: vec!["inner".to_owned(), "outer".to_owned()],
        };
        assert_eq!(ended.result, Err(Fault::Raised(raised)));
        let ended = bed.host.handle(handler_call(id, LIMITS, b"")).await;
        let Err(Fault::Raised(Raised { error_type, message, stack })) = ended.result else {
            panic!("it failed")
        };
        assert_eq!((&*error_type, message.len(), stack.len()), ("Error", 32 * 1024, 64));
        assert!(!ended.usage.is_cold);
    });
}

#[test]
fn a_function_is_called_as_what_it_is() {
    run(async {
        let bed = Bed::new();
        let (echo, identity) =
            (bed.admit(program!("echo")).await, bed.admit(program!("identity")).await);
        let ended = bed.host.call(call(echo, LIMITS)).await;
        let why = "the function is a handler and was called as a transform".to_owned();
        assert_eq!(ended.result, Err(Fault::NotRun(why)));
        let ended = bed.host.handle(handler_call(identity, LIMITS, b"{}")).await;
        let why = "the function is a transform and was called as a handler".to_owned();
        assert_eq!(ended.result, Err(Fault::NotRun(why)));
        goes_on(&bed).await;
    });
}

#[test]
fn sleep_is_taken_from_the_calls_time_and_from_nobody_elses() {
    run(async {
        let bed = Bed::new();
        // Sleeps 5 s, and then for the shorter of two times; answers with what the clock said.
        let body = "(local $a i32) (local $b i32)
             (i64.store (i32.const 512) (call $now))
             (local.set $a (call $timer (i64.const 5000000000)))
             (if (call $ready (local.get $a)) (then unreachable))
             (call $block (local.get $a))
             (if (i32.eqz (call $ready (local.get $a))) (then unreachable))
             (i64.store (i32.const 520) (call $now))
             (local.set $b (call $timer (i64.const 3000000000)))
             (local.set $a (call $timer (i64.const 1000000000)))
             (i32.store (i32.const 600) (local.get $b)) (i32.store (i32.const 604) (local.get $a))
             (call $poll (i32.const 600) (i32.const 2) (i32.const 608))
             ;; The second is over, and it alone.
             (if (i32.ne (i32.load (i32.const 612)) (i32.const 1)) (then unreachable))
             (if (i32.ne (i32.load (i32.load (i32.const 608))) (i32.const 1)) (then unreachable))
             (i64.store (i32.const 528) (call $now))
             (local.set $event (i32.const 512)) (local.set $event_len (i32.const 24))";
        let id = bed.try_admit(&wasi_guest(SLEEP, body)).await.unwrap().id;
        // The clock of the guest is ahead of the host's, which cannot have gone on by as much.
        let limits = Limits { time: Duration::from_secs(60), ..LIMITS };
        let ended = bed.host.handle(handler_call(id, limits, b"{}")).await;
        let [first, second, third] = numbers(&ended.result.unwrap());
        assert!(second - first >= 5_000_000_000 && third - second >= 1_000_000_000);
        assert!(third - second < 3_000_000_000, "{}", third - second);
        // The instance is the same, and what it took for the time does not go back.
        let ended = bed.host.handle(handler_call(id, limits, b"{}")).await;
        assert!(!ended.usage.is_cold);
        assert!(numbers::<1>(&ended.result.unwrap())[0] > third);
        let limits = Limits { time: Duration::from_millis(5500), ..LIMITS };
        let ended = bed.host.handle(handler_call(id, limits, b"{}")).await;
        assert_eq!(ended.result, Err(Fault::TimedOut(limits.time)));
        assert!(ended.usage.wall < Duration::from_secs(4), "{:?}", ended.usage);
        goes_on(&bed).await;
    });
}

#[test]
fn sleepers_end_at_their_deadline() {
    run(async {
        let bed = Bed::new();
        let guests = [
            // For as long as there is, however it is asked for.
            "(call $block (call $timer (i64.const -1)))",
            "(i32.store (i32.const 600) (call $timer (i64.const 0x7fffffffffffffff)))
             (call $poll (i32.const 600) (i32.const 1) (i32.const 608))",
            // A little at a time.
            "(loop $again (call $block (call $timer (i64.const 1000000))) (br $again))",
            // Not at all: it asks whether it is over.
            "(local $a i32) (local.set $a (call $timer (i64.const 60000000000)))
             (loop $again (br_if $again (i32.eqz (call $ready (local.get $a)))))",
            // One timer after the other, none of them waited for.
            "(loop $again (drop (call $timer (i64.const 60000000000))) (br $again))",
        ];
        for body in guests {
            let ended = handled(&bed, &wasi_guest(SLEEP, body), SHORT).await;
            match ended.result {
                Err(Fault::TimedOut(_)) => {
                    assert_eq!(ended.result, Err(Fault::TimedOut(SHORT.time)))
                }
                // Handles run out before the time does.
                ref result => assert!(body.contains("(drop"), "{body}: {result:?}"),
            }
            assert_eq!(bed.host.stats().warm, 0);
        }
        let nothing =
            wasi_guest(SLEEP, "(call $poll (i32.const 600) (i32.const 0) (i32.const 608))");
        let ended = handled(&bed, &nothing, LIMITS).await;
        let Err(Fault::Trapped { what, .. }) = ended.result else { panic!("{ended:?}") };
        assert!(what.contains("waited for nothing"), "{what}");
        goes_on(&bed).await;
    });
}

#[test]
fn what_is_printed_ends_at_the_quota() {
    run(async {
        let bed = Bed::new();
        let stdout = r#"
            (import "wasi:cli/stdout@0.2.6" "get-stdout" (func $stdout (result i32)))
            (import "wasi:io/streams@0.2.6" "[method]output-stream.blocking-write-and-flush"
              (func $write (param i32 i32 i32 i32)))
            (data (i32.const 4096) "spam\n")"#;
        let once = "(call $write (call $stdout) (i32.const 4096) (i32.const 5) (i32.const 512))";
        let ended = handled(&bed, &wasi_guest(stdout, once), LIMITS).await;
        assert_eq!((ended.log[0].level, &*ended.log[0].text), (Level::Info, "spam"));
        let forever = "(local $stream i32) (local.set $stream (call $stdout))
            (loop $again
              (call $write (local.get $stream) (i32.const 4096) (i32.const 60000) (i32.const 512))
              (br $again))";
        let ended = handled(&bed, &wasi_guest(stdout, forever), SHORT).await;
        assert_eq!(ended.result, Err(Fault::TimedOut(SHORT.time)));
        let bytes: usize = ended.log.iter().map(|line| line.text.len()).sum();
        // What is no text is spelt out, which takes more room than the quota counts by little.
        assert!(bytes <= LIMITS.log_bytes + 100, "{bytes}");
        let marks = ended.log.iter().filter(|line| line.text.starts_with("log cut off")).count();
        assert_eq!(marks, 1);
        goes_on(&bed).await;
    });
}

#[test]
fn handlers_that_mean_harm_get_no_more_than_transforms() {
    run(async {
        let bed = Bed::new();
        let small = Limits { memory_bytes: 16 * 1024 * 1024, ..SHORT };
        let endless =
            handled(&bed, module("", "(loop $again (br $again))").as_bytes(), SHORT).await;
        assert_eq!(endless.result, Err(Fault::TimedOut(SHORT.time)));
        let grow = "(loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable";
        let greedy = handled(&bed, module("", grow).as_bytes(), small).await;
        assert_eq!(greedy.result, Err(Fault::OutOfMemory(small.memory_bytes)));
        let lengths = [("0x7fffffff", "out of bounds"), ("0xffffffff", "out of bounds")];
        for (length, why) in lengths {
            let body = format!("(local.set $event_len (i32.const {length}))");
            let huge = handled(&bed, module("", &body).as_bytes(), LIMITS).await;
            let Err(Fault::Malformed(what)) = huge.result else { panic!("{huge:?}") };
            assert!(what.contains(why), "{what}");
        }
        let body = "(drop (memory.grow (i32.const 200))) (local.set $event (i32.const 0))
            (local.set $event_len (i32.const 10000000))";
        let huge = handled(&bed, module("", body).as_bytes(), LIMITS).await;
        assert_eq!(huge.result, Err(Fault::OutputTooLarge(LIMITS.output_bytes)));
        let exit = wasi_guest(
            r#"(import "wasi:cli/exit@0.2.6" "exit" (func $exit (param i32)))"#,
            "(call $exit (i32.const 1))",
        );
        let exit = handled(&bed, &exit, LIMITS).await;
        assert!(
            matches!(&exit.result, Err(Fault::Trapped { what, .. }) if what.contains("called exit"))
        );
        goes_on(&bed).await;
    });
}

#[test]
fn sockets_may_be_named_and_end_whoever_uses_them() {
    run(async {
        let bed = Bed::new();
        let sockets = r#"
            (import "wasi:sockets/instance-network@0.2.6" "instance-network" (func $network (result i32)))
            (import "wasi:sockets/tcp@0.2.6" "[method]tcp-socket.start-bind" (func $bind (param i32 i32)))"#;
        let unused = handled(&bed, &wasi_guest(sockets, ""), LIMITS).await;
        assert_eq!(unused.result.unwrap(), "{}");
        for (body, why) in [
            (
                "(drop (call $network))",
                "called wasi:sockets/instance-network@0.2.6#instance-network",
            ),
            ("(call $bind (i32.const 1) (i32.const 1))", "handle"),
        ] {
            let ended = handled(&bed, &wasi_guest(sockets, body), LIMITS).await;
            let Err(Fault::Trapped { what, .. }) = ended.result else { panic!("{ended:?}") };
            assert!(what.contains(why), "{what}");
        }
        let http = format!(
            r#"(component (import "wasi:http/types@0.2.0" (instance)) (instance $t) (export "{}" (instance $t)))"#,
            "shardmill:guest/lambda@0.1.0"
        );
        let Err(Rejection::Unfit(text)) = bed.try_admit(http.as_bytes()).await else {
            panic!("there is no network")
        };
        assert!(text.contains("no network"), "{text}");
        goes_on(&bed).await;
    });
}
