//! Neither data nor keys lie in clear on the disk, in logs or in backups, whatever happens to the process.

use std::fs;
use std::path::Path;

use base64_simd::STANDARD;
use e2e::client::{Asked, Client};
use e2e::{Launch, Program};
use http::Method;
use serde_json::{Value, json};

/// What would be found if it lay anywhere in clear.
const SECRET: &str = "a-secret-that-lies-nowhere-in-clear";

fn kms(client: &mut Client, operation: &str, input: &Value) -> Value {
    let (method, target) = (Method::POST, Some(format!("TrentService.{operation}")));
    let asked = Asked { method: &method, path: "/", service: "kms", target };
    let reply = client.request(&asked, input.to_string().as_bytes()).unwrap();
    assert_eq!(reply.status, 200, "{operation}: {}", reply.text());
    serde_json::from_str(&reply.text()).unwrap_or_default()
}

fn put(client: &mut Client, count: usize) {
    let data = STANDARD.encode_to_string(SECRET.repeat(20));
    let entry = json!({ "PartitionKey": SECRET, "Data": data });
    let input = json!({ "StreamName": "s", "Records": vec![entry; count] });
    assert_eq!(client.call("PutRecords", &input).unwrap()["FailedRecordCount"], 0);
}

fn count(client: &mut Client) -> usize {
    let start = json!({ "StreamName": "s", "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON" });
    let iterator = client.call("GetShardIterator", &start).unwrap();
    let read = client.call("GetRecords", &json!({ "ShardIterator": iterator["ShardIterator"] }));
    let read = read.unwrap();
    let records = read["Records"].as_array().unwrap();
    assert!(records.iter().all(|it| it["PartitionKey"] == SECRET && it["EncryptionType"] == "KMS"));
    records.len()
}

/// Looks for each of `words` in all files under `folder`.
fn search(folder: &Path, words: &[&[u8]]) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files += search(&path, words);
            continue;
        }
        let bytes = fs::read(&path).unwrap_or_default();
        for word in words {
            let found = bytes.windows(word.len()).any(|part| part == *word);
            assert!(!found, "{} has {}", path.display(), word.escape_ascii());
        }
        files += 1;
    }
    files
}

#[test]
fn nothing_lies_in_clear_after_kills_and_in_backups() {
    let temp = tempfile::tempdir().unwrap();
    let (data, backup) = (temp.path().join("data"), temp.path().join("backup"));
    let launch = Launch::dev(&data).args(["--no-limits", "--log-filter", "trace"]);
    let server = launch.start().unwrap();
    let mut client = server.client();
    let key = kms(&mut client, "CreateKey", &json!({}));
    let id = key["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
    let made = kms(&mut client, "GenerateDataKey", &json!({ "KeyId": id, "KeySpec": "AES_256" }));
    let made = made["Plaintext"].as_str().unwrap();
    client.call("CreateStream", &json!({ "StreamName": "s", "ShardCount": 1 })).unwrap();
    let input = json!({ "StreamName": "s", "EncryptionType": "KMS", "KeyId": id });
    client.call("StartStreamEncryption", &input).unwrap();
    put(&mut client, 100);
    let server = server.kill().unwrap().start().unwrap();
    let mut client = server.client();
    assert_eq!(count(&mut client), 100);
    put(&mut client, 100);
    fs::create_dir(&backup).unwrap();
    let made_backup = Program::new(["backup"]).arg(&backup).args(["--endpoint", &server.url()]);
    made_backup.run().unwrap().success("shardmill backup").unwrap();
    let master = fs::read_to_string(data.join("master.key")).unwrap();
    let digits = master.trim().as_bytes();
    let raw: Vec<u8> = digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let plain = STANDARD.decode_to_vec(made).unwrap();
    let words: [&[u8]; 4] = [SECRET.as_bytes(), made.as_bytes(), &plain, &raw];
    let (launch, ended) = {
        server.terminate();
        server.ended().unwrap()
    };
    assert!(search(&data, &words) > 3);
    assert!(search(&backup, &[&words[..], &[digits]].concat()) > 3);
    assert!(!backup.join("master.key").exists());
    for word in [SECRET, made, master.trim()] {
        assert!(!ended.stdout.contains(word) && !ended.stderr.contains(word), "a log has {word}");
    }
    let verify = Program::new(["verify", "--data"]).arg(&data).run().unwrap();
    verify.success("shardmill verify").unwrap();
    let server = launch.start().unwrap();
    assert_eq!(count(&mut server.client()), 200);
}
