//! `shardmill keys`: users, their access keys and what they may do.

mod create;
mod list;
mod simulate;

use clap::Subcommand;
use serde_json::json;

use super::members::policy::{self, Of};
use super::members::{Whose, explain};
use crate::client::Seams;

/// Make and revoke access keys, and say what their users may do
///
/// A key belongs to a user, whose policies say what it may do, or to the account's root, who may do everything in the
/// account. Changes hold for the next request.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill keys create --user web --policy put.json >> ~/.aws/credentials
  shardmill keys list
  shardmill keys disable SMAKQX7L2M5N3P4R6S7T
  shardmill keys policy put web put.json
  shardmill keys simulate web kinesis:PutRecord --resource arn:aws:kinesis:us-east-1:123456789012:stream/clicks")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(create::Args),
    List(list::Args),
    /// Let a key work again
    Enable(Key),
    /// Refuse a key from now on
    Disable(Key),
    /// Remove a key
    Delete(Key),
    /// Remove a user with its policies and keys
    DeleteUser(User),
    Policy(policy::Args),
    Simulate(simulate::Args),
}

#[derive(Debug, clap::Args)]
struct Key {
    /// The key's id, as `keys list` shows it
    #[arg(value_name = "ID")]
    id: String,

    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, clap::Args)]
struct User {
    /// The user
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
        Command::Enable(key) => update(key, "Active", "enabled", seams).await,
        Command::Disable(key) => update(key, "Inactive", "disabled", seams).await,
        Command::Delete(Key { id, whose }) => {
            let input = whose.input(json!({ "AccessKeyId": id }));
            whose.client(seams)?.own("DeleteAccessKey", &input).await.map_err(explain)?;
            whose.done("deleted", &id)
        }
        Command::DeleteUser(User { name, whose }) => {
            let input = whose.input(json!({ "UserName": name }));
            whose.client(seams)?.own("DeleteUser", &input).await.map_err(explain)?;
            whose.done("deleted", &name)
        }
        Command::Policy(args) => policy::run(Of::USERS, args, seams).await,
        Command::Simulate(args) => simulate::run(args, seams).await,
    }
}

async fn update(key: Key, status: &str, deed: &str, seams: &Seams) -> anyhow::Result<()> {
    let Key { id, whose } = key;
    let input = whose.input(json!({ "AccessKeyId": id, "Status": status }));
    whose.client(seams)?.own("UpdateAccessKey", &input).await.map_err(explain)?;
    whose.done(deed, &id)
}
