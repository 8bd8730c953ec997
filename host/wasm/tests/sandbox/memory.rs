//! Memory that guests share: what one tenant leaves to others, and what becomes of who finds none.

use futures_util::future::join_all;
use wasm::{Call, Fault, Limits, Options, Sandbox};

use crate::program;
use crate::support::{Bed, LIMITS, call, run};

const MIB: usize = 1024 * 1024;

/// Memory for guests that run, and none for those that wait.
fn with_memory(bytes: usize) -> impl FnOnce(&mut Options) {
    move |options| {
        options.memory_bytes_max = bytes;
        options.warm_bytes_max = 0;
    }
}

/// A guest with 20 MiB that never ends.
fn large_loop() -> String {
    let memory = r#"(memory (export "memory") "#;
    let (before, after) = program!("bad_loop").split_once(memory).expect("it has one");
    let (_pages, after) = after.split_once(')').expect("it is closed");
    format!("{before}{memory}320){after}")
}

#[test]
fn a_tenant_that_takes_all_it_can_leaves_some_to_others() {
    run(async {
        // Three quarters are 60 MiB: three loops have them.
        let bed = Bed::with(with_memory(80 * MIB));
        let (greedy, modest) = (bed.admit(&large_loop()).await, bed.admit(program!("count")).await);
        let limits = Limits { time: std::time::Duration::from_secs(1), ..LIMITS };
        let crowd = join_all((0..8).map(|_| bed.host.call(call(greedy, limits))));
        let other = async {
            for _ in 0..20 {
                let ended = bed.host.call(Call { tenant: 2, ..call(modest, LIMITS) }).await;
                assert!(ended.result.is_ok(), "{ended:?}");
            }
        };
        let (crowd, ()) = futures_util::future::join(crowd, other).await;
        let refused = Fault::NotRun("the functions that run leave too little memory".to_owned());
        let count =
            |fault: &Fault| crowd.iter().filter(|it| it.result.as_ref() == Err(fault)).count();
        assert_eq!((count(&Fault::TimedOut(limits.time)), count(&refused)), (3, 5), "{crowd:?}");
        assert_eq!(bed.host.stats().memory_bytes, 0);
        // Nothing of it is lost.
        let ended = bed.host.call(call(greedy, limits)).await;
        assert_eq!(ended.result, Err(Fault::TimedOut(limits.time)));
    });
}

#[test]
fn a_guest_that_grows_into_what_others_have_is_not_at_fault() {
    run(async {
        // The loops have 40 of 50 MiB, and the guest that grows to 16 finds ten.
        let bed = Bed::with(with_memory(50 * MIB));
        let (first, grows) = (bed.admit(&large_loop()).await, bed.admit(program!("grow")).await);
        let limits = Limits { time: std::time::Duration::from_secs(2), ..LIMITS };
        let sixteen = Limits { memory_bytes: 16 * MIB, ..LIMITS };
        let loops =
            join_all((1..3).map(|tenant| bed.host.call(Call { tenant, ..call(first, limits) })));
        let grown = async {
            while bed.host.stats().memory_bytes < 40 * MIB {
                tokio::task::yield_now().await;
            }
            let meanwhile = bed.host.call(Call { tenant: 3, ..call(grows, sixteen) }).await;
            assert!(matches!(meanwhile.result, Err(Fault::NotRun(_))), "{meanwhile:?}");
        };
        futures_util::future::join(loops, grown).await;
        let ended = bed.host.call(Call { tenant: 3, ..call(grows, sixteen) }).await;
        assert!(ended.result.is_ok(), "{ended:?}");
    });
}

#[test]
fn what_no_guest_can_have_is_told_as_its_limit() {
    run(async {
        let bed = Bed::with(with_memory(400 * MIB));
        let limits = Limits { memory_bytes: 600 * MIB, ..LIMITS };
        let ended = bed.run(program!("large_first_memory"), limits).await;
        assert_eq!(ended.result, Err(Fault::OutOfMemory(300 * MIB)));
    });
}
