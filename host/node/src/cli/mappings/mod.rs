//! `shardmill mappings`: which stream goes through which function into which stream.

mod create;
mod delete;
mod knobs;
mod list;
mod print;
mod show;
mod update;

use anyhow::Context as _;
use clap::Subcommand;

use super::progress;
use crate::client::{Client, ClientError, Mapping, Seams};
use crate::refusal::Refusal;

/// Connect streams to functions
///
/// A mapping hands the records of a stream to a function, batch by batch, and puts what the function emits
/// into another stream. Each batch takes effect once: its output, and the note that it is done, are one
/// commit. Streams and functions are given by name or ARN.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill mappings create --function quakes --stream earthquakes --to significant
  shardmill mappings list
  shardmill mappings update 8a2f0d2e-6a1c-4d7e-9f3b-2c4b5a697887 --disable")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(create::Args),
    List(list::Args),
    Show(show::Args),
    Update(update::Args),
    Delete(delete::Args),
}

/// Runs the command that was named.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    match args.command {
        Command::Create(args) => create::run(args, seams).await,
        Command::List(args) => list::run(args, seams).await,
        Command::Show(args) => show::run(args, seams).await,
        Command::Update(args) => update::run(args, seams).await,
        Command::Delete(args) => delete::run(args, seams).await,
    }
}

/// Says of a mapping that is not there what to do; leaves other errors as they are.
fn explain(error: ClientError, uuid: &str) -> anyhow::Error {
    if error.code() != Some("ResourceNotFoundException") {
        return error.into();
    }
    let refusal = Refusal::failed(format!("there is no mapping `{uuid}`")).because(error);
    refusal.hint("`shardmill mappings list` shows what is there, by account and region").into()
}

/// What to do if the role of the function is why a mapping is refused: the server's text names the role and what is
/// missing.
fn role_hint(message: &str) -> Option<String> {
    let (who, what) = message.split_once(" is not authorized to perform: ")?;
    let (_, role) = who.rsplit_once(":role/")?;
    let (action, rest) = what.split_once(" on resource: ")?;
    let is_missing = rest.contains("because no identity-based policy");
    is_missing.then(|| {
        format!(
            "write a policy that allows {action} there and give it to the role: \
             `shardmill roles policy put {role} FILE`"
        )
    })
}

/// The ARN of a stream that was given by name or ARN.
async fn stream_arn(client: &Client, stream: &str) -> anyhow::Result<String> {
    if stream.starts_with("arn:") {
        return Ok(stream.to_owned());
    }
    let summary = client.stream(stream).await;
    let summary = summary.with_context(|| format!("cannot use stream `{stream}`"))?;
    Ok(summary.stream_arn)
}

/// What names the place that is told of records that are given up: a stream by name or ARN, a bucket by ARN or as
/// `s3://BUCKET`, an endpoint by its URL.
async fn place(client: &Client, named: &str) -> anyhow::Result<String> {
    match named.strip_prefix("s3://") {
        Some(bucket) => Ok(format!("arn:aws:s3:::{}", bucket.trim_end_matches('/'))),
        None if named.contains("://") => Ok(named.to_owned()),
        None => stream_arn(client, named).await,
    }
}

/// The mapping when the server is done with it, or as it is after half a minute.
async fn settled(client: &Client, mapping: Mapping) -> Result<Mapping, ClientError> {
    let bar = progress::busy(mapping.state.to_lowercase());
    let settled = client.settled_mapping(mapping).await;
    bar.finish_and_clear();
    settled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_lacks_a_permission_is_named_with_it() {
        let of = |who: &str, why: &str| {
            role_hint(&format!(
                "The function's role does not allow what the mapping does. {who} is not authorized to perform: \
                 s3:PutObject on resource: arn:aws:s3:::b/x because {why}"
            ))
        };
        let role = "User: arn:aws:iam::123456789012:role/functions";
        let hint = of(role, "no identity-based policy allows the s3:PutObject action").unwrap();
        assert!(hint.contains("allows s3:PutObject there"), "{hint}");
        assert!(hint.ends_with("`shardmill roles policy put functions FILE`"), "{hint}");
        assert_eq!(of(role, "an explicit deny in a policy"), None);
        let user = "User: arn:aws:iam::123456789012:user/web";
        assert_eq!(of(user, "no identity-based policy allows the s3:PutObject action"), None);
        assert_eq!(role_hint("something else"), None);
    }
}
