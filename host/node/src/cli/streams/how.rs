//! What the commands that change a stream share: which server, whether to wait, and what is said in the end.

use std::io::{self, Write};

use anyhow::Context as _;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use serde_json::Value;

use super::print;
use crate::cli::progress;
use crate::cli::style::Style;
use crate::cli::target::Target;
use crate::client::{Client, ClientError, Seams, named};
use crate::refusal::Refusal;

/// Which stream to change, and how.
#[derive(Args, Clone, Debug)]
pub(super) struct How {
    /// Name or ARN of the stream
    #[arg(value_name = "STREAM", value_parser = NonEmptyStringValueParser::new())]
    pub(super) stream: String,

    /// Wait until the change is done and the stream is ACTIVE
    #[arg(long)]
    wait: bool,

    /// Print the stream as JSON, as DescribeStreamSummary shows it
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

impl How {
    /// A client of the server that was named.
    pub(super) fn client(&self, seams: &Seams) -> Result<Client, Refusal> {
        self.target.client(seams)
    }

    /// What an operation takes that is about the stream, with more members.
    pub(super) fn input(&self, members: Value) -> Value {
        let mut input = named(&self.stream);
        if let (Value::Object(input), Value::Object(members)) = (&mut input, members) {
            input.extend(members);
        }
        input
    }

    /// Changes the stream and says what was `done` to it.
    pub(super) async fn change(
        &self,
        client: &Client,
        operation: &'static str,
        input: &Value,
        done: &str,
    ) -> anyhow::Result<()> {
        let changed = client.change_streams(operation, input).await;
        changed.map_err(|error| explain(error, &self.stream))?;
        self.tell(client, done).await
    }

    /// Says what was `done` to the stream, once it is done if that is to be waited for.
    pub(super) async fn tell(&self, client: &Client, done: &str) -> anyhow::Result<()> {
        let summary = if self.wait {
            let bar = progress::busy(format!("waiting for {}", self.stream));
            let settled = client.settled_stream(&self.stream).await;
            bar.finish_and_clear();
            settled
        } else {
            client.stream(&self.stream).await
        };
        let summary = summary.with_context(|| format!("{done}, but cannot tell how it is now"))?;
        let mut out = io::stdout().lock();
        match self.json {
            true => writeln!(out, "{}", serde_json::to_string_pretty(&summary)?)?,
            false => {
                let done = Style::stdout().good(done);
                writeln!(out, "{done} {}: {}", summary.stream_name, print::state(&summary))?;
            }
        }
        Ok(())
    }
}

/// Says what to do about a refusal; leaves other errors as they are.
pub(super) fn explain(error: ClientError, stream: &str) -> anyhow::Error {
    let hint = match &error {
        ClientError::Api { code, message, .. } => match code.as_str() {
            "ResourceInUseException" if message.contains("already exists") => {
                "`shardmill streams describe` shows it"
            }
            "ResourceInUseException" => {
                "it is being changed: try again once it is ACTIVE, or use --wait"
            }
            "LimitExceededException" if message.contains("cannot scale up over double") => {
                "at most double the number at a time, and wait for each step with --wait"
            }
            "LimitExceededException" if message.contains("cannot scale down below half") => {
                "at most halve the number at a time, and wait for each step with --wait"
            }
            "UnknownOperationException" | "NotImplementedException" => {
                "this server does not have the operation"
            }
            _ => return error.into(),
        },
        _ => return error.into(),
    };
    Refusal::failed(format!("stream `{stream}` stays as it is")).because(error).hint(hint).into()
}
