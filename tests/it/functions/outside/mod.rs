//! Destinations outside of the server: buckets at a server of another maker, and HTTP endpoints.

mod gate;
mod sink;

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::client::Client;
use e2e::{Buckets, Launch, Server, python, workspace};
use http::Method;
use serde_json::{Value, json};

use super::{deploy, map, reading, stream_arn};
use crate::kinesis::passed;
use gate::Gate;
use sink::Sink;

const BUCKET: &str = "arn:aws:s3:::failed-orders";
const FUNCTION: &str = "report_bad";
const KILLS: usize = 3;
const WITHIN: Duration = Duration::from_secs(60);

#[test]
fn a_bucket_and_an_endpoint_are_told_as_aws_does() {
    let temp = tempfile::tempdir().unwrap();
    let buckets = Buckets::start(&temp.path().join("buckets")).unwrap();
    let sink = Sink::open(false).unwrap();
    let server = launch(&temp.path().join("data"), buckets.url()).start().unwrap();
    put_key(&mut server.client(), Buckets::SECRET).unwrap();
    let programs = workspace::root().join("guests/programs").display().to_string();
    let (url, endpoint) = (server.url(), sink.url());
    let env = [("ENDPOINT", &*url), ("PROGRAMS", &programs), ("SINK", &endpoint)];
    passed(python("function_outside.py", &[&env[..], &key_pair(&buckets)].concat()));
    let told = sink.told().unwrap();
    assert_eq!(told.line(), "POST /failed?token=hush HTTP/1.1");
    assert_eq!(told.header("content-type").unwrap(), "application/json");
    assert_eq!(told.records().unwrap(), ["bad-endpoint"]);
    assert_eq!(told.document["requestContext"]["condition"], "RetryAttemptsExhausted");
    server.terminate();
    let (_, ended) = server.ended().unwrap();
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(!said.contains("hush") && !said.contains(Buckets::SECRET), "the log tells a secret");
}

#[test]
fn what_is_killed_while_it_tells_tells_the_same_again() {
    if let Err(failure) = killed() {
        panic!("{failure:#}");
    }
}

fn killed() -> Result<()> {
    let temp = tempfile::tempdir()?;
    let buckets = Buckets::start(&temp.path().join("buckets"))?;
    objects(&buckets, true)?;
    let (sink, gate) = (Sink::open(true)?, Gate::to(buckets.url())?);
    let mut server = launch(&temp.path().join("data"), &gate.url()).start()?;
    let mut client = server.client();
    put_key(&mut client, Buckets::SECRET)?;
    deploy(&mut client, FUNCTION)?;
    let endpoint = sink.url();
    for (source, target, place) in [("a", "a-out", &*endpoint), ("b", "b-out", BUCKET)] {
        for name in [source, target] {
            client.call("CreateStream", &json!({ "StreamName": name, "ShardCount": 1 }))?;
        }
        let more =
            json!({ "MaximumRetryAttempts": 0, "DestinationConfig": told_of(target, place) });
        map(&mut client, FUNCTION, source, more)?;
        put(&mut client, source, &["bad 1", "bad 2"])?;
    }
    let first = sink.told()?;
    gate.kept()?;
    for kill in 0..KILLS {
        for source in ["a", "b"] {
            put(&mut server.client(), source, &[&format!("good {kill}")])?;
        }
        // An orderly end does not wait for them either.
        let launch = if kill == 1 { server.stop()? } else { server.kill()? };
        server = launch.start()?;
        let again = sink.told()?;
        gate.kept()?;
        ensure!(again.header("idempotency-key")? == first.header("idempotency-key")?);
        ensure!(again.document["KinesisBatchInfo"] == first.document["KinesisBatchInfo"]);
        ensure!(again.records()? == first.records()?, "{again:?}");
    }
    let launch = server.kill()?;
    sink.answer();
    gate.open();
    let server = launch.start()?;
    let told = sink.told()?.records()?;
    ensure!(told == ["bad 1", "bad 2"], "{told:?}");
    let good: Vec<String> = (0..KILLS).map(|kill| format!("good {kill}")).collect();
    for target in ["a-out", "b-out"] {
        until(|| Ok(data(&mut server.client(), target)?.len() >= good.len()))?;
        ensure!(data(&mut server.client(), target)? == good, "{target}: each once, in order");
    }
    ensure!(sink.is_empty(), "what was taken is not sent again");
    let objects = objects(&buckets, false)?;
    let kept: Vec<Vec<String>> =
        objects.iter().map(|(_, document)| records(document)).collect::<Result<_>>()?;
    ensure!(kept.concat() == ["bad 1", "bad 2"], "each in one object: {objects:?}");
    Ok(())
}

#[test]
fn an_event_is_told_of_under_its_own_key_also_after_a_kill() {
    if let Err(failure) = event() {
        panic!("{failure:#}");
    }
}

