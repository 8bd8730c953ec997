//! `shardmill keys simulate`: what policies say, before anybody finds out.

use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::cli::members::{Whose, explain, pair, print, read, word};
use crate::cli::style::Style;
use crate::client::{Client, Seams};

/// Ask what the policies of a user say
///
/// The policy of a stream or a function is asked as well, if it decides about the action and the key that signs may see it.
/// Prints `allowed`, `implicitDeny` (no statement allows it) or `explicitDeny` (a statement denies it), and of each
/// statement why it applies or does not.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill keys simulate web kinesis:PutRecord --resource arn:aws:kinesis:us-east-1:123456789012:stream/clicks
  shardmill keys simulate web kinesis:ListStreams --context aws:SourceIp=203.0.113.7
  shardmill keys simulate --role clean kinesis:GetRecords --json
  shardmill keys simulate web kinesis:GetRecords --resource ARN --resource-policy theirs.json")]
pub(super) struct Args {
    /// User; with --role, the role
    #[arg(value_name = "NAME")]
    name: String,

    /// Action: kinesis:PutRecord
    #[arg(value_name = "ACTION")]
    action: String,

    /// ARN of what it is done to; without one, something that knows no resource
    #[arg(long, value_name = "ARN")]
    resource: Option<String>,

    /// File with the policy of the resource, or - for stdin: of a stream of another account only its owner knows it
    #[arg(long, value_name = "FILE", requires = "resource")]
    resource_policy: Option<PathBuf>,

    /// A condition key and its value; given several times for one key, several values
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    context: Vec<(String, String)>,

    /// Ask about a role
    #[arg(long)]
    role: bool,

    #[command(flatten)]
    whose: Whose,
}

/// Asks.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.whose.client(seams)?;
    let mut input = input(&args);
    if let Some(policy) = resource_policy(&args, &client).await? {
        input["ResourcePolicy"] = policy.into();
    }
    let reply = client.own("SimulatePolicy", &input).await.map_err(explain)?;
    if args.whose.json {
        return print(&reply);
    }
    let style = Style::stdout();
    let decision = word(&reply, "Decision");
    let mut out = io::stdout().lock();
    match decision.as_str() {
        "allowed" => writeln!(out, "{}", style.good(&decision))?,
        _ => writeln!(out, "{}", style.error(&decision))?,
    }
    if let Some(message) = reply["Message"].as_str() {
        writeln!(out, "  {message}")?;
    }
    for line in reply["Statements"].as_array().into_iter().flatten() {
        writeln!(out, "  {}", line.as_str().unwrap_or_default())?;
    }
    Ok(())
}

/// The policy of the resource, if it decides about the action.
async fn resource_policy(args: &Args, client: &Client) -> anyhow::Result<Option<String>> {
    let is_key = |arn: &str| arn.starts_with("arn:aws:kms:") && arn.contains(":key/");
    let is_function = |arn: &str| functions::is_shared(&args.action, arn);
    let decides =
        |arn: &&str| is_key(arn) || is_function(arn) || streams::is_shared(&args.action, arn);
    let Some(arn) = args.resource.as_deref().filter(decides) else {
        return Ok(None);
    };
    if let Some(file) = &args.resource_policy {
        return Ok(Some(read(file)?));
    }
    let policy = match arn {
        _ if is_key(arn) => client.key_policy(arn).await.map(Some),
        _ if is_function(arn) => client.function_policy(arn).await,
        _ => client.resource_policy(arn).await,
    };
    match policy {
        Ok(policy) => Ok(policy),
        Err(error) if error.code() == Some("AccessDeniedException") => {
            let mut told = io::stderr().lock();
            writeln!(
                told,
                "note: the policy of the resource is not asked, as this key may not see it; its owner can \
                 send it for --resource-policy"
            )?;
            Ok(None)
        }
        // There is no such resource, or it is none that has policies.
        Err(error) if error.code().is_some() => Ok(None),
        Err(error) => Err(explain(error)),
    }
}

fn input(args: &Args) -> Value {
    let member = if args.role { "RoleName" } else { "UserName" };
    let mut input = args.whose.input(json!({ member: args.name, "ActionName": args.action }));
    if let Some(resource) = &args.resource {
        input["ResourceArn"] = resource.as_str().into();
    }
    let mut context = Map::new();
    for (key, value) in &args.context {
        let values = context.entry(key).or_insert_with(|| json!([]));
        if let Value::Array(values) = values {
            values.push(value.as_str().into());
        }
    }
    if !context.is_empty() {
        input["Context"] = context.into();
    }
    input
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn values_of_a_key_are_gathered() {
        let line = "x u kinesis:PutRecord --context a:b=1 --context a:b=2 --resource arn:x";
        let line = Line::try_parse_from(line.split(' ')).unwrap();
        let expected = json!({
            "UserName": "u", "ActionName": "kinesis:PutRecord", "ResourceArn": "arn:x",
            "Context": { "a:b": ["1", "2"] },
        });
        assert_eq!(input(&line.args), expected);
    }
}
