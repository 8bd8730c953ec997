//! What goes in arrives, and what comes out is what was meant.

use std::time::Duration;

use stdx::{Clock, SystemClock};
use wasm::message::{Raised, World};
use wasm::{Call, Event, Fault, Limits, Sandbox};

use super::{SLEEP, goes_on, handled, module, numbers, wasi_guest};
use crate::program;
use crate::support::{Bed, LIMITS, call, handler_call, run};

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
