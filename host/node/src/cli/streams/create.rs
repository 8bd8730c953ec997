//! `shardmill streams create`: a new stream.

use serde_json::{Map, Value, json};

use super::how::How;
use crate::cli::members::pair;
use crate::client::Seams;

/// Make a stream
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill streams create clicks --shards 4
  shardmill streams create clicks --on-demand --wait
  shardmill streams create films --max-record-kib 10240 --tag team=a")]
pub(super) struct Args {
    #[command(flatten)]
    how: How,

    /// How many shards it has; each takes 1 MiB and 1,000 records a second
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    shards: u32,

    /// Let the number of shards follow the load
    #[arg(long, conflicts_with = "shards")]
    on_demand: bool,

    /// The largest record that it takes, 1024 to 10240 KiB
    #[arg(long, value_name = "KIB")]
    max_record_kib: Option<u32>,

    /// Note something about it; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    tag: Vec<(String, String)>,
}

/// Makes it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.how.client(seams)?;
    args.how.change(&client, "CreateStream", &input(&args), "created").await
}

fn input(args: &Args) -> Value {
    let mut input = json!({ "StreamName": args.how.stream });
    if args.on_demand {
        input["StreamModeDetails"] = json!({ "StreamMode": "ON_DEMAND" });
    } else {
        input["ShardCount"] = args.shards.into();
    }
    if let Some(kib) = args.max_record_kib {
        input["MaxRecordSizeInKiB"] = kib.into();
    }
    if !args.tag.is_empty() {
        let tags: Map<String, Value> =
            args.tag.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect();
        input["Tags"] = tags.into();
    }
    input
}
