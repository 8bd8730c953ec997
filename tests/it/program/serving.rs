//! A server from its first line to its last.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use e2e::client::CallError;
use e2e::{Launch, Program, Server, python};
use serde_json::{Value, json};

fn server(data: &Path) -> Server {
    Launch::dev(data.join("data")).start().unwrap()
}

#[test]
fn it_says_one_line_and_tells_of_its_health_and_numbers() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let mut client = server.client();
    let health = client.get("/health").unwrap();
    assert_eq!((health.status, health.header("content-type")), (200, Some("application/json")));
    let told: Value = serde_json::from_slice(&health.body).unwrap();
    assert_eq!(told["status"], "ok", "{told}");

    client.call("CreateStream", &json!({ "StreamName": "s", "ShardCount": 1 })).unwrap();
    let metrics = client.get("/metrics").unwrap();
    assert_eq!(metrics.status, 200);
    let text = metrics.text();
    assert!(text.lines().any(|line| line.starts_with("# TYPE ")), "{text}");
    let counts = text.lines().any(|line| line.contains("CreateStream") && line.ends_with(" 1"));
    assert!(counts, "the call is not counted in {text}");

    server.terminate();
    let (_, ended) = server.ended().unwrap();
    assert_eq!((ended.code, &*ended.stdout), (Some(0), ""), "one line was read already");
}

#[test]
fn health_and_numbers_are_the_only_pages() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let mut client = server.client();
    for path in ["/", "/healthz", "/metrics/x", "/../etc/passwd"] {
        let reply = client.get(path).unwrap();
        assert!((400..500).contains(&reply.status), "{path}: {}", reply.status);
    }
}

/// The head of a signed PutRecord for `body`, as our own client would send it.
fn request(address: SocketAddr, body: &str) -> String {
    e2e::client::Client::new(address).head("PutRecord", body.as_bytes())
}

#[test]
fn a_request_that_runs_is_finished_before_the_end() {
    let temp = tempfile::tempdir().unwrap();
    let server = server(temp.path());
    let address = server.address();
    let mut client = server.client();
    client.call("CreateStream", &json!({ "StreamName": "s", "ShardCount": 1 })).unwrap();

    // A request whose body is half there, so that it is under way when the signal comes. The server has
    // read the head when it says "100 Continue".
    let body = json!({ "StreamName": "s", "PartitionKey": "p", "Data": "AAAA" }).to_string();
    let (first, second) = body.split_at(10);
    let head = request(address, &body).replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n");
    let mut stream = half_asked(address, &head, first);

    server.terminate();
    refuses_connections(address);
    stream.write_all(second.as_bytes()).unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).unwrap();
    let reply = String::from_utf8_lossy(&reply).into_owned();
    assert!(reply.contains("HTTP/1.1 200") && reply.contains("SequenceNumber"), "{reply}");

    let (launch, ended) = server.ended().unwrap();
    ended.success("shardmill serve").unwrap();
    let server = launch.start().unwrap();
    let input = json!({ "StreamName": "s", "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON" });
    let iterator = server.client().call("GetShardIterator", &input).unwrap();
    let input = json!({ "ShardIterator": iterator["ShardIterator"] });
    let records = server.client().call("GetRecords", &input).unwrap();
    assert_eq!(records["Records"].as_array().map(Vec::len), Some(1));
}

/// A request that the server has begun to read.
fn half_asked(address: SocketAddr, head: &str, begin: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let mut interim = [0; 12];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100");
    stream.write_all(begin.as_bytes()).unwrap();
    stream
}

#[test]
fn a_request_that_does_not_end_is_left_at_the_deadline() {
    let temp = tempfile::tempdir().unwrap();
    let launch = Launch::dev(temp.path().join("data")).args(["--drain-seconds", "1"]);
    let server = launch.start().unwrap();
    let head =
        request(server.address(), "{}").replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n");
    let stream = half_asked(server.address(), &head, "{");
    server.terminate();
    let (_, ended) = server.ended().unwrap();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("requests or functions did not finish within"),
        "{}",
        ended.stderr
    );
    drop(stream);
}

/// Returns when the server has stopped to listen.
fn refuses_connections(address: SocketAddr) {
    let start = Instant::now();
    while TcpStream::connect(address).is_ok() {
        assert!(start.elapsed() < Duration::from_secs(60), "the server goes on listening");
        std::thread::yield_now();
    }
}

