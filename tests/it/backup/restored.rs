//! What a restored data directory is, and what is refused on the way there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use e2e::{Launch, Program, Server, python, workspace};
use serde_json::{Value, json};

use super::support::{Ledger, back_up, names, read_all, restore, server};

fn json_of(program: Program) -> Value {
    let ended = program.run().unwrap().success("shardmill").unwrap();
    serde_json::from_str(&ended.stdout).unwrap()
}

/// A data directory with a root key of its own and nothing in it.
fn keyed(data: &Path) {
    Launch::bare(data).start().unwrap().stop().unwrap();
}

fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn functions_and_keys_come_along_and_files_are_for_their_owner() {
    let temp = tempfile::tempdir().unwrap();
    let (data, backup, copy) =
        (temp.path().join("data"), temp.path().join("backup"), temp.path().join("copy"));
    keyed(&data);
    let key = text(data.join("root.credentials"));
    // From here on with the development key: what matters is what lies in the directory.
    let original = server(&data);
    let component = workspace::root().join("guests/rust-quakes/quakes.wasm");
    let deploy = Program::new(["functions", "deploy", "quakes"]).arg(&component);
    let deploy = deploy.args(["--endpoint", &original.url()]);
    deploy.run().unwrap().success("shardmill functions deploy").unwrap();
    Ledger::default().put(&mut original.client(), 0, 0, 10);
    fs::create_dir(&backup).unwrap();
    let told = back_up(&original, &backup, &["--json"]).success("shardmill backup").unwrap();
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(told["keys"], true, "{told}");
    assert_eq!(told["account"].as_str().unwrap(), &key[10..22]);
    let blobs = names(&backup.join("blobs"));
    assert_eq!(blobs.len(), 1);
    let expected =
        ["MANIFEST", "blobs", "host.key", "root.credentials", "shardmill.db", "shardmill.mark"];
    assert_eq!(names(&backup), expected);
    for name in expected.iter().filter(|name| **name != "blobs") {
        let mode = fs::metadata(backup.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }

    restore(&backup, &copy).success("shardmill restore").unwrap();
    assert_eq!(names(temp.path()), ["backup", "copy", "data"], "nothing else is left");
    assert_eq!(text(copy.join("root.credentials")), key);
    assert!(text(copy.join("restored.txt")).contains("was restored on"));
    let copied = Launch::dev(&copy).arg("--no-limits").start().unwrap();
    assert_eq!(read_all(&mut copied.client()).len(), 10);
    let list = Program::new(["functions", "list", "--json", "--endpoint", &copied.url()]);
    assert_eq!(json_of(list)[0]["FunctionName"], "quakes");
    let event = workspace::text("examples/earthquakes/earthquakes.ndjson").unwrap();
    fs::write(temp.path().join("event"), event.lines().next().unwrap()).unwrap();
    let event = temp.path().join("event").display().to_string();
    let invoke = ["functions", "invoke", "quakes", "--data", &event, "--endpoint", &copied.url()];
    Program::new(invoke).run().unwrap().success("shardmill functions invoke").unwrap();
}

#[test]
fn a_compressed_and_encrypted_stream_is_read_from_the_copy() {
    let temp = tempfile::tempdir().unwrap();
    let (backup, copy) = (temp.path().join("backup"), temp.path().join("copy"));
    let phase = |server: &Server, phase| {
        let env = [("ENDPOINT", &*server.url()), ("PHASE", phase)];
        python("compression.py", &env).unwrap().success(phase).unwrap();
    };
    let data = temp.path().join("data");
    let original = Launch::dev(&data).arg("--no-limits").start().unwrap();
    phase(&original, "put");
    back_up(&original, &backup, &[]).success("shardmill backup").unwrap();
    restore(&backup, &copy).success("shardmill restore").unwrap();
    drop(original);
    // Whoever finds a backup must not find what opens it: the master key is kept apart, and given by hand.
    let missing = Launch::dev(&copy).start().err().unwrap().to_string();
    assert!(missing.contains("the master key is missing"), "{missing}");
    fs::copy(data.join("master.key"), copy.join("master.key")).unwrap();
    phase(&Launch::dev(&copy).arg("--no-limits").start().unwrap(), "read");
}

#[test]
fn a_directory_without_a_server_is_backed_up_without_its_keys() {
    let temp = tempfile::tempdir().unwrap();
    let (data, backup, copy) =
        (temp.path().join("data"), temp.path().join("backup"), temp.path().join("copy"));
    keyed(&data);
    let original = server(&data);
    Ledger::default().put(&mut original.client(), 0, 0, 10);
    let original = original.kill().unwrap();
    let local =
        Program::new(["backup", "--without-keys", "--json", "--data"]).arg(&data).arg(&backup);
    assert_eq!(json_of(local)["keys"], false);
    assert_eq!(names(&backup), ["MANIFEST", "blobs", "shardmill.db", "shardmill.mark"]);
    let restore = Program::new(["restore", "--json", "--data"]).arg(&copy).arg(&backup);
    assert_eq!(json_of(restore)["newRootKey"], true);
    let (old, new) = (text(data.join("root.credentials")), text(copy.join("root.credentials")));
    assert_eq!(old.lines().next(), new.lines().next(), "the account stays");
    assert_ne!(old, new);
    let copied = Launch::dev(&copy).start().unwrap();
    assert_eq!(read_all(&mut copied.client()).len(), 10);
    // The directory itself goes on as before.
    let original = original.start().unwrap();
    assert_eq!(read_all(&mut original.client()).len(), 10);
}

#[test]
fn what_is_in_the_way_is_told_and_left_alone() {
    let temp = tempfile::tempdir().unwrap();
    let (data, backup) = (temp.path().join("data"), temp.path().join("backup"));
    let original = server(&data);
    let refused = |ended: e2e::Ended, code: i32, words: &str| {
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.stderr.contains(words), "`{words}` is not in: {}", ended.stderr);
        assert_eq!(ended.stdout, "");
    };
    fs::create_dir(&backup).unwrap();
    fs::write(backup.join("mine"), "mine").unwrap();
    refused(back_up(&original, &backup, &[]), 1, "is not empty");
    assert_eq!(text(backup.join("mine")), "mine");
    let busy = Program::new(["backup", "--data"]).arg(&data).arg(temp.path().join("b"));
    refused(busy.run().unwrap(), 4, "--endpoint");
    let absent =
        Program::new(["backup", "--data"]).arg(temp.path().join("no")).arg(temp.path().join("b"));
    refused(absent.run().unwrap(), 1, "cannot open data directory");
    let foreign = Program::new(["backup", "--data"]).arg(&backup).arg(temp.path().join("b"));
    refused(foreign.run().unwrap(), 2, "holds no store");
    refused(restore(&backup, &temp.path().join("copy")), 3, "MANIFEST is missing");
    let whole = temp.path().join("whole");
    back_up(&original, &whole, &[]).success("shardmill backup").unwrap();
    refused(restore(&whole, &data), 1, "is not empty");
    let client = Program::new(["backup", "--endpoint", &original.url()]).arg(temp.path().join("b"));
    let client = client.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "guess");
    refused(client.run().unwrap(), 1, "signature");
    assert_eq!(names(temp.path()), ["backup", "data", "whole"]);
}

#[test]
fn a_backup_that_nobody_fetches_keeps_others_out_until_it_is_given_up() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(&temp.path().join("data"));
    let begun = server.client().own("CreateBackup", &json!({})).unwrap();
    let id = begun["BackupId"].as_str().unwrap();
    let told = back_up(&server, &temp.path().join("backup"), &[]);
    let advice = format!("shardmill backup cancel {id}");
    assert!(told.code == Some(1) && told.stderr.contains(&advice), "{told:?}");
    let inside = back_up(&server, &temp.path().join("data/backup"), &[]);
    assert!(
        inside.code == Some(2) && inside.stderr.contains("in the data directory"),
        "{inside:?}"
    );
    let cancel = || {
        Program::new(["backup", "cancel", id]).args(["--endpoint", &server.url()]).run().unwrap()
    };
    cancel().success("shardmill backup cancel").unwrap();
    let absent = cancel();
    assert!(absent.code == Some(1) && absent.stderr.contains("there is no backup"), "{absent:?}");
    back_up(&server, &temp.path().join("backup"), &[]).success("shardmill backup").unwrap();
}
