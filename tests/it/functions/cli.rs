//! The AWS CLI: what the README tells to type.

use std::path::Path;

use e2e::{Launch, aws, workspace};
use serde_json::Value;

/// Runs a command and reads the JSON that it prints.
fn run(url: &str, words: &[&str]) -> Value {
    let env = [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    let ended = aws(words, &env).unwrap_or_else(|failure| panic!("{failure:#}"));
    if ended.stdout.trim().is_empty() {
        return Value::Null;
    }
    serde_json::from_str(&ended.stdout).unwrap()
}

/// The CLI takes nothing but zips.
fn zip(component: &Path, folder: &Path) -> String {
    let path = folder.join("quakes.zip");
    let mut python = std::process::Command::new("python3");
    python.args(["-m", "zipfile", "-c"]).arg(&path).arg(component);
    assert!(python.status().unwrap().success());
    format!("fileb://{}", path.display())
}

#[test]
fn a_function_is_made_mapped_invoked_and_deleted() {
    let temp = tempfile::tempdir().unwrap();
    let server = Launch::dev(temp.path().join("data")).arg("--no-limits").start().unwrap();
    let url = server.url();
    let aws = |words: &[&str]| run(&url, words);
    for name in ["quakes", "strong"] {
        aws(&["kinesis", "create-stream", "--stream-name", name, "--shard-count", "1"]);
        aws(&["kinesis", "wait", "stream-exists", "--stream-name", name]);
    }
    let component = workspace::root().join("guests/rust-quakes/quakes.wasm");
    let zip = zip(&component, temp.path());
    let role = "arn:aws:iam::000000000000:role/any";
    let made = aws(&[
        "lambda",
        "create-function",
        "--function-name",
        "quakes",
        "--zip-file",
        &zip,
        "--role",
        role,
        "--runtime",
        "provided.al2023",
        "--handler",
        "none",
        "--environment",
        "Variables={MIN_MAGNITUDE=5}",
    ]);
    assert_eq!(made["FunctionName"], "quakes");
    aws(&["lambda", "wait", "function-active-v2", "--function-name", "quakes"]);
    let arn = |name: &str| format!("arn:aws:kinesis:us-east-1:000000000000:stream/{name}");
    let destination = format!("OnSuccess={{Destination={}}}", arn("strong"));
    let mapping = aws(&[
        "lambda",
        "create-event-source-mapping",
        "--function-name",
        "quakes",
        "--event-source-arn",
        &arn("quakes"),
        "--starting-position",
        "TRIM_HORIZON",
        "--destination-config",
        &destination,
    ]);
    let uuid = mapping["UUID"].as_str().unwrap();
    assert_eq!(aws(&["lambda", "get-event-source-mapping", "--uuid", uuid])["UUID"], uuid);
    let listed = aws(&["lambda", "list-functions"]);
    assert_eq!(listed["Functions"][0]["FunctionName"], "quakes");

    let event = workspace::root().join("tests/clients/cli/event.json");
    let (event, out) = (format!("fileb://{}", event.display()), temp.path().join("out.json"));
    let invoked = aws(&[
        "lambda",
        "invoke",
        "--function-name",
        "quakes",
        "--payload",
        &event,
        out.to_str().unwrap(),
    ]);
    assert_eq!(invoked["StatusCode"], 200);
    let answer: Value = serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap();
    assert_eq!(answer["records"].as_array().map(Vec::len), Some(1), "{answer}");

    aws(&["lambda", "delete-event-source-mapping", "--uuid", uuid]);
    aws(&["lambda", "delete-function", "--function-name", "quakes"]);
}
