//! Over TLS: who is trusted, and who is not.

use std::net::SocketAddr;
use std::sync::Arc;

use egress::{Error, Roots};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use stdx::Tasks;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::support::{Names, Way};

/// A server for `name`, and the certificate of its authority.
async fn server(name: &str, tasks: &Tasks) -> (SocketAddr, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tasks.spawn("server", async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut head = [0; 1024];
            if stream.read(&mut head).await.is_ok() {
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                stream.write_all(answer).await.unwrap();
            }
        }
    });
    let base64 = base64_simd::STANDARD.encode_to_string(authority.der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n");
    (address, pem)
}

fn way(roots: Roots) -> Way {
    let names = Names::saying(&[&["127.0.0.1"]]);
    Way::with(&["127.0.0.0/8"], names, |options| options.roots = roots)
}

#[tokio::test]
async fn a_server_is_whom_its_authority_says() {
    let tasks = Tasks::new();
    let (address, authority) = server("secure.test", &tasks).await;
    let (_, stranger) = server("secure.test", &tasks).await;
    let port = address.port();
    let right = format!("https://secure.test:{port}/");

    let trusting = way(Roots::none().and(authority.as_bytes()).unwrap());
    assert_eq!(&trusting.get(&right).await.unwrap().body()[..], b"ok");
    let other_name = trusting.get(&format!("https://other.test:{port}/")).await.unwrap_err();
    assert!(matches!(other_name, Error::Tls { .. }), "{other_name}");

    let strange = way(Roots::none().and(stranger.as_bytes()).unwrap());
    let error = strange.get(&right).await.unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error}");
    let error = way(Roots::none()).get(&right).await.unwrap_err();
    assert!(matches!(error, Error::NoRoots), "{error}");
}
