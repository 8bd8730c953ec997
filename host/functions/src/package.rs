//! What is uploaded as a function's code, up to the bytes that the sandbox looks at (pure).
//!
//! A package is a zip file with exactly one `.wasm` in it, at any depth, or the component, the core module or
//! its text form (WAT) in place of the zip. Of a function that is source code it is a zip file with whatever its language
//! wants, and is kept as it is. Everything about it is hostile: sizes are believed only as far as
//! they refuse, and nothing is reserved on their word.

mod archive;
mod sdk;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use domain::limits;
use ring::digest::{SHA256, digest};

use crate::language::Language;

/// A package that was taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    /// What the sandbox is to look at; of source code the whole package.
    pub(crate) code: Bytes,
    /// SHA-256 of the package as uploaded.
    pub(crate) sha256: [u8; 32],
    /// Bytes of the package as uploaded.
    pub(crate) bytes: u64,
}

/// Why a package is refused. The texts are for whoever uploaded it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is nothing in it.
    #[error("Uploaded file must be a non-empty zip")]
    Empty,
    /// More bytes than a package may have.
    #[error(
        "Request must be smaller than {} bytes for the {operation} operation",
        limits::FUNCTION_REQUEST_BYTES_MAX
    )]
    TooLarge {
        /// What was called.
        operation: &'static str,
    },
    /// It is no zip, no component, no module and no WAT.
    #[error(
        "Could not unzip uploaded file. Please check your file, then try to upload again. This server takes a zip \
         file with one .wasm file, or a WebAssembly component, module or text file as it is."
    )]
    NoPackage,
    /// A zip file that cannot be read.
    #[error(
        "Could not unzip uploaded file. Please check your file, then try to upload again. ({0})"
    )]
    Unreadable(String),
    /// The files are too large.
    #[error("Unzipped size must be smaller than {} bytes", limits::PACKAGE_UNZIPPED_BYTES_MAX)]
    UnzippedTooLarge,
    /// The files are so much larger than the package that it must have been made to do harm.
    #[error(
        "Unzipped size must be at most {} times the size of the zip file",
        limits::PACKAGE_RATIO_MAX
    )]
    Bomb,
    /// Too many files.
    #[error("A zip file may hold at most {} files", limits::PACKAGE_FILES_MAX)]
    TooManyFiles,
    /// A file that is none, or whose name leads out of the package.
    #[error("The zip file holds {what}, which a package must not: {name}")]
    Forbidden {
        /// What it is.
        what: &'static str,
        /// The name that stands in the zip.
        name: String,
    },
    /// No code in it.
    #[error(
        "The zip file holds no .wasm file. Build your code to a WebAssembly component or module and add it to the \
         zip file."
    )]
    NoCode,
    /// Nobody knows which code is meant.
    #[error("The zip file holds more than one .wasm file, {first} and {second}: leave one of them")]
    SeveralCodes {
        /// The first that was found.
        first: String,
        /// The second.
        second: String,
    },
    /// Source code that is no zip file.
    #[error("Could not unzip uploaded file. Please check your file, then try to upload again.")]
    NoZip,
    /// Source code that is too large.
    #[error(
        "Unzipped size must be smaller than {} bytes for a function that is source code",
        limits::SOURCE_BYTES_MAX
    )]
    SourceTooLarge,
    /// Source code that cannot do without the network.
    #[error(
        "{file} imports {package}, which is not there: functions of this server have no network, and so no AWS SDK. \
         Records come with the event of a mapping. A function that is a component of the world `transform` emits \
         records to streams; a mapping's OnFailure destination tells of what failed."
    )]
    Sdk {
        /// Which file.
        file: String,
        /// What it imports.
        package: String,
    },
    /// The code itself is too large.
    #[error("A WebAssembly component may have at most {} bytes", limits::COMPONENT_BYTES_MAX)]
    CodeTooLarge,
}

/// Takes a package apart: that of a component, or source code of a language.
pub(crate) fn open(
    package: Bytes,
    language: Option<Language>,
    operation: &'static str,
) -> Result<Package, Refused> {
    if package.is_empty() {
        return Err(Refused::Empty);
    }
    if package.len() > limits::PACKAGE_BYTES_MAX {
        return Err(Refused::TooLarge { operation });
    }
    let code = match (kind(&package), language) {
        (Some(Kind::Zip), None) => archive::code(&package)?,
        (Some(Kind::Code), None) => package.clone(),
        (None, None) => return Err(Refused::NoPackage),
        (Some(Kind::Zip), Some(language)) => {
            refuse_sdk(&archive::files(&package)?, language)?;
            package.clone()
        }
        (Some(Kind::Code) | None, Some(_)) => return Err(Refused::NoZip),
    };
    if code.len() > limits::COMPONENT_BYTES_MAX {
        return Err(Refused::CodeTooLarge);
    }
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(digest(&SHA256, &package).as_ref());
    Ok(Package { code, sha256, bytes: package.len() as u64 })
}

/// The files of a package of source code, by their paths.
pub(crate) fn files(package: &Bytes) -> Result<Vec<(String, Bytes)>, Refused> {
    archive::files(package)
}

fn refuse_sdk(files: &[(String, Bytes)], language: Language) -> Result<(), Refused> {
    let imports = |(name, content): &(String, Bytes)| {
        let package = sdk::import(language, name, content)?;
        Some(Refused::Sdk { file: archive::shown(name), package })
    };
    files.iter().find_map(imports).map_or(Ok(()), Err)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Zip,
    Code,
}

/// What it is, by how it begins.
fn kind(package: &[u8]) -> Option<Kind> {
    // A zip file begins with its first file, or with its end if it has none.
    if package.starts_with(b"PK\x03\x04") || package.starts_with(b"PK\x05\x06") {
        return Some(Kind::Zip);
    }
    let is_text = || match package.trim_ascii_start() {
        // A list, or a comment before it.
        [b'(', ..] | [b';', b';', ..] => std::str::from_utf8(package).is_ok(),
        _ => false,
    };
    (package.starts_with(b"\0asm") || is_text()).then_some(Kind::Code)
}
