//! `shardmill accounts`: the tenants of a server.

mod create;
mod list;

use clap::Subcommand;
use domain::AccountId;
use serde_json::json;

use super::members::{Whose, account, explain, print};
use crate::client::Seams;

/// Make and close accounts
///
/// An account is a tenant: it has streams, functions, users, roles and secrets of its own, and sees nothing of others.
/// All of this needs the operator's key, which lies in `root.credentials` in the server's data directory.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill accounts create team-a >> ~/.aws/credentials
  shardmill accounts list
  shardmill accounts close 123456789012")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(create::Args),
    List(list::Args),
    /// Show an account
    Show(One),
    /// Refuse all keys of an account from now on
    ///
    /// What it holds stays, and its mappings go on, until somebody deletes them or opens the account again.
    Close(One),
    /// Take the keys of a closed account again
    Reopen(One),
}

#[derive(Debug, clap::Args)]
struct One {
    /// The account, twelve digits
    #[arg(value_name = "ID", value_parser = account)]
    id: AccountId,

    #[command(flatten)]
    whose: Whose,
}

/// Runs the command that was named.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let (operation, deed, one) = match args.command {
        Command::Create(args) => return create::run(args, seams).await,
        Command::List(args) => return list::run(args, seams).await,
        Command::Show(one) => ("DescribeAccount", None, one),
        Command::Close(one) => ("CloseAccount", Some("closed"), one),
        Command::Reopen(one) => ("ReopenAccount", Some("reopened"), one),
    };
    let id = one.id.to_string();
    let reply = one.whose.client(seams)?.own(operation, &json!({ "AccountId": id })).await;
    let reply = reply.map_err(explain)?;
    match deed {
        Some(deed) => one.whose.done(deed, &id),
        None => print(&reply["Account"]),
    }
}
