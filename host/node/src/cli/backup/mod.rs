//! `shardmill backup`: a copy of everything, of a server while it works or of a data directory.

mod blocking;
mod cancel;
mod local;
mod remote;
mod report;
mod verify;

use std::path::{Path, PathBuf};

use clap::Subcommand;

pub(super) use blocking::{Tell, blocking, interruptible};

use super::style::Style;
use super::target::Target;
use crate::client::Seams;
use crate::refusal::Refusal;
use crate::wiring;

/// Back up a server while it works, or a data directory
///
/// The backup is one moment: everything that was acknowledged before the command began, and perhaps some of
/// what came after. The server makes it in its own folder for backups, which takes as much room as its data,
/// and this command fetches it; ingest goes on. It appears under its name only once it is whole.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
A backup holds every record of every account, functions, the server's root key and its host key: keep it as you
keep those. Its files are for their owner only (mode 0600). --without-keys leaves the keys out: a restored
server then draws a new root key for the same account; iterators, page tokens, and the access keys and secrets
of users, which are sealed under the host key, become void.

The master key, which streams are encrypted under, is in no backup, and without it what they hold is worth nothing: keep
master.key of the data directory, or what --master-key-file names, somewhere else. Neither are the server's
certificates in it. Only the account of the root key may do this. `shardmill restore` makes a data directory of a backup.

Examples:
  shardmill backup /backups/monday
  shardmill backup --endpoint http://10.0.0.5:4566 --without-keys ./monday
  shardmill backup --data /var/lib/shardmill ./monday        of a server that does not run
  shardmill backup verify /backups/monday"
)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,

    /// Where to put the backup: a directory that does not exist yet, or an empty one
    #[arg(value_name = "DIR", required = true)]
    to: Option<PathBuf>,

    /// Back up this data directory, which no server uses, instead of a server
    #[arg(long, value_name = "DIR", conflicts_with = "endpoint")]
    data: Option<PathBuf>,

    /// Leave out the root key, the host key, and what else only the server's user may read
    #[arg(long)]
    without_keys: bool,

    /// Print the report as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(verify::Args),
    Cancel(cancel::Args),
}

/// Makes a backup, or checks one.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    match args.command {
        Some(Command::Verify(args)) => return verify::run(args, seams).await,
        Some(Command::Cancel(args)) => return cancel::run(args, seams).await,
        None => {}
    }
    let Args { to, data, without_keys, json, target, .. } = args;
    let to = to.unwrap_or_default();
    check_place(&to)?;
    let manifest = match data {
        Some(data) => local::run(&data, &to, without_keys, seams).await?,
        None => remote::run(&target.client(seams)?, &to, without_keys, seams).await?,
    };
    report::print(&manifest, &to, json, Style::stdout())
}

/// A backup in a data directory would be lost with it, and stand among files that are none of its own.
fn check_place(to: &Path) -> Result<(), Refusal> {
    let Ok(absolute) = std::path::absolute(to) else { return Ok(()) };
    // Where links lead, not where they stand. A parent that is missing is told later.
    let parent = absolute.parent().and_then(|parent| parent.canonicalize().ok());
    let absolute = match (parent, absolute.file_name()) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => absolute,
    };
    let holds_store =
        |dir: &&Path| wiring::open_dir(dir).is_ok_and(|dir| dir.exists("shardmill.db"));
    match absolute.ancestors().skip(1).find(holds_store) {
        Some(data) => {
            let (to, data) = (to.display(), data.display());
            Err(Refusal::usage(format!("`{to}` would be in the data directory `{data}`"))
                .hint("name a place outside of it, best on another disk"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_backup_lies_in_a_data_directory() {
        let temp = tempfile::tempdir().unwrap();
        let data = temp.path().join("data");
        let dir = wiring::open_or_make_dir(&data).unwrap();
        dir.make_subdir("backups").unwrap();
        check_place(&data.join("backups/monday")).unwrap();
        dir.replace("shardmill.db", b"", 0o600).unwrap();
        let refusal = check_place(&data.join("backups/monday")).unwrap_err();
        assert!(refusal.to_string().contains("would be in the data directory"), "{refusal}");
        check_place(&data.join("monday")).unwrap_err();
        check_place(&temp.path().join("monday")).unwrap();
        let link = temp.path().join("link");
        std::os::unix::fs::symlink(data.join("backups"), &link).unwrap();
        check_place(&link.join("monday")).unwrap_err();
    }
}
