//! `shardmill roles create`: a role, and what it may do.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::cli::members::policy::{self, DEFAULT_NAME, Of};
use crate::cli::members::{Whose, explain, pair, print, read, word};
use crate::client::Seams;

/// Who may act as a role if nobody says: functions.
const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;

/// Make a role
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill roles create clean --policy clean.json
  shardmill roles create clean --trust trust.json --tag team=web --json | jq -r .Role.Arn")]
pub(super) struct Args {
    /// What to call it
    #[arg(value_name = "NAME")]
    name: String,

    /// File with what it may do, or - for stdin
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// File with who may act as it [default: functions]
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,

    /// A tag of it; may be given several times
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = pair)]
    tags: Vec<(String, String)>,

    #[command(flatten)]
    whose: Whose,
}

/// Makes it; a role that was made for a policy which is refused goes again.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let policy = args.policy.as_deref().map(read).transpose()?;
    let trust = args.trust.as_deref().map_or_else(|| Ok(TRUST.to_owned()), read)?;
    let (name, whose) = (&args.name, &args.whose);
    let client = whose.client(seams)?;
    let tags: Map<String, Value> =
        args.tags.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect();
    let input = json!({ "RoleName": name, "AssumeRolePolicyDocument": trust, "Tags": tags });
    let made = client.own("CreateRole", &whose.input(input)).await.map_err(explain)?;
    if let Some(policy) = policy {
        let put = policy::put(Of::ROLES, &client, whose, (name, DEFAULT_NAME, &policy)).await;
        if put.is_err() {
            // What made it fail is what the user wants to hear of.
            let _ = client.own("DeleteRole", &whose.input(json!({ "RoleName": name }))).await;
        }
        put.map_err(explain)?;
    }
    match whose.json {
        true => print(&made),
        false => whose.done("created", &word(&made["Role"], "Arn")),
    }
}
