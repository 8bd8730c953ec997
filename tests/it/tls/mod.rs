//! TLS as real SDKs and bare clients see it.

mod certificates;
mod export;
mod sdks;

use std::fs;
use std::path::{Path, PathBuf};

use base64_simd::STANDARD;
use e2e::{Launch, Program, Server};
use rcgen::{CertificateParams, KeyPair};

/// A server that makes its own certificate, and the file with what trusts it.
fn served(temp: &Path, tls: &str) -> (Server, PathBuf) {
    let launch = Launch::dev(temp.join("data")).arg("--no-limits").arg("--tls").arg(tls);
    let server = launch.start().unwrap();
    let ca = temp.join("ca.pem");
    let export = Program::new(["tls", "export", "--data"]).arg(server.data());
    export.arg("--out").arg(&ca).run().unwrap().success("tls export").unwrap();
    (server, ca)
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode_to_string(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

/// A certificate for `localhost` and its key, as files of this name.
fn made(
    folder: &Path,
    name: &str,
    adjust: impl FnOnce(&mut CertificateParams),
) -> (PathBuf, PathBuf) {
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    adjust(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let (chain, private) = (folder.join(format!("{name}.crt")), folder.join(format!("{name}.key")));
    fs::write(&chain, pem("CERTIFICATE", certificate.der())).unwrap();
    fs::write(&private, pem("PRIVATE KEY", key.serialized_der())).unwrap();
    set_mode(&private, 0o600);
    (chain, private)
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
