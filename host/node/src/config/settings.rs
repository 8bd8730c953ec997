//! What flags, file and environment come to.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use domain::Region;
use egress::Network;
use functions::Buckets;
use serde::Deserialize;
use stdx::{DataDir, Secret};
use storage_sqlite::Reserve;

use super::file::File;
use super::flags::ServeFlags;
use super::listen::{LISTEN_DEFAULT, Listen, NamedListen, named};
use super::tls::TlsSettings;
use crate::refusal::Refusal;

pub(crate) const DATA_DEFAULT: &str = "./shardmill-data";
const DRAIN_DEFAULT: Duration = Duration::from_secs(30);
/// Whoever waits for longer waits for something that will not end.
const DRAIN_SECONDS_MAX: u64 = 24 * 60 * 60;
/// What lets the longest PutRecords in (15 MiB): one key gets three quarters at most.
const BODY_BUDGET_MIB_MIN: usize = 20;
/// An interpreter of Python takes 30 at once.
const FUNCTION_MEMORY_MIB_MIN: usize = 64;

/// Everything `serve` needs to know.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) data: PathBuf,
    pub(crate) listen: Listen,
    /// Further addresses, in the order of their names.
    pub(crate) listeners: Vec<NamedListen>,
    pub(crate) tls: TlsSettings,
    pub(crate) access: Access,
    /// Whether the throughput limits of AWS hold.
    pub(crate) limits: bool,
    /// Whether the time of day is believed, however far it went ahead while the server was down.
    pub(crate) accept_time: bool,
    /// Empty for any.
    pub(crate) regions: Vec<Region>,
    /// Whether calls about data are events of the audit trail.
    pub(crate) audit_data_events: bool,
    pub(crate) metrics_token: Option<Secret<String>>,
    /// Where the master key is; in the data directory if not given.
    pub(crate) master_key_file: Option<PathBuf>,
    /// Where backups are made; in the data directory if not given.
    pub(crate) backup_dir: Option<PathBuf>,
    /// Where interpreters are; in the data directory if not given.
    pub(crate) interpreters: Option<PathBuf>,
    pub(crate) low_water_bytes: Option<u64>,
    pub(crate) ballast_bytes: Option<u64>,
    pub(crate) connections_max: Option<usize>,
    pub(crate) connections_per_address_max: Option<usize>,
    pub(crate) body_budget_bytes: Option<usize>,
    /// Memory of functions, all together.
    pub(crate) function_memory_bytes: Option<usize>,
    pub(crate) drain: Duration,
    /// Where outgoing requests may go besides the open internet.
    pub(crate) egress_networks: Vec<Network>,
    /// Whom they trust besides those that the system trusts.
    pub(crate) egress_ca: Option<PathBuf>,
    /// Where the buckets of destinations are.
    pub(crate) buckets: Buckets,
    pub(crate) log_filter: String,
    pub(crate) log_format: LogFormat,
}

