//! `shardmill streams mode`: who decides about the number of shards.

use clap::ValueEnum;
use serde_json::json;

use super::how::How;
use crate::client::Seams;

/// Change whether the number of shards follows the load
///
/// The shards that there are stay.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill streams mode clicks on-demand --wait")]
pub(super) struct Args {
    #[command(flatten)]
    how: How,

    /// The mode
    #[arg(value_name = "MODE")]
    mode: Mode,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mode {
    /// The number of shards follows the load
    OnDemand,
    /// The number of shards is what was asked for
    Provisioned,
}

/// Changes it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.how.client(seams)?;
    // This operation knows no names.
    let arn = client.stream(&args.how.stream).await?.stream_arn;
    let mode = match args.mode {
        Mode::OnDemand => "ON_DEMAND",
        Mode::Provisioned => "PROVISIONED",
    };
    let input = json!({ "StreamARN": arn, "StreamModeDetails": { "StreamMode": mode } });
    args.how.change(&client, "UpdateStreamMode", &input, "changed").await
}
