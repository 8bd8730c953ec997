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

/// Makes it. The policy comes last: what fails leaves the user as it was, and a key that is not told of goes again.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let policy = args.policy.as_deref().map(read).transpose()?;
    let client = args.whose.client(seams)?;
    let is_new = match &args.user {
        Some(user) => make_user(&args, &client, user).await?,
        None => false,
    };
    let input = args.whose.input(json!({ "UserName": args.user }));
    let made = match client.own("CreateAccessKey", &input).await {
        Ok(made) => made,
        Err(error) => {
            undo(&args, &client, None, is_new).await;
            return Err(explain(error));
        }
    };
    match (&args.user, policy.as_deref()) {
        (Some(user), Some(policy)) => {
            let named = (&**user, &*args.policy_name, policy);
            if let Err(error) = policy::put(Of::USERS, &client, &args.whose, named).await {
                undo(&args, &client, made["AccessKey"]["AccessKeyId"].as_str(), is_new).await;
                return Err(explain(error));
            }
        }
        (Some(user), None) if is_new => {
            let (style, text) =
                (Style::stderr(), format!("{user} has no policy and may do nothing"));
            let _ = writeln!(io::stderr(), "{} {text}", style.warning("warning:"));
        }
        (Some(_), None) | (None, _) => {}
    }
    let printed = match args.whose.json {
        true => print(&made["AccessKey"]),
        false => credentials::print(args.user.as_deref().unwrap_or("root"), &made),
    };
    let id = &made["AccessKey"]["AccessKeyId"];
    let key = args.whose.input(json!({ "UserName": args.user, "AccessKeyId": id }));
    Ok(credentials::shown(printed, &client, &key).await?)
}

/// Makes the user; tells whether it was not there.
async fn make_user(args: &Args, client: &Client, user: &str) -> anyhow::Result<bool> {
    let tags: serde_json::Map<String, Value> =
        args.tags.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect();
    let input = args.whose.input(json!({ "UserName": user, "Tags": tags }));
    match client.own("CreateUser", &input).await {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some("EntityAlreadyExistsException") => Ok(false),
        Err(error) => Err(explain(error)),
    }
}

/// Takes back what was made. What made it necessary is what the user wants to hear of, so a failure here is not told.
async fn undo(args: &Args, client: &Client, key: Option<&str>, is_new: bool) {
    let user = &args.user;
    if let Some(key) = key {
        let input = args.whose.input(json!({ "UserName": user, "AccessKeyId": key }));
        let _ = client.own("DeleteAccessKey", &input).await;
    }
    if is_new {
        let _ = client.own("DeleteUser", &args.whose.input(json!({ "UserName": user }))).await;
    }
}
