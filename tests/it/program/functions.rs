//! `functions` and `mappings`: what is refused before a server is asked, and that help is there.

use std::fs;
use std::time::{Duration, Instant};

use e2e::{Ended, Program};

/// Nobody listens there: the port is reserved.
const NOWHERE: &str = "http://127.0.0.1:1";
const UUID: &str = "8a2f0d2e-6a1c-4d7e-9f3b-2c4b5a697887";

fn run(args: &[&str]) -> Ended {
    Program::new(args).env("AWS_ENDPOINT_URL", NOWHERE).run().unwrap()
}

#[track_caller]
fn assert_refused(ended: &Ended, code: i32, texts: &[&str]) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    assert_eq!(ended.stdout, "", "nothing is told on stdout");
    for text in texts {
        assert!(ended.stderr.contains(text), "`{text}` is not in: {}", ended.stderr);
    }
}

#[test]
fn every_command_has_help_with_examples() {
    for command in [
        &["functions"][..],
        &["functions", "deploy"],
        &["functions", "list"],
        &["functions", "invoke"],
        &["functions", "logs"],
        &["functions", "publish"],
        &["functions", "versions"],
        &["functions", "alias", "set"],
        &["functions", "alias", "list"],
        &["functions", "alias", "delete"],
        &["functions", "parked"],
        &["functions", "redrive"],
        &["functions", "state", "get"],
        &["functions", "state", "list"],
        &["functions", "delete"],
        &["mappings"],
        &["mappings", "create"],
        &["mappings", "list"],
        &["mappings", "show"],
        &["mappings", "update"],
        &["mappings", "delete"],
    ] {
        let ended = Program::new(command).arg("--help").run().unwrap();
        let help = ended.success(&command.join(" ")).unwrap().stdout;
        assert!(help.contains("Examples:\n  shardmill "), "{command:?}: {help}");
        assert!(command.len() == 1 || help.contains("--json"), "{command:?}: {help}");
    }
}

#[test]
fn what_cannot_be_deployed_is_told_without_a_server() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("handler.js");
    fs::write(&file, "exports.handler = () => {}").unwrap();
    let ended = run(&["functions", "deploy", "f", file.to_str().unwrap()]);
    assert_refused(&ended, 1, &["is nothing that can be deployed", "hint: ", "WebAssembly"]);
    let ended = run(&["functions", "deploy", "f", "/no/such/file.wasm"]);
    assert_refused(&ended, 1, &["cannot read `/no/such/file.wasm`"]);
    fs::write(&file, "(module)").unwrap();
    let ended = run(&["functions", "deploy", "f", file.to_str().unwrap(), "--env", "A"]);
    assert_refused(&ended, 2, &["KEY=VALUE"]);
}

#[test]
fn that_nobody_listens_is_told_at_once() {
    let start = Instant::now();
    for command in [
        &["functions", "list"][..],
        &["functions", "logs", "f"],
        &["functions", "delete", "f"],
        &["mappings", "create", "--function", "f", "--stream", "s"],
        &["mappings", "list"],
        &["mappings", "show", UUID],
        &["mappings", "delete", UUID],
        &["tail", "--stream", "s"],
    ] {
        let texts = ["cannot connect to http://127.0.0.1:1", "hint: ", "shardmill serve --dev"];
        assert_refused(&run(command), 1, &texts);
    }
    let took = start.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?} are not \"at once\"");
}

#[test]
fn wrong_command_lines_are_usage_errors() {
    assert_refused(&run(&["functions", "invoke", "f"]), 2, &["--data", "--event"]);
    let both = ["functions", "invoke", "f", "--data", "a", "--event", "b"];
    assert_refused(&run(&both), 2, &["cannot be used with"]);
    let ended = run(&["functions", "logs", "f", "--since", "yesterday"]);
    assert_refused(&ended, 2, &["time span such as 90s"]);
    assert_refused(&run(&["functions", "delete", ""]), 2, &["NAME"]);
    let map = ["mappings", "create", "--function", "f", "--stream", "s"];
    for (flag, value, text) in [
        ("--batch-size", "0", "1..=10000"),
        ("--parallel", "11", "1..=10"),
        ("--max-age", "59", "60 to 604800"),
        ("--from", "somewhere", "trim-horizon"),
    ] {
        let ended = run(&[&map[..], &[flag, value]].concat());
        assert_refused(&ended, 2, &[flag, text]);
    }
    assert_refused(&run(&["mappings", "update", UUID]), 2, &["nothing to change was named"]);
}

#[test]
fn input_that_makes_no_event_is_told() {
    let invoke = ["functions", "invoke", "f", "--data", "-"];
    let ended = Program::new(invoke).env("AWS_ENDPOINT_URL", NOWHERE).input("\n\n").run().unwrap();
    assert_refused(&ended, 1, &["the input has no lines"]);
    let field = Program::new(invoke).args(["--partition-key-field", "user"]);
    let ended = field.env("AWS_ENDPOINT_URL", NOWHERE).input("{\"n\":1}").run().unwrap();
    assert_refused(&ended, 1, &["line 1: no field `user`"]);
}
