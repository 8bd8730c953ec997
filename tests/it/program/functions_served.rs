//! `functions` and `mappings` from the first upload to the last deletion, as they are typed.

use std::time::{Duration, Instant};

use e2e::{Ended, Launch, Program, Server, workspace};
use serde_json::{Value, json};

const WITHIN: Duration = Duration::from_secs(60);

fn server(folder: &std::path::Path) -> Server {
    let server = Launch::dev(folder.join("data")).arg("--no-limits").start().unwrap();
    for name in ["in", "out"] {
        let input = json!({ "StreamName": name, "ShardCount": 2 });
        server.client().call("CreateStream", &input).unwrap();
    }
    server
}

fn component() -> String {
    workspace::root().join("guests/rust-quakes/quakes.wasm").display().to_string()
}

fn lines(count: usize) -> Vec<String> {
    let text = workspace::text("examples/earthquakes/earthquakes.ndjson").unwrap();
    text.lines().take(count).map(str::to_owned).collect()
}

fn is_strong(line: &str) -> bool {
    let event: Value = serde_json::from_str(line).unwrap();
    event["mag"].as_f64().is_some_and(|magnitude| magnitude >= 2.5)
}

fn ended(server: &Server, args: &[&str], input: &str) -> Ended {
    let program = Program::new(args).args(["--endpoint", &server.url()]);
    program.input(input).run().unwrap()
}

/// What a command prints, if it works.
fn run(server: &Server, args: &[&str], input: &str) -> String {
    ended(server, args, input).success(&args.join(" ")).unwrap().stdout
}

fn json_of(server: &Server, args: &[&str]) -> Value {
    serde_json::from_str(&run(server, args, "")).unwrap()
}

fn deploy(server: &Server, more: &[&str]) -> Value {
    let component = component();
    let args = ["functions", "deploy", "quakes", &component, "--json"];
    json_of(server, &[&args[..], more].concat())
}

#[test]
fn versions_are_published_named_and_called() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    deploy(&server, &["--env", "MIN_MAGNITUDE=9"]);
    assert_eq!(run(&server, &["functions", "publish", "quakes"], ""), "published quakes:1\n");
    deploy(&server, &["--env", "MIN_MAGNITUDE=2.5"]);
    let publish = ["functions", "publish", "quakes", "--description", "strong", "--json"];
    assert_eq!(json_of(&server, &publish)["Version"], "2");
    let set = ["functions", "alias", "set", "quakes", "live", "1"];
    assert_eq!(run(&server, &set, ""), "quakes:live leads to 1\n");
    let lines = lines(200).join("\n");
    let invoke = ["functions", "invoke", "quakes:live", "--data", "-"];
    assert_eq!(run(&server, &invoke, &lines), "", "none is that strong");
    let set = ["functions", "alias", "set", "quakes", "live", "2", "--also", "1=0.0", "--json"];
    let alias = json_of(&server, &set);
    assert_eq!(alias["RoutingConfig"], json!({ "AdditionalVersionWeights": { "1": 0.0 } }));
    assert_ne!(run(&server, &invoke, &lines), "");
    let listed = run(&server, &["functions", "versions", "quakes"], "");
    let told = listed.lines().last().unwrap();
    assert!(told.contains("live") && told.contains("strong"), "{listed}");
    let listed = run(&server, &["functions", "alias", "list", "quakes"], "");
    assert!(listed.contains("2, and 1 for 0 % of the calls"), "{listed}");
    let told = ended(&server, &["functions", "alias", "set", "quakes", "live", "7"], "");
    let what = "there is no version or alias `7` of the function";
    assert!(told.code == Some(1) && told.stderr.contains(what), "{told:?}");
    for command in ["parked", "redrive"] {
        let told = ended(&server, &["functions", command, "nope"], "");
        assert!(told.stderr.contains("there is no function `nope`"), "{told:?}");
        assert_eq!(ended(&server, &["functions", command, "quakes"], "").code, Some(0));
    }
    let kept = ended(&server, &["functions", "delete", "quakes:1"], "");
    assert_eq!(kept.code, Some(1), "{kept:?}");
    assert!(kept.stderr.contains("aliases reference it: [live]"), "{kept:?}");
    run(&server, &["functions", "alias", "delete", "quakes", "live"], "");
    run(&server, &["functions", "delete", "quakes:1"], "");
    let left = json_of(&server, &["functions", "versions", "quakes", "--json"]);
    let left: Vec<_> = left.as_array().unwrap().iter().map(|it| it["Version"].clone()).collect();
    assert_eq!(left, ["$LATEST", "2"]);
}

