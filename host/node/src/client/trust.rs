//! Whom a client trusts over TLS: the certificates that it is given, and nobody else, or those of the system.
//!
//! The system's are read only if none are given, because whoever names a server's own authority wants no other.
//! There is no switch that trusts everybody: the secret that signs is safe, but records would not be.

use std::io;
use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, Error, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::refusal::Refusal;

/// Opens protected connections.
#[derive(Clone)]
pub(crate) struct Trust(TlsConnector);

impl Trust {
    /// Trusts the certificates in this text.
    ///
    /// # Errors
    /// If there is none, or one cannot be read.
    pub(crate) fn only(pem: &[u8]) -> Result<Self, Refusal> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate
                .map_err(|error| Refusal::usage("PEM text is malformed").because(error))?;
            roots.add(certificate).map_err(|error| {
                let number = roots.len() + 1;
                Refusal::usage(format!("certificate {number} cannot be read")).because(error)
            })?;
        }
        if roots.is_empty() {
            return Err(Refusal::usage("no certificate is in it")
                .hint("a PEM file with `-----BEGIN CERTIFICATE-----` is needed"));
        }
        Self::of(roots)
    }

    /// Trusts whom the system trusts.
    ///
    /// # Errors
    /// If the system has no list.
    pub(crate) fn system() -> Result<Self, Refusal> {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        // Old ones that no library reads are in every system's list.
        let (_, ignored) = roots.add_parsable_certificates(found.certs);
        tracing::debug!(ignored, trusted = roots.len(), "the system's certificates");
        if roots.is_empty() {
            let refusal = Refusal::failed("the system has no list of certificates to trust");
            return Err(refusal.hint(NAME_ONE));
        }
        Self::of(roots)
    }

    fn of(roots: RootCertStore) -> Result<Self, Refusal> {
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Refusal::failed("TLS cannot be set up").because(error))?;
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Shakes hands with the server that calls itself `host`.
    pub(super) async fn connect(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> io::Result<TlsStream<TcpStream>> {
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
        let name = ServerName::try_from(host.to_owned()).map_err(invalid)?;
        self.0.connect(name, stream).await
    }
}

const NAME_ONE: &str = "name the server's authority with --ca FILE or AWS_CA_BUNDLE; `shardmill tls export` \
                        writes that of a server that makes its own certificate";

/// What to do about a handshake that failed.
pub(super) fn hint(error: &io::Error) -> Option<String> {
    let cause = error.get_ref()?.downcast_ref::<Error>()?;
    let hint = match cause {
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "use one of the names in the server's certificate, or add this one to its `tls-names`",
        Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => "give the server another certificate; if it has one, check this machine's clock",
        Error::InvalidCertificate(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "the server's certificate is marked as one of an authority, which is for signing others: make one with \
             `-addext basicConstraints=critical,CA:FALSE`, or leave it to the server (`shardmill tls export`)"
        }
        Error::InvalidCertificate(_) => NAME_ONE,
        Error::InvalidMessage(_) => "the server speaks no TLS there: use http://",
        _ => return None,
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(pem: &str) -> String {
        match Trust::only(pem.as_bytes()) {
            Ok(_) => panic!("must be refused"),
            Err(refusal) => refusal.to_string(),
        }
    }

    #[test]
    fn certificates_to_trust_must_be_there_and_readable() {
        assert_eq!(refusal(""), "no certificate is in it");
        let junk = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        assert_eq!(refusal(junk), "certificate 1 cannot be read");
        assert_eq!(refusal("-----BEGIN CERTIFICATE-----\nMAA="), "PEM text is malformed");
    }

    #[test]
    fn failed_handshakes_have_advice() {
        let hint_of = |error: Error| hint(&io::Error::new(io::ErrorKind::InvalidData, error));
        let unknown = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        assert!(hint_of(unknown).unwrap().contains("--ca FILE"));
        let name = Error::InvalidCertificate(CertificateError::NotValidForName);
        assert!(hint_of(name).unwrap().contains("tls-names"));
        let expired = Error::InvalidCertificate(CertificateError::Expired);
        assert!(hint_of(expired).unwrap().contains("clock"));
        let clear = Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        assert!(hint_of(clear).unwrap().contains("http://"));
        assert_eq!(hint_of(Error::HandshakeNotComplete), None);
        assert_eq!(hint(&io::Error::from(io::ErrorKind::UnexpectedEof)), None);
    }
}
