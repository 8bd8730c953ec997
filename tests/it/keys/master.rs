//! The master key: where it comes from, and what is said when it is missing or another one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use base64_simd::STANDARD;
use e2e::client::Client;
use e2e::{Launch, Program};
use serde_json::json;

/// A stream that is encrypted, with a record.
fn fill(client: &mut Client) {
    client.call("CreateStream", &json!({ "StreamName": "s", "ShardCount": 1 })).unwrap();
    let key = "alias/aws/kinesis";
    let input = json!({ "StreamName": "s", "EncryptionType": "KMS", "KeyId": key });
    client.call("StartStreamEncryption", &input).unwrap();
    let data = STANDARD.encode_to_string("d");
    client
        .call("PutRecord", &json!({ "StreamName": "s", "PartitionKey": "k", "Data": data }))
        .unwrap();
}

fn reads(client: &mut Client) {
    let start = json!({ "StreamName": "s", "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON" });
    let iterator = client.call("GetShardIterator", &start).unwrap();
    let input = json!({ "ShardIterator": iterator["ShardIterator"] });
    let read = client.call("GetRecords", &input).unwrap();
    assert_eq!(read["Records"].as_array().unwrap().len(), 1);
}

/// What `serve` says that does not start.
fn refusal(data: &Path, more: &[&str], variable: Option<&str>) -> (i32, String) {
    let serve = Program::new(["serve", "--dev", "--listen", "127.0.0.1:0", "--data"]);
    let mut serve = serve.arg(data).args(more);
    if let Some(variable) = variable {
        serve = serve.env("SHARDMILL_MASTER_KEY", variable);
    }
    let ended = serve.run().unwrap();
    (ended.code.unwrap_or(-1), ended.stderr)
}

fn key_file(path: &Path, digit: &str, mode: u32) {
    fs::write(path, format!("{}\n", digit.repeat(64))).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_server_with_keys_starts_with_its_master_key_only() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let server = Launch::dev(&data).start().unwrap();
    fill(&mut server.client());
    let own = data.join("master.key");
    assert_eq!(fs::metadata(&own).unwrap().permissions().mode() & 0o777, 0o600);
    let launch = server.stop().unwrap();
    fs::set_permissions(&own, fs::Permissions::from_mode(0o644)).unwrap();
    let (code, told) = refusal(&data, &[], None);
    assert!(code == 1 && told.contains("open to other users"), "{code} {told}");
    fs::set_permissions(&own, fs::Permissions::from_mode(0o600)).unwrap();
    let away = temp.path().join("elsewhere.key");
    fs::rename(&own, &away).unwrap();
    let (code, told) = refusal(&data, &[], None);
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("the master key is missing") && told.contains("--master-key-file"),
        "{told}"
    );
    assert!(!own.exists(), "no other one is made");
    let wrong = temp.path().join("wrong.key");
    key_file(&wrong, "b", 0o600);
    let (code, told) = refusal(&data, &["--master-key-file", wrong.to_str().unwrap()], None);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("not the master key of the keys that are here"), "{told}");
    assert!(!told.contains("bbbb"), "{told}");
    let server = launch.clone().arg("--master-key-file").arg(&away).start().unwrap();
    reads(&mut server.client());
    server.stop().unwrap();
}

#[test]
fn what_is_no_master_key_is_refused_with_a_hint() {
    let temp = tempfile::tempdir().unwrap();
    let (data, file) = (temp.path().join("data"), temp.path().join("key"));
    let given = ["--master-key-file", file.to_str().unwrap()];
    let (code, told) = refusal(&data, &given, None);
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("openssl rand -hex 32"), "{told}");
    key_file(&file, "a", 0o644);
    let (code, told) = refusal(&data, &given, None);
    assert!(code == 2 && told.contains("open to other users"), "{code} {told}");
    key_file(&file, "x", 0o600);
    let (code, told) = refusal(&data, &given, None);
    assert!(code == 2 && told.contains("64 hexadecimal digits"), "{code} {told}");
    let (code, told) = refusal(&data, &[], Some("short"));
    assert!(code == 2 && told.contains("SHARDMILL_MASTER_KEY"), "{code} {told}");
    assert!(!told.contains("short"), "{told}");
}

#[test]
fn a_restored_backup_needs_the_master_key_of_the_original() {
    let temp = tempfile::tempdir().unwrap();
    let at = |name: &str| temp.path().join(name);
    let server = Launch::dev(at("data")).start().unwrap();
    fill(&mut server.client());
    fs::create_dir(at("backup")).unwrap();
    let backup = Program::new(["backup"]).arg(at("backup")).args(["--endpoint", &server.url()]);
    backup.run().unwrap().success("shardmill backup").unwrap();
    let restore = Program::new(["restore"]).arg(at("backup")).arg("--data").arg(at("copy"));
    let told = restore.run().unwrap().success("shardmill restore").unwrap();
    assert!(told.stderr.contains("master key"), "{}", told.stderr);
    let (code, told) = refusal(&at("copy"), &[], None);
    assert!(code == 1 && told.contains("the master key is missing"), "{code} {told}");
    fs::copy(at("data").join("master.key"), at("copy").join("master.key")).unwrap();
    let copy = Launch::dev(at("copy")).start().unwrap();
    reads(&mut copy.client());
}
