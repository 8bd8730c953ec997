//! What is told to places that are not on this server, which take it late, twice or not at all.

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};
use stdx::{Secret, Tasks};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::mapped::{attach, goes, host, mapping, show, shows};
use crate::support::{ACCOUNT, Host, MAPPINGS, REGION, merge, stream_arn};

const TAKEN: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
/// It takes a request, and the connection breaks before it says so.
const BROKEN: &str = "";
/// It takes a request and says nothing.
const SILENT: &str = "silent";

/// A server that answers each request with the next of its answers, then the last one again and again.
struct Sink {
    address: String,
    seen: watch::Receiver<Vec<String>>,
    tasks: Tasks,
}

impl Sink {
    fn on(listener: Arc<TcpListener>, answers: &[&'static str]) -> Self {
        let address = listener.local_addr().unwrap().to_string();
        let (tell, seen) = watch::channel(Vec::new());
        let (tasks, answers) = (Tasks::new(), answers.to_vec());
        let (inner, tell) = (tasks.clone(), Arc::new(Mutex::new(tell)));
        tasks.spawn("sink", async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answers, tell) = (answers.clone(), Arc::clone(&tell));
                inner.spawn("sunk", async move { converse(stream, &answers, &tell).await });
            }
        });
        Self { address, seen, tasks }
    }

    async fn new(answers: &[&'static str]) -> Self {
        Self::on(Arc::new(TcpListener::bind("127.0.0.1:0").await.unwrap()), answers)
    }

    fn url(&self) -> String {
        format!("http://{}/failed", self.address)
    }

    /// Waits for so many requests: head and document of each.
    async fn holds(&mut self, count: usize) -> Vec<(String, Value)> {
        let seen = self.seen.wait_for(|seen| seen.len() >= count).await.unwrap();
        let read = |text: &String| {
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            (head.to_owned(), serde_json::from_str(body).unwrap())
        };
        seen.iter().map(read).collect()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.tasks.stop();
    }
}

async fn converse(
    mut stream: TcpStream,
    answers: &[&'static str],
    tell: &Mutex<watch::Sender<Vec<String>>>,
) {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let whole = text.split_once("\r\n\r\n").filter(|(head, body)| {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            body.len() >= length.map_or(0, |it| it.parse().unwrap())
        });
        if whole.is_none() {
            let mut part = [0; 4096];
            match stream.read(&mut part).await {
                Ok(0) | Err(_) => return,
                Ok(count) => bytes.extend_from_slice(&part[..count]),
            }
            continue;
        }
        bytes.clear();
        let mut at = 0;
        tell.lock().send_modify(|seen| {
            seen.push(text);
            at = seen.len() - 1;
        });
        match *answers.get(at).or_else(|| answers.last()).unwrap() {
            BROKEN => return,
            SILENT => std::future::pending().await,
            answer => stream.write_all(answer.as_bytes()).await.unwrap(),
        }
    }
}

fn header<'h>(head: &'h str, name: &str) -> &'h str {
    let found = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    found.unwrap_or_else(|| panic!("{name} is not in {head}"))
}

fn records(document: &Value) -> Vec<String> {
    let event: Value = serde_json::from_str(document["payload"].as_str().unwrap()).unwrap();
    let data = |it: &Value| {
        let text = it["kinesis"]["data"].as_str().unwrap();
        String::from_utf8(base64_simd::STANDARD.decode_to_vec(text).unwrap()).unwrap()
    };
    event["Records"].as_array().unwrap().iter().map(data).collect()
}

fn to(place: &str) -> Value {
    json!({
        "MaximumRetryAttempts": 0,
        "DestinationConfig": {
            "OnSuccess": {"Destination": stream_arn("out")}, "OnFailure": {"Destination": place},
        },
    })
}

async fn change(host: &Host, uuid: &str, members: Value) {
    host.works("PUT", &format!("{MAPPINGS}/{uuid}"), members).await;
}

