//! `shardmill keys policy` and `shardmill roles policy`: what a user or a role may do.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Whose, explain, print, read};
use crate::client::{Client, ClientError, Seams};

/// The name of a policy that nobody named.
pub(in crate::cli) const DEFAULT_NAME: &str = "default";

/// Show and change policies
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Give a policy, in place of any of that name
    Put {
        /// Who gets it
        #[arg(value_name = "WHO")]
        who: String,
        /// File with the policy, or - for stdin
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Its name
        #[arg(long, default_value = DEFAULT_NAME)]
        name: String,
        #[command(flatten)]
        whose: Whose,
    },
    /// Print the policies of somebody, or one of them
    Show {
        /// Whose they are
        #[arg(value_name = "WHO")]
        who: String,
        /// Only this one
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        whose: Whose,
    },
    /// Take a policy away
    Delete {
        /// Who loses it
        #[arg(value_name = "WHO")]
        who: String,
        /// Its name
        #[arg(long, default_value = DEFAULT_NAME)]
        name: String,
        #[command(flatten)]
        whose: Whose,
    },
}

/// Users or roles: the member that names one, and the operations.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Of {
    pub(in crate::cli) member: &'static str,
    put: &'static str,
    get: &'static str,
    list: &'static str,
    delete: &'static str,
}

impl Of {
    pub(in crate::cli) const USERS: Self = Self {
        member: "UserName",
        put: "PutUserPolicy",
        get: "GetUserPolicy",
        list: "ListUserPolicies",
        delete: "DeleteUserPolicy",
    };
    pub(in crate::cli) const ROLES: Self = Self {
        member: "RoleName",
        put: "PutRolePolicy",
        get: "GetRolePolicy",
        list: "ListRolePolicies",
        delete: "DeleteRolePolicy",
    };
}

/// Runs the command that was named.
pub(in crate::cli) async fn run(of: Of, args: Args, seams: &Seams) -> anyhow::Result<()> {
    match args.command {
        Command::Put { who, file, name, whose } => {
            let text = read(&file)?;
            put(of, &whose.client(seams)?, &whose, (&who, &name, &text)).await.map_err(explain)?;
            whose.done("put", &format!("policy {name} of {who}"))
        }
        Command::Show { who, name, whose } => {
            let client = whose.client(seams)?;
            let policies = show(of, &client, &whose, (&who, name)).await.map_err(explain)?;
            if policies.as_object().is_some_and(serde_json::Map::is_empty) {
                writeln!(io::stderr(), "no policies: {who} may do nothing")?;
            }
            print(&policies)
        }
        Command::Delete { who, name, whose } => {
            let input = whose.input(json!({ of.member: who, "PolicyName": name }));
            whose.client(seams)?.own(of.delete, &input).await.map_err(explain)?;
            whose.done("deleted", &format!("policy {name} of {who}"))
        }
    }
}

/// Gives a policy.
///
/// # Errors
/// What the server says.
pub(in crate::cli) async fn put(
    of: Of,
    client: &Client,
    whose: &Whose,
    (who, name, text): (&str, &str, &str),
) -> Result<(), ClientError> {
    let input = json!({ of.member: who, "PolicyName": name, "PolicyDocument": text });
    client.own(of.put, &whose.input(input)).await.map(drop)
}

/// Policies by name.
async fn show(
    of: Of,
    client: &Client,
    whose: &Whose,
    (who, name): (&str, Option<String>),
) -> Result<Value, ClientError> {
    let names = match name {
        Some(name) => vec![json!(name)],
        None => {
            let input = whose.input(json!({ of.member: who }));
            client.own_all(of.list, input, "PolicyNames").await?
        }
    };
    let mut policies = serde_json::Map::new();
    for name in names {
        let input = whose.input(json!({ of.member: who, "PolicyName": name }));
        let reply = client.own(of.get, &input).await?;
        let text = reply["PolicyDocument"].as_str().unwrap_or_default();
        let policy = serde_json::from_str(text).map_err(ClientError::Malformed)?;
        policies.insert(name.as_str().unwrap_or_default().to_owned(), policy);
    }
    Ok(Value::Object(policies))
}
