//! A certificate that the operator gives, with its key: two files, read as a whole, each time anew.

use std::io::Read;
use std::path::Path;

use domain::Millis;
use gateway::Certificate;
use zeroize::Zeroizing;

use crate::config::GivenCertificate;
use crate::refusal::Refusal;
use crate::wiring;

/// Far more than any chain has; what is larger is no certificate.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The files and where they are.
pub(super) struct Given {
    files: GivenCertificate,
}

/// What both files hold.
struct Content {
    chain: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

impl Given {
    pub(super) fn new(files: &GivenCertificate) -> Self {
        Self { files: files.clone() }
    }

    /// The certificate, if it can be shown.
    ///
    /// # Errors
    /// A refusal that says which file is wrong, and how.
    pub(super) fn load(&self, now: Millis) -> Result<Certificate, Refusal> {
        let Content { chain, key } = self.read(wiring::check_private)?;
        Certificate::from_pem(&chain, &key, now).map_err(|error| {
            let GivenCertificate { chain, key } = &self.files;
            Refusal::usage(format!(
                "cannot use certificate `{}` with key `{}`",
                chain.display(),
                key.display()
            ))
            .because(error)
        })
    }

    /// Tells one content from another; nothing if there is none to be read now.
    pub(super) fn fingerprint(&self) -> Option<blake3::Hash> {
        let Content { chain, key } = self.read(|_path, _file| Ok(())).ok()?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(&chain.len().to_le_bytes());
        hasher.update(&chain);
        hasher.update(&key);
        Some(hasher.finalize())
    }

    fn read(
        &self,
        check: fn(&Path, &std::fs::File) -> Result<(), Refusal>,
    ) -> Result<Content, Refusal> {
        let GivenCertificate { chain, key } = &self.files;
        let chain = read(chain, "certificate", |_path, _file| Ok(()))?;
        let key = Zeroizing::new(read(key, "key", check)?);
        Ok(Content { chain, key })
    }
}

fn read(
    path: &Path,
    what: &str,
    check: fn(&Path, &std::fs::File) -> Result<(), Refusal>,
) -> Result<Vec<u8>, Refusal> {
    let refuse = || Refusal::usage(format!("cannot read {what} `{}`", path.display()));
    let file = wiring::open_file(path).map_err(|error| refuse().because(error))?;
    check(path, &file)?;
    let mut bytes = Vec::new();
    let read = file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
    let length = read.map_err(|error| refuse().because(error))?;
    if u64::try_from(length).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
        return Err(refuse().hint(format!("it has more than {FILE_BYTES_MAX} bytes")));
    }
    Ok(bytes)
}
