//! `shardmill tls`: what clients need to trust a server that made its certificate itself.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Subcommand;

use crate::client::Seams;
use crate::config::DATA_DEFAULT;
use crate::refusal::{self, Code, Refusal};
use crate::tls::Authority;
use crate::{server, wiring};

/// Certificates of a server that makes its own
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Export(Export),
}

/// Write the certificate that clients have to trust, and say how
///
/// A server without `tls-cert` shows a certificate that an authority of its own signed. This writes the
/// authority's certificate, which is no secret. It is made if the data directory has none yet.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shardmill tls export --out shardmill-ca.pem
  AWS_CA_BUNDLE=shardmill-ca.pem aws --endpoint-url https://localhost:4566 kinesis list-streams")]
struct Export {
    /// The server's data directory
    #[arg(long, value_name = "DIR", default_value = DATA_DEFAULT)]
    data: PathBuf,

    /// File to write; standard output if not given
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(args: Args, seams: &Seams) -> anyhow::Result<()> {
    match args.command {
        Command::Export(export) => run_export(&export, seams),
    }
}

fn run_export(export: &Export, seams: &Seams) -> anyhow::Result<()> {
    let certificate = authority(&export.data, seams)?;
    let mut stderr = io::stderr().lock();
    let Some(out) = &export.out else {
        io::stdout().lock().write_all(&certificate)?;
        let place = "the file that you write this to";
        writeln!(stderr, "{}", usage(&format!("<{place}>")))?;
        return Ok(());
    };
    wiring::write_file(out, &certificate)?;
    let path = std::path::absolute(out);
    let path = path.as_deref().unwrap_or(out).display().to_string();
    writeln!(stderr, "wrote {path}")?;
    writeln!(stderr, "{}", usage(&path))?;
    Ok(())
}

/// The authority's certificate. A server that makes its own has made it when it started; another process may
/// make it only if there is no server.
fn authority(data: &Path, seams: &Seams) -> anyhow::Result<Vec<u8>> {
    let shown = data.display();
    let dir = wiring::open_dir(data).map_err(|error| {
        Refusal::failed(format!("cannot open data directory `{shown}`"))
            .because(error)
            .hint("name the server's with --data; `shardmill serve` makes one")
    })?;
    let found = Authority::find(&dir).with_context(|| format!("cannot read in `{shown}`"))?;
    if let Some(certificate) = found {
        return Ok(certificate);
    }
    let _lock = server::lock(&dir).map_err(|error| match refusal::code(&error) {
        Code::InUse => anyhow::Error::from(no_authority().because(error)),
        _ => error,
    })?;
    let authority = Authority::open(&dir, seams.clock.now())
        .context("cannot make the authority in the data directory")?;
    Ok(authority.certificate().as_bytes().to_vec())
}

fn no_authority() -> Refusal {
    Refusal::new(Code::InUse, "the server makes no certificate of its own").hint(
        "it runs with `tls-cert` or with tls off: trust the issuer of its certificate, or set tls to \
         \"optional\"",
    )
}

fn usage(path: &str) -> String {
    format!(
        "\
clients trust the server with
  AWS CLI, boto3   export AWS_CA_BUNDLE={path}
  JavaScript       export NODE_EXTRA_CA_CERTS={path}
  Go, Rust, Ruby   export SSL_CERT_FILE={path}
  Java, KCL        keytool -importcert -noprompt -alias shardmill -file {path} \\
                     -keystore shardmill.p12 -storepass changeit, and then
                   -Djavax.net.ssl.trustStore=shardmill.p12 -Djavax.net.ssl.trustStorePassword=changeit
  Fluent Bit       tls.ca_file {path}
  KPL              VerifyCertificate=false, because its list of authorities is built in
  shardmill        --ca {path}"
    )
}
