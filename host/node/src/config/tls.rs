//! Whether connections are protected, and with which certificate.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Deserialize;

use crate::refusal::Refusal;

/// A certificate has room for some; clients read all of them.
const NAMES_MAX: usize = 100;

/// A name in DNS has at most 253 characters, a label 63 (RFC 1035, section 2.3.4).
const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// Which connections are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TlsMode {
    /// Clear text only.
    Off,
    /// Clear text and TLS, each port both.
    #[default]
    Optional,
    /// TLS only; requests in clear text are told so.
    Required,
}

/// How connections are protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsSettings {
    pub(crate) mode: TlsMode,
    /// None if shardmill makes its own.
    pub(crate) given: Option<GivenCertificate>,
    /// More names for its own.
    pub(crate) names: Vec<String>,
}

/// Where a certificate and its key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GivenCertificate {
    pub(crate) chain: PathBuf,
    pub(crate) key: PathBuf,
}

impl TlsSettings {
    /// # Errors
    /// A usage error for settings that contradict each other, and names that cannot be.
    pub(super) fn resolve(
        mode: Option<TlsMode>,
        chain: Option<PathBuf>,
        key: Option<PathBuf>,
        names: Vec<String>,
    ) -> Result<Self, Refusal> {
        let given = match (chain, key) {
            (Some(chain), Some(key)) => Some(GivenCertificate { chain, key }),
            (None, None) => None,
            (Some(_), None) => {
                return Err(Refusal::usage("tls-cert is given without tls-key")
                    .hint("name the file of its private key, too"));
            }
            (None, Some(_)) => {
                return Err(Refusal::usage("tls-key is given without tls-cert")
                    .hint("name the file of its certificate, too"));
            }
        };
        let mode = mode.unwrap_or_default();
        if mode == TlsMode::Off && (given.is_some() || !names.is_empty()) {
            return Err(Refusal::usage("tls is off, but a certificate or names for one are given")
                .hint("leave them out, or set tls to \"optional\" or \"required\""));
        }
        if given.is_some() && !names.is_empty() {
            return Err(Refusal::usage("tls-names are for the certificate that shardmill makes")
                .hint("leave them out: the one in tls-cert has its own"));
        }
        if names.len() > NAMES_MAX {
            return Err(Refusal::usage(format!("tls-names has more than {NAMES_MAX} names")));
        }
        for name in &names {
            check_name(name)?;
        }
        Ok(Self { mode, given, names })
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    let is_label = |label: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=LABEL_BYTES_MAX).contains(&label.len()) && label.bytes().all(allowed)
    };
    let labels = name.strip_prefix("*.").unwrap_or(name);
    if name.len() <= NAME_BYTES_MAX && labels.split('.').all(is_label) {
        return Ok(());
    }
    Err(Refusal::usage(format!("invalid name `{name}` in tls-names")).hint(
        "write a host name such as kinesis.example.test, *.example.test, or an address without a port",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(
        mode: Option<TlsMode>,
        chain: Option<&str>,
        key: Option<&str>,
        names: &[&str],
    ) -> Result<TlsSettings, Refusal> {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        TlsSettings::resolve(mode, chain.map(PathBuf::from), key.map(PathBuf::from), names)
    }

    #[test]
    fn tls_is_optional_with_a_certificate_of_our_own() {
        let settings = resolve(None, None, None, &[]).unwrap();
        assert_eq!((settings.mode, settings.given), (TlsMode::Optional, None));
        let settings = resolve(Some(TlsMode::Required), Some("c"), Some("k"), &[]).unwrap();
        assert_eq!(settings.given.unwrap().key, PathBuf::from("k"));
    }

    #[test]
    fn contradictions_are_refused() {
        assert!(resolve(None, Some("c"), None, &[]).is_err());
        assert!(resolve(None, None, Some("k"), &[]).is_err());
        assert!(resolve(Some(TlsMode::Off), Some("c"), Some("k"), &[]).is_err());
        assert!(resolve(Some(TlsMode::Off), None, None, &["a.test"]).is_err());
        assert!(resolve(None, Some("c"), Some("k"), &["a.test"]).is_err());
    }

    #[test]
    fn names_are_checked() {
        let names = ["a", "a-b.test", "*.a.test", "10.0.0.1", "::1", "fd00::1"];
        assert!(resolve(None, None, None, &names).is_ok());
        let long = format!("{}.test", "a".repeat(64));
        for name in
            ["", "a:1", "[::1]", "a..b", ".a", "a b", "*a.test", "a.*.test", "ü.test", &long]
        {
            assert!(resolve(None, None, None, &[name]).is_err(), "{name}");
        }
    }
}
