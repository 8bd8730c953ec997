//! Functions and mappings, from the first to the last command.

use std::path::Path;
use std::time::{Duration, Instant};

use e2e::client::Client;
use e2e::{Launch, Program, Server, workspace};
use serde_json::{Value, json};

use super::Shell;
use crate::functions::stream_arn;

const WITHIN: Duration = Duration::from_secs(60);
const ROLE: &str = "arn:aws:iam::000000000000:role/any";

#[test]
fn a_function_is_made_mapped_invoked_watched_and_deleted() {
    let temp = tempfile::tempdir().unwrap();
    let server = Launch::dev(temp.path().join("data")).arg("--no-limits").start().unwrap();
    let shell = Shell::new(&server);
    for name in ["quakes", "strong"] {
        let input = json!({"StreamName": name, "ShardCount": 1});
        server.client().call("CreateStream", &input).unwrap();
    }
    create(&shell, temp.path());
    let uuid = map(&shell);
    invoke(&shell, temp.path());
    carries(&shell, &server);
    shell.json(&["lambda", "delete-event-source-mapping", "--uuid", &uuid]);
    shell.text(&["lambda", "delete-function", "--function-name", "quakes"]);
    let gone = "Function not found: arn:aws:lambda:us-east-1:000000000000:function:quakes";
    shell.refuses(
        &["lambda", "get-function", "--function-name", "quakes"],
        "GetFunction",
        "ResourceNotFoundException",
        gone,
    );
}

/// The CLI takes nothing but zips.
fn zip(component: &Path, folder: &Path) -> String {
    let path = folder.join("quakes.zip");
    let mut python = std::process::Command::new("python3");
    python.args(["-m", "zipfile", "-c"]).arg(&path).arg(component);
    assert!(python.status().unwrap().success());
    format!("fileb://{}", path.display())
}

fn create(shell: &Shell, folder: &Path) {
    let component = workspace::root().join("guests/rust-quakes/quakes.wasm");
    let zip = zip(&component, folder);
    let named = |operation| ["lambda", operation, "--function-name", "quakes"];
    let made = shell.json(
        &[
            &named("create-function")[..],
            &["--zip-file", &zip, "--role", ROLE, "--runtime", "provided.al2023"],
            &["--handler", "none", "--environment", "Variables={MIN_MAGNITUDE=9}"],
        ]
        .concat(),
    );
    assert_eq!(made["FunctionName"], "quakes");
    shell.text(&["lambda", "wait", "function-active-v2", "--function-name", "quakes"]);
    let changed = shell.json(
        &[
            &named("update-function-configuration")[..],
            &["--environment", "Variables={MIN_MAGNITUDE=5}", "--timeout", "7"],
        ]
        .concat(),
    );
    assert_eq!(changed["Timeout"], 7);
    shell.text(&["lambda", "wait", "function-updated-v2", "--function-name", "quakes"]);
    let [text, table] = shell.together([
        &["lambda", "list-functions", "--output", "text", "--query", "Functions[].FunctionName"],
        &[&named("get-function-configuration")[..], &["--output", "table"]].concat(),
    ]);
    assert_eq!(text.trim(), "quakes");
    assert!(table.contains("MIN_MAGNITUDE") && table.contains("provided.al2023"), "{table}");
}

/// The UUID of the mapping.
fn map(shell: &Shell) -> String {
    let destination = format!("OnSuccess={{Destination={}}}", stream_arn("strong"));
    let mapping = shell.json(&[
        "lambda",
        "create-event-source-mapping",
        "--function-name",
        "quakes",
        "--event-source-arn",
        &stream_arn("quakes"),
        "--starting-position",
        "TRIM_HORIZON",
        "--destination-config",
        &destination,
    ]);
    let uuid = mapping["UUID"].as_str().unwrap();
    let listed = ["lambda", "list-event-source-mappings", "--event-source-arn"];
    let [got, listed] = shell.together([
        &["lambda", "get-event-source-mapping", "--uuid", uuid],
        &[
            &listed[..],
            &[&stream_arn("quakes"), "--output", "text", "--query", "EventSourceMappings[].UUID"],
        ]
        .concat(),
    ]);
    let got: Value = serde_json::from_str(&got).unwrap();
    assert_eq!((&got["UUID"], listed.trim()), (&json!(uuid), uuid));
    uuid.to_owned()
}

fn invoke(shell: &Shell, folder: &Path) {
    let event = workspace::root().join("tests/clients/cli/event.json");
    let (event, out) = (format!("fileb://{}", event.display()), folder.join("out.json"));
    let call = ["lambda", "invoke", "--function-name", "quakes", "--log-type", "Tail", "--payload"];
    let invoked = shell.json(&[&call[..], &[&event, out.to_str().unwrap()]].concat());
    assert_eq!(invoked["StatusCode"], 200);
    assert!(invoked["LogResult"].is_string(), "{invoked}");
    let answer: Value = serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap();
    assert_eq!(answer["records"].as_array().map(Vec::len), Some(1), "{answer}");
    let config = ["lambda", "put-function-event-invoke-config", "--function-name", "quakes"];
    let put = shell.json(&[&config[..], &["--maximum-retry-attempts", "1"]].concat());
    assert_eq!(put["MaximumRetryAttempts"], 1);
    let none = folder.join("none.json");
    let call = [
        "lambda",
        "invoke",
        "--function-name",
        "quakes",
        "--invocation-type",
        "Event",
        "--payload",
    ];
    let sent = shell.json(&[&call[..], &[&event, none.to_str().unwrap()]].concat());
    assert_eq!(sent["StatusCode"], 202);
    let delete = ["lambda", "delete-function-event-invoke-config", "--function-name", "quakes"];
    shell.text(&delete);
}

/// What is put with the CLI comes out of the function, and its log is seen with our own command.
fn carries(shell: &Shell, server: &Server) {
    let quake = |magnitude: f64| {
        json!({"id": "q", "mag": magnitude, "place": "5km N of Here", "time": 0, "net": "us",
               "magType": "mww", "tsunami": 0, "type": "earthquake", "felt": null,
               "coordinates": [1.5, 2.5, 10]})
    };
    let record = |magnitude| json!({"Data": quake(magnitude).to_string(), "PartitionKey": "k"});
    let records = json!([record(6.5), record(1.5)]).to_string();
    let put = ["kinesis", "put-records", "--stream-name", "quakes", "--records", &records];
    assert_eq!(shell.json(&put)["FailedRecordCount"], 0);
    let mut client = server.client();
    let deadline = Instant::now() + WITHIN;
    while emitted(&mut client) == 0 {
        assert!(Instant::now() < deadline, "nothing came out");
        std::thread::yield_now();
    }
    assert_eq!(emitted(&mut client), 1);
    let logs = Program::new(["functions", "logs", "quakes", "--endpoint", &server.url()]);
    let logs = logs.run().unwrap().success("functions logs").unwrap().stdout;
    assert!(logs.contains("1 of 2 events have magnitude"), "{logs}");
}

/// How many records the target has.
fn emitted(client: &mut Client) -> usize {
    let input =
        json!({"StreamName": "strong", "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON"});
    let iterator = client.call("GetShardIterator", &input).unwrap();
    let input = json!({"ShardIterator": iterator["ShardIterator"]});
    let reply = client.call("GetRecords", &input).unwrap();
    reply["Records"].as_array().map_or(0, Vec::len)
}
