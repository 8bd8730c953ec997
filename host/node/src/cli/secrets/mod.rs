//! `shardmill secrets`: values for functions, which nobody is shown again.

mod list;
mod put;

use clap::Subcommand;
use serde_json::json;

use super::members::{Whose, explain};
use crate::client::Seams;

/// Keep secrets for functions
///
/// A secret is sealed where it is stored, belongs to an account and a region, and is never shown again. Functions of the
/// world `consumer` have it sent in headers of their requests, and destinations sign with it, as roles allow.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pass show db | shardmill secrets put db/password
  shardmill secrets put db/password --file password.txt
  shardmill secrets list")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Put(put::Args),
    List(list::Args),
    /// Remove a secret
    Delete(One),
}

#[derive(Debug, clap::Args)]
struct One {
    /// The secret
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    whose: Whose,
}

/// Runs the command that was named.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    match args.command {
        Command::Put(args) => put::run(args, seams).await,
        Command::List(args) => list::run(args, seams).await,
        Command::Delete(One { name, whose }) => {
            let input = whose.input(json!({ "Name": name }));
            whose.client(seams)?.own("DeleteSecret", &input).await.map_err(explain)?;
            whose.done("deleted", &name)
        }
    }
}