/// Waits until the mapping tells of this problem.
async fn troubled(host: &Host, uuid: &str, why: &str) {
    loop {
        let shown = show(host, uuid).await;
        if shown["LastProcessingResult"].as_str().unwrap().contains(why) {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_endpoint_is_sent_the_same_until_it_has_taken_it() {
    let late = "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nretry-after: 0\r\n\r\n";
    let mut sink = Sink::new(&[BROKEN, late, TAKEN]).await;
    let host = host("(poison)").await;
    let uuid = attach(&host, to(&sink.url())).await;
    let shown = show(&host, &uuid).await;
    assert_eq!(shown["DestinationConfig"]["OnFailure"]["Destination"], sink.url());
    host.put("in", "bad").await;
    let sent = sink.holds(3).await;
    let keys: Vec<_> = sent.iter().map(|(head, _)| header(head, "idempotency-key")).collect();
    assert_eq!(keys, [keys[0]; 3]);
    assert!(sent[0].0.starts_with("POST /failed HTTP/1.1\r\n"), "{}", sent[0].0);
    assert_eq!(header(&sent[0].0, "content-type"), "application/json");
    assert!(sent.iter().all(|(_, document)| records(document) == ["bad"]));
    assert_eq!(sent[2].1["requestContext"]["condition"], "RetryAttemptsExhausted");
    host.put("in", "a").await;
    assert_eq!(host.holds("out", 1).await, ["a"]);
    assert_eq!(sink.holds(3).await.len(), 3, "once it is taken it is not sent again");
}

#[tokio::test]
async fn what_was_sent_before_a_crash_is_sent_again_as_it_was() {
    let mut sink = Sink::new(&[SILENT, TAKEN]).await;
    let host = host("(poison)").await;
    attach(&host, to(&sink.url())).await;
    host.put("in", "bad").await;
    let before = sink.holds(1).await.remove(0);
    host.put("in", "a").await;
    let host = host.restart().await;
    let after = sink.holds(2).await.remove(1);
    let key = |(head, _): &(String, Value)| header(head, "idempotency-key").to_owned();
    assert_eq!(key(&after), key(&before));
    assert_eq!(records(&after.1), ["bad"]);
    for member in ["startSequenceNumber", "endSequenceNumber", "batchSize"] {
        let of = |sent: &(String, Value)| sent.1["KinesisBatchInfo"][member].clone();
        assert_eq!(of(&after), of(&before), "{member}");
    }
    assert_eq!(host.holds("out", 1).await, ["a"]);
    assert!(host.sandbox.calls().len() <= 1, "what is given up is not tried again");
}

#[tokio::test]
async fn more_attempts_than_were_noted_are_made_after_a_crash() {
    let mut sink = Sink::new(&[SILENT, TAKEN]).await;
    let host = host("(poison)").await;
    let uuid = attach(&host, to(&sink.url())).await;
    host.put("in", "bad").await;
    let before = sink.holds(1).await.remove(0);
    let calls = host.sandbox.calls().len();
    change(&host, &uuid, json!({"MaximumRetryAttempts": 2})).await;
    let host = host.restart().await;
    let after = sink.holds(2).await.remove(1);
    let made = host.sandbox.calls().len() - calls;
    assert!(made > 0, "it was to be tried again");
    assert_eq!(header(&after.0, "idempotency-key"), header(&before.0, "idempotency-key"));
    assert_eq!(after.1["requestContext"]["approximateInvokeCount"], 3);
}

#[tokio::test]
async fn another_place_is_told_at_once() {
    let late = "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nretry-after: 300\r\n\r\n";
    let (mut one, mut other) = (Sink::new(&[late]).await, Sink::new(&[TAKEN]).await);
    let host = host("(poison)").await;
    let uuid = attach(&host, to(&one.url())).await;
    host.put("in", "bad").await;
    troubled(&host, &uuid, "it answered 503").await;
    let away = json!({"DestinationConfig": {"OnFailure": {"Destination": other.url()}}});
    change(&host, &uuid, away).await;
    let told = other.holds(1).await.remove(0);
    assert_eq!(records(&told.1), ["bad"]);
    let asked = one.holds(1).await.remove(0);
    assert_eq!(header(&told.0, "idempotency-key"), header(&asked.0, "idempotency-key"));
}

#[tokio::test]
async fn a_place_that_says_nothing_holds_up_no_end() {
    let mut sink = Sink::new(&[SILENT]).await;
    let host = host("(poison)").await;
    let uuid = attach(&host, to(&sink.url())).await;
    host.put("in", "bad").await;
    sink.holds(1).await;
    change(&host, &uuid, json!({"Enabled": false})).await;
    shows(&host, &uuid, "State", "Disabled").await;
    change(&host, &uuid, json!({"Enabled": true})).await;
    sink.holds(2).await;
    host.works("DELETE", &format!("{MAPPINGS}/{uuid}"), Value::Null).await;
    goes(&host, &uuid).await;
}

#[tokio::test]
async fn a_bucket_gets_an_object_signed_with_the_account_s_key() {
    let no = "HTTP/1.1 403 Forbidden\r\ncontent-length: 25\r\n\r\n<Code>AccessDenied</Code>";
    let host = host("(poison)").await;
    let mut sink = Sink::on(Arc::clone(&host.buckets), &[no, TAKEN]);
    let uuid = attach(&host, to("arn:aws:s3:::failed-orders")).await;
    host.put("in", "bad").await;
    troubled(&host, &uuid, "secret s3/failed-orders").await;
    let place = (ACCOUNT.parse().unwrap(), &REGION.parse().unwrap());
    let (name, pair) =
        ("s3/failed-orders", r#"{"AccessKeyId":"AKIAONE","SecretAccessKey":"hush"}"#);
    let secret = (place.0, place.1, &name.parse().unwrap());
    host.directory.put_secret(secret, &Secret::new(pair.to_owned())).await.unwrap();
    let sent = sink.holds(2).await;
    let line = sent[0].0.lines().next().unwrap();
    let prefix = format!(
        "PUT /failed-orders/aws/lambda/{uuid}/shardId-000000000000/2026/09/22/2026-09-22T09.06."
    );
    assert!(line.starts_with(&prefix), "{line}");
    assert_eq!(sent[1].0.lines().next().unwrap(), line, "it is the same object");
    let signed = header(&sent[0].0, "authorization");
    assert!(signed.starts_with("AWS4-HMAC-SHA256 Credential=AKIAONE/"), "{signed}");
    assert!(signed.contains("/us-east-1/s3/aws4_request, SignedHeaders=content-type;host;x-amz-"));
    assert_eq!(header(&sent[0].0, "x-amz-content-sha256").len(), 64);
    assert_eq!(records(&sent[1].1), ["bad"]);
    host.put("in", "a").await;
    assert_eq!(host.holds("out", 1).await, ["a"]);
}

#[tokio::test]
async fn the_role_is_asked_when_it_is_configured_and_at_each_sending() {
    let mut sink = Sink::new(&[TAKEN]).await;
    let host = host("(poison)").await;
    let own = [("kinesis:GetRecords", "*"), ("kinesis:PutRecords", "*")];
    host.role_may(&own).await;
    let place = to(&sink.url());
    let refused = host.refused("POST", MAPPINGS, mapping(place.clone())).await;
    let port = sink.address.rsplit(':').next().unwrap();
    let arn = format!("arn:aws:shardmill:{REGION}:{ACCOUNT}:host/127.0.0.1:{port}");
    assert!(refused.message.contains("shardmill:Fetch"), "{}", refused.message);
    let all = [own[0], own[1], ("shardmill:Fetch", &*arn)];
    host.role_may(&all).await;
    let uuid = attach(&host, place).await;
    host.role_may(&own).await;
    host.put("in", "bad").await;
    troubled(&host, &uuid, "shardmill:Fetch").await;
    assert!(sink.holds(0).await.is_empty());
    host.role_may(&all).await;
    assert_eq!(records(&sink.holds(1).await[0].1), ["bad"]);
    host.create_stream("other").await;
    let mut bucket = mapping(to("arn:aws:s3:::failed-orders"));
    bucket["EventSourceArn"] = stream_arn("other").into();
    let object = "arn:aws:s3:::failed-orders/aws/lambda/*";
    let put = [own[0], own[1], ("s3:PutObject", object)];
    host.role_may(&put[..2]).await;
    let refused = host.refused("POST", MAPPINGS, bucket.clone()).await;
    assert!(refused.message.contains("s3:PutObject"), "{}", refused.message);
    host.role_may(&put).await;
    let refused = host.refused("POST", MAPPINGS, bucket.clone()).await;
    assert!(refused.message.contains("shardmill:UseSecret"), "{}", refused.message);
    let secret = ("shardmill:UseSecret", "arn:aws:secretsmanager:*:*:secret:s3/*");
    host.role_may(&[put[0], put[1], put[2], secret]).await;
    host.works("POST", MAPPINGS, bucket).await;
    let mut wrong = mapping(json!({}));
    merge(&mut wrong, to("arn:aws:s3:::No"));
    let refused = host.refused("POST", MAPPINGS, wrong).await;
    assert!(refused.message.contains("a bucket's name has 3 to 63"), "{}", refused.message);
}

#[tokio::test]
async fn an_event_goes_once_its_end_is_told() {
    let mut sink = Sink::new(&[BROKEN, TAKEN]).await;
    let host = Host::new().await;
    host.create("f", "(handler echo)").await;
    let config = json!({"DestinationConfig": {"OnSuccess": {"Destination": sink.url()}}});
    host.works("PUT", "/2019-09-25/functions/f/event-invoke-config", config).await;
    let event = [("X-Amz-Invocation-Type", "Event")];
    host.invoke("f", &event, &json!({"order": 1})).await.unwrap();
    let sent = sink.holds(2).await;
    for (head, record) in &sent {
        assert_eq!(header(head, "idempotency-key"), "11111111-2222-4333-8444-555555555555");
        assert_eq!(record["requestPayload"], json!({"order": 1}));
    }
    assert_eq!(host.sandbox.handled().len(), 1);
}
