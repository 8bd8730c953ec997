//! `shardmill functions logs`: what a function writes.

use std::io::{self, Write};
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;

use super::explain;
use crate::cli::start::{Since, parse_since};
use crate::cli::style::Style;
use crate::cli::tail::moment;
use crate::cli::target::Target;
use crate::client::{Backoff, Client, ClientError, LogLine, LogPage, LogStart, Seams};
use crate::shutdown;

/// How long one call waits for lines: the server's own bound.
const WAIT: Duration = Duration::from_secs(20);
/// Pauses after calls that did not work before --follow gives up: about half a minute.
const TRIES: u32 = 12;

/// Print what a function wrote
///
/// Shows the lines of the function and those of the server about its calls. Calls made by a mapping are
/// noted only if the function wrote something, left records out or failed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill functions logs quakes
  shardmill functions logs quakes --follow --since 10m
  shardmill functions logs quakes --json | jq -r 'select(.Level == \"ERROR\").Message'")]
pub(super) struct Args {
    /// Name or ARN of the function
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: String,

    /// Go on with new lines until interrupted
    #[arg(long, short)]
    follow: bool,

    /// Begin with lines of then: a time span such as 10m, a moment such as 2026-11-01T12:00:00Z, or Unix
    /// seconds [default: with the oldest]
    #[arg(long, value_name = "WHEN", value_parser = parse_since)]
    since: Option<Since>,

    /// Print each line as a JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: Target,
}

/// Prints until the end or an interrupt.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let client = args.target.functions_client(seams)?;
    let since = args.since.map(|since| since.moment(seams.clock.now()));
    let start = since.map_or(LogStart::Oldest, LogStart::At);
    tokio::select! {
        result = read(&client, &args, start) => result,
        () = shutdown::interrupted() => Ok(()),
    }
}

async fn read(client: &Client, args: &Args, start: LogStart) -> anyhow::Result<()> {
    let name = &args.name;
    let first = client.function_logs(name, &start, Duration::ZERO).await;
    let mut page = first.map_err(|error| explain(error, name))?;
    let mut at_end = page.lines.is_empty();
    loop {
        write_out(&page.lines, args.json)?;
        if at_end && !args.follow {
            return Ok(());
        }
        let from = LogStart::Token(page.next_token);
        page = next(client, name, &from, if args.follow { WAIT } else { Duration::ZERO }).await?;
        at_end = page.lines.is_empty();
    }
}

/// Reads on, over a server that is away for a moment.
async fn next(
    client: &Client,
    name: &str,
    from: &LogStart,
    wait: Duration,
) -> Result<LogPage, ClientError> {
    let mut backoff = Backoff::times(TRIES);
    loop {
        let error = match client.function_logs(name, from, wait).await {
            Ok(page) => return Ok(page),
            Err(error) => error,
        };
        match backoff.next(client.entropy()) {
            Some(pause) if error.is_retryable() => tokio::time::sleep(pause).await,
            _ => return Err(error),
        }
    }
}

fn write_out(lines: &[LogLine], json: bool) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let style = Style::stdout();
    for line in lines {
        match json {
            true => {
                serde_json::to_writer(&mut out, line)?;
                writeln!(out)?;
            }
            false => write_line(&mut out, line, style)?,
        }
    }
    out.flush()?;
    Ok(())
}

/// `2026-11-01T12:00:00.123Z WARN  text`; a line of the server has no level.
fn write_line(out: &mut impl Write, line: &LogLine, style: Style) -> io::Result<()> {
    let level = match line.level.as_str() {
        "PLATFORM" => "",
        level => level,
    };
    let padded = format!("{level:<5}");
    write!(out, "{} ", moment(line.timestamp))?;
    match level {
        "ERROR" => write!(out, "{}", style.error(padded))?,
        "WARN" => write!(out, "{}", style.warning(padded))?,
        _ => write!(out, "{padded}")?,
    }
    // What a guest writes must not drive the terminal.
    writeln!(out, " {}", visible(&line.message))
}

/// The text with control characters written out; line ends and tabs stay.
pub(in crate::cli) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\n    "),
            '\t' => shown.push(c),
            c if c.is_control() => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(level: &str, message: &str) -> String {
        let line = LogLine {
            timestamp: 1_517_363_399.65,
            level: level.to_owned(),
            request_id: "id".to_owned(),
            message: message.to_owned(),
        };
        let mut out = Vec::new();
        write_line(&mut out, &line, Style::plain()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_tell_when_and_how_bad() {
        assert_eq!(shown("WARN", "low"), "2018-01-31T01:49:59.650Z WARN  low\n");
        let report = "REPORT RequestId: id\tDuration: 1 ms";
        let expected = format!("2018-01-31T01:49:59.650Z       {report}\n");
        assert_eq!(shown("PLATFORM", report), expected);
    }

    #[test]
    fn what_a_guest_writes_does_not_drive_the_terminal() {
        let line = shown("INFO", "a\x1b[2Jb\r\nERROR c");
        let expected = "2018-01-31T01:49:59.650Z INFO  a\\u{1b}[2Jb\\r\n    ERROR c\n";
        assert_eq!(line, expected);
    }
}