#[test]
fn a_function_is_deployed_changed_invoked_and_deleted() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let made = deploy(&server, &["--env", "MIN_MAGNITUDE=9", "--timeout", "5"]);
    assert_eq!((&made["action"], &made["function"]["Timeout"]), (&json!("created"), &json!(5)));
    assert_eq!(made["function"]["State"], "Active", "{made}");
    assert_eq!(deploy(&server, &["--timeout", "5"])["action"], "unchanged");
    let changed = deploy(&server, &["--env", "MIN_MAGNITUDE=2.5", "--memory", "256"]);
    assert_eq!(changed["action"], "updated");
    assert_eq!(changed["function"]["Environment"]["Variables"], json!({ "MIN_MAGNITUDE": "2.5" }));

    let listed = json_of(&server, &["functions", "list", "--json"]);
    let arn = listed[0]["FunctionArn"].as_str().unwrap();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    assert!(run(&server, &["functions", "list"], "").contains("quakes"));

    let lines = lines(200);
    let invoke = ["functions", "invoke", arn, "--data", "-", "--partition-key-field", "net"];
    let emitted = run(&server, &invoke, &lines.join("\n"));
    let strong = lines.iter().filter(|line| is_strong(line)).count();
    assert_eq!(emitted.lines().count(), strong, "{emitted}");
    let first: Value = serde_json::from_str(emitted.lines().next().unwrap()).unwrap();
    assert!(first["summary"].is_string(), "{first}");
    let logged = ended(&server, &[&invoke[..], &["--log"]].concat(), &lines[0]);
    assert!(logged.stderr.contains("of 1 events have magnitude"), "{}", logged.stderr);

    let sent = run(&server, &[&invoke[..], &["--async"]].concat(), &lines[..3].join("\n"));
    let told = format!("sent to {arn}, request ");
    let id = sent.strip_prefix(&*told).unwrap_or_else(|| panic!("{sent}"));
    assert_eq!(id.trim().len(), 36, "{sent}");
    logs_with(&server, "of 3 events");

    let whole = format!("{strong} of 200 events");
    let written = logs_with(&server, &whole);
    assert!(written.iter().all(|line| line["Timestamp"].as_f64() > Some(1e9)), "{written:?}");

    assert_eq!(json_of(&server, &["functions", "delete", "quakes", "--json"])["deleted"], "quakes");
    for args in [
        &["functions", "delete", "quakes"][..],
        &["functions", "logs", "quakes"],
        &["functions", "invoke", "quakes", "--event", "-"],
    ] {
        let ended = ended(&server, args, "{}");
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let texts = ["there is no function `quakes`", "hint: `shardmill functions list`"];
        assert!(texts.iter().all(|text| ended.stderr.contains(text)), "{}", ended.stderr);
    }
}

/// The lines of the log, once one of them has this text: they are stored behind the function's back.
fn logs_with(server: &Server, text: &str) -> Vec<Value> {
    let start = Instant::now();
    loop {
        let printed = run(server, &["functions", "logs", "quakes", "--json"], "");
        let lines: Vec<Value> =
            printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let is_there = |line: &Value| line["Message"].as_str().unwrap().contains(text);
        if lines.iter().any(is_there) {
            return lines;
        }
        assert!(start.elapsed() < WITHIN, "`{text}` is not in {printed}");
    }
}

