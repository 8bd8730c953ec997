//! What is deployed: a file, and what it looks like from outside (pure but for reading it).

use std::path::Path;

use anyhow::Context as _;
use identity::sigv4::body_sha256;

use crate::refusal::Refusal;
use crate::wiring;

/// What an upload may be at most; AWS's bound for direct uploads.
const BYTES_MAX: usize = 50 * 1024 * 1024;

/// A file to deploy.
pub(super) struct Package {
    pub(super) bytes: Vec<u8>,
    pub(super) kind: Kind,
}

/// What a file is, told from its first bytes. What is inside is the server's to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Component,
    CoreModule,
    Text,
    Zip,
}

impl Package {
    /// Reads it.
    ///
    /// # Errors
    /// If it is not there, too large, or none of what can be deployed.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let bytes = wiring::read_file(path).with_context(|| format!("cannot read `{shown}`"))?;
        if bytes.len() > BYTES_MAX {
            let mib = BYTES_MAX / (1024 * 1024);
            return Err(Refusal::failed(format!("`{shown}` is larger than {mib} MiB"))
                .hint(
                    "strip its debug information: wasm-tools strip, or strip = true in Cargo.toml",
                )
                .into());
        }
        let kind = Kind::of(&bytes).ok_or_else(|| {
            Refusal::failed(format!("`{shown}` is nothing that can be deployed")).hint(
                "a function is a WebAssembly component, a core module or its text, alone or in a zip; source code in \
                 JavaScript or Python goes into a zip for CreateFunction of an AWS SDK, with `Runtime` and `Handler`: \
                 see the README",
            )
        })?;
        Ok(Self { bytes, kind })
    }

    /// SHA-256, as Lambda writes it.
    pub(super) fn sha256(&self) -> String {
        base64_simd::STANDARD.encode_to_string(body_sha256(&self.bytes))
    }

    /// For the member `ZipFile`.
    pub(super) fn base64(&self) -> String {
        base64_simd::STANDARD.encode_to_string(&self.bytes)
    }
}

impl Kind {
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0, b'a', b's', b'm', _, _, 1, 0, ..] => Some(Self::Component),
            [0, b'a', b's', b'm', _, _, 0, 0, ..] => Some(Self::CoreModule),
            [b'P', b'K', 3, 4, ..] => Some(Self::Zip),
            _ => {
                let text = std::str::from_utf8(bytes).ok()?.trim_start();
                // Text begins with a form or a comment.
                text.starts_with(['(', ';']).then_some(Self::Text)
            }
        }
    }

    /// What it is called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::CoreModule => "core module",
            Self::Text => "WAT",
            Self::Zip => "zip",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart_by_their_first_bytes() {
        let kind = |bytes: &[u8]| Kind::of(bytes).map(Kind::name);
        assert_eq!(kind(b"\0asm\x0d\0\x01\0rest"), Some("component"));
        assert_eq!(kind(b"\0asm\x01\0\0\0"), Some("core module"));
        assert_eq!(kind(b"PK\x03\x04..."), Some("zip"));
        assert_eq!(kind(b"\n ;; a comment\n(module)"), Some("WAT"));
        assert_eq!(kind(b"(component)"), Some("WAT"));
        for other in [&b""[..], b"\0asm", b"exports.handler = 1", b"\x7fELF", b"\xff(module)"] {
            assert_eq!(kind(other), None, "{other:?}");
        }
    }

    #[test]
    fn digests_are_those_of_lambda() {
        let package = Package { bytes: b"abc".to_vec(), kind: Kind::Zip };
        assert_eq!(package.sha256(), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        assert_eq!(package.base64(), "YWJj");
    }
}
