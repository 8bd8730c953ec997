//! `shardmill accounts create`: a new tenant, and the key of its root.

use std::io::{self, Write};

use domain::AccountId;
use serde_json::{Value, json};

use crate::cli::members::{Whose, account, credentials, explain, print, word};
use crate::cli::style::Style;
use crate::client::{Client, Seams};
use crate::refusal::Refusal;

/// Make an account, and a key of its root
///
/// Prints the key as a profile of ~/.aws/credentials. Its owner makes users with `shardmill keys create`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill accounts create team-a >> ~/.aws/credentials
  shardmill accounts create team-b --id 123456789012 --json | jq -r .Account.Id")]
pub(super) struct Args {
    /// What to call it
    #[arg(value_name = "NAME")]
    name: String,

    /// Which twelve digits it gets [default: random ones]
    #[arg(long, value_name = "ID", value_parser = account)]
    id: Option<AccountId>,

    /// Make no key
    #[arg(long)]
    no_key: bool,

    #[command(flatten)]
    whose: Whose,
}

/// Makes it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.whose.client(seams)?;
    let mut input = json!({ "AccountName": args.name });
    if let Some(id) = args.id {
        input["AccountId"] = id.to_string().into();
    }
    tell_namesakes(&args.name, &client).await;
    let mut made = client.own("CreateAccount", &input).await.map_err(explain)?;
    let id = word(&made["Account"], "Id");
    if args.no_key {
        return if args.whose.json { print(&made) } else { args.whose.done("created", &id) };
    }
    // The account stays, and nothing else tells its number.
    let retry = format!("account {id} is made: `shardmill keys create --root --account {id}`");
    let key =
        client.own("CreateAccessKey", &json!({ "AccountId": id })).await.map_err(|error| {
            let refusal = Refusal::failed(format!("account {id} is made, but has no key"));
            refusal.because(explain(error)).hint(&*retry)
        })?;
    let printed = if args.whose.json {
        made["AccessKey"] = key.get("AccessKey").cloned().unwrap_or(Value::Null);
        print(&made)
    } else {
        // Not on stdout, which goes into the credentials file.
        let _ = writeln!(io::stderr(), "{} account {id}", Style::stderr().good("created"));
        credentials::print(&profile(&args.name, &id), &key)
    };
    let named = json!({ "AccountId": id, "AccessKeyId": key["AccessKey"]["AccessKeyId"] });
    let shown = credentials::shown(printed, &client, &named).await;
    Ok(shown.map_err(|refusal| refusal.hint(retry))?)
}

/// A name may be given twice, and is rarely meant to be.
async fn tell_namesakes(name: &str, client: &Client) {
    // If they cannot be listed, the account cannot be made either, which is told.
    let accounts = client.own_all("ListAccounts", json!({}), "Accounts").await.unwrap_or_default();
    for other in accounts.iter().filter(|other| other["Name"] == name) {
        let (warning, id) = (Style::stderr().warning("warning:"), word(other, "Id"));
        let _ = writeln!(io::stderr(), "{warning} there is an account {name} already: {id}");
    }
}

/// The account's name, if it can be that of a profile.
fn profile(name: &str, id: &str) -> String {
    let fits = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if fits { name.to_owned() } else { id.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_have_names_that_files_can_hold() {
        assert_eq!(profile("team-a", "1"), "team-a");
        assert_eq!(profile("team a]", "1"), "1");
    }
}
