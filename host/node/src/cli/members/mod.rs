//! What the commands about accounts, users, roles and secrets share: whose things they are, how answers are shown,
//! and what to do when the server says no.

pub(super) mod credentials;
pub(super) mod policy;

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;
use clap::Args;
use domain::AccountId;
use serde_json::{Value, json};

use super::style::Style;
use super::tail::moment;
use super::target::Target;
use crate::client::{Client, ClientError, Seams};
use crate::refusal::Refusal;
use crate::wiring;

/// In which account, and how to say what was done.
#[derive(Args, Clone, Debug)]
pub(super) struct Whose {
    /// Account that it is in, twelve digits; others than that of the key are the operator's business [default: the
    /// account of the key]
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<AccountId>,

    /// Print the answer as JSON
    #[arg(long)]
    pub(super) json: bool,

    #[command(flatten)]
    target: Target,
}

impl Whose {
    pub(super) fn client(&self, seams: &Seams) -> Result<Client, Refusal> {
        self.target.own_client(seams)
    }

    /// `input` with the account.
    pub(super) fn input(&self, mut input: Value) -> Value {
        if let Some(account) = self.account {
            input["AccountId"] = account.to_string().into();
        }
        input
    }

    /// Says on stdout what was done to whom.
    pub(super) fn done(&self, deed: &str, whom: &str) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        match self.json {
            true => writeln!(out, "{}", json!({ deed: whom }))?,
            false => writeln!(out, "{} {whom}", Style::stdout().good(deed))?,
        }
        Ok(())
    }
}

/// Twelve digits.
pub(super) fn account(text: &str) -> Result<AccountId, String> {
    text.parse().map_err(|_invalid| "an account has 12 digits".to_owned())
}

/// Prints a value as JSON.
pub(super) fn print(value: &Value) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{}", serde_json::to_string_pretty(value)?)?;
    Ok(())
}

/// A member that is a text, for people.
pub(super) fn word(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or("-").to_owned()
}

/// A member that is a time, for people.
pub(super) fn time(value: &Value, member: &str) -> String {
    value[member].as_f64().map_or_else(|| "-".to_owned(), |seconds| moment(seconds).to_string())
}

/// `KEY=VALUE`.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".to_owned()),
    }
}

/// A whole text from a file, or from stdin if it is `-`.
pub(super) fn read(path: &Path) -> anyhow::Result<String> {
    if path.as_os_str() == "-" {
        return io::read_to_string(io::stdin()).context("cannot read stdin");
    }
    let shown = path.display();
    let bytes = wiring::read_file(path).with_context(|| format!("cannot read `{shown}`"))?;
    String::from_utf8(bytes).with_context(|| format!("`{shown}` is not text"))
}

/// Says what to do about a refusal; leaves other errors as they are.
pub(super) fn explain(error: ClientError) -> anyhow::Error {
    let hint = match error.code() {
        Some("AccessDeniedException") => {
            "sign with the key of the account's root or of a user who may; accounts are managed with the operator's, \
             which lies in `root.credentials` in the server's data directory"
        }
        Some("NoSuchEntityException") => {
            "names belong to an account: `--account` names another one; `shardmill keys list`, `shardmill roles list` and \
             `shardmill secrets list` show what is there"
        }
        Some("MalformedPolicyDocumentException") => {
            "a policy looks like {\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \
             \"kinesis:Put*\", \"Resource\": \"*\"}]}"
        }
        _ => return error.into(),
    };
    let what = match error.code() {
        Some("AccessDeniedException") => "the key may not do this",
        Some("NoSuchEntityException") => "there is no such thing",
        _ => "the policy was refused",
    };
    Refusal::failed(what).because(error).hint(hint).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_far_as_they_are_there() {
        let value = json!({ "Name": "n", "At": 1_517_363_399.65 });
        assert_eq!(word(&value, "Name"), "n");
        assert_eq!((word(&value, "None"), time(&value, "None")), ("-".to_owned(), "-".to_owned()));
        assert_eq!(time(&value, "At"), "2018-01-31T01:49:59.650Z");
    }

    #[test]
    fn pairs_have_a_key() {
        assert_eq!(pair("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(pair("=b").is_err() && pair("a").is_err());
    }
}
