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
use domain::FunctionRef;

use crate::client::{Client, ClientError, Mapping, Seams};
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
    let (what, hint) = match missing(error.message().unwrap_or_default()) {
        Missing::Function => (
            format!("there is no function `{name}`"),
            "`shardmill functions list` shows what is there, by account and region",
        ),
        Missing::Version(qualifier) => (
            format!("there is no version or alias `{qualifier}` of the function"),
            "`shardmill functions versions` and `shardmill functions alias list` show what is there",
        ),
        Missing::Alias => (
            format!("there is no such alias of the function `{name}`"),
            "`shardmill functions alias list` shows what is there",
        ),
    };
    Refusal::failed(what).because(error).hint(hint).into()
}

/// What is not there.
#[derive(Debug, PartialEq, Eq)]
enum Missing {
    Function,
    /// A version or an alias of a function, by its number or name.
    Version(String),
    Alias,
}

/// What Lambda's sentence says is missing.
fn missing(message: &str) -> Missing {
    if message.starts_with("Cannot find alias arn: ") {
        return Missing::Alias;
    }
    let arn = message.strip_prefix("Function not found: ");
    let named = arn.and_then(|arn| arn.parse::<FunctionRef>().ok());
    named.and_then(|named| named.qualifier).map_or(Missing::Function, Missing::Version)
}

/// The mappings of a function. That it has none is told only of one that is there: what is mapped may be gone, what was
/// never there is a mistake.
async fn mappings_of(client: &Client, name: &str) -> anyhow::Result<Vec<Mapping>> {
    let mappings = client.mappings(Some(name), None).await.map_err(|error| explain(error, name))?;
    // Whoever may redrive need not be allowed to look at the function.
    if mappings.is_empty()
        && let Err(error) = client.function(name).await
        && error.code() == Some("ResourceNotFoundException")
    {
        return Err(explain(error, name));
    }
    Ok(mappings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_apart() {
        let of = |arn: &str| missing(&format!("Function not found: {arn}"));
        let function = "arn:aws:lambda:us-east-1:123456789012:function:f";
        assert_eq!(of(function), Missing::Function);
        assert_eq!(of(&format!("{function}:9")), Missing::Version("9".to_owned()));
        assert_eq!(of(&format!("{function}:live")), Missing::Version("live".to_owned()));
        assert_eq!(missing(&format!("Cannot find alias arn: {function}:live")), Missing::Alias);
        assert_eq!(missing("something else"), Missing::Function);
    }
}