/// Which keys are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Those of the data directory; a root key is made on the first start.
    Keys,
    /// The well-known development key, from this machine only.
    DevLocal,
    /// The well-known development key, from anywhere that reaches the port.
    DevRemote,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Settings {
    /// What is kept free on the disk of `dir`.
    pub(crate) fn reserve(&self, dir: &DataDir) -> Reserve {
        // A disk that does not tell its size is a large one.
        let suiting = Reserve::suiting(dir.space().map_or(u64::MAX, |space| space.total_bytes));
        Reserve {
            low_water_bytes: self.low_water_bytes.unwrap_or(suiting.low_water_bytes),
            ballast_bytes: self.ballast_bytes.unwrap_or(suiting.ballast_bytes),
        }
    }

    /// Whether the disk of `dir` is large enough for what is to be kept free on it.
    ///
    /// # Errors
    /// A usage error if it is not: no record would ever be taken.
    pub(crate) fn check_reserve(&self, dir: &DataDir) -> Result<(), Refusal> {
        let Reserve { low_water_bytes, ballast_bytes } = self.reserve(dir);
        let asked = low_water_bytes.saturating_add(ballast_bytes);
        match dir.space() {
            Ok(space) if space.total_bytes < asked => {
                let (asked, has) = (asked >> 20, space.total_bytes >> 20);
                let what = format!(
                    "low-water-mib and ballast-mib ask for {asked} MiB, the disk has {has}"
                );
                Err(Refusal::usage(what).hint("leave them out, or ask for less"))
            }
            _ => Ok(()),
        }
    }

    /// Flags over file over defaults; `metrics_token` is the environment's.
    ///
    /// # Errors
    /// A usage error for a value that cannot be.
    pub(crate) fn resolve(
        flags: ServeFlags,
        file: File,
        metrics_token: Option<String>,
    ) -> Result<Self, Refusal> {
        let listen = flags.listen.or(file.listen);
        let dev = flags.dev || file.dev.unwrap_or(false);
        let remote = flags.dev_allow_remote || file.dev_allow_remote.unwrap_or(false);
        let regions =
            if flags.regions.is_empty() { file.regions.unwrap_or_default() } else { flags.regions };
        let body_budget_mib = flags.body_budget_mib.or(file.body_budget_mib);
        let function_memory_mib = flags.function_memory_mib.or(file.function_memory_mib);
        let connections_max = flags.connections_max.or(file.connections_max);
        let connections_per_address_max =
            flags.connections_per_address_max.or(file.connections_per_address_max);
        at_least(1, "connections-max", connections_max)?;
        at_least(1, "connections-per-address-max", connections_per_address_max)?;
        at_least(BODY_BUDGET_MIB_MIN, "body-budget-mib", body_budget_mib)?;
        at_least(FUNCTION_MEMORY_MIB_MIN, "function-memory-mib", function_memory_mib)?;
        let metrics_token = metrics_token.map(Secret::new).or(file.metrics_token);
        if metrics_token.as_ref().is_some_and(|token| token.expose().is_empty()) {
            let refusal = Refusal::usage("metrics-token must not be empty");
            return Err(refusal.hint("leave it out: then only this machine may read /metrics"));
        }
        Ok(Self {
            data: flags.data.or(file.data).unwrap_or_else(|| DATA_DEFAULT.into()),
            listen: listen.as_deref().unwrap_or(LISTEN_DEFAULT).parse()?,
            listeners: named(flags.listeners, file.listeners)?,
            tls: TlsSettings::resolve(
                flags.tls.or(file.tls),
                flags.tls_cert.or(file.tls_cert),
                flags.tls_key.or(file.tls_key),
                if flags.tls_names.is_empty() {
                    file.tls_names.unwrap_or_default()
                } else {
                    flags.tls_names
                },
            )?,
            access: access(dev, remote)?,
            limits: !flags.no_limits && file.limits.unwrap_or(true),
            accept_time: flags.accept_time,
            regions: regions.iter().map(|text| region(text)).collect::<Result<_, _>>()?,
            audit_data_events: flags.audit_data_events || file.audit_data_events.unwrap_or(false),
            metrics_token,
            master_key_file: flags.master_key_file.or(file.master_key_file),
            backup_dir: flags.backup_dir.or(file.backup_dir),
            interpreters: flags.interpreters.or(file.interpreters),
            low_water_bytes: flags.low_water_mib.or(file.low_water_mib).map(mib),
            ballast_bytes: flags.ballast_mib.or(file.ballast_mib).map(mib),
            connections_max,
            connections_per_address_max,
            body_budget_bytes: body_budget_mib.map(|mib| mib.saturating_mul(1024 * 1024)),
            function_memory_bytes: function_memory_mib.map(|mib| mib.saturating_mul(1024 * 1024)),
            drain: drain(flags.drain_seconds.or(file.drain_seconds))?,
            egress_networks: networks(flags.egress_networks, file.egress_networks)?,
            egress_ca: flags.egress_ca.or(file.egress_ca),
            buckets: buckets(
                flags.s3_endpoint.or(file.s3_endpoint),
                flags.s3_region.or(file.s3_region),
                flags.s3_bucket_hosts || file.s3_bucket_hosts.unwrap_or(false),
            )?,
            log_filter: flags.log_filter.or(file.log_filter).unwrap_or_else(|| "info".into()),
            log_format: flags.log_format.or(file.log_format).unwrap_or_default(),
        })
    }
}

/// Refuses what nobody could be served with.
fn at_least(min: usize, name: &str, given: Option<usize>) -> Result<(), Refusal> {
    match given {
        Some(given) if given < min => {
            Err(Refusal::usage(format!("{name} must be at least {min}, not {given}")))
        }
        _ => Ok(()),
    }
}

fn access(dev: bool, remote: bool) -> Result<Access, Refusal> {
    match (dev, remote) {
        (false, false) => Ok(Access::Keys),
        (true, false) => Ok(Access::DevLocal),
        (true, true) => Ok(Access::DevRemote),
        (false, true) => Err(Refusal::usage("dev-allow-remote says nothing without dev").hint(
            "leave it out: a server that asks for real keys listens anywhere; or add dev, for the key test/test",
        )),
    }
}

fn drain(seconds: Option<u64>) -> Result<Duration, Refusal> {
    match seconds {
        None => Ok(DRAIN_DEFAULT),
        Some(seconds @ ..=DRAIN_SECONDS_MAX) => Ok(Duration::from_secs(seconds)),
        Some(seconds) => {
            let max = DRAIN_SECONDS_MAX;
            Err(Refusal::usage(format!("drain-seconds must be at most {max}, not {seconds}"))
                .hint("that is a day"))
        }
    }
}

