//! `shardmill streams`: what streams there are, and how they are made, changed and deleted.

mod compress;
mod create;
mod delete;
mod describe;
mod how;
mod list;
mod merge;
mod mode;
mod print;
mod retention;
mod scale;
mod split;

use clap::Subcommand;

use crate::client::Seams;

/// Make, look at and change streams
///
/// Streams are given by name or ARN; they belong to an account and a region. Works with any endpoint of Kinesis, but for
/// `compress`, which only Shardmill has.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill streams create clicks --shards 2
  shardmill streams describe clicks
  shardmill streams split clicks shardId-000000000000 --wait
  shardmill streams scale clicks --to 8 --wait
  shardmill streams compress clicks lz4
  shardmill streams delete clicks")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Describe(describe::Args),
    Create(create::Args),
    Delete(delete::Args),
    Split(split::Args),
    Merge(merge::Args),
    Scale(scale::Args),
    Retention(retention::Args),
    Mode(mode::Args),
    Compress(compress::Args),
}

/// Runs the command that was named.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    match args.command {
        Command::List(args) => list::run(args, seams).await,
        Command::Describe(args) => describe::run(args, seams).await,
        Command::Create(args) => create::run(args, seams).await,
        Command::Delete(args) => delete::run(args, seams).await,
        Command::Split(args) => split::run(args, seams).await,
        Command::Merge(args) => merge::run(args, seams).await,
        Command::Scale(args) => scale::run(args, seams).await,
        Command::Retention(args) => retention::run(args, seams).await,
        Command::Mode(args) => mode::run(args, seams).await,
        Command::Compress(args) => compress::run(args, seams).await,
    }
}
