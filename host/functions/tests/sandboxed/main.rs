//! The service with the sandbox that it has in a node: real components, really compiled.
//!
//! Compiling is done by children, which are this very program, so it has no harness: it runs what stands in
//! [`main`], and ends with a failure if any of it panics.

#![allow(clippy::unwrap_used, reason = "helpers of tests panic as tests do")]

#[path = "../it/sandbox.rs"]
#[allow(dead_code, reason = "the other suite follows scripts")]
mod sandbox;
#[path = "../it/support.rs"]
#[allow(dead_code, reason = "the other suite uses the rest")]
mod support;

use std::io::{Cursor, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use cap_std::fs::Dir;
use serde_json::{Value, json};
use stdx::{DataDir, Secret, SystemClock};
use storage::faulty::Fate;
use storage::{Memory, Term};
use tempfile::TempDir;
use wasm::{Options, Worker};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use support::{FUNCTIONS, Host, MAPPINGS, ROLE, START, base64, event, stream_arn};

/// What a child is called with.
const COMPILE: &str = "compile";

macro_rules! program {
    ($name:literal) => {
        include_str!(concat!("../../../../guests/programs/", $name, ".wat"))
    };
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(COMPILE) {
        return wasm::compile_worker();
    }
    let temp = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let host = open(&temp, Arc::new(Memory::new(Term(1)))).await;
        uploads_are_checked(&host).await;
        calls_run_components(&host).await;
        calls_run_handlers(&host).await;
        mappings_carry_records(&host).await;
        a_restart_finds_components_again(host, &temp).await;
    });
    ExitCode::SUCCESS
}

async fn open(temp: &TempDir, memory: Arc<Memory>) -> Host<wasm::Host> {
    let clock = Host::clock();
    let make = |components| {
        let program = std::env::current_exe().unwrap();
        let worker = Worker { program, arguments: vec![COMPILE.into()] };
        let cache = DataDir::new(dir(temp), temp.path());
        let options = Options::new(worker, cache, Secret::new([7; 32]));
        wasm::Host::new(options, components, Arc::new(SystemClock::new())).unwrap()
    };
    let host = Host::build(memory, clock, |_| Fate::Pass, make).await;
    host.service.start();
    host
}

#[expect(clippy::disallowed_methods, reason = "a test's own directory")]
fn dir(temp: &TempDir) -> Dir {
    Dir::open_ambient_dir(temp.path(), cap_std::ambient_authority()).unwrap()
}

