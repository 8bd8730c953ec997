//! All of them at once, beside a function that keeps answering.

use std::time::Duration;

use futures_util::future::join_all;
use wasm::{Call, Fault, Limits, Sandbox};

use crate::support::{Bed, LIMITS, call, handler_call, run};
use crate::{handler, program};

const BAD: [&str; 20] = [
    program!("bad_loop"),
    program!("bad_loop_in_start"),
    program!("bad_loop_in_realloc"),
    program!("bad_loop_of_calls"),
    program!("bad_grow"),
    program!("grow"),
    program!("grow_table"),
    program!("large_first_memory"),
    program!("bad_recursion"),
    program!("bad_giant_list"),
    program!("bad_endless_list"),
    program!("bad_long_string"),
    program!("bad_shared_strings"),
    program!("log_flood"),
    program!("bad_log"),
    program!("bad_unreachable"),
    program!("bad_division"),
    program!("bad_address"),
    program!("bad_tag"),
    program!("stain"),
];

#[test]
fn a_healthy_function_keeps_answering_beside_all_of_them() {
    run(async {
        let bed = Bed::new();
        let good = bed.admit(program!("identity")).await;
        let mut bad = Vec::new();
        for guest in BAD {
            bad.push(bed.admit(guest).await);
        }
        let mut handlers = Vec::new();
        for guest in handler::hostile() {
            handlers.push(bed.try_admit(&guest).await.unwrap().id);
        }
        let limits = Limits { time: Duration::from_millis(1500), ..LIMITS };
        let handlers = join_all((0_u64..).zip(&handlers).map(|(tenant, id)| {
            let call = handler_call(*id, limits, b"{}");
            bed.host.handle(Call { tenant: tenant + 100, ..call })
        }));
        let crowd = join_all((0_u64..).zip(&bad).flat_map(|(tenant, id)| {
            [0, 1].map(|function| {
                bed.host.call(Call { tenant: tenant + 10, function, ..call(*id, limits) })
            })
        }));
        let healthy = async {
            let mut slowest = Duration::ZERO;
            for _ in 0..100 {
                let ended = bed.host.call(call(good, LIMITS)).await;
                assert_eq!(ended.result.unwrap().emits.len(), 3);
                slowest = slowest.max(ended.usage.wall);
            }
            slowest
        };
        let (crowd, handlers, slowest) =
            futures_util::future::join3(crowd, handlers, healthy).await;
        for ended in &crowd {
            assert!(!matches!(ended.result, Err(Fault::NotRun(_))), "{ended:?}");
        }
        for ended in &handlers {
            assert_eq!(ended.result, Err(Fault::TimedOut(limits.time)));
        }
        // Far from the half minute that it would be if it had to take its turn after every loop; other tests, and whatever
        // else keeps the machine busy, run beside.
        assert!(slowest < Duration::from_secs(5), "{slowest:?}");
        assert_eq!(bed.host.stats().running, 0);
    });
}

#[test]
fn guests_with_all_memories_that_one_may_have_take_none_from_others() {
    run(async {
        let bed = Bed::new();
        let memories = r#"(memory 1) (memory 1) (memory 1) (func "#;
        let guest = program!("bad_loop").replacen("(func ", memories, 1);
        let id = bed.admit(&guest).await;
        let limits = Limits { time: Duration::from_secs(1), ..LIMITS };
        let all = join_all((0..48).map(|_| bed.host.call(call(id, limits)))).await;
        for ended in &all {
            assert_eq!(ended.result, Err(Fault::TimedOut(limits.time)));
        }
    });
}

#[test]
fn calls_that_find_no_place_in_time_did_not_run() {
    run(async {
        let bed = Bed::with(|options| {
            options.running_max = 1;
            options.waiting_max = 2;
            options.wait = Duration::from_millis(100);
        });
        let id = bed.admit(program!("bad_loop")).await;
        let limits = Limits { time: Duration::from_secs(1), ..LIMITS };
        let all = join_all((0..5).map(|_| bed.host.call(call(id, limits)))).await;
        let why = |text: &str| {
            let fault = Fault::NotRun(text.to_owned());
            all.iter().filter(|ended| ended.result == Err(fault.clone())).count()
        };
        assert_eq!(why("too many functions wait to run"), 2);
        assert_eq!(why("too many functions are running"), 2);
        let timed_out =
            all.iter().filter(|ended| ended.result == Err(Fault::TimedOut(limits.time)));
        assert_eq!(timed_out.count(), 1);
    });
}
