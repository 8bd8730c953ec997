//! `shardmill secrets list`: names, no values.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::cli::members::{Whose, explain, print, time, word};
use crate::cli::style::Style;
use crate::cli::table::Table;
use crate::client::Seams;

/// List the secrets of an account and region
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    whose: Whose,
}

/// Prints them by name.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.whose.client(seams)?;
    let secrets = client.own_all("ListSecrets", args.whose.input(json!({})), "Secrets").await;
    let secrets = secrets.map_err(explain)?;
    if args.whose.json {
        return print(&Value::Array(secrets));
    }
    if secrets.is_empty() {
        writeln!(io::stderr(), "no secrets; `shardmill secrets put` makes one")?;
        return Ok(());
    }
    let mut table = Table::new(Style::stdout(), &["secret", "changed", "version"]).words(2);
    for secret in &secrets {
        let version = secret["Version"].to_string();
        table.row([word(secret, "Name"), time(secret, "ChangeDate"), version]);
    }
    write!(io::stdout().lock(), "{table}")?;
    Ok(())
}
