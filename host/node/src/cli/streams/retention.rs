//! `shardmill streams retention`: how long records are kept.

use std::cmp::Ordering;

use serde_json::json;

use super::how::How;
use crate::client::Seams;

/// Change how long a stream keeps its records
///
/// A shorter retention hides what is older at once; a longer one does not bring back what had expired.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill streams retention clicks --hours 168")]
pub(super) struct Args {
    #[command(flatten)]
    how: How,

    /// How many hours, 24 to 8760
    #[arg(long, value_name = "COUNT")]
    hours: u32,
}

/// Changes it, in the direction that is needed.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.how.client(seams)?;
    let now = client.stream(&args.how.stream).await?.retention_period_hours;
    let operation = match args.hours.cmp(&now) {
        Ordering::Greater => "IncreaseStreamRetentionPeriod",
        Ordering::Less => "DecreaseStreamRetentionPeriod",
        Ordering::Equal => return args.how.tell(&client, "unchanged").await,
    };
    let input = args.how.input(json!({ "RetentionPeriodHours": args.hours }));
    args.how.change(&client, operation, &input, "changed").await
}
