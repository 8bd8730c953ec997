//! Whom to trust over TLS: the system's authorities, and those that the operator adds.

use std::io;
use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::Error;

/// Certificates of authorities.
#[derive(Clone, Debug)]
pub struct Roots(RootCertStore);

/// A text of certificates that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidRoots {
    /// Not PEM.
    #[error("PEM text is malformed")]
    Pem(#[source] rustls::pki_types::pem::Error),
    /// Not a certificate of an authority.
    #[error("certificate {number} cannot be read")]
    Certificate {
        /// Which one, from 1.
        number: usize,
        /// What is wrong with it.
        source: rustls::Error,
    },
    /// None in it.
    #[error("no certificate is in it: PEM text with `-----BEGIN CERTIFICATE-----` is needed")]
    Empty,
}

impl Roots {
    /// What the system trusts. A system without a list trusts nobody: connections with TLS fail, others do not.
    pub fn system() -> Self {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        // Old ones that no library reads are in every system's list.
        let (trusted, ignored) = roots.add_parsable_certificates(found.certs);
        tracing::debug!(ignored, trusted, "the system's certificates for outgoing requests");
        Self(roots)
    }

    /// Nobody.
    pub fn none() -> Self {
        Self(RootCertStore::empty())
    }

    /// Trusts the certificates of this text, too.
    ///
    /// # Errors
    /// If there is none in it, or one cannot be read.
    pub fn and(mut self, pem: &[u8]) -> Result<Self, InvalidRoots> {
        let mut number = 0;
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(InvalidRoots::Pem)?;
            number += 1;
            let added = self.0.add(certificate);
            added.map_err(|source| InvalidRoots::Certificate { number, source })?;
        }
        if number == 0 { Err(InvalidRoots::Empty) } else { Ok(self) }
    }
}

/// Shakes hands.
#[derive(Clone)]
pub(crate) struct Tls(Option<TlsConnector>);

impl Tls {
    pub(crate) fn new(roots: Roots) -> Self {
        if roots.0.is_empty() {
            return Self(None);
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider knows TLS 1.2 and 1.3");
        let mut config = builder.with_root_certificates(roots.0).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self(Some(TlsConnector::from(Arc::new(config))))
    }

    /// Shakes hands with the server that calls itself `host`.
    pub(crate) async fn connect(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, Error> {
        let Self(Some(connector)) = self else { return Err(Error::NoRoots) };
        let failed = |source| Error::Tls { host: host.to_owned(), source };
        let name = ServerName::try_from(host.to_owned());
        let name =
            name.map_err(|error| failed(io::Error::new(io::ErrorKind::InvalidInput, error)))?;
        connector.connect(name, stream).await.map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_to_trust_must_be_there_and_readable() {
        let why = |pem: &str| Roots::none().and(pem.as_bytes()).unwrap_err().to_string();
        assert!(why("").starts_with("no certificate is in it"));
        let junk = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        assert_eq!(why(junk), "certificate 1 cannot be read");
        assert_eq!(why("-----BEGIN CERTIFICATE-----\nMAA="), "PEM text is malformed");
    }
}
