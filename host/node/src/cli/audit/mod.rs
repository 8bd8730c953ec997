//! `shardmill audit`: who asked for what.

mod print;
mod verify;

use std::io::{self, Write};
use std::time::Duration;

use clap::Subcommand;

use crate::cli::start::{Since, parse_since};
use crate::cli::style::Style;
use crate::cli::target::Target;
use crate::client::{AuditPage, AuditQuestion, Backoff, Client, ClientError, Seams};
use crate::shutdown;
use print::Line;

/// How long one call waits for events: the server's own bound.
const WAIT: Duration = Duration::from_secs(20);
/// Pauses after calls that did not work before --follow gives up: about half a minute.
const TRIES: u32 = 12;

/// Show the audit trail: who asked for what, from where, and what came of it
///
/// Every call that makes, changes, deletes or describes something is an event, and so is every refusal; calls
/// about data are if the server runs with --audit-data-events. Events hold no records, code, variables or
/// secrets. They are kept for 90 days. SDKs read the same events with CloudTrail's LookupEvents.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
With --all, whoever runs the server sees all accounts, and `strangers`: requests whose signature did not hold.

Examples:
  shardmill audit --since 1d --errors
  shardmill audit --event-name DeleteStream --user ci
  shardmill audit --all --follow
  shardmill audit --json | jq -r 'select(.errorCode == \"AccessDeniedException\").userIdentity.arn'
  shardmill audit verify --data /var/lib/shardmill"
)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,

    /// Begin with events of then: a time span such as 10m, a moment such as 2026-11-01T12:00:00Z, or Unix
    /// seconds
    #[arg(long, value_name = "WHEN", value_parser = parse_since, default_value = "1h")]
    since: Since,

    /// Only events of this name; CreateFunction also means CreateFunction20150331
    #[arg(long, value_name = "NAME")]
    event_name: Option<String>,

    /// Only events of this user, role session or access key; `root` for the account's root
    #[arg(long, value_name = "NAME")]
    user: Option<String>,

    /// Only what was refused or failed
    #[arg(long)]
    errors: bool,

    /// Go on with new events until interrupted
    #[arg(long, short)]
    follow: bool,

    /// Print each event as a JSON object, in CloudTrail's format
    #[arg(long)]
    json: bool,

    /// Events of all accounts, and of strangers; for the operator
    #[arg(long, conflicts_with = "account")]
    all: bool,

    /// Events of this account, or of `strangers`; for the operator
    #[arg(long, value_name = "ID")]
    account: Option<String>,

    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(verify::Args),
}

/// Prints until the end or an interrupt.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    if let Some(Command::Verify(args)) = args.command {
        return verify::run(args, seams).await;
    }
    let client = args.target.client(seams)?;
    let question = AuditQuestion {
        all: args.all,
        account: args.account.clone(),
        since: args.since.moment(seams.clock.now()),
    };
    tokio::select! {
        result = read(&client, &args, &question) => result,
        () = shutdown::interrupted() => Ok(()),
    }
}

async fn read(client: &Client, args: &Args, question: &AuditQuestion) -> anyhow::Result<()> {
    let mut page = client.audit_events(question, None, Duration::ZERO).await?;
    let mut headed = args.json;
    loop {
        let at_end = page.events.is_empty();
        write_out(&page, args, &mut headed)?;
        if at_end && !args.follow {
            if !headed {
                writeln!(io::stderr(), "no event is like that; `--since` looks further back")?;
            }
            return Ok(());
        }
        let wait = if args.follow { WAIT } else { Duration::ZERO };
        page = next(client, question, &page.next_token, wait).await?;
    }
}

/// Reads on, over a server that is away for a moment.
async fn next(
    client: &Client,
    question: &AuditQuestion,
    token: &str,
    wait: Duration,
) -> Result<AuditPage, ClientError> {
    let mut backoff = Backoff::times(TRIES);
    loop {
        let error = match client.audit_events(question, Some(token), wait).await {
            Ok(page) => return Ok(page),
            Err(error) => error,
        };
        match backoff.next(client.entropy()) {
            Some(pause) if error.is_retryable() => tokio::time::sleep(pause).await,
            _ => return Err(error),
        }
    }
}

fn write_out(page: &AuditPage, args: &Args, headed: &mut bool) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let style = Style::stdout();
    for event in &page.events {
        let line = Line::of(event)?;
        if !line.is_wanted(args.event_name.as_deref(), args.user.as_deref(), args.errors) {
            continue;
        }
        if args.json {
            writeln!(out, "{}", event.event)?;
            continue;
        }
        if !std::mem::replace(headed, true) {
            print::heading(&mut out, args.all, style)?;
        }
        line.write(&mut out, args.all, style)?;
    }
    out.flush()?;
    Ok(())
}
