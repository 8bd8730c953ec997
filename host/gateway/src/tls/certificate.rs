//! A certificate with its key, checked before anybody sees it.
//!
//! Clients only say that they do not trust the server, so whatever they would not accept for certain is
//! refused here, with the reason: a key of another certificate, a time that is over or has not come, a purpose
//! that is not a server's. Whether somebody trusts the issuer is for the client.

use std::sync::Arc;
use std::time::Duration;

use domain::Millis;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::ring::{Ticketer, default_provider};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{CertificateError as Reason, RootCertStore, ServerConfig};

const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// A certificate that can be shown.
pub struct Certificate {
    own: CertificateDer<'static>,
    config: Arc<ServerConfig>,
}

/// Why it cannot.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// There is none.
    #[error("no certificate is there: a PEM file with `-----BEGIN CERTIFICATE-----` is needed")]
    NoCertificate,
    /// There is no key.
    #[error("no private key is there: a PEM file with `-----BEGIN PRIVATE KEY-----` is needed")]
    NoKey,
    /// The key is of no use without a passphrase.
    #[error("private key is encrypted: decrypt it first, with `openssl pkey -in KEY -out NEW`")]
    EncryptedKey,
    /// The text is not PEM.
    #[error("PEM text is malformed")]
    Malformed(#[source] pem::Error),
    /// A certificate of the chain cannot be read.
    #[error("certificate {number} cannot be read")]
    Unreadable {
        /// Counted from 1.
        number: usize,
        /// What is wrong with it.
        source: rustls::Error,
    },
    /// The key is of a kind that TLS does not know, or damaged.
    #[error("private key cannot be used")]
    Key(#[source] rustls::Error),
    /// They do not belong together.
    #[error("private key does not belong to the first certificate")]
    Mismatch,
    /// It belongs to another one.
    #[error("private key belongs to certificate {number}: the server's own must come first")]
    Order {
        /// Counted from 1.
        number: usize,
    },
    /// Its time is over.
    #[error("certificate has expired")]
    Expired,
    /// Its time has not come.
    #[error("certificate is not valid yet")]
    NotYetValid,
    /// It is for something else.
    #[error("certificate is not for servers: its extended key usage lacks serverAuth")]
    Purpose,
    /// The library or the machine's randomness fails.
    #[error("TLS cannot be set up")]
    Setup(#[source] rustls::Error),
}

impl Certificate {
    /// Reads a chain, the server's own certificate first, and its key.
    ///
    /// # Errors
    /// [`CertificateError`] if no client would accept it at `now`.
    pub fn from_pem(chain: &[u8], key: &[u8], now: Millis) -> Result<Self, CertificateError> {
        let chain = chain_of(chain)?;
        let key = key_of(key)?;
        for (at, certificate) in chain.iter().enumerate() {
            let number = at + 1;
            let read = ParsedCertificate::try_from(certificate);
            read.map_err(|source| CertificateError::Unreadable { number, source })?;
        }
        let own = chain.first().cloned().ok_or(CertificateError::NoCertificate)?;
        check(&own, now)?;
        let config = config(certified(chain, key)?)?;
        Ok(Self { own, config })
    }

    /// Whether its time is over at `moment`.
    pub fn expires_before(&self, moment: Millis) -> bool {
        matches!(check(&self.own, moment), Err(CertificateError::Expired))
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }
}

fn chain_of(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    let chain = chain.map_err(CertificateError::Malformed)?;
    if chain.is_empty() { Err(CertificateError::NoCertificate) } else { Ok(chain) }
}

fn key_of(text: &[u8]) -> Result<PrivateKeyDer<'static>, CertificateError> {
    let is_encrypted = || {
        let marks: [&[u8]; 2] = [b"BEGIN ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED"];
        marks.iter().any(|mark| text.windows(mark.len()).any(|window| window == *mark))
    };
    match PrivateKeyDer::from_pem_slice(text) {
        Ok(_) | Err(_) if is_encrypted() => Err(CertificateError::EncryptedKey),
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) => Err(CertificateError::NoKey),
        Err(error) => Err(CertificateError::Malformed(error)),
    }
}

/// The key with its certificate, if they belong together.
fn certified(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<CertifiedKey, CertificateError> {
    let key = default_provider().key_provider.load_private_key(key);
    let key = key.map_err(CertificateError::Key)?;
    let fits = |certificate: &CertificateDer<'static>| {
        let one = CertifiedKey::new(vec![certificate.clone()], Arc::clone(&key));
        let mismatch = rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch);
        one.keys_match() != Err(mismatch)
    };
    match chain.iter().position(fits) {
        Some(0) => Ok(CertifiedKey::new(chain, key)),
        Some(at) => Err(CertificateError::Order { number: at + 1 }),
        None => Err(CertificateError::Mismatch),
    }
}

/// Asks the library as a client would that trusts nobody: that the issuer is unknown is the last thing that
/// it finds.
fn check(own: &CertificateDer<'_>, now: Millis) -> Result<(), CertificateError> {
    let parsed = ParsedCertificate::try_from(own)
        .map_err(|source| CertificateError::Unreadable { number: 1, source })?;
    let now = UnixTime::since_unix_epoch(Duration::from_millis(now.0));
    let algorithms = default_provider().signature_verification_algorithms;
    let nobody = RootCertStore::empty();
    let verified =
        verify_server_cert_signed_by_trust_anchor(&parsed, &nobody, &[], now, algorithms.all);
    match verified {
        Err(rustls::Error::InvalidCertificate(reason)) => match reason {
            Reason::Expired | Reason::ExpiredContext { .. } => Err(CertificateError::Expired),
            Reason::NotValidYet | Reason::NotValidYetContext { .. } => {
                Err(CertificateError::NotYetValid)
            }
            Reason::InvalidPurpose | Reason::InvalidPurposeContext { .. } => {
                Err(CertificateError::Purpose)
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

fn config(shown: CertifiedKey) -> Result<Arc<ServerConfig>, CertificateError> {
    let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(CertificateError::Setup)?;
    let resolver = Arc::new(SingleCertAndKey::from(shown));
    let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    // Sessions are kept by the clients: memory here does not grow with them.
    config.ticketer = Ticketer::new().map_err(CertificateError::Setup)?;
    Ok(Arc::new(config))
}
