//! The configuration file: typed, and strict, so that a misspelt key is an error and not a default.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use stdx::Secret;

use super::{LogFormat, TlsMode};
use crate::refusal::Refusal;

/// A configuration file as written. The doc comment of a key is its manual.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct File {
    /// Directory that holds everything; made if its parent exists. `"./shardmill-data"` if not given.
    #[serde(deserialize_with = "path")]
    pub(crate) data: Option<PathBuf>,
    /// Address and port to listen on; port 0 picks a free one. `"127.0.0.1:4566"` if not given.
    pub(crate) listen: Option<String>,
    /// Further addresses to listen on, by the names that policies know them by: as the endpoint of a VPC,
    /// `aws:SourceVpce`.
    pub(crate) listeners: Option<BTreeMap<String, String>>,
    /// `"off"`, `"optional"` (clear text and TLS on each port) or `"required"`. `"optional"` if not given.
    pub(crate) tls: Option<TlsMode>,
    /// The server's certificate and those between it and its root, in PEM. Without one, shardmill makes one,
    /// signed by an authority of its own, which `shardmill tls export` shows. Read again when it changes.
    #[serde(deserialize_with = "path")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The private key of `tls-cert`, in PEM, which nobody else may read.
    #[serde(deserialize_with = "path")]
    pub(crate) tls_key: Option<PathBuf>,
    /// More names and addresses for the certificate that shardmill makes, besides those of this machine and of
    /// what it listens on.
    pub(crate) tls_names: Option<Vec<String>>,
    /// Accept the well-known key `test`/`test` in account 000000000000. `false` if not given.
    pub(crate) dev: Option<bool>,
    /// Let `dev` listen on an address that other machines can reach; refused without `dev`. `false` if not given.
    pub(crate) dev_allow_remote: Option<bool>,
    /// Whether the throughput limits of AWS hold. `true` if not given.
    pub(crate) limits: Option<bool>,
    /// Regions to serve; any well-formed one if not given or empty.
    pub(crate) regions: Option<Vec<String>>,
    /// Whether calls about data (PutRecord, PutRecords, GetRecords, GetShardIterator, Invoke, GetFunctionLogs) are
    /// events of the audit trail, too; each is then answered after its event is durable. `false` if not given.
    pub(crate) audit_data_events: Option<bool>,
    /// The token that `/metrics` asks for, from this machine too; without one, only this machine may read it.
    /// The variable `SHARDMILL_METRICS_TOKEN` overrides it.
    #[serde(deserialize_with = "secret")]
    pub(crate) metrics_token: Option<Secret<String>>,
    /// The file with the master key, which the keys of the key service are sealed with: 64 hexadecimal digits, that
    /// nobody else may read. `master.key` in the data directory if not given, which is made. No backup contains it. The
    /// variable `SHARDMILL_MASTER_KEY`, with the digits, overrides it.
    #[serde(deserialize_with = "path")]
    pub(crate) master_key_file: Option<PathBuf>,
    /// Directory in which backups are made that somebody fetches. `backups` in the data directory if not given.
    #[serde(deserialize_with = "path")]
    pub(crate) backup_dir: Option<PathBuf>,
    /// Directory with the interpreters that run functions which are source code (`javascript.wasm`, `python.wasm`), as
    /// `guests/interpreters/build.sh` makes them; it must be there. `interpreters` in the data directory if not given, which
    /// may be empty.
    #[serde(deserialize_with = "path")]
    pub(crate) interpreters: Option<PathBuf>,
    /// Records are refused while less than that many MiB are free on the disk; 0 never refuses. 128 if not given,
    /// less on a small disk.
    pub(crate) low_water_mib: Option<u64>,
    /// MiB of the disk held in reserve for trimming when it is full; 0 holds none. 64 if not given, less on a small
    /// disk.
    pub(crate) ballast_mib: Option<u64>,
    /// Connections at most, all clients together.
    pub(crate) connections_max: Option<usize>,
    /// Connections at most from one address.
    pub(crate) connections_per_address_max: Option<usize>,
    /// Memory for request bodies being read, all requests together, in MiB; 20 at least, which lets a PutRecords of the
    /// largest size in.
    pub(crate) body_budget_mib: Option<usize>,
    /// Memory of functions, all together, in MiB; 64 at least. One account may have three quarters of it. Half of what the
    /// machine, or the container, has if not given.
    pub(crate) function_memory_mib: Option<usize>,
    /// Seconds that requests and storage get to finish after SIGTERM or SIGINT, 86400 (a day) at most. `30` if not
    /// given.
    pub(crate) drain_seconds: Option<u64>,
    /// Networks that outgoing requests of functions and destinations may go to besides the open internet, such as
    /// `"10.0.0.0/8"`; they never go to what this server listens on. None if not given.
    pub(crate) egress_networks: Option<Vec<String>>,
    /// A file with certificates, in PEM, of authorities that outgoing requests trust besides those of the system.
    #[serde(deserialize_with = "path")]
    pub(crate) egress_ca: Option<PathBuf>,
    /// Where the buckets of destinations are, such as `"http://10.0.0.7:9000"`; a private address must be among
    /// `egress-networks` as well. AWS's own S3 if not given.
    pub(crate) s3_endpoint: Option<String>,
    /// The region that requests to it are signed for. The function's if not given.
    pub(crate) s3_region: Option<String>,
    /// Whether a bucket is a host of its own there, `BUCKET.HOST`, rather than the beginning of the path. `false` if not
    /// given.
    pub(crate) s3_bucket_hosts: Option<bool>,
    /// Which messages to log: a level, or `target=level` pairs separated by commas. `"info"` if not given.
    pub(crate) log_filter: Option<String>,
    /// `"text"` or `"json"`. `"text"` if not given.
    pub(crate) log_format: Option<LogFormat>,
}

