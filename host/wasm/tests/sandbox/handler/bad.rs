//! Handlers that mean harm, and what each of them gets.

use wasm::message::Level;
use wasm::{Fault, Limits, Rejection};

use super::{SHORT, SLEEP, goes_on, handled, module, wasi_guest};
use crate::support::{Bed, LIMITS, run};

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
