//! Guests that mean harm, one by one: what each of them gets, and that the host goes on.

use std::time::Duration;

use wasm::message::LogLine;
use wasm::{Ended, Fault, Limits, Rejection, Sandbox};

use crate::program;
use crate::support::{Bed, LIMITS, call, run};

const SHORT: Limits = Limits { time: Duration::from_millis(200), ..LIMITS };

/// After `ended`, the host still does its work.
async fn goes_on(bed: &Bed) {
    let ended = bed.run(program!("identity"), LIMITS).await;
    assert_eq!(ended.result.unwrap().emits.len(), 3);
}

fn trapped(ended: Ended) -> (String, Vec<String>) {
    let Err(Fault::Trapped { what, backtrace }) = ended.result else { panic!("{ended:?}") };
    assert!(what.len() <= 1024 && backtrace.len() <= 20);
    (what, backtrace)
}

#[test]
fn loops_end_at_their_deadline() {
    run(async {
        let bed = Bed::new();
        let guests = [
            program!("bad_loop"),
            program!("bad_loop_in_start"),
            program!("bad_loop_in_realloc"),
            program!("bad_loop_of_calls"),
        ];
        for guest in guests {
            let ended = bed.run(guest, SHORT).await;
            assert_eq!(ended.result, Err(Fault::TimedOut(SHORT.time)));
            assert!(ended.usage.wall >= SHORT.time, "{:?}", ended.usage);
            // Other tests use the same processors.
            assert!(ended.usage.wall < SHORT.time * 20, "{:?}", ended.usage);
            assert_eq!(bed.host.stats().warm, 0);
        }
        goes_on(&bed).await;
    });
}

#[test]
fn memory_ends_at_its_limit() {
    run(async {
        let bed = Bed::new();
        let limits = Limits { memory_bytes: 16 * 1024 * 1024, ..LIMITS };
        let ended = bed.run(program!("bad_grow"), limits).await;
        assert_eq!(ended.result, Err(Fault::OutOfMemory(limits.memory_bytes)));
        assert_eq!(ended.usage.memory_bytes, limits.memory_bytes);
        let ended = bed.run(program!("grow"), limits).await;
        assert!(ended.result.is_ok(), "{ended:?}");
        assert_eq!(ended.usage.memory_bytes, limits.memory_bytes);
        let ended = bed.run(program!("large_first_memory"), limits).await;
        assert_eq!(ended.result, Err(Fault::OutOfMemory(limits.memory_bytes)));
        assert!(bed.run(program!("grow_table"), limits).await.result.is_ok());
        goes_on(&bed).await;
    });
}

#[test]
fn what_wants_too_much_at_the_start_is_refused() {
    run(async {
        let bed = Bed::new();
        for guest in
            [program!("bad_memories"), program!("bad_tables"), program!("bad_first_memory")]
        {
            let rejection = bed.try_admit(guest.as_bytes()).await.unwrap_err();
            let Rejection::Unfit(text) = rejection else { panic!("{rejection:?}") };
            assert!(text.contains("does not fit this host"), "{text}");
        }
        goes_on(&bed).await;
    });
}

#[test]
fn recursion_ends_at_the_end_of_the_stack() {
    run(async {
        let bed = Bed::new();
        let ended = bed.run(program!("bad_recursion"), LIMITS).await;
        let Err(Fault::StackOverflow(frames)) = &ended.result else { panic!("{ended:?}") };
        assert_eq!(frames.len(), 20);
        assert!(frames[0].contains("deeper"), "{frames:?}");
        goes_on(&bed).await;
    });
}

#[test]
fn replies_that_are_too_large_are_not_taken() {
    run(async {
        let bed = Bed::new();
        for guest in [program!("bad_giant_list"), program!("bad_shared_strings")] {
            let ended = bed.run(guest, LIMITS).await;
            assert_eq!(ended.result, Err(Fault::OutputTooLarge(LIMITS.output_bytes)));
        }
        // Within what the engine lets cross, and past what was agreed.
        let limits = Limits { output_bytes: 400, ..LIMITS };
        let ended = bed.run(program!("identity"), limits).await;
        assert_eq!(ended.result, Err(Fault::OutputTooLarge(400)));
        goes_on(&bed).await;
    });
}

#[test]
fn replies_that_make_no_sense_are_not_taken() {
    run(async {
        let bed = Bed::new();
        let guests = [
            (program!("bad_index"), "emit 0 names record 1000 of a batch of 3"),
            (program!("bad_tag"), "discriminant"),
            (program!("bad_result_address"), "pointer"),
            (program!("bad_long_string"), "out of bounds"),
            (program!("bad_endless_list"), "out of bounds"),
            (program!("bad_realloc_address"), "realloc"),
        ];
        for (guest, why) in guests {
            let ended = bed.run(guest, LIMITS).await;
            let Err(Fault::Malformed(text)) = &ended.result else { panic!("{why}: {ended:?}") };
            assert!(text.contains(why), "{text:?} should contain {why:?}");
            assert_eq!(bed.host.stats().warm, 0);
        }
        goes_on(&bed).await;
    });
}

#[test]
fn logs_end_at_their_quota() {
    run(async {
        let bed = Bed::new();
        let ended = bed.run(program!("log_flood"), LIMITS).await;
        assert!(ended.result.is_ok());
        let bytes: usize = ended.log.iter().map(|line: &LogLine| line.text.len()).sum();
        assert!(bytes <= LIMITS.log_bytes + 100, "{bytes}");
        let marks = ended.log.iter().filter(|line| line.text.starts_with("log cut off")).count();
        assert_eq!(marks, 1);
        let (what, _) = trapped(bed.run(program!("bad_log"), LIMITS).await);
        assert!(what.contains("utf-8"), "{what}");
        goes_on(&bed).await;
    });
}

#[test]
fn traps_tell_where() {
    run(async {
        let bed = Bed::new();
        let guests = [
            (program!("bad_unreachable"), "`unreachable` instruction executed"),
            (program!("bad_division"), "integer divide by zero"),
            (program!("bad_address"), "out of bounds memory access"),
            (program!("bad_indirect_call"), "indirect call type mismatch"),
            (program!("bad_indirect_address"), "out of bounds table access"),
        ];
        for (guest, why) in guests {
            let (what, backtrace) = trapped(bed.run(guest, LIMITS).await);
            assert!(what.contains(why), "{what:?} should contain {why:?}");
            assert!(backtrace.last().unwrap().contains("handle"), "{backtrace:?}");
        }
        let (_, backtrace) = trapped(bed.run(program!("bad_unreachable"), LIMITS).await);
        let names = ["inner", "outer", "handle"];
        assert_eq!(backtrace.len(), 3, "{backtrace:?}");
        assert!(backtrace.iter().zip(names).all(|(frame, name)| frame.contains(name)));
        goes_on(&bed).await;
    });
}

#[test]
fn a_guest_that_nobody_waits_for_ends() {
    run(async {
        let bed = Bed::with(|options| options.running_max = 1);
        let id = bed.admit(program!("bad_loop")).await;
        let long = Limits { time: Duration::from_secs(600), ..LIMITS };
        let given_up = bed.host.call(call(id, long));
        let waited = tokio::time::timeout(Duration::from_millis(300), given_up).await;
        assert!(waited.is_err());
        // There is one place, so this runs only when the loop has ended.
        goes_on(&bed).await;
    });
}