impl File {
    /// Reads the text of the file at `path`, which is for messages.
    ///
    /// # Errors
    /// A usage error that names the file, the line and, for an unknown key, the nearest known one.
    pub(crate) fn parse(text: &str, path: &Path) -> Result<Self, Refusal> {
        toml::from_str(text).map_err(|error| explain(&error, text, path))
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret<String>>, D::Error> {
    String::deserialize(deserializer).map(|text| Some(Secret::new(text)))
}

/// A path that names something, as on the command line.
fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    let path = PathBuf::deserialize(deserializer)?;
    if path.as_os_str().is_empty() {
        return Err(D::Error::custom("a path must not be empty: leave the key out, or name one"));
    }
    Ok(Some(path))
}

fn explain(error: &toml::de::Error, text: &str, path: &Path) -> Refusal {
    let line = error.span().map_or(1, |span| {
        let before = text.get(..span.start).unwrap_or_default();
        1 + before.matches('\n').count()
    });
    let place = format!("{}, line {line}", path.display());
    let Some((unknown, known)) = unknown_key(error.message()) else {
        let message = error.message().trim().replace('\n', ", ");
        return Refusal::usage(format!("{place}: {message}"));
    };
    let refusal = Refusal::usage(format!("{place}: unknown key `{unknown}`"));
    match nearest(unknown, &known) {
        Some(near) => refusal.hint(format!("did you mean `{near}`?")),
        None => refusal.hint(format!("known keys are {}", known.join(", "))),
    }
}

/// Takes serde's "unknown field `a`, expected one of `b`, `c`" apart.
fn unknown_key(message: &str) -> Option<(&str, Vec<&str>)> {
    let rest = message.strip_prefix("unknown field `")?;
    let (unknown, rest) = rest.split_once('`')?;
    let known = rest.split('`').skip(1).step_by(2).collect();
    Some((unknown, known))
}

/// The known key that is spelt most like `unknown`, if any is close. Between one that only looks like it and
/// one that is its first word, the word is meant.
fn nearest<'a>(unknown: &str, known: &[&'a str]) -> Option<&'a str> {
    let unknown = unknown.replace('_', "-").to_lowercase();
    let likeness = |key: &str| strsim::jaro_winkler(&unknown, key);
    let best = known.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)))?;
    let word = unknown.split('-').next().unwrap_or_default();
    let word = known.iter().find(|key| **key == word).filter(|_| likeness(best) < 0.95);
    (likeness(best) > 0.8).then_some(*word.unwrap_or(best))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal;

    fn refused(text: &str) -> (String, Option<String>) {
        let refusal = File::parse(text, Path::new("shardmill.toml")).unwrap_err();
        let error = anyhow::Error::from(refusal);
        assert_eq!(refusal::code(&error), refusal::Code::Usage);
        (error.to_string(), refusal::hint(&error))
    }

    #[test]
    fn reads_every_key() {
        let text = r#"
            data = "/var/lib/shardmill"
            listen = "0.0.0.0:4566"
            tls = "required"
            tls-cert = "/etc/tls/cert.pem"
            tls-key = "/etc/tls/key.pem"
            tls-names = ["kinesis.test"]
            dev = false
            dev-allow-remote = false
            limits = false
            regions = ["eu-central-1"]
            audit-data-events = true
            metrics-token = "hush"
            master-key-file = "/etc/shardmill/master.key"
            backup-dir = "/var/spool/shardmill"
            low-water-mib = 256
            ballast-mib = 128
            connections-max = 100
            connections-per-address-max = 10
            body-budget-mib = 64
            function-memory-mib = 1024
            drain-seconds = 5
            egress-networks = ["10.0.0.0/8", "fd00::/8"]
            egress-ca = "/etc/shardmill/ca.pem"
            s3-endpoint = "http://10.0.0.7:9000"
            s3-region = "eu-central-1"
            s3-bucket-hosts = true
            log-filter = "warn,gateway=debug"
            log-format = "json"
            [listeners]
            vpce-orders = "10.0.0.5:4567"
        "#;
        let file = File::parse(text, Path::new("x")).unwrap();
        assert_eq!(file.drain_seconds, Some(5));
        assert_eq!(file.log_format, Some(LogFormat::Json));
        assert!(!format!("{file:?}").contains("hush"), "secrets do not print");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
        let (message, hint) = refused("limits = true\n\nlisten_adress = \"x\"\n");
        assert_eq!(message, "shardmill.toml, line 3: unknown key `listen_adress`");
        assert_eq!(hint.as_deref(), Some("did you mean `listen`?"));
        let (_, hint) = refused("drain_seconds = 3");
        assert_eq!(hint.as_deref(), Some("did you mean `drain-seconds`?"));
    }

    #[test]
    fn a_key_like_no_other_gets_the_list() {
        let (message, hint) = refused("zzz = 1");
        assert_eq!(message, "shardmill.toml, line 1: unknown key `zzz`");
        assert!(hint.unwrap().starts_with("known keys are data, listen"));
    }

    #[test]
    fn an_empty_path_is_named_with_its_line() {
        for key in [
            "data",
            "tls-cert",
            "tls-key",
            "master-key-file",
            "backup-dir",
            "interpreters",
            "egress-ca",
        ] {
            let (message, _) = refused(&format!("dev = true\n{key} = \"\""));
            let wanted = "shardmill.toml, line 2: a path must not be empty";
            assert!(message.starts_with(wanted), "{message}");
            File::parse(&format!("{key} = \".\""), Path::new("x")).unwrap();
        }
    }

    #[test]
    fn a_wrong_type_is_named_with_its_line() {
        let (message, hint) = refused("dev = true\ndrain-seconds = \"soon\"");
        assert!(message.starts_with("shardmill.toml, line 2: invalid type: string"), "{message}");
        assert_eq!(hint, None);
    }
}