/// The code as people upload it.
fn zipped(code: &str) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("README.md", SimpleFileOptions::default()).unwrap();
    writer.write_all(b"A function.").unwrap();
    writer.start_file("target/function.wasm", SimpleFileOptions::default()).unwrap();
    writer.write_all(code.as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

async fn create(host: &Host<wasm::Host>, name: &str, code: impl AsRef<[u8]>, more: Value) -> Value {
    let mut input = json!({"FunctionName": name, "Role": ROLE, "Code": {"ZipFile": base64(code)}});
    support::merge(&mut input, more);
    host.works("POST", FUNCTIONS, input).await
}

async fn uploads_are_checked(host: &Host<wasm::Host>) {
    let input =
        |code: &str| json!({"FunctionName": "f", "Role": ROLE, "Code": {"ZipFile": base64(code)}});
    for (code, told) in [
        ("(module", "expected"),
        ("(module)", "transformer"),
        (r#"(module (import "env" "system" (func)))"#, "system"),
    ] {
        let refusal = host.refused("POST", FUNCTIONS, input(code)).await;
        assert_eq!((refusal.status, &*refusal.code), (400, "InvalidParameterValueException"));
        assert!(refusal.message.contains(told), "{code}: {}", refusal.message);
    }
}

async fn calls_run_components(host: &Host<wasm::Host>) {
    let made = create(host, "copy", zipped(program!("identity")), json!({})).await;
    assert_eq!(made["State"], "Active");
    let answer = host.invoke("copy", &[], &event(&["a", "b"])).await.unwrap();
    let record = |data| json!({"partitionKey": "k", "data": base64(data)});
    let expected = json!({"records": [record("a"), record("b")], "batchItemFailures": []});
    assert_eq!(answer.body, expected);
    create(host, "log", program!("log_lines"), json!({})).await;
    let answer = host.invoke("log", &[("x-amz-log-type", "Tail")], &event(&["a"])).await.unwrap();
    let tail = base64_simd::STANDARD.decode_to_vec(&answer.headers["X-Amz-Log-Result"]).unwrap();
    let tail = String::from_utf8(tail).unwrap();
    assert!(tail.starts_with("START RequestId: ") && tail.contains("\nERROR "), "{tail}");
    assert!(!tail.contains('\u{1b}'), "{tail}");
    create(host, "trap", program!("bad_unreachable"), json!({})).await;
    let answer = host.invoke("trap", &[], &event(&["a"])).await.unwrap();
    assert_eq!(answer.headers["X-Amz-Function-Error"], "Unhandled");
    assert_eq!(answer.body["errorType"], "Runtime.Trap");
    assert!(!answer.body["stackTrace"].as_array().unwrap().is_empty(), "{}", answer.body);
    create(host, "loop", program!("bad_loop"), json!({"Timeout": 1})).await;
    let answer = host.invoke("loop", &[], &event(&["a"])).await.unwrap();
    assert_eq!(answer.body["errorType"], "Sandbox.Timedout");
    let variables = json!({"Environment": {"Variables": {"NAME": "value"}}});
    create(host, "variables", program!("variables"), variables).await;
    let answer = host.invoke("variables", &[], &event(&["a"])).await.unwrap();
    assert_eq!(answer.body["records"][0]["target"], "value", "{}", answer.body);
}

async fn calls_run_handlers(host: &Host<wasm::Host>) {
    create(host, "echo", zipped(program!("echo")), json!({})).await;
    for payload in [json!({"a": [1, "é"]}), json!(null), json!("x".repeat(1_000_000))] {
        let answer = host.invoke("echo", &[], &payload).await.unwrap();
        assert_eq!(answer.body, payload);
    }
    create(host, "raise", program!("raise"), json!({})).await;
    let answer = host.invoke("raise", &[], &json!({})).await.unwrap();
    assert_eq!(answer.headers["X-Amz-Function-Error"], "Unhandled");
    let told = json!({"errorType": "Demo.Wrong", "errorMessage": "it is wrong", "stackTrace": ["inner", "outer"]});
    assert_eq!(answer.body, told);
    host.create_stream("events").await;
    let made = json!({"EventSourceArn": stream_arn("events"), "FunctionName": "raise", "StartingPosition": "TRIM_HORIZON"});
    let uuid = host.works("POST", MAPPINGS, made).await["UUID"].as_str().unwrap().to_owned();
    host.put("events", "one").await;
    let path = format!("{MAPPINGS}/{uuid}");
    while host.get(&path).await["LastProcessingResult"] != "PROBLEM: Demo.Wrong: it is wrong" {
        tokio::task::yield_now().await;
    }
    // Other code from the next attempt on: any answer will do.
    let code = json!({"ZipFile": base64(program!("echo"))});
    host.works("PUT", &format!("{FUNCTIONS}/raise/code"), code).await;
    while host.get(&path).await["LastProcessingResult"] != "OK" {
        tokio::task::yield_now().await;
    }
    host.works("DELETE", &path, Value::Null).await;
}

fn mapping(function: &str, from: &str, to: &str) -> Value {
    json!({"EventSourceArn": stream_arn(from), "FunctionName": function, "StartingPosition": "TRIM_HORIZON",
           "DestinationConfig": {"OnSuccess": {"Destination": stream_arn(to)}}})
}

async fn mappings_carry_records(host: &Host<wasm::Host>) {
    for name in ["in", "out", "flaky"] {
        host.create_stream(name).await;
    }
    // Fails twice on a batch whose first record has four bytes, with a trap on one of eight.
    create(host, "flaky", program!("flaky_copy"), json!({})).await;
    host.works("POST", MAPPINGS, mapping("copy", "in", "out")).await;
    host.works("POST", MAPPINGS, mapping("flaky", "in", "flaky")).await;
    for data in ["1234", "12345678", "123"] {
        host.put("in", data).await;
    }
    assert_eq!(host.holds("out", 3).await, ["1234", "12345678", "123"]);
    assert_eq!(host.holds("flaky", 3).await, ["1234", "12345678", "123"], "each once");
    assert!(host.metrics.functions.errors.get() >= 2);
    // Other code from the next batch on: it emits nothing.
    let code = json!({"ZipFile": base64(program!("nothing"))});
    host.works("PUT", &format!("{FUNCTIONS}/copy/code"), code).await;
    host.put("in", "abc").await;
    assert_eq!(host.holds("flaky", 4).await.last().unwrap(), "abc");
    assert_eq!(host.all("out").await.len(), 3);
    host.works(
        "PUT",
        &format!("{FUNCTIONS}/copy/code"),
        json!({"ZipFile": base64(program!("identity"))}),
    )
    .await;
}

async fn a_restart_finds_components_again(host: Host<wasm::Host>, temp: &TempDir) {
    host.service.stop().await;
    let seconds = u32::try_from(START.0 / 1000).unwrap();
    let host = open(temp, Arc::new(host.memory.reopen(seconds))).await;
    host.put("in", "again").await;
    assert_eq!(host.holds("flaky", 5).await.last().unwrap(), "again");
    // What was compiled is gone as well: the component is fetched and compiled anew.
    host.service.stop().await;
    let empty = tempfile::tempdir().unwrap();
    let host = open(&empty, Arc::new(host.memory.reopen(seconds + 1))).await;
    let answer = host.invoke("copy", &[], &event(&["a"])).await.unwrap();
    assert_eq!(answer.body["records"][0]["data"], base64("a"));
    host.service.stop().await;
}
