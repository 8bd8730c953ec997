//! Interpreters: an instance is given one function's code, once, and what that costs counts as the function's.

use std::sync::Arc;

use bytes::Bytes;
use wasm::message::{Raised, Source};
use wasm::{Call, ComponentId, Event, Fault, Sandbox};

use crate::program;
use crate::support::{Bed, LIMITS, handler_call, run};

fn source(program: &[u8], handler: &str) -> Arc<Source> {
    let files = vec![("program".to_owned(), Bytes::copy_from_slice(program))];
    Arc::new(Source { files, handler: handler.to_owned() })
}

fn source_call(id: ComponentId, function: u64, source: Option<Arc<Source>>) -> Call<Event> {
    let call = handler_call(id, LIMITS, b"{}");
    let event = Event { source, ..Event::clone(&call.input) };
    Call { function, input: Arc::new(event), ..call }
}

#[test]
fn each_function_runs_in_instances_with_its_own_code() {
    run(async {
        let bed = Bed::new();
        let id = bed.admit(program!("interpreter")).await;
        for (function, text) in [(1, "[1]"), (2, "\"two\""), (1, "[1]"), (2, "\"two\"")] {
            let source = source(text.as_bytes(), "a.b");
            let ended = bed.host.handle(source_call(id, function, Some(source))).await;
            assert_eq!(ended.result.unwrap(), text);
        }
        // It ends the second time that it is given code.
        assert_eq!((bed.host.stats().calls, bed.host.stats().cold_calls), (4, 2));
    });
}

#[test]
fn an_instance_that_could_not_load_is_not_used_again() {
    run(async {
        let bed = Bed::new();
        let id = bed.admit(program!("interpreter")).await;
        for _ in 0..2 {
            let call = source_call(id, 1, Some(source(b"1", "x.y")));
            let raised = Raised {
                error_type: "Test.Refused".to_owned(),
                message: "no such handler".to_owned(),
                stack: Vec::new(),
            };
            assert_eq!(bed.host.handle(call).await.result, Err(Fault::Raised(raised)));
        }
        assert_eq!(bed.host.stats().warm, 0);
        let call = source_call(id, 1, Some(source(b"1", "a.b")));
        assert_eq!(bed.host.handle(call).await.result.unwrap(), "1");
    });
}

#[test]
fn code_and_interpreter_go_together() {
    run(async {
        let bed = Bed::new();
        let (interpreter, echo) =
            (bed.admit(program!("interpreter")).await, bed.admit(program!("echo")).await);
        let ended = bed.host.handle(source_call(interpreter, 1, None)).await;
        assert!(matches!(ended.result, Err(Fault::Malformed(_))), "{:?}", ended.result);
        let ended = bed.host.handle(source_call(echo, 1, Some(source(b"1", "a.b")))).await;
        assert!(matches!(ended.result, Err(Fault::NotRun(_))), "{:?}", ended.result);
    });
}

#[test]
fn code_counts_as_memory_of_the_function() {
    run(async {
        let bed = Bed::new();
        let id = bed.admit(program!("interpreter")).await;
        let large = source(&vec![b' '; LIMITS.memory_bytes], "a.b");
        let ended = bed.host.handle(source_call(id, 1, Some(large))).await;
        assert_eq!(ended.result, Err(Fault::OutOfMemory(LIMITS.memory_bytes)));
    });
}

#[test]
fn a_component_is_made_ready_once() {
    run(async {
        let bed = Bed::new();
        let component = wasm::pack(program!("interpreter").as_bytes()).unwrap();
        let id = bed.keep(&component);
        bed.host.ready(id, false).await.unwrap();
        assert_eq!((bed.host.stats().compiled, bed.host.stats().loaded), (1, 0));
        bed.host.ready(id, true).await.unwrap();
        assert_eq!((bed.host.stats().compiled, bed.host.stats().loaded), (1, 1));
        let ended = bed.host.handle(source_call(id, 1, Some(source(b"1", "a.b")))).await;
        assert_eq!(ended.result.unwrap(), "1");
        assert_eq!(bed.host.stats().compiled, 1);
        let unknown = ComponentId([9; 32]);
        assert!(bed.host.ready(unknown, true).await.is_err());
    });
}
