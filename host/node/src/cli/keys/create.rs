//! `shardmill keys create`: a key that may do what a policy says.

use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::members::policy::{self, DEFAULT_NAME, Of};
use crate::cli::members::{Whose, credentials, explain, pair, print, read};
use crate::cli::style::Style;
use crate::client::{Client, Seams};

/// Make a key of a user, and the user if it is not there
///
/// Prints the key as a profile of ~/.aws/credentials; its secret is never shown again. A user without a policy may do
/// nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A policy is AWS's:
  {\"Version\": \"2012-10-17\", \"Statement\": [
    {\"Effect\": \"Allow\", \"Action\": \"kinesis:Put*\", \"Resource\": \"arn:aws:kinesis:*:*:stream/clicks\"}]}

Examples:
  shardmill keys create --user web --policy put.json >> ~/.aws/credentials
  shardmill keys create --user web --account 123456789012 --policy put.json
  shardmill keys create --root --account 123456789012")]
pub(super) struct Args {
    /// User that the key is for
    #[arg(long, value_name = "NAME", required_unless_present = "root")]
    user: Option<String>,

    /// Make a key of the account's root, who may do everything in the account
    #[arg(long, conflicts_with_all = ["user", "policy", "tags"])]
    root: bool,

    /// File with what the user may do, or - for stdin; in place of its policy of the name
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// Name of that policy
    #[arg(long, value_name = "NAME", default_value = DEFAULT_NAME)]
    policy_name: String,

    /// A tag of the user, if it is made now; may be given several times
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = pair)]
    tags: Vec<(String, String)>,

    #[command(flatten)]
    whose: Whose,
}

/// Makes it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let policy = args.policy.as_deref().map(read).transpose()?;
    let client = args.whose.client(seams)?;
    if let Some(user) = &args.user {
        prepare(&args, &client, user, policy.as_deref()).await?;
    }
    let input = args.whose.input(json!({ "UserName": args.user }));
    let made = client.own("CreateAccessKey", &input).await.map_err(explain)?;
    if args.whose.json {
        return print(&made["AccessKey"]);
    }
    credentials::print(args.user.as_deref().unwrap_or("root"), &made)
}

/// Makes the user, if it is not there, and gives it the policy. One that was made for a policy which is refused goes
/// again.
async fn prepare(
    args: &Args,
    client: &Client,
    user: &str,
    policy: Option<&str>,
) -> anyhow::Result<()> {
    let whose = &args.whose;
    let tags: serde_json::Map<String, Value> =
        args.tags.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect();
    let input = whose.input(json!({ "UserName": user, "Tags": tags }));
    let is_new = match client.own("CreateUser", &input).await {
        Ok(_) => true,
        Err(error) if error.code() == Some("EntityAlreadyExistsException") => false,
        Err(error) => return Err(explain(error)),
    };
    let Some(policy) = policy else {
        if is_new {
            let (style, text) =
                (Style::stderr(), format!("{user} has no policy and may do nothing"));
            writeln!(io::stderr(), "{} {text}", style.warning("warning:"))?;
        }
        return Ok(());
    };
    let put = policy::put(Of::USERS, client, whose, (user, &args.policy_name, policy)).await;
    if put.is_err() && is_new {
        // What made it fail is what the user wants to hear of.
        let _ = client.own("DeleteUser", &whose.input(json!({ "UserName": user }))).await;
    }
    put.map_err(explain)
}
