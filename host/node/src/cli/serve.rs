//! `shardmill serve`: the server.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;

use super::data;
use super::style::Style;
use crate::client::Seams;
use crate::config::{Access, File, ServeFlags, Settings, TlsMode, variable};
use crate::refusal::Refusal;
use crate::server::Server;
use crate::shutdown::Signals;
use crate::{allocator, logging, wiring};

/// Serve data streams
///
/// Needs nothing but a directory. Prints one line on stdout when it is ready; everything else goes to
/// stderr. SIGTERM or SIGINT ends it in good order, a second one, a second later or more, at once. SIGHUP does so, too,
/// unless a certificate is given, whose files are read again then, or it is started with nohup.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The configuration file knows the same settings under the same names, without the dashes:
  listen = \"0.0.0.0:4566\"
  data = \"/var/lib/shardmill\"
  limits = false
  drain-seconds = 10
  tls = \"required\"
  tls-cert = \"/etc/shardmill/cert.pem\"
  tls-key = \"/etc/shardmill/key.pem\"
  [listeners]
  vpce-orders = \"10.0.0.5:4567\"
An unknown key is an error. SHARDMILL_METRICS_TOKEN, or `metrics-token` in the file, is what /metrics asks
for; without it, only this machine may read them.

Examples:
  shardmill serve --dev
  shardmill serve --data /var/lib/shardmill --listen 0.0.0.0:4566
  shardmill serve --config /etc/shardmill.toml --log-format json")]
pub(super) struct Args {
    #[command(flatten)]
    flags: ServeFlags,
}

/// Serves until a signal.
pub(super) async fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    let settings = settings(args.flags)?;
    logging::start(&settings.log_filter, settings.log_format)?;
    // Before anything is opened, so that no signal is lost in between.
    let signals = Signals::install().context("cannot handle signals")?;
    let mut signals = match settings.tls.given {
        // Its files are read again then.
        Some(_) => signals,
        None => signals.with_hangup().context("cannot handle signals")?,
    };
    let dir = wiring::open_or_make_dir(&settings.data)?;
    data::check_no_backup(&dir, &settings.data)?;
    settings.check_reserve(&dir)?;
    let server = Server::start(&settings, &dir, seams).await?;
    // What starting needed and freed goes back before.
    allocator::keep_what_is_freed();
    announce(&settings, &server);
    tokio::select! {
        () = signals.next() => {}
        why = server.failed() => {
            tracing::error!(why, "storage failed");
            server.abandon().await;
            return Err(Refusal::failed(format!("storage failed: {why}"))
                .hint("what was acknowledged is safe; start again once the disk is well").into());
        }
    }
    tracing::info!("stopping; a second signal, a second later or more, leaves at once");
    tokio::select! {
        stopped = server.stop(settings.drain) => Ok(stopped?),
        () = signals.again() => Err(Refusal::failed("interrupted again before everything was finished").into()),
    }
}

fn settings(flags: ServeFlags) -> anyhow::Result<Settings> {
    let file = match &flags.config {
        Some(path) => read_config(path)?,
        None => File::default(),
    };
    Ok(Settings::resolve(flags, file, variable("SHARDMILL_METRICS_TOKEN"))?)
}

fn read_config(path: &Path) -> Result<File, Refusal> {
    let refuse = || Refusal::usage(format!("cannot read configuration `{}`", path.display()));
    let bytes = wiring::read_file(path).map_err(|error| refuse().because(error))?;
    let text = String::from_utf8(bytes).map_err(|error| refuse().because(error))?;
    File::parse(&text, path)
}

/// Exactly one line on stdout, for whoever waits for it; advice for people on stderr. A server serves whether or not
/// anybody hears of it.
fn announce(settings: &Settings, server: &Server) {
    let scheme = if settings.tls.mode == TlsMode::Required { "https" } else { "http" };
    if let Err(error) = advise(settings, server, scheme) {
        tracing::warn!(%error, "advice cannot be written to stderr");
    }
    let (address, data) = (server.address(), settings.data.display());
    let mut stdout = io::stdout().lock();
    let ready = writeln!(stdout, "shardmill is ready on {scheme}://{address} (data in {data})");
    if let Err(error) = ready.and_then(|()| stdout.flush()) {
        tracing::warn!(%error, "nobody can be told on stdout that the server is ready");
    }
}

fn advise(settings: &Settings, server: &Server, scheme: &str) -> io::Result<()> {
    let style = Style::stderr();
    let address = server.address();
    let mut stderr = io::stderr().lock();
    if let Some(problem) = server.problem() {
        writeln!(stderr, "{} {problem}", style.warning("warning:"))?;
        let hint = if server.is_full() {
            "records can be read but not written until there is room on the disk"
        } else {
            "records can be read but not written: see `shardmill verify --help`"
        };
        writeln!(stderr, "  {} {hint}", style.hint("hint:"))?;
    }
    if let others @ [_, ..] = server.others() {
        let others: Vec<String> = others.iter().map(ToString::to_string).collect();
        let warning = format!(
            "this directory has a history of other accounts ({}), and the new root key is not theirs",
            others.join(", ")
        );
        writeln!(stderr, "{} {warning}", style.warning("warning:"))?;
        let hint = "if root.credentials was lost: stop, make `# account NUMBER` its only line, and start again";
        writeln!(stderr, "  {} {hint}", style.hint("hint:"))?;
    }
    match settings.access {
        Access::Keys => {
            let file = absolute(&settings.data.join(wiring::ROOT_FILE));
            let made = if server.is_new_root() { "made a root key" } else { "the root key is" };
            writeln!(stderr, "{made} in {file}; use it with")?;
            let region = settings.regions.first().map(ToString::to_string);
            let region = region.as_deref().unwrap_or("us-east-1");
            writeln!(
                stderr,
                "  export AWS_SHARED_CREDENTIALS_FILE='{file}' AWS_ENDPOINT_URL={scheme}://{address} AWS_DEFAULT_REGION={region}"
            )?;
        }
        Access::DevLocal => {
            writeln!(stderr, "development key test/test, account 000000000000")?;
        }
        Access::DevRemote => {
            let warning = "anybody who reaches this port can read and change everything: the key is test/test";
            writeln!(stderr, "{} {warning}", style.warning("warning:"))?;
        }
    }
    let data = settings.data.display();
    if settings.tls.mode != TlsMode::Off && settings.tls.given.is_none() {
        let also = if scheme == "http" { "https works there, too, for" } else { "https works for" };
        writeln!(
            stderr,
            "{also} clients that trust what `shardmill tls export --data {data}` writes"
        )?;
    }
    Ok(())
}

fn absolute(path: &Path) -> String {
    let absolute = std::path::absolute(path);
    absolute.as_deref().unwrap_or(path).display().to_string()
}
