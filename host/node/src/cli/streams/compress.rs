//! `shardmill streams compress`: how what is put into a stream lies on the disk.

use clap::ValueEnum;
use serde_json::json;

use super::how::{How, explain};
use crate::client::Seams;

/// Compress what is put into a stream from now on, or stop doing so
///
/// Records are compressed together, as they lie on the disk, and before they are encrypted. Nobody who puts or gets
/// records sees a difference; what is there already stays as it is. Text and JSON take a fraction of the room, what is
/// compressed already is stored as it comes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill streams compress clicks lz4
  shardmill streams compress clicks none")]
pub(super) struct Args {
    #[command(flatten)]
    how: How,

    /// The codec
    #[arg(value_name = "CODEC")]
    codec: Codec,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Codec {
    /// LZ4: little work, and readers hardly notice it
    Lz4,
    /// Stored as it comes
    None,
}

/// Changes it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.how.client(seams)?;
    let (word, done) = match args.codec {
        Codec::Lz4 => ("LZ4", "compresses"),
        Codec::None => ("NONE", "does not compress"),
    };
    let input = args.how.input(json!({ "Compression": word }));
    let changed = client.own("UpdateStreamCompression", &input).await;
    changed.map_err(|error| explain(error, &args.how.stream))?;
    args.how.tell(&client, done).await
}