fn networks(flags: Vec<String>, file: Option<Vec<String>>) -> Result<Vec<Network>, Refusal> {
    let texts = if flags.is_empty() { file.unwrap_or_default() } else { flags };
    let read = |text: &String| {
        text.parse().map_err(|error: egress::InvalidNetwork| {
            Refusal::usage(format!("egress-networks: {error}"))
        })
    };
    texts.iter().map(read).collect()
}

fn buckets(
    endpoint: Option<String>,
    named: Option<String>,
    has_hosts: bool,
) -> Result<Buckets, Refusal> {
    let named = named.as_deref().map(region).transpose()?;
    Buckets::at(endpoint.as_deref(), named, has_hosts).map_err(|error| {
        let shown = endpoint.unwrap_or_default();
        let refusal = Refusal::usage(format!("s3-endpoint: `{shown}` cannot be used"));
        refusal.because(error).hint("write http://HOST[:PORT] or https://HOST[:PORT]")
    })
}

fn mib(count: u64) -> u64 {
    count.saturating_mul(1024 * 1024)
}

fn region(text: &str) -> Result<Region, Refusal> {
    text.parse().map_err(|error: domain::InvalidRegion| {
        Refusal::usage(format!("invalid region `{text}`")).because(error)
    })
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn resolve(flags: ServeFlags, file: &str) -> Result<Settings, Refusal> {
        let file = File::parse(file, Path::new("x")).unwrap();
        Settings::resolve(flags, file, None)
    }

    #[test]
    fn defaults_are_safe() {
        let settings = resolve(ServeFlags::default(), "").unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:4566");
        assert_eq!(settings.access, Access::Keys);
        assert!(settings.limits);
        assert_eq!(settings.drain, Duration::from_secs(30));
    }

    #[test]
    fn flags_override_the_file() {
        let file = "listen = \"127.0.0.1:1\"\ndrain-seconds = 1\nlimits = true\nregions = [\"a\"]";
        let flags = ServeFlags {
            listen: Some("127.0.0.1:2".into()),
            no_limits: true,
            regions: vec!["us-east-1".into()],
            ..ServeFlags::default()
        };
        let settings = resolve(flags, file).unwrap();
        assert_eq!(settings.listen.port, 2);
        assert_eq!(settings.drain, Duration::from_secs(1));
        assert!(!settings.limits);
        assert_eq!(settings.regions.len(), 1);
    }

    #[test]
    fn what_would_serve_nobody_is_refused() {
        for (file, is_taken) in [
            ("connections-max = 0", false),
            ("connections-max = 1", true),
            ("connections-per-address-max = 0", false),
            ("body-budget-mib = 19", false),
            ("body-budget-mib = 20", true),
            ("metrics-token = \"\"", false),
        ] {
            assert_eq!(resolve(ServeFlags::default(), file).is_ok(), is_taken, "{file}");
        }
        let flags = ServeFlags { connections_max: Some(0), ..ServeFlags::default() };
        let refusal = resolve(flags, "connections-max = 7").unwrap_err();
        assert_eq!(refusal.to_string(), "connections-max must be at least 1, not 0");
    }

    #[test]
    fn what_says_nothing_or_waits_for_ever_is_refused() {
        for (file, is_taken) in [
            ("drain-seconds = 0", true),
            ("drain-seconds = 86400", true),
            ("drain-seconds = 86401", false),
            ("drain-seconds = 9223372036854775807", false),
            ("dev-allow-remote = true", false),
            ("dev-allow-remote = false", true),
            ("dev = true\ndev-allow-remote = true", true),
        ] {
            assert_eq!(resolve(ServeFlags::default(), file).is_ok(), is_taken, "{file}");
        }
        let flags = ServeFlags { drain_seconds: Some(u64::MAX), ..ServeFlags::default() };
        let refusal = resolve(flags, "").unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "drain-seconds must be at most 86400, not 18446744073709551615"
        );
        let flags = ServeFlags { dev_allow_remote: true, ..ServeFlags::default() };
        let refusal = resolve(flags.clone(), "").unwrap_err();
        assert_eq!(refusal.to_string(), "dev-allow-remote says nothing without dev");
        let settings = resolve(flags, "dev = true").unwrap();
        assert_eq!(settings.access, Access::DevRemote);
    }

    #[test]
    fn the_environments_token_wins() {
        let file = File::parse("metrics-token = \"file\"", Path::new("x")).unwrap();
        let settings = Settings::resolve(ServeFlags::default(), file, Some("env".into())).unwrap();
        assert_eq!(settings.metrics_token.unwrap().expose(), "env");
    }
}
