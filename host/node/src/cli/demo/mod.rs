//! `shardmill demo`: the whole thing once, on real data, within seconds.

mod batches;
mod by_hand;
mod check;
mod delay;
mod filtered;
mod input;
mod play;
mod put;
mod quake;
mod read;
mod report;
mod setup;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

use super::style::Style;
use crate::client::{Client, Credentials, Endpoint, Seams};
use crate::config::{File, LogFormat, ServeFlags, Settings, TlsMode};
use crate::refusal::{Code, Refusal};
use crate::server::Server;
use crate::{logging, shutdown, wiring};
use play::Stage;
use report::{Readable, Report};

const STOP_WITHIN: Duration = Duration::from_secs(10);

/// Run a week of real earthquakes through a function, from one stream into another
///
/// Starts a server on a temporary directory and a free port, with its real store and sandbox, and speaks to
/// it as any AWS client does: HTTP and signed requests. Makes two streams, uploads a WebAssembly component
/// that keeps the significant earthquakes, maps it between the streams, puts 1,707 events and reads what
/// comes out. Checks that every record that was put comes back once, byte for byte, in order for every
/// partition key, and that exactly the significant ones came out, once each and in order; ends with code 3
/// if not. Leaves nothing behind.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill demo
  shardmill demo --min-magnitude 4.5
  shardmill demo --json | jq .singles.outputDelay")]
pub(super) struct Args {
    /// Keep events of this magnitude or more
    #[arg(long, value_name = "MAGNITUDE", default_value_t = 2.5, value_parser = magnitude, allow_negative_numbers = true)]
    min_magnitude: f64,

    /// Lines of JSON to put instead, of the form of examples/earthquakes: another week of the USGS, say
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,

    /// The field of each line that becomes the partition key
    #[arg(long, value_name = "FIELD", default_value = "net")]
    partition_key_field: String,

    /// Print one JSON report
    #[arg(long)]
    json: bool,
}

fn magnitude(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| "write a number, such as 2.5".to_owned())
}

/// Runs the demonstration; an interrupt ends it, and the directory is removed either way.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    logging::start("warn", LogFormat::Text)?;
    let input = input::load(args.input.as_deref(), &args.partition_key_field)?;
    let temporary = tempfile::Builder::new()
        .prefix("shardmill-demo-")
        .tempdir()
        .context("cannot make a temporary directory")?;
    let dir = wiring::open_dir(temporary.path()).context("cannot open the temporary directory")?;
    let flags = ServeFlags {
        listen: Some("127.0.0.1:0".to_owned()),
        dev: true,
        no_limits: true,
        tls: Some(TlsMode::Off),
        ballast_mib: Some(0),
        ..ServeFlags::default()
    };
    let settings = Settings::resolve(flags, File::default(), None)?;
    let server = Server::start(&settings, &dir, seams).await?;
    let endpoint = Endpoint::from(server.address());
    let client = Client::new(endpoint.clone(), Credentials::development(), "us-east-1", seams);
    let stage = Stage {
        client: &client,
        endpoint: endpoint.to_string(),
        min_magnitude: args.min_magnitude,
        is_quiet: args.json,
        seams,
    };
    let report = tokio::select! {
        report = stage.play(input) => report?,
        () = shutdown::interrupted() => return Err(Refusal::failed("interrupted").into()),
        why = server.failed() => return Err(Refusal::failed(format!("storage failed: {why}")).into()),
    };
    server.stop(STOP_WITHIN).await?;
    print(&report, args.json)?;
    if report.verified {
        Ok(())
    } else {
        Err(Refusal::new(Code::Damaged, "what was read is not what it must be").into())
    }
}

fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(report)?)?;
        return Ok(());
    }
    let style = Style::stdout();
    write!(out, "{}", Readable(report, style))?;
    if report.verified {
        write!(out, "{}", by_hand::by_hand(style))?;
    }
    Ok(())
}
