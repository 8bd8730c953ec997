//! A function that asks another service, with a secret that it never sees.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use anyhow::{Context as _, Result, ensure};
use e2e::client::Client;
use e2e::{Launch, workspace};
use http::Method;
use serde_json::{Value, json};

use super::{map, reading, stream_arn};

const SECRET: &str = "hush-hush-hush";

#[test]
fn a_service_is_asked_with_a_secret_of_the_account() {
    if let Err(failure) = run() {
        panic!("{failure:#}");
    }
}

fn run() -> Result<()> {
    let service = serve()?;
    let temp = tempfile::tempdir()?;
    let server = Launch::dev(temp.path().join("data"))
        .args(["--no-limits", "--egress-networks", "127.0.0.0/8"])
        .start()?;
    let mut client = server.client();
    for name in ["visits", "known"] {
        client.call("CreateStream", &json!({ "StreamName": name, "ShardCount": 1 }))?;
    }
    client.own("PutSecret", &json!({ "Name": "token", "SecretString": SECRET }))?;
    deploy(&mut client, service)?;
    let target = json!({ "OnSuccess": { "Destination": stream_arn("known") } });
    map(&mut client, "enrich", "visits", json!({ "DestinationConfig": target }))?;
    for (key, data) in [("ada", "1"), ("nobody", "2")] {
        let data = base64_simd::STANDARD.encode_to_string(data);
        let record = json!({ "StreamName": "visits", "PartitionKey": key, "Data": data });
        client.call("PutRecord", &record)?;
    }
    let told = loop {
        let rows = reading::everything(&mut client, "known")?.concat();
        if rows.len() == 2 {
            break rows;
        }
        let status =
            client.rest(&Method::GET, "/2015-03-31/event-source-mappings", &Value::Null)?;
        let result = status["EventSourceMappings"][0]["LastProcessingResult"].to_string();
        ensure!(!result.contains("PROBLEM"), "{result}");
    };
    let told: Vec<Value> =
        told.iter().map(|row| serde_json::from_slice(&row.data)).collect::<Result<_, _>>()?;
    ensure!(told[0] == json!({ "data": "1", "known": { "name": "Ada" } }), "{told:?}");
    ensure!(told[1] == json!({ "data": "2", "known": null }), "{told:?}");
    let log = client.own("GetFunctionLogs", &json!({ "FunctionName": "enrich" }))?;
    ensure!(!log.to_string().contains(SECRET), "the log tells the secret");
    Ok(())
}

fn deploy(client: &mut Client, service: SocketAddr) -> Result<()> {
    let code = fs::read(workspace::root().join("guests/rust-enrich/enrich.wasm"))?;
    let code = base64_simd::STANDARD.encode_to_string(code);
    let function = json!({
        "FunctionName": "enrich",
        "Role": "arn:aws:iam::000000000000:role/any",
        "Timeout": 10,
        "Environment": { "Variables": { "SERVICE": format!("http://{service}/people") } },
        "Code": { "ZipFile": code },
    });
    client.rest(&Method::POST, "/2015-03-31/functions", &function)?;
    Ok(())
}

/// A service that knows Ada, and nobody who does not bring the secret.
fn serve() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").context("a port is free")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let knows = head.contains(&format!("authorization: Bearer {SECRET}"));
            let (status, body) = match head.first().and_then(|line| line.split(' ').nth(1)) {
                _ if !knows => ("403 Forbidden", ""),
                Some("/people/ada") => ("200 OK", r#"{"name":"Ada"}"#),
                _ => ("404 Not Found", ""),
            };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            // Who asked may be gone.
            let _ = (&stream).write_all(answer.as_bytes());
        }
    });
    Ok(address)
}
