//! `doctor` on what is well and on what is not.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use e2e::{Ended, Launch, Program};
use serde_json::Value;

/// The findings, after checking that the exit code tells whether any needs attention.
fn findings(ended: &Ended) -> Vec<Value> {
    let report: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"));
    let findings = report["findings"].as_array().unwrap().clone();
    let alarms = findings.iter().filter(|finding| finding["state"] == "attention").count();
    assert_eq!(ended.code, Some(i32::from(alarms > 0)), "{ended:?}");
    for finding in findings.iter().filter(|finding| finding["state"] != "good") {
        assert!(finding["advice"].is_string(), "{finding} says nothing about what to do");
    }
    findings
}

fn look(data: &Path) -> Vec<Value> {
    findings(&Program::new(["doctor", "--json", "--data"]).arg(data).run().unwrap())
}

#[track_caller]
fn state<'a>(findings: &'a [Value], area: &str, check: &str) -> &'a str {
    let found = findings.iter().find(|it| it["area"] == area && it["check"] == check);
    let found = found.unwrap_or_else(|| panic!("{area}, {check}: not in {findings:#?}"));
    found["state"].as_str().unwrap()
}

#[test]
fn a_healthy_directory_and_a_healthy_server_are_found_well() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let launch = Launch::bare(&data).start().unwrap().stop().unwrap();
    let found = look(&data);
    for (area, check) in [
        ("program", "SQLite"),
        ("machine", "clock"),
        ("disk", "file system"),
        ("data directory", "host.key"),
        ("data directory", "root.credentials"),
        ("store", "mark and sums"),
        ("store", "pragmas"),
    ] {
        assert_eq!(state(&found, area, check), "good", "{area}, {check}");
    }
    assert!(found.iter().any(|it| it["area"] == "disk" && it["check"] == "sync"));
    assert!(!data.join("doctor.new").exists(), "it leaves nothing behind");
    let server = launch.arg("--dev").start().unwrap();
    assert_eq!(state(&look(&data), "data directory", "lock"), "note");
    let asked = Program::new(["doctor", "--json", "--endpoint", &server.url()]).run().unwrap();
    let found = findings(&asked);
    for check in ["shardmill", "SQLite", "store", "clock", "pragmas"] {
        assert_eq!(state(&found, "server", check), "good", "{check}");
    }
    let text = Program::new(["doctor", "--endpoint", &server.url()]).run().unwrap();
    assert!(text.stdout.contains("journal_mode=wal"), "{}", text.stdout);
    server.stop().unwrap();
}

#[test]
fn what_is_broken_is_found_with_what_to_do() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    Launch::bare(&data).start().unwrap().stop().unwrap();
    for secret in ["host.key", "master.key"] {
        fs::set_permissions(data.join(secret), fs::Permissions::from_mode(0o644)).unwrap();
    }
    fs::write(data.join("x.3.new"), "left").unwrap();
    fs::remove_file(data.join("shardmill.mark")).unwrap();
    let found = look(&data);
    assert_eq!(state(&found, "data directory", "host.key"), "attention");
    assert_eq!(state(&found, "data directory", "master.key"), "attention");
    fs::remove_file(data.join("master.key")).unwrap();
    assert_eq!(state(&look(&data), "data directory", "master.key"), "note");
    assert_eq!(state(&found, "data directory", "leftovers"), "note");
    assert_eq!(state(&found, "store", "damage"), "attention");
    let text = Program::new(["doctor", "--data"]).arg(&data).run().unwrap();
    assert_eq!(text.code, Some(1), "{text:?}");
    for words in ["chmod 600", "shardmill verify", "findings need attention"] {
        let told = format!("{}{}", text.stdout, text.stderr);
        assert!(told.contains(words), "`{words}` is not in: {told}");
    }
    fs::write(data.join("shardmill.db"), [0x5a; 65536]).unwrap();
    assert_eq!(state(&look(&data), "store", "database"), "attention");
    let empty = temp.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert_eq!(state(&look(&empty), "store", "database"), "note");
    let absent = Program::new(["doctor", "--data"]).arg(temp.path().join("absent")).run().unwrap();
    assert_eq!(absent.code, Some(1), "{absent:?}");
    assert!(absent.stderr.contains("cannot open data directory"), "{}", absent.stderr);
    let nobody = Program::new(["doctor", "--endpoint", "http://127.0.0.1:1"]).run().unwrap();
    assert_eq!(nobody.code, Some(1), "{nobody:?}");
    assert!(nobody.stderr.contains("cannot ask the server"), "{}", nobody.stderr);
}