#[test]
fn a_rejected_upload_tells_the_servers_reason_and_changes_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let made = deploy(&server, &[]);
    let file = temp.path().join("wrong.wat");
    std::fs::write(&file, "(module (import \"env\" \"secret\" (func)))").unwrap();
    let args = ["functions", "deploy", "quakes", file.to_str().unwrap(), "--memory", "512"];
    let refused = ended(&server, &args, "");
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("cannot deploy `quakes`"), "{}", refused.stderr);
    assert!(refused.stderr.contains("secret"), "the import is named: {}", refused.stderr);
    assert!(refused.stderr.contains("hint: `shardmill guest check "), "{}", refused.stderr);
    let listed = json_of(&server, &["functions", "list", "--json"]);
    assert_eq!(listed[0]["RevisionId"], made["function"]["RevisionId"]);
}

#[test]
fn a_mapping_is_made_stopped_started_and_deleted() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let create = ["mappings", "create", "--function", "quakes", "--stream", "in", "--to", "out"];
    let absent = ended(&server, &create, "");
    assert!(absent.stderr.contains("there is no function `quakes`"), "{}", absent.stderr);
    deploy(&server, &[]);

    let lines = lines(400);
    let put = ["put", "--stream", "in", "--partition-key-field", "net"];
    run(&server, &put, &lines[..200].join("\n"));
    let made = json_of(&server, &[&create[..], &["--parallel", "2", "--json"]].concat());
    assert_eq!((&made["State"], &made["ParallelizationFactor"]), (&json!("Enabled"), &json!(2)));
    let uuid = made["UUID"].as_str().unwrap();
    let twice = ended(&server, &create, "");
    assert!(twice.stderr.contains("already") && twice.stderr.contains(uuid), "{}", twice.stderr);
    let strong = |lines: &[String]| lines.iter().filter(|line| is_strong(line)).count();
    assert_eq!(out_with(&server, strong(&lines[..200])), strong(&lines[..200]));

    let disabled = json_of(&server, &["mappings", "update", uuid, "--disable", "--json"]);
    assert_eq!(disabled["State"], "Disabled", "{disabled}");
    run(&server, &put, &lines[200..].join("\n"));
    let shown = run(&server, &["mappings", "show", uuid], "");
    assert!(shown.contains("Disabled (began at trim-horizon)"), "{shown}");
    assert_eq!(out_with(&server, 0), strong(&lines[..200]), "nothing comes while it rests");
    json_of(&server, &["mappings", "update", uuid, "--enable", "--batch-size", "7", "--json"]);
    assert_eq!(out_with(&server, strong(&lines)), strong(&lines));

    let in_use = ended(&server, &["functions", "delete", "quakes"], "");
    let hint = format!("hint: `shardmill mappings delete {uuid}` first");
    assert!(in_use.stderr.contains(&hint), "{}", in_use.stderr);
    let table = run(&server, &["mappings", "list", "--stream", "in"], "");
    assert!(table.lines().nth(1).is_some_and(|line| line.contains(uuid)), "{table}");
    run(&server, &["mappings", "delete", uuid], "");
    assert_eq!(json_of(&server, &["mappings", "list", "--json"]), json!([]));
    let gone = ended(&server, &["mappings", "show", uuid], "");
    assert!(gone.stderr.contains("there is no mapping"), "{}", gone.stderr);
    run(&server, &["functions", "delete", "quakes"], "");
}

/// How many records the output has, once it has `count` or more.
fn out_with(server: &Server, count: usize) -> usize {
    let start = Instant::now();
    loop {
        let read = run(server, &["tail", "--stream", "out"], "").lines().count();
        if read >= count {
            return read;
        }
        assert!(start.elapsed() < WITHIN, "{read} of {count} records have come");
    }
}
