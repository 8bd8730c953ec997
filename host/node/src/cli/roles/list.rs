//! `shardmill roles list`: what there is to act as.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::cli::members::{Whose, explain, print, time, word};
use crate::cli::style::Style;
use crate::cli::table::Table;
use crate::client::Seams;

/// List the roles of an account
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    whose: Whose,
}

/// Prints them by name.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.whose.client(seams)?;
    let roles = client.own_all("ListRoles", args.whose.input(json!({})), "Roles").await;
    let roles = roles.map_err(explain)?;
    if args.whose.json {
        return print(&Value::Array(roles));
    }
    if roles.is_empty() {
        writeln!(io::stderr(), "no roles; `shardmill roles create` makes one")?;
        return Ok(());
    }
    let mut table = Table::new(Style::stdout(), &["role", "made", "arn"]).words(3);
    for role in &roles {
        table.row([word(role, "RoleName"), time(role, "CreateDate"), word(role, "Arn")]);
    }
    write!(io::stdout().lock(), "{table}")?;
    Ok(())
}