/// No file may grow beyond some megabytes, which no waiting mends.
#[test]
fn a_store_that_failed_ends_the_server_and_loses_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let limited = ["bash", "-c", "trap '' XFSZ; ulimit -f 8000; exec \"$0\" \"$@\""];
    let launch = Launch::dev(temp.path().join("data")).arg("--no-limits");
    let server = launch.started_by(limited.map(str::to_owned).to_vec()).start().unwrap();
    let mut client = server.client();
    client.call("CreateStream", &json!({ "StreamName": "s", "ShardCount": 1 })).unwrap();
    let data = base64_simd::STANDARD.encode_to_string(vec![b'x'; 100_000]);
    let record = json!({ "StreamName": "s", "PartitionKey": "k", "Data": data });
    let mut stored = 0;
    while client.call("PutRecord", &record).is_ok() {
        stored += 1;
        assert!(stored < 1000, "the limit does not hold");
    }
    let (launch, ended) = server.ended().unwrap();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("error: storage failed: "), "{}", ended.stderr);

    let server = launch.started_by(Vec::new()).start().unwrap();
    let mut client = server.client();
    let input = json!({ "StreamName": "s", "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON" });
    let mut iterator = client.call("GetShardIterator", &input).unwrap()["ShardIterator"].clone();
    let mut found = 0;
    loop {
        let page = client.call("GetRecords", &json!({ "ShardIterator": iterator })).unwrap();
        found += page["Records"].as_array().map_or(0, Vec::len);
        if page["MillisBehindLatest"] == 0 {
            break;
        }
        iterator = page["NextShardIterator"].clone();
    }
    // Of the last one it is not known.
    assert!(stored > 0 && (found == stored || found == stored + 1), "{found} of {stored}");
}

#[test]
fn the_root_key_is_made_once_and_works() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let server = Launch::bare(&data).start().unwrap();
    let file = data.join("root.credentials");
    let made = fs::read_to_string(&file).unwrap();
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "only its owner reads it");
    let env = [
        ("ENDPOINT", server.url()),
        ("AWS_SHARED_CREDENTIALS_FILE", file.to_str().unwrap().to_owned()),
    ];
    let env = env.each_ref().map(|(name, value)| (*name, &**value));
    crate::kinesis::passed(python("with_root_key.py", &env));
    let refused = server.client().call("ListStreams", &json!({})).unwrap_err();
    let is_unknown =
        matches!(&refused, CallError::Refused(told) if told.code == "UnrecognizedClientException");
    assert!(is_unknown, "the development key is nobody here: {refused}");

    let stopped = server.stop().unwrap();
    // As a start leaves them that is cut short.
    let left = ["root.credentials.0.new", "host.key.1.new"].map(|name| data.join(name));
    left.iter().for_each(|file| fs::write(file, &made).unwrap());
    fs::write(data.join("own.0.new"), "of somebody else").unwrap();
    let server = stopped.start().unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), made, "a second start keeps the key");
    assert!(!left.iter().any(|file| file.exists()), "secrets lie about");
    assert!(data.join("own.0.new").exists());
    server.terminate();
    let (_, ended) = server.ended().unwrap();
    let secret = made.lines().last().and_then(|line| line.split(" = ").nth(1)).unwrap();
    assert!(!ended.stderr.contains(secret), "the secret is not printed");
}

/// The streams of the account whose key was lost are still there, and the way back to them is told.
#[test]
fn a_lost_root_key_is_noticed_and_its_account_kept() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let file = data.join("root.credentials");
    let ask = |server: &Server, words: &[&str]| {
        let text = fs::read_to_string(&file).unwrap();
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap().trim_start_matches(" = ").to_owned()
        };
        let program = Program::new(words).args(["--endpoint", &server.url()]);
        let program = program.env("AWS_ACCESS_KEY_ID", value("aws_access_key_id"));
        let program = program.env("AWS_SECRET_ACCESS_KEY", value("aws_secret_access_key"));
        program.run().unwrap().success(words[0]).unwrap().stdout
    };
    let server = Launch::bare(&data).start().unwrap();
    let account = fs::read_to_string(&file).unwrap().lines().next().unwrap().to_owned();
    ask(&server, &["accounts", "list"]);
    let launch = server.stop().unwrap();
    fs::remove_file(&file).unwrap();
    let server = launch.start().unwrap();
    server.terminate();
    let (launch, ended) = server.ended().unwrap();
    let number = account.strip_prefix("# account ").unwrap();
    assert!(ended.stderr.contains(&format!("other accounts ({number})")), "{}", ended.stderr);
    fs::write(&file, format!("{account}\n")).unwrap();
    let server = launch.start().unwrap();
    let told = ask(&server, &["audit", "--json"]);
    assert!(told.contains("ListAccounts"), "its trail is there: {told}");
    server.terminate();
    let (_, ended) = server.ended().unwrap();
    assert!(!ended.stderr.contains("other accounts"), "{}", ended.stderr);
}
