//! `shardmill accounts list`: who there is.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::cli::members::{Whose, explain, print, time, word};
use crate::cli::style::Style;
use crate::cli::table::Table;
use crate::client::Seams;

/// List all accounts
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    whose: Whose,
}

/// Prints them by id.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.whose.client(seams)?;
    let accounts = client.own_all("ListAccounts", json!({}), "Accounts").await;
    let accounts = accounts.map_err(explain)?;
    if args.whose.json {
        return print(&Value::Array(accounts));
    }
    let mut table = Table::new(Style::stdout(), &["account", "name", "status", "created"]).words(4);
    for account in &accounts {
        let created = time(account, "CreateDate");
        table.row([word(account, "Id"), word(account, "Name"), word(account, "Status"), created]);
    }
    write!(io::stdout().lock(), "{table}")?;
    Ok(())
}
