//! `shardmill functions redrive`: run what was put aside.

use std::fmt::Write as _;
use std::io::{self, Write};

use clap::builder::NonEmptyStringValueParser;

use super::mappings_of;
use crate::cli::progress;
use crate::cli::target::Target;
use crate::client::{Client, ClientError, FailedKey, Redriven, Seams};
use crate::refusal::Refusal;

/// Keys of which it is told why they stay.
const FAILED_SHOWN: usize = 10;

/// Run records again that were put aside, key by key and in order, or drop them
///
/// A key whose records are all done is free again; one that fails again stays. Ends with 1 if some stay.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions deploy quakes mended.wasm && shardmill functions redrive quakes
  shardmill functions redrive quakes --key us7000abcd
  shardmill functions redrive quakes --key us7000abcd --drop")]
pub(super) struct Args {
    /// Name or ARN of the function
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: String,

    /// Only the records with this partition key
    #[arg(long, value_name = "KEY")]
    key: Option<String>,

    /// Do not run them: they go
    #[arg(long)]
    drop: bool,

    /// Print what came of it as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Runs or drops them, mapping by mapping.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let mappings = mappings_of(&client, &args.name).await?;
    let mut total = Redriven::default();
    let mut refused = None;
    for mapping in mappings {
        if let Err(error) = redrive(&client, &mapping.uuid, &args, &mut total).await {
            refused = Some(anyhow::Error::from(error).context(format!("mapping {}", mapping.uuid)));
            break;
        }
    }
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&total)?)?;
    } else {
        writeln!(out, "{}", said(&total, args.drop))?;
    }
    drop(out);
    // What was done before is told all the same.
    if let Some(refused) = refused {
        return Err(refused);
    }
    if total.failed.is_empty() {
        return Ok(());
    }
    let refusal = Refusal::failed(match total.failed.len() {
        1 => "1 key stays parked".to_owned(),
        count => format!("{count} keys stay parked"),
    });
    Err(refusal.hint("`shardmill functions parked` shows their records, and why").into())
}

/// Runs or drops those of a mapping, and adds what came of it to `total`.
async fn redrive(
    client: &Client,
    uuid: &str,
    args: &Args,
    total: &mut Redriven,
) -> Result<(), ClientError> {
    loop {
        let told = client.redrive(uuid, args.key.as_deref(), args.drop).await?;
        total.records += told.records;
        total.keys += told.keys;
        // With the next call those that failed are tried, and told, again.
        if !told.has_more || told.keys == 0 {
            total.failed.extend(told.failed);
            total.has_more |= told.has_more;
            return Ok(());
        }
    }
}

fn said(told: &Redriven, dropped: bool) -> String {
    let done = if dropped { "dropped" } else { "ran" };
    let are = if told.keys == 1 { "is" } else { "are" };
    let (records, keys) =
        (progress::counted(told.records, "record"), progress::counted(told.keys, "key"));
    let mut text = format!("{done} {records}, {keys} {are} free");
    for FailedKey { partition_key, error } in told.failed.iter().take(FAILED_SHOWN) {
        let (key, error) = (partition_key, error.lines().next().unwrap_or_default());
        let _ = write!(text, "\n  {} stays: {}", key.escape_debug(), error.escape_debug());
    }
    if told.failed.len() > FAILED_SHOWN {
        text.push_str("\n  ...");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_stay_are_told_with_why() {
        let failed = |key: &str| FailedKey {
            partition_key: key.to_owned(),
            error: "trapped\n  at f".to_owned(),
        };
        let told = Redriven { records: 2, keys: 1, failed: vec![failed("a")], has_more: false };
        assert_eq!(said(&told, false), "ran 2 records, 1 key is free\n  a stays: trapped");
        let told = Redriven { failed: Vec::new(), ..told };
        assert_eq!(said(&told, true), "dropped 2 records, 1 key is free");
    }
}
