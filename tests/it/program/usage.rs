//! `shardmill usage`: what was used is told, and survives an end in good order.

use e2e::{Launch, Program, Server};
use serde_json::{Value, json};

fn put(server: &Server, lines: &str) {
    let args = ["put", "--stream", "clicks", "--endpoint", &server.url()];
    Program::new(args).input(lines).run().unwrap().success("put").unwrap();
}

/// What `usage` prints.
fn usage(server: &Server, args: &[&str]) -> String {
    let program = Program::new(["usage", "--endpoint", &server.url()]).args(args);
    program.run().unwrap().success("usage").unwrap().stdout
}

fn records(server: &Server) -> Value {
    let told: Value = serde_json::from_str(&usage(server, &["--json"])).unwrap();
    told[0]["RecordsIn"].clone()
}

#[test]
fn usage_is_told_and_survives_a_good_end() {
    let temp = tempfile::tempdir().unwrap();
    let server = Launch::dev(temp.path().join("data")).start().unwrap();
    assert_eq!(usage(&server, &["--json"]), "[]\n");
    let input = json!({ "StreamName": "clicks", "ShardCount": 2 });
    server.client().call("CreateStream", &input).unwrap();
    put(&server, "one\ntwo\nthree\n");
    let shown = usage(&server, &[]);
    let line: Vec<&str> = shown.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!((line[0], line[1], line[5]), ("us-east-1", "clicks", "3"), "{shown}");
    assert_eq!(usage(&server, &["--stream", "none", "--json"]), "[]\n");
    assert_eq!(usage(&server, &["--until", "1000000000", "--since", "0", "--json"]), "[]\n");
    let server = server.stop().unwrap().start().unwrap();
    assert_eq!(records(&server), 3);
    put(&server, "four\n");
    assert_eq!(records(&server), 4);
    // What was counted since it was written down last dies with a process that is killed, and no more than that.
    let server = server.kill().unwrap().start().unwrap();
    assert_eq!(records(&server), 3);
    let foreign = ["usage", "--account", "123456789012", "--endpoint", &server.url()];
    // The operator may look at every account's.
    Program::new(foreign).run().unwrap().success("usage").unwrap();
}