fn event() -> Result<()> {
    let temp = tempfile::tempdir()?;
    let sink = Sink::open(true)?;
    let launch = launch(&temp.path().join("data"), "http://127.0.0.1:1");
    let mut server = launch.start()?;
    let mut client = server.client();
    deploy(&mut client, "echo")?;
    let config = json!({ "DestinationConfig": { "OnSuccess": { "Destination": sink.url() } } });
    client.rest(&Method::PUT, "/2019-09-25/functions/echo/event-invoke-config", &config)?;
    client.send_event("echo", &json!({ "order": 1 }))?;
    let first = sink.told()?;
    let launch = server.kill()?;
    sink.answer();
    server = launch.start()?;
    let again = sink.told()?;
    ensure!(again.header("idempotency-key")? == first.header("idempotency-key")?);
    for told in [&first, &again] {
        ensure!(told.document["requestPayload"] == json!({ "order": 1 }), "{told:?}");
    }
    // The end that was taken is stored: the next life has nothing left to tell.
    server = server.stop()?.start()?;
    server.client().send_event("echo", &json!({ "order": 2 }))?;
    ensure!(sink.told()?.document["requestPayload"] == json!({ "order": 2 }));
    Ok(())
}

#[test]
fn a_bucket_that_refuses_is_waited_for() {
    if let Err(failure) = refused() {
        panic!("{failure:#}");
    }
}

fn refused() -> Result<()> {
    let temp = tempfile::tempdir()?;
    let buckets = Buckets::start(&temp.path().join("buckets"))?;
    objects(&buckets, true)?;
    let server = launch(&temp.path().join("data"), buckets.url()).start()?;
    let mut client = server.client();
    deploy(&mut client, FUNCTION)?;
    for name in ["a", "a-out"] {
        client.call("CreateStream", &json!({ "StreamName": name, "ShardCount": 1 }))?;
    }
    let more = json!({ "MaximumRetryAttempts": 0, "DestinationConfig": told_of("a-out", BUCKET) });
    let uuid = map(&mut client, FUNCTION, "a", more)?;
    put(&mut client, "a", &["bad 1"])?;
    problem(&server, &uuid, "secret s3/failed-orders")?;
    put_key(&mut client, "another")?;
    problem(&server, &uuid, "SignatureDoesNotMatch")?;
    ensure!(objects(&buckets, false)?.is_empty());
    put_key(&mut client, Buckets::SECRET)?;
    until(|| Ok(!objects(&buckets, false)?.is_empty()))?;
    put(&mut client, "a", &["good"])?;
    until(|| Ok(data(&mut server.client(), "a-out")? == ["good"]))
}

fn launch(data: &Path, buckets: &str) -> Launch {
    let launch = Launch::dev(data).args(["--no-limits", "--egress-networks", "127.0.0.0/8"]);
    launch.args(["--s3-endpoint", buckets])
}

fn told_of(target: &str, place: &str) -> Value {
    json!({
        "OnSuccess": { "Destination": stream_arn(target) }, "OnFailure": { "Destination": place },
    })
}

/// Gives the account the key pair of the bucket, with this secret.
fn put_key(client: &mut Client, secret: &str) -> Result<()> {
    let pair = json!({ "AccessKeyId": Buckets::KEY, "SecretAccessKey": secret }).to_string();
    client.own("PutSecret", &json!({ "Name": "s3/failed-orders", "SecretString": pair }))?;
    Ok(())
}

fn key_pair(buckets: &Buckets) -> [(&str, &str); 3] {
    [("BUCKETS", buckets.url()), ("BUCKETS_KEY", Buckets::KEY), ("BUCKETS_SECRET", Buckets::SECRET)]
}

/// Names and documents of the bucket's objects, as boto3 reads them; it is made first if `is_new`.
fn objects(buckets: &Buckets, is_new: bool) -> Result<Vec<(String, Value)>> {
    let create = ("CREATE", if is_new { "yes" } else { "" });
    let env = [&key_pair(buckets)[..], &[create]].concat();
    Ok(serde_json::from_str(&python("bucket.py", &env)?.stdout)?)
}

fn put(client: &mut Client, stream: &str, data: &[&str]) -> Result<()> {
    let entry = |data: &&str| json!({ "PartitionKey": "k", "Data": base64_simd::STANDARD.encode_to_string(data) });
    let entries: Vec<Value> = data.iter().map(entry).collect();
    client.call("PutRecords", &json!({ "StreamName": stream, "Records": entries }))?;
    Ok(())
}

/// The records that a document tells of.
fn records(document: &Value) -> Result<Vec<String>> {
    let event: Value = serde_json::from_str(document["payload"].as_str().context("a payload")?)?;
    let data = |record: &Value| {
        let text = record["kinesis"]["data"].as_str().context("data of a record")?;
        Ok(String::from_utf8(base64_simd::STANDARD.decode_to_vec(text)?)?)
    };
    event["Records"].as_array().context("records")?.iter().map(data).collect()
}

fn data(client: &mut Client, stream: &str) -> Result<Vec<String>> {
    let rows = reading::everything(client, stream)?.concat();
    rows.into_iter().map(|row| Ok(String::from_utf8(row.data)?)).collect()
}

/// Waits until the mapping tells of this problem.
fn problem(server: &Server, uuid: &str, why: &str) -> Result<()> {
    let path = format!("/2015-03-31/event-source-mappings/{uuid}");
    let mut shown = Value::Null;
    until(|| {
        shown = server.client().rest(&Method::GET, &path, &Value::Null)?;
        Ok(shown["LastProcessingResult"].as_str().is_some_and(|result| result.contains(why)))
    })
    .with_context(|| format!("{why} is not in {shown}"))
}

fn until(mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let start = Instant::now();
    while !holds()? {
        ensure!(start.elapsed() < WITHIN, "it does not come to that");
        thread::park_timeout(Duration::from_millis(50));
    }
    Ok(())
}
