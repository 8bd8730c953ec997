//! Greets who is named by the event.

use serde_json::{Value, json};
use shardmill_guest::handler;
use shardmill_guest::handler::{Context, Failure};

handler!(handle);

fn handle(event: Vec<u8>, _context: Context) -> Result<String, Failure> {
    let event: Value = serde_json::from_slice(&event)?;
    match event["name"].as_str() {
        Some(name) => Ok(json!({ "greeting": format!("hello, {name}") }).to_string()),
        None => Err(Failure::new("NoName", "the event has no `name`")),
    }
}
