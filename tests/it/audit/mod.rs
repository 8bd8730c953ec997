//! The audit trail as a whole: boto3's CloudTrail client, the command, `kill -9`, and what never gets in.

mod crash;
mod redaction;

use e2e::{Launch, Program, Server, python};
use serde_json::Value;

fn audit(server: &Server, words: &[&str]) -> String {
    let program = Program::new(["audit", "--endpoint", &server.url()]).args(words);
    let ended = program.run().unwrap().success("shardmill audit").unwrap();
    ended.stdout
}

/// All events that the operator sees, in CloudTrail's format.
fn everything(server: &Server) -> Vec<Value> {
    let printed = audit(server, &["--all", "--json", "--since", "1d"]);
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn boto3_looks_events_up() {
    let temp = tempfile::tempdir().unwrap();
    let server = Launch::dev(temp.path().join("data")).start().unwrap();
    python("audit.py", &[("ENDPOINT", &server.url())]).unwrap();
    let shown = audit(&server, &["--all", "--errors"]);
    assert!(shown.contains("UnrecognizedClientException"), "{shown}");
    let data = server.data().to_owned();
    let in_use = Program::new(["audit", "verify", "--data"]).arg(&data).run().unwrap();
    assert_eq!(in_use.code, Some(4), "{}", in_use.stderr);
    server.stop().unwrap();
    let verified = Program::new(["audit", "verify", "--json", "--data"]).arg(&data).run().unwrap();
    let report: Value = serde_json::from_str(&verified.stdout).unwrap();
    assert_eq!(report["ok"], true, "{report}");
    assert!(report["events"].as_u64() > Some(20), "{report}");
}

#[test]
fn following_shows_events_as_they_come() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};
    let temp = tempfile::tempdir().unwrap();
    let server = Launch::dev(temp.path().join("data")).start().unwrap();
    let mut child = Command::new(e2e::shardmill())
        .args(["audit", "--follow", "--json", "--endpoint", &server.url()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["eventName"], "GetAuditEvents");
    let mut client = server.client();
    for at in 0..3 {
        let name = format!("s{at}");
        client
            .call("CreateStream", &serde_json::json!({ "StreamName": name, "ShardCount": 1 }))
            .unwrap();
        assert_eq!(next()["requestParameters"]["streamName"], name);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
