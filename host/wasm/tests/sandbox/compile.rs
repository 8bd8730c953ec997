//! Uploads: what is refused and how, what compiling may take, and what is kept of it.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use stdx::Secret;
use wasm::{ComponentId, Fault, Rejection, Sandbox, Worker, pack};

use crate::program;
use crate::support::{Bed, LIMITS, call, run};

#[test]
fn what_is_no_function_is_refused_at_once() {
    run(async {
        let bed = Bed::new();
        let identity = pack(program!("identity").as_bytes()).unwrap();
        let mut flipped = identity.clone();
        flipped[identity.len() / 2] ^= 0xff;
        let uploads = [
            &b""[..],
            b"hello",
            b"(module)",
            b"(component)",
            b"\0asm\x0d\0\x01\0",
            &identity[..identity.len() / 2],
            &flipped,
        ];
        for upload in uploads {
            let rejection = bed.try_admit(upload).await.unwrap_err();
            assert!(matches!(rejection, Rejection::Unfit(_)), "{rejection:?}");
        }
        bed.admit(program!("identity")).await;
    });
}

/// A module that fits, with a function of `body`.
fn with_function(body: &str) -> String {
    let module = program!("nothing").trim_end();
    format!("{} (func $bomb (param i32) (result i32) {body}))", module.strip_suffix(')').unwrap())
}

/// A component that fits, with `count` modules that nobody uses. Each has four memories, with a byte at the beginning and
/// one at `end`.
fn with_sparse_memories(count: usize, end: usize) -> Vec<u8> {
    let pages = end / 65_536 + 1;
    let memory = |at| {
        format!(
            r#"(memory {pages}) (data (memory {at}) (i32.const 0) "a") (data (memory {at}) (i32.const {end}) "z")"#
        )
    };
    let memories: String = (0..4).map(memory).collect();
    let module = wat::parse_str(format!("(module {memories})")).unwrap();
    let mut component = pack(program!("nothing").as_bytes()).unwrap();
    for _ in 0..count {
        component.push(1);
        // As WebAssembly writes lengths of less than 16,384.
        let length = u16::try_from(module.len()).unwrap();
        component.extend([
            u8::try_from(length & 0x7f).unwrap() | 0x80,
            u8::try_from(length >> 7).unwrap(),
        ]);
        component.extend_from_slice(&module);
    }
    component
}

#[test]
fn little_that_is_far_apart_does_not_become_much() {
    run(async {
        let bed = Bed::new();
        // Sixteen mebibytes for each memory, were they kept as they look at first.
        bed.try_admit(&with_sparse_memories(9, 16_000_000)).await.unwrap();
        let kept = bed.temp.path().join("compiled").read_dir().unwrap();
        let bytes: u64 = kept.map(|file| file.unwrap().metadata().unwrap().len()).sum();
        assert!(bytes < 1_000_000, "{bytes}");
        // What is taken for dense in spite of it is bounded in sum.
        let refused = bed.try_admit(&with_sparse_memories(300, 60_000)).await.map(|it| it.id);
        let Err(Rejection::TooComplex(text)) = refused else { panic!("{refused:?}") };
        assert!(text.contains("bytes of code"), "{text}");
    });
}

#[test]
fn what_takes_too_much_to_compile_is_refused_and_the_next_upload_works() {
    run(async {
        let bed = Bed::new();
        // Values that all live until the end, with branches between: what allocators of registers like least.
        let mut bomb = String::new();
        for at in 0..40_000 {
            write!(bomb, "(local $l{at} i32)").unwrap();
        }
        for at in 0..40_000 {
            write!(bomb, "(local.set $l{at} (i32.load offset={at} (local.get 0)))").unwrap();
            bomb.push_str("(block (br_if 0 (local.get 0)))");
        }
        bomb.push_str("(i32.const 0)");
        for at in 0..40_000 {
            write!(bomb, "(i32.add (local.get $l{at}))").unwrap();
        }
        let bomb = with_function(&bomb);
        let (rejection, identity) = futures_util::future::join(
            bed.try_admit(bomb.as_bytes()),
            bed.run(program!("identity"), LIMITS),
        )
        .await;
        assert!(identity.result.is_ok(), "{identity:?}");
        let rejection = rejection.unwrap_err();
        assert!(matches!(rejection, Rejection::TooComplex(_)), "{rejection:?}");
        bed.admit(program!("nothing")).await;
    });
}

