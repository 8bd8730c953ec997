//! Functions over streams as their users meet them: boto3, crashes, hostile neighbours.

mod crash;
mod fetched;
mod neighbours;
mod outside;
mod parked;
mod python;
mod reading;
mod source;
mod state;
mod windows;

use anyhow::{Context as _, Result};
use e2e::client::Client;
use e2e::workspace;
use http::Method;
use serde_json::{Value, json};

pub(crate) fn stream_arn(name: &str) -> String {
    format!("arn:aws:kinesis:us-east-1:000000000000:stream/{name}")
}

/// Makes a function of a program of `guests/programs`; one second is all that it gets.
fn deploy(client: &mut Client, program: &str) -> Result<()> {
    let path = format!("guests/programs/{program}.wat");
    let code = workspace::text(&path).with_context(|| format!("{path} is there"))?;
    deploy_code(client, program, code.as_bytes())
}

fn deploy_code(client: &mut Client, program: &str, code: &[u8]) -> Result<()> {
    let code = base64_simd::STANDARD.encode_to_string(code);
    let function = json!({
        "FunctionName": program,
        "Role": "arn:aws:iam::000000000000:role/any",
        "Timeout": 1,
        "Code": { "ZipFile": code },
    });
    client.rest(&Method::POST, "/2015-03-31/functions", &function)?;
    Ok(())
}

/// Maps a stream to a function, with what is special about it; its UUID.
fn map(client: &mut Client, function: &str, source: &str, more: Value) -> Result<String> {
    let mut mapping = json!({
        "EventSourceArn": stream_arn(source),
        "FunctionName": function,
        "StartingPosition": "TRIM_HORIZON",
    });
    if let (Some(mapping), Value::Object(more)) = (mapping.as_object_mut(), more) {
        mapping.extend(more);
    }
    let made = client.rest(&Method::POST, "/2015-03-31/event-source-mappings", &mapping)?;
    Ok(made["UUID"].as_str().context("a mapping has a UUID")?.to_owned())
}
