//! The command line: one file or folder per subcommand. Doc comments are the help.
//!
//! What is written for the user: results on stdout, everything else on stderr; messages are short and lower
//! case, an error is followed by a hint where there is one; colours and bars only on a terminal.

mod accounts;
mod audit;
mod backup;
mod bench;
mod data;
mod demo;
mod doctor;
mod functions;
mod guest;
mod keys;
mod latency;
mod lines;
mod mappings;
mod members;
mod progress;
mod put;
mod restore;
mod roles;
mod secrets;
mod serve;
mod start;
mod streams;
mod style;
mod table;
mod tail;
mod target;
mod tls;
mod usage;
mod verify;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::client::Seams;
use crate::refusal::{self, Refusal};
use crate::wiring;
use style::Style;

/// Durable, self-hosted data streams that AWS SDKs take for Amazon Kinesis.
#[derive(Debug, Parser)]
#[command(name = "shardmill", version, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  it worked
  1  it failed
  2  the command line or the configuration is wrong
  3  stored data is damaged or lost, or was not read back as written
  4  another process has the data directory

Examples:
  shardmill demo                                        see it work, on real data
  shardmill serve --dev                                 a server for development
  shardmill streams create clicks --shards 2            a stream
  printf 'a\\nb\\n' | shardmill put --stream clicks       put lines as records
  shardmill tail --stream clicks --follow               print records as they come
  shardmill backup ./monday                             back a server up while it works
  shardmill functions deploy clean clean.wasm           upload code that runs on streams
  shardmill mappings create --function clean --stream clicks --to cleaned
  shardmill keys create --user web --policy put.json    a key that may do what the policy says";

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Args),
    Demo(demo::Args),
    Put(put::Args),
    Tail(tail::Args),
    Streams(streams::Args),
    Functions(functions::Args),
    Mappings(mappings::Args),
    Audit(audit::Args),
    Usage(usage::Args),
    Accounts(accounts::Args),
    Keys(keys::Args),
    Roles(roles::Args),
    Secrets(secrets::Args),
    Tls(tls::Args),
    Verify(verify::Args),
    Backup(backup::Args),
    Restore(restore::Args),
    Doctor(doctor::Args),
    Bench(bench::Args),
    Guest(guest::Args),
    /// Compile what comes on stdin, for the server that started this process
    #[command(name = wiring::COMPILE_WORKER, hide = true)]
    CompileWorker,
}

/// Runs the command that the user typed.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    // Before there are threads: it gives up memory, files and time for good.
    if matches!(cli.command, Command::CompileWorker) {
        return wasm::compile_worker();
    }
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::from(refusal::code(&error) as u8)
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Refusal::failed("cannot start the runtime").because(error))?;
    let seams = wiring::seams();
    let result = runtime.block_on(dispatch(cli, &seams));
    // Whoever had to finish was waited for; what is left (a thread that reads stdin) may be cut off.
    runtime.shutdown_background();
    result
}

async fn dispatch(cli: Cli, seams: &Seams) -> anyhow::Result<()> {
    match cli.command {
        Command::Serve(args) => serve::run(args, seams).await,
        Command::Demo(args) => demo::run(args, seams).await,
        Command::Put(args) => put::run(args, seams).await,
        Command::Tail(args) => tail::run(args, seams).await,
        Command::Streams(args) => streams::run(args, seams).await,
        Command::Functions(args) => functions::run(args, seams).await,
        Command::Mappings(args) => mappings::run(args, seams).await,
        Command::Audit(args) => audit::run(args, seams).await,
        Command::Usage(args) => usage::run(args, seams).await,
        Command::Accounts(args) => accounts::run(args, seams).await,
        Command::Keys(args) => keys::run(args, seams).await,
        Command::Roles(args) => roles::run(args, seams).await,
        Command::Secrets(args) => secrets::run(args, seams).await,
        Command::Tls(args) => tls::run(args, seams),
        Command::Verify(args) => verify::run(args, seams).await,
        Command::Backup(args) => backup::run(args, seams).await,
        Command::Restore(args) => restore::run(args, seams).await,
        Command::Doctor(args) => doctor::run(args, seams).await,
        Command::Bench(args) => bench::run(args, seams).await,
        Command::Guest(args) => guest::run(args, seams).await,
        Command::CompileWorker => Ok(()),
    }
}

/// The reader of our output has seen enough, as `head` does: no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn report(error: &anyhow::Error) {
    let style = Style::stderr();
    let mut stderr = io::stderr().lock();
    // Nobody is left to tell if stderr is gone.
    let _ = writeln!(stderr, "{} {error:#}", style.error("error:"));
    if let Some(hint) = refusal::hint(error) {
        let _ = writeln!(stderr, "  {} {hint}", style.hint("hint:"));
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
