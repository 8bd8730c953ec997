//! `shardmill functions`: code that runs on streams.

mod alias;
mod delete;
mod deploy;
mod emitted;
mod event;
mod invoke;
mod list;
mod logs;
mod package;
mod parked;
mod publish;
mod redrive;
mod role;
mod state;
mod stats;
mod versions;

pub(super) use logs::visible;

use clap::Subcommand;

use crate::client::{ClientError, Seams};
use crate::refusal::Refusal;

/// Deploy, run and watch functions
///
/// A function is a WebAssembly component, a core module or its text (WAT), alone or in a zip file. Where a
/// function is named, its ARN is taken as well.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions deploy quakes quakes.wasm --env MIN_MAGNITUDE=2.5
  shardmill functions invoke quakes --data events.ndjson
  shardmill functions logs quakes --follow
  shardmill functions stats
  shardmill functions publish quakes && shardmill functions alias set quakes live 1
  shardmill mappings create --function quakes --stream earthquakes --to significant")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Deploy(deploy::Args),
    List(list::Args),
    Invoke(invoke::Args),
    Logs(logs::Args),
    Stats(stats::Args),
    Publish(publish::Args),
    Versions(versions::Args),
    Alias(alias::Args),
    Parked(parked::Args),
    Redrive(redrive::Args),
    State(state::Args),
    Delete(delete::Args),
}

/// Runs the command that was named.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    match args.command {
        Command::Deploy(args) => deploy::run(args, seams).await,
        Command::List(args) => list::run(args, seams).await,
        Command::Invoke(args) => invoke::run(args, seams).await,
        Command::Logs(args) => logs::run(args, seams).await,
        Command::Stats(args) => stats::run(args, seams).await,
        Command::Publish(args) => publish::run(args, seams).await,
        Command::Versions(args) => versions::run(args, seams).await,
        Command::Alias(args) => alias::run(args, seams).await,
        Command::Parked(args) => parked::run(args, seams).await,
        Command::Redrive(args) => redrive::run(args, seams).await,
        Command::State(args) => state::run(args, seams).await,
        Command::Delete(args) => delete::run(args, seams).await,
    }
}

/// Says of a function that is not there what to do; leaves other errors as they are.
pub(super) fn explain(error: ClientError, name: &str) -> anyhow::Error {
    if error.code() != Some("ResourceNotFoundException") {
        return error.into();
    }
    let refusal = Refusal::failed(format!("there is no function `{name}`")).because(error);
    refusal.hint("`shardmill functions list` shows what is there, by account and region").into()
}
