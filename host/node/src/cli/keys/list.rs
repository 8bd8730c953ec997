//! `shardmill keys list`: who may come in.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::cli::members::{Whose, explain, print, time, word};
use crate::cli::style::Style;
use crate::cli::table::Table;
use crate::client::Seams;

/// List the users of an account and their keys
///
/// The operator's own key, in `root.credentials`, is not among them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill keys list
  shardmill keys list --account 123456789012 --json | jq -r '.Keys[].AccessKeyId'")]
pub(super) struct Args {
    #[command(flatten)]
    whose: Whose,
}

/// Prints them.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.whose.client(seams)?;
    let input = args.whose.input(json!({}));
    let users = client.own_all("ListUsers", input.clone(), "Users").await.map_err(explain)?;
    let keys = client.own_all("ListAccessKeys", input, "AccessKeyMetadata").await;
    let keys = keys.map_err(explain)?;
    if args.whose.json {
        return print(&json!({ "Users": users, "Keys": keys }));
    }
    if users.is_empty() && keys.is_empty() {
        writeln!(io::stderr(), "no users; `shardmill keys create` makes one")?;
        return Ok(());
    }
    write!(io::stdout().lock(), "{}", table(&users, &keys, Style::stdout()))?;
    Ok(())
}

fn table(users: &[Value], keys: &[Value], style: Style) -> Table {
    let mut table = Table::new(style, &["user", "key", "status", "made"]).words(4);
    let mut row = |user: &str, key: &Value| {
        let status = word(key, "Status");
        table.row([user.to_owned(), word(key, "AccessKeyId"), status, time(key, "CreateDate")]);
    };
    for key in keys.iter().filter(|key| key["UserName"].is_null()) {
        row("(root)", key);
    }
    for user in users {
        let name = word(user, "UserName");
        let mut own = keys.iter().filter(|key| key["UserName"] == user["UserName"]).peekable();
        if own.peek().is_none() {
            row(&name, &Value::Null);
        }
        own.for_each(|key| row(&name, key));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_stand_beside_their_keys() {
        let users = [json!({"UserName": "a"}), json!({"UserName": "b"})];
        let key = |id: &str, user: Value| json!({"AccessKeyId": id, "UserName": user, "Status": "Active", "CreateDate": 0.0});
        let keys = [key("K1", json!("a")), key("K2", json!("a")), key("K3", Value::Null)];
        let shown = table(&users, &keys, Style::plain()).to_string();
        let lines: Vec<_> =
            shown.lines().map(|line| line.split_whitespace().take(3).collect::<Vec<_>>()).collect();
        let expected = [
            ["user", "key", "status"],
            ["(root)", "K3", "Active"],
            ["a", "K1", "Active"],
            ["a", "K2", "Active"],
            ["b", "-", "-"],
        ];
        assert_eq!(lines, expected);
    }
}
