//! `shardmill roles`: what functions act as.

mod create;
mod list;

use clap::Subcommand;
use serde_json::json;

use super::members::policy::{self, Of};
use super::members::{Whose, explain, print};
use crate::client::Seams;

/// Make roles and say what they may do
///
/// A role is what a function acts as: it may do what the policies of its role allow, and nothing else. Whoever makes a
/// function must be allowed to pass its role (iam:PassRole).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill roles create clean --policy clean.json
  shardmill roles policy put clean clean.json
  shardmill roles delete clean")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(create::Args),
    List(list::Args),
    /// Show a role
    Show(Role),
    /// Remove a role with its policies
    Delete(Role),
    Policy(policy::Args),
}

#[derive(Debug, clap::Args)]
struct Role {
    /// The role
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    whose: Whose,
}

/// Runs the command that was named.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    match args.command {
        Command::Create(args) => create::run(args, seams).await,
        Command::List(args) => list::run(args, seams).await,
        Command::Show(Role { name, whose }) => {
            let input = whose.input(json!({ "RoleName": name }));
            let reply = whose.client(seams)?.own("GetRole", &input).await.map_err(explain)?;
            print(&reply["Role"])
        }
        Command::Delete(Role { name, whose }) => {
            let input = whose.input(json!({ "RoleName": name }));
            whose.client(seams)?.own("DeleteRole", &input).await.map_err(explain)?;
            whose.done("deleted", &name)
        }
        Command::Policy(args) => policy::run(Of::ROLES, args, seams).await,
    }
}
