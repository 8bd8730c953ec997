//! `shardmill secrets put`: a value, from where nobody else sees it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::members::{Whose, explain, print, read};
use crate::client::Seams;
use crate::refusal::Refusal;

/// Give a secret a value, and make it if it is not there
///
/// The value comes from stdin or a file, never from the command line, which other users of the machine can see. One
/// line end after it is left out.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pass show db | shardmill secrets put db/password
  shardmill secrets put db/password --file password.txt")]
pub(super) struct Args {
    /// What to call it
    #[arg(value_name = "NAME")]
    name: String,

    /// File with the value [default: stdin]
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    #[command(flatten)]
    whose: Whose,
}

/// Puts it.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let stdin = Path::new("-");
    let text = read(args.file.as_deref().unwrap_or(stdin))?;
    let value = value(&text);
    if value.is_empty() {
        let refusal = Refusal::usage("the value is empty");
        return Err(refusal.hint("write it to stdin, or name a file with --file").into());
    }
    let input = args.whose.input(json!({ "Name": args.name, "SecretString": value }));
    let put = args.whose.client(seams)?.own("PutSecret", &input).await.map_err(explain)?;
    match args.whose.json {
        true => print(&put),
        false => args.whose.done("put", &shown(&put["Secret"])),
    }
}

/// `db/password (version 2)`.
fn shown(secret: &Value) -> String {
    let name = secret["Name"].as_str().unwrap_or_default();
    format!("{name} (version {})", secret["Version"])
}

/// The text without the line end that editors and `echo` put behind it.
fn value(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_left_out() {
        for (text, expected) in
            [("a", "a"), ("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("\n", "")]
        {
            assert_eq!(value(text), expected, "{text:?}");
        }
    }
}
