//! Instances that are used again: by whom, for how long, and what is left of them.

use std::sync::Arc;
use std::time::Duration;

use stdx::ManualClock;
use wasm::message::Disposition;
use wasm::{Call, Ended, Limits, Sandbox};

use crate::program;
use crate::support::{Bed, LIMITS, call, run};

/// How often the instance of `count` was called.
fn count(ended: &Ended) -> u64 {
    let reply = ended.result.as_ref().unwrap();
    let Disposition::RetryAfter(count) = &reply.outcomes[0].disposition else {
        panic!("{reply:?}")
    };
    u64::try_from(count.as_millis()).unwrap()
}

#[test]
fn an_instance_is_used_again_by_its_own() {
    run(async {
        let bed = Bed::new();
        let id = bed.admit(program!("count")).await;
        for expected in 1..=5 {
            let ended = bed.host.call(call(id, LIMITS)).await;
            assert_eq!((count(&ended), ended.usage.is_cold), (expected, expected == 1));
        }
        assert_eq!(bed.host.stats().warm, 1);
    });
}

#[test]
fn nobody_gets_the_instance_of_another() {
    run(async {
        let bed = Bed::new();
        let id = bed.admit(program!("count")).await;
        let own = call(id, LIMITS);
        let larger = Limits { memory_bytes: LIMITS.memory_bytes * 2, ..LIMITS };
        let others: [Call; 4] = [
            Call { tenant: 2, ..own.clone() },
            Call { function: 2, ..own.clone() },
            Call { limits: larger, ..own.clone() },
            Call { environment: [].into(), ..own.clone() },
        ];
        assert_eq!(count(&bed.host.call(own.clone()).await), 1);
        for other in others {
            assert_eq!(count(&bed.host.call(other).await), 1);
        }
        assert_eq!(count(&bed.host.call(own).await), 2);
    });
}

#[test]
fn who_has_many_or_large_ones_loses_them_first() {
    run(async {
        let bed = Bed::with(|options| {
            options.warm_max = 4;
            options.warm_bytes_max = 256 * 1024 * 1024;
        });
        let (id, large) =
            (bed.admit(program!("count")).await, bed.admit(program!("large_first_memory")).await);
        assert_eq!(count(&bed.host.call(call(id, LIMITS)).await), 1);
        let limits = Limits { memory_bytes: 1024 * 1024 * 1024, ..LIMITS };
        let ended = bed.host.call(Call { tenant: 2, ..call(large, limits) }).await;
        assert!(ended.result.is_ok(), "{ended:?}");
        assert_eq!((count(&bed.host.call(call(id, LIMITS)).await), bed.host.stats().warm), (2, 1));
        for function in 0..8 {
            bed.host.call(Call { tenant: 2, function, ..call(id, LIMITS) }).await.result.unwrap();
        }
        assert_eq!((count(&bed.host.call(call(id, LIMITS)).await), bed.host.stats().warm), (3, 4));
    });
}

#[test]
fn memory_of_former_tenants_is_empty() {
    run(async {
        let bed = Bed::with(|options| options.warm_max = 0);
        let id = bed.admit(program!("stain")).await;
        for tenant in 0..100 {
            let ended = bed.host.call(Call { tenant, ..call(id, LIMITS) }).await;
            assert!(ended.result.is_ok(), "tenant {tenant}: {ended:?}");
            assert!(ended.usage.is_cold);
        }
    });
}

#[test]
fn an_instance_that_grows_is_replaced_before_it_fails() {
    run(async {
        let bed = Bed::new();
        let id = bed.admit(program!("leak")).await;
        let limits = Limits { memory_bytes: 8 * 1024 * 1024, ..LIMITS };
        let mut cold = 0;
        for _ in 0..500 {
            let ended = bed.host.call(call(id, limits)).await;
            assert!(ended.result.is_ok(), "{ended:?}");
            assert!(ended.usage.memory_bytes <= limits.memory_bytes);
            cold += u32::from(ended.usage.is_cold);
        }
        // From 2 MiB to 6 MiB, 64 KiB a call.
        assert!((7..=9).contains(&cold), "{cold}");
    });
}

#[test]
fn thousands_of_calls_leave_nothing_behind() {
    run(async {
        let bed = Bed::new();
        let id = bed.admit(program!("identity")).await;
        let mut most = 0;
        for _ in 0..12_000 {
            let ended = bed.host.call(call(id, LIMITS)).await;
            assert_eq!(ended.result.unwrap().emits.len(), 3);
            most = most.max(ended.usage.memory_bytes);
        }
        assert_eq!(most, 65536);
        let stats = bed.host.stats();
        // An instance ends after 10,000 calls.
        assert_eq!((stats.cold_calls, stats.calls, stats.compiled), (2, 12_000, 1));
        assert_eq!((stats.running, stats.waiting, stats.faults), (0, 0, 0));
    });
}

#[test]
fn no_more_wait_than_may() {
    run(async {
        let bed = Bed::with(|options| options.warm_max = 3);
        let id = bed.admit(program!("count")).await;
        for function in 0..10 {
            bed.host.call(Call { function, ..call(id, LIMITS) }).await;
        }
        assert_eq!(bed.host.stats().warm, 3);
        // The oldest went.
        let newest = Call { function: 9, ..call(id, LIMITS) };
        assert!(!bed.host.call(newest).await.usage.is_cold);
        assert!(bed.host.call(call(id, LIMITS)).await.usage.is_cold);
    });
}

#[test]
fn an_instance_does_not_wait_for_ever() {
    run(async {
        let clock = ManualClock::default();
        let temp = Arc::new(tempfile::tempdir().unwrap());
        let bed = Bed::at(temp, Arc::default(), Arc::new(clock.clone()), |_options| {});
        let id = bed.admit(program!("count")).await;
        let other = Call { function: 2, ..call(id, LIMITS) };
        bed.host.call(call(id, LIMITS)).await;
        clock.advance(299_000);
        bed.host.call(other.clone()).await;
        assert_eq!(bed.host.stats().warm, 2);
        clock.advance(2_000);
        assert_eq!(count(&bed.host.call(other).await), 2);
        assert_eq!(bed.host.stats().warm, 1);
    });
}

#[test]
fn shutting_down_waits_for_calls_and_takes_no_more() {
    run(async {
        let bed = Bed::new();
        let id = bed.admit(program!("bad_loop")).await;
        let limits = Limits { time: Duration::from_millis(300), ..LIMITS };
        let mut running = Box::pin(bed.host.call(call(id, limits)));
        let early = tokio::time::timeout(Duration::from_millis(100), &mut running).await;
        assert!(early.is_err());
        bed.host.shutdown().await;
        assert_eq!(bed.host.stats().running, 0);
        assert_eq!(running.await.result, Err(wasm::Fault::TimedOut(limits.time)));
        let refused = bed.host.call(call(id, limits)).await;
        let why = "the host is shutting down".to_owned();
        assert_eq!(refused.result, Err(wasm::Fault::NotRun(why)));
    });
}
