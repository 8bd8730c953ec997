//! The service model that botocore ships, as test input: what the operations that work take, refuse, give
//! and raise is compared with it, over the wire. Each known difference is listed with its reason; a
//! difference that is not listed fails, and so does a listed one that is gone.

mod allowed;
mod metrics;
mod probe;
mod replies;
mod scenario;
mod shape;

use std::collections::BTreeSet;

use e2e::client::{CallError, Client, refused};
use e2e::{Launch, Server, progress, python, workspace};
use serde_json::Value;
use streams::ops::OPERATIONS;
use wire::State;
use wire::protocol::Protocol;

use allowed::{COMMON_ERRORS, compare};
use shape::Model;

/// What each comparison is made in.
const PROTOCOLS: [Protocol; 2] = [Protocol::AwsJson11, Protocol::AwsCbor11];

fn model() -> Model {
    model_of("kinesis")
}

fn model_of(service: &str) -> Model {
    let printed = python("model.py", &[("SERVICE", service)]).expect("botocore prints its model");
    Model::parse(&printed.stdout).expect("a service model")
}

fn server(data: &std::path::Path) -> Server {
    Launch::dev(data.join("data")).start().expect("a server")
}

fn working() -> Vec<&'static str> {
    let works = |entry: &&wire::Entry<streams::Streams>| entry.info.state == State::Works;
    OPERATIONS.iter().filter(works).map(|entry| entry.info.name).collect()
}

/// Every operation of the model is in the table, and nothing else is.
#[test]
fn the_table_has_the_operations_of_the_model() {
    let ours: BTreeSet<&str> = OPERATIONS.iter().map(|entry| entry.info.name).collect();
    let model = model();
    let theirs: BTreeSet<&str> = model.operations().collect();
    assert_eq!(ours, theirs);
    assert!(working().len() >= 10, "{:?}", working());
}

/// Members are known, and what breaks a constraint is refused by its name.
#[test]
fn inputs_are_refused_as_the_model_demands() {
    for protocol in PROTOCOLS {
        check_inputs(protocol);
    }
}

fn check_inputs(protocol: Protocol) {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let (model, mut client) = (model(), server.client().speaking(protocol));
    scenario::prepare(&mut client).unwrap();
    let mut differences = BTreeSet::new();
    let mut count = 0;
    for operation in working() {
        for probe in probe::all(&model, operation) {
            count += 1;
            let reply = client.ask(operation, &probe.input).unwrap();
            let told = refused(&reply);
            if !probe.is_satisfied_by(reply.status, &told) {
                let name = probe.name();
                let shown: String = told.message.chars().take(200).collect();
                let status = reply.status;
                progress(format!("{operation} {name}: {status} {} {shown}", told.code));
                differences.insert(format!("{operation} {name}"));
            }
        }
    }
    assert!(count > 150, "only {count} probes");
    compare(&differences, allowed::INPUTS);
}

/// What is given has the members, types and bounds of the model, and nothing is left out.
#[test]
fn outputs_are_what_the_model_describes() {
    for protocol in PROTOCOLS {
        check_outputs(protocol);
    }
}

fn check_outputs(protocol: Protocol) {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let (model, mut client) = (model(), server.client().speaking(protocol));
    let mut seen = replies::Seen::new(&model);
    scenario::prepare(&mut client).unwrap();
    for (operation, reply) in scenario::replies(&mut client).unwrap() {
        seen.check(operation, &reply);
    }
    for operation in working() {
        // Its reply is a stream of events, which the tests with SDKs read.
        let is_streamed = operation == "SubscribeToShard";
        assert!(is_streamed || seen.has(operation), "the scenario has no reply of {operation}");
    }
    compare(&seen.differences(), allowed::OUTPUTS);
}

/// What is raised is declared by the operation, or common to all; what is declared is raised.
#[test]
fn errors_are_those_of_the_model() {
    for protocol in PROTOCOLS {
        check_errors(protocol);
    }
}

fn check_errors(protocol: Protocol) {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let (model, mut client) = (model(), server.client().speaking(protocol));
    scenario::prepare(&mut client).unwrap();
    let mut differences = BTreeSet::new();
    let mut raised = BTreeSet::new();
    for (operation, input) in scenario::failures() {
        let code = code(&mut client, operation, &input);
        let is_declared = model.errors(operation).any(|declared| declared == code);
        if !is_declared && !COMMON_ERRORS.contains(&&*code) {
            differences.insert(format!("{operation} {code}"));
        }
        raised.insert((operation, code));
    }
    compare(&differences, allowed::ERRORS);
    let declared = working().into_iter().flat_map(|operation| {
        model.errors(operation).map(move |declared| (operation, declared.to_owned()))
    });
    let silent = declared.filter(|error| !raised.contains(error));
    let silent = silent.map(|(operation, code)| format!("{operation} {code} is never raised"));
    for name in silent {
        progress(format!("model: {name}"));
    }
}

fn code(client: &mut Client, operation: &str, input: &Value) -> String {
    loop {
        match client.call(operation, input) {
            // The scenario asks faster than an account may.
            Err(CallError::Refused(told)) if told.message.starts_with("Rate exceeded") => {}
            Err(CallError::Refused(refused)) => return refused.code,
            other => panic!("{operation} {input} should be refused: {other:?}"),
        }
    }
}

/// No exception that the service can raise is an invention.
#[test]
fn exceptions_in_the_source_are_in_the_model() {
    let model = model();
    let declared: BTreeSet<&str> =
        model.operations().flat_map(|operation| model.errors(operation)).collect();
    let mut found = 0;
    for path in workspace::files() {
        let is_of_service = path.starts_with("host/streams/src");
        let text = workspace::text(&path).filter(|_| is_of_service).unwrap_or_default();
        for word in text.split('"').filter(|word| word.ends_with("Exception")) {
            let is_name = word.chars().all(char::is_alphanumeric);
            let is_known = declared.contains(word) || COMMON_ERRORS.contains(&word);
            assert!(!is_name || is_known, "{}: {word}", path.display());
            found += usize::from(is_name);
        }
    }
    assert!(found > 5, "only {found} exceptions were found");
}
