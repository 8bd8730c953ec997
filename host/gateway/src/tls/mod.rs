//! What protects connections: a certificate that can be exchanged while they are open, and whether clear text
//! is still taken.
//!
//! TLS 1.2 and 1.3 with ring's cipher suites, HTTP/2 and HTTP/1.1 by ALPN. What a client speaks afterwards is
//! found out from its first bytes all the same: older SDKs speak HTTP/2 without having agreed on it. No early
//! data, because whoever recorded it could send it again.

mod certificate;

use std::io;
use std::sync::Arc;

use parking_lot::RwLock;
use rustls::ProtocolVersion;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

pub use certificate::{Certificate, CertificateError};

/// How connections are protected.
pub struct Tls {
    shown: RwLock<Arc<Certificate>>,
    is_required: bool,
}

impl Tls {
    /// Shows `certificate`. Where TLS is required, requests in clear text are refused.
    pub fn new(certificate: Certificate, is_required: bool) -> Self {
        Self { shown: RwLock::new(Arc::new(certificate)), is_required }
    }

    /// Shows another certificate from now on. Connections that are open go on as they are; sessions of the old
    /// one are not resumed.
    pub fn show(&self, certificate: Certificate) {
        *self.shown.write() = Arc::new(certificate);
    }

    /// What is shown now.
    pub fn shown(&self) -> Arc<Certificate> {
        Arc::clone(&self.shown.read())
    }

    pub(crate) fn is_required(&self) -> bool {
        self.is_required
    }

    /// The server's side of the handshake.
    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
    ) -> io::Result<(TlsStream<TcpStream>, wire::Tls)> {
        let config = self.shown().config();
        let stream = TlsAcceptor::from(config).accept(stream).await?;
        let (_, session) = stream.get_ref();
        let suite = session.negotiated_cipher_suite();
        let protection = wire::Tls {
            version: version(session.protocol_version()),
            cipher: suite.map_or("unknown", |suite| cipher(suite.suite().as_str())),
        };
        Ok((stream, protection))
    }
}

fn version(version: Option<ProtocolVersion>) -> &'static str {
    match version {
        Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
        _ => "unknown",
    }
}

/// The standard's name of a cipher suite; the library's own tells those of TLS 1.3 apart.
fn cipher(name: Option<&'static str>) -> &'static str {
    match name {
        Some("TLS13_AES_128_GCM_SHA256") => "TLS_AES_128_GCM_SHA256",
        Some("TLS13_AES_256_GCM_SHA384") => "TLS_AES_256_GCM_SHA384",
        Some("TLS13_CHACHA20_POLY1305_SHA256") => "TLS_CHACHA20_POLY1305_SHA256",
        Some(name) => name,
        None => "unknown",
    }
}
