//! `shardmill streams delete`: a stream and all that is in it.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Context as _;
use clap::builder::NonEmptyStringValueParser;
use serde_json::json;

use super::how::explain;
use crate::cli::progress;
use crate::cli::style::Style;
use crate::cli::target::Target;
use crate::client::{Client, ClientError, Seams, named};
use crate::refusal::Refusal;

const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Delete a stream with all its records
///
/// A stream with registered consumers is left alone unless --force is given.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill streams delete clicks --wait")]
pub(super) struct Args {
    /// Name or ARN of the stream
    #[arg(value_name = "STREAM", value_parser = NonEmptyStringValueParser::new())]
    stream: String,

    /// Delete it though consumers are registered
    #[arg(long)]
    force: bool,

    /// Wait until it is gone and its name is free
    #[arg(long)]
    wait: bool,

    /// Print what was done as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Deletes it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.client(seams)?;
    let stream = &args.stream;
    let consumers = client.stream(stream).await?.consumer_count;
    if consumers > 0 && !args.force {
        let refusal = format!("stream `{stream}` is in use: {consumers} consumers are registered");
        return Err(Refusal::failed(refusal).hint("--force deletes it nevertheless").into());
    }
    let mut input = named(stream);
    input["EnforceConsumerDeletion"] = args.force.into();
    let deleted = client.change_streams("DeleteStream", &input).await;
    deleted.map_err(|error| explain(error, stream))?;
    if args.wait {
        let bar = progress::busy(format!("waiting until {stream} is gone"));
        let gone = gone(&client, stream).await;
        bar.finish_and_clear();
        gone.context("deleted, but cannot tell whether it is gone")?;
    }
    let mut out = io::stdout().lock();
    match args.json {
        true => writeln!(out, "{}", json!({ "deleted": stream }))?,
        false => writeln!(out, "{} {stream}", Style::stdout().good("deleted"))?,
    }
    Ok(())
}

async fn gone(client: &Client, stream: &str) -> Result<(), ClientError> {
    loop {
        match client.stream(stream).await {
            Ok(_) => tokio::time::sleep(LOOK_EVERY).await,
            Err(error) if error.code() == Some("ResourceNotFoundException") => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}