#[test]
fn many_blocks_and_functions_are_taken_or_refused_in_time() {
    run(async {
        let bed = Bed::new();
        let blocks = format!("{}{}(i32.const 0)", "block ".repeat(15_000), "end ".repeat(15_000));
        let mut functions = String::from("(i32.const 0))");
        for _ in 0..50_000 {
            functions.push_str("(func (param i32) (result i32) (i32.const 0))");
        }
        functions.push_str("(func (param i32) (result i32) (i32.const 0)");
        for body in [blocks, functions] {
            match bed.try_admit(with_function(&body).as_bytes()).await {
                Ok(_) | Err(Rejection::TooComplex(_)) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        bed.admit(program!("identity")).await;
    });
}

#[test]
fn a_compiler_that_does_not_compile_is_no_fault_of_the_upload() {
    run(async {
        for (program, arguments) in
            [("/nonexistent/program", vec![]), ("/bin/echo", vec!["hello".into()])]
        {
            let worker = Worker { program: program.into(), arguments };
            let bed = Bed::with(|options| options.worker = worker);
            let rejection = bed.try_admit(program!("identity").as_bytes()).await.unwrap_err();
            assert!(matches!(rejection, Rejection::Unavailable(_)), "{rejection:?}");
        }
        // One that ends badly, as a compiler does that hits its limits.
        let worker = Worker { program: "/bin/false".into(), arguments: vec![] };
        let bed = Bed::with(|options| options.worker = worker);
        let rejection = bed.try_admit(program!("identity").as_bytes()).await.unwrap_err();
        assert!(matches!(rejection, Rejection::TooComplex(_)), "{rejection:?}");
    });
}

#[test]
fn what_was_compiled_is_not_compiled_again() {
    run(async {
        let first = Bed::new();
        let id = first.admit(program!("identity")).await;
        let (temp, kept) = (Arc::clone(&first.temp), Arc::clone(&first.kept));
        drop(first);
        let second = Bed::over(Arc::clone(&temp), Arc::clone(&kept), |_| {});
        assert!(second.host.call(call(id, LIMITS)).await.result.is_ok());
        assert_eq!(second.host.stats().compiled, 0);
        drop(second);
        // Another host's key: what is there is worth nothing.
        let third = Bed::over(temp, kept, |options| options.host_key = Secret::new([8; 32]));
        assert!(third.host.call(call(id, LIMITS)).await.result.is_ok());
        assert_eq!(third.host.stats().compiled, 1);
    });
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test changes files behind the host's back")]
fn forged_code_is_never_run() {
    run(async {
        let bed = Bed::new();
        let good = bed.admit(program!("identity")).await;
        let evil = bed.admit(program!("bad_unreachable")).await;
        let (temp, kept) = (Arc::clone(&bed.temp), Arc::clone(&bed.kept));
        drop(bed);
        let file = |id: ComponentId| {
            let hex: String = id.0.iter().map(|byte| format!("{byte:02x}")).collect();
            let mut entries = std::fs::read_dir(temp.path().join("compiled"))
                .unwrap()
                .map(|entry| entry.unwrap());
            entries
                .find(|entry| entry.file_name().to_str().unwrap().starts_with(&hex))
                .unwrap()
                .path()
        };
        let mut flipped = std::fs::read(file(good)).unwrap();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        let forgeries = [std::fs::read(file(evil)).unwrap(), flipped, Vec::new()];
        for forged in forgeries {
            std::fs::write(file(good), forged).unwrap();
            let host = Bed::over(Arc::clone(&temp), Arc::clone(&kept), |_| {});
            let ended = host.host.call(call(good, LIMITS)).await;
            assert_eq!(ended.result.unwrap().emits.len(), 3);
            assert_eq!(host.host.stats().compiled, 1);
        }
    });
}

#[test]
fn many_who_ask_at_once_cause_one_compilation() {
    run(async {
        let bed = Bed::with(|options| options.cache_bytes_max = 0);
        let id = bed.admit(program!("identity")).await;
        let again = Bed::over(Arc::clone(&bed.temp), Arc::clone(&bed.kept), |options| {
            options.cache_bytes_max = 0;
        });
        let calls = (0..20).map(|_| again.host.call(call(id, LIMITS)));
        let all = futures_util::future::join_all(calls).await;
        assert!(all.iter().all(|ended| ended.result.is_ok()));
        assert_eq!(again.host.stats().compiled, 1);
    });
}

#[test]
fn a_component_that_cannot_be_had_did_not_run() {
    run(async {
        let bed = Bed::new();
        let ended = bed.host.call(call(ComponentId([9; 32]), LIMITS)).await;
        assert_eq!(ended.result, Err(Fault::NotRun("no such component".to_owned())));
        assert!(ended.usage.wall < Duration::from_secs(5));
    });
}

#[test]
fn what_cannot_be_compiled_is_not_tried_at_every_call() {
    run(async {
        let bed = Bed::new();
        let id = bed.keep(b"(component)");
        for _ in 0..5 {
            let ended = bed.host.call(call(id, LIMITS)).await;
            let Err(Fault::NotRun(why)) = &ended.result else { panic!("{ended:?}") };
            assert!(why.contains("does not export"), "{why}");
        }
        assert_eq!(bed.host.stats().compiled, 1);
    });
}

#[test]
fn a_component_that_was_compiled_before_is_admitted_as_it_is() {
    run(async {
        let bed = Bed::new();
        let first = bed.try_admit(program!("identity").as_bytes()).await.unwrap();
        let second = bed.try_admit(&first.component).await.unwrap();
        assert_eq!(first, second);
        assert_eq!(bed.host.stats().compiled, 1);
    });
}
