//! Certificates that are made for a test, clients that trust them, and requests that are told how they came.

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use base64_simd::STANDARD;
use domain::Millis;
use gateway::{Certificate, Door, Tls};
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use stdx::Tasks;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use wire::{Authorizer, Caller, Denied, Origin, Resource};

use crate::client::{Http1, Http2, Spawner};
use crate::server::NOW;

/// A certificate for `localhost`, and its key.
pub(crate) struct Made {
    pub(crate) chain: String,
    pub(crate) key: String,
    pub(crate) der: CertificateDer<'static>,
}

impl Made {
    pub(crate) fn new() -> Self {
        Self::with(|_params| {})
    }

    pub(crate) fn with(adjust: impl FnOnce(&mut CertificateParams)) -> Self {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        adjust(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            chain: pem("CERTIFICATE", certificate.der()),
            key: pem("PRIVATE KEY", key.serialized_der()),
            der: certificate.der().clone(),
        }
    }

    pub(crate) fn certificate(&self) -> Certificate {
        Certificate::from_pem(self.chain.as_bytes(), self.key.as_bytes(), NOW).unwrap()
    }

    /// Makes the door show it.
    pub(crate) fn on(&self, door: &mut Door, is_required: bool) -> Arc<Tls> {
        let tls = Arc::new(Tls::new(self.certificate(), is_required));
        door.tls = Some(Arc::clone(&tls));
        tls
    }
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode_to_string(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

pub(crate) fn later(days: u64) -> Millis {
    Millis(NOW.0 + days * 24 * 60 * 60 * 1000)
}

pub(crate) const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// Trusts `made` and nobody else.
pub(crate) fn trusting(made: &Made, alpn: &[&str]) -> ClientConfig {
    trusting_over(made, alpn, BOTH)
}

pub(crate) fn trusting_over(
    made: &Made,
    alpn: &[&str],
    versions: &[&'static SupportedProtocolVersion],
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(made.der.clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_protocol_versions(versions).unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    config
}

/// Shakes hands.
pub(crate) async fn shake(
    address: SocketAddr,
    config: ClientConfig,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

pub(crate) async fn over_http1(stream: TlsStream<TcpStream>) -> Http1 {
    let (client, connection) = http1::handshake::<_, Full<_>>(TokioIo::new(stream)).await.unwrap();
    Tasks::new().spawn("client", async { drop(connection.await) });
    client
}

pub(crate) async fn over_http2(stream: TlsStream<TcpStream>) -> Http2 {
    let (client, connection) =
        http2::handshake::<_, _, Full<_>>(Spawner, TokioIo::new(stream)).await.unwrap();
    Tasks::new().spawn("client", async { drop(connection.await) });
    client
}

/// Lets everybody in and remembers who they were and how they came.
#[derive(Default)]
pub(crate) struct Witness(Mutex<Vec<Caller>>);

#[async_trait]
impl Authorizer for Witness {
    async fn authorize(&self, caller: &Caller, _asked: &Resource) -> Result<(), Denied> {
        self.0.lock().push(caller.clone());
        Ok(())
    }
}

impl Witness {
    pub(crate) fn at(door: &mut Door) -> Arc<Self> {
        let witness = Arc::new(Self::default());
        door.authorizer = Arc::clone(&witness) as Arc<dyn Authorizer>;
        witness
    }

    pub(crate) fn last(&self) -> Origin {
        self.0.lock().last().unwrap().origin.clone()
    }

    pub(crate) fn last_key(&self) -> String {
        self.0.lock().last().unwrap().access_key_id.clone()
    }

    pub(crate) fn callers(&self) -> usize {
        self.0.lock().len()
    }
}
