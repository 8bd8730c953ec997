//! The certificate that the server shows: a given one, read again when its files change, or one that it makes
//! itself, signed by an authority of its own.
//!
//! Promises: the server does not start with a certificate that no client would accept, and a bad one that
//! comes later changes nothing but the log. Left to `gateway`: what is checked, and TLS itself.

mod authority;
mod given;
mod keeper;
mod pem;

use std::sync::Arc;

use anyhow::Context as _;
use domain::Millis;
use gateway::{Certificate, Tls};
use stdx::DataDir;

use crate::config::{Settings, TlsMode};
use crate::refusal::Refusal;

pub(crate) use authority::Authority;
pub(crate) use keeper::Keeper;

use given::Given;

/// Where certificates come from.
enum Source {
    Files(Given),
    Own { authority: Box<Authority>, names: Vec<String> },
}

impl Source {
    /// One to show from now on.
    fn certificate(&self, now: Millis) -> Result<Certificate, Refusal> {
        match self {
            Self::Files(given) => given.load(now),
            Self::Own { authority, names } => {
                let cannot = || Refusal::failed("cannot make a certificate");
                let issued = authority.issue(names, now);
                let issued = issued.map_err(|error| cannot().because(error))?;
                Certificate::from_pem(issued.chain.as_bytes(), issued.key.as_bytes(), now)
                    .map_err(|error| cannot().because(error))
            }
        }
    }
}

/// What connections are protected with, and who keeps it fresh; nothing if TLS is off.
///
/// # Errors
/// If there is no certificate to show; says what is wrong with the one that is given.
pub(crate) fn prepare(
    settings: &Settings,
    dir: &DataDir,
    now: Millis,
) -> anyhow::Result<Option<(Arc<Tls>, Keeper)>> {
    let wanted = &settings.tls;
    if wanted.mode == TlsMode::Off {
        return Ok(None);
    }
    let source = match &wanted.given {
        Some(given) => Source::Files(Given::new(given)),
        None => {
            let authority = Authority::open(dir, now)
                .context("cannot get the authority for certificates in the data directory")?;
            Source::Own { authority: Box::new(authority), names: names(settings) }
        }
    };
    let certificate = source.certificate(now)?;
    let tls = Arc::new(Tls::new(certificate, wanted.mode == TlsMode::Required));
    let keeper = Keeper::new(Arc::clone(&tls), source, now).context("cannot handle signals")?;
    Ok(Some((tls, keeper)))
}

/// What clients may call this server, as far as it knows.
fn names(settings: &Settings) -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    let listeners = settings.listeners.iter().map(|named| &named.listen);
    let hosts = std::iter::once(&settings.listen).chain(listeners).map(|listen| &listen.host);
    for name in hosts.chain(&settings.tls.names) {
        // All addresses of this machine are no name of it.
        let is_any = name.parse().is_ok_and(|address: std::net::IpAddr| address.is_unspecified());
        if !is_any && !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{File, ServeFlags};

    #[test]
    fn a_server_is_known_by_what_it_listens_on() {
        let flags = ServeFlags {
            listen: Some("0.0.0.0:0".into()),
            listeners: vec!["a=10.0.0.5:1".into(), "b=[fd00::1]:1".into()],
            tls_names: vec!["kinesis.test".into(), "localhost".into()],
            ..ServeFlags::default()
        };
        let file = File::parse("", Path::new("x")).unwrap();
        let settings = Settings::resolve(flags, file, None).unwrap();
        let expected = ["localhost", "127.0.0.1", "::1", "10.0.0.5", "fd00::1", "kinesis.test"];
        assert_eq!(names(&settings), expected);
    }
}
