//! Zip files.
//!
//! The directory of a zip file can claim anything, and its reader reserves memory by what it claims. So the
//! entries that there can be are counted first, by their signatures, and the kind of directory that could
//! claim more than a few of them (zip64) is refused: no package within the limits needs it.

use std::io::{Cursor, Read};

use bytes::Bytes;
use domain::limits;
use zip::ZipArchive;
use zip::result::ZipError;

use super::Refused;

/// What every entry of the directory begins with.
const ENTRY: &[u8] = b"PK\x01\x02";
/// What says that there is a zip64 directory; it stands before the end of the file and its comment.
const ZIP64_LOCATOR: &[u8] = b"PK\x06\x07";
/// How far from the end that can be: the end's own record, the longest comment and the locator.
const TAIL_BYTES: usize = 22 + 65_536 + 20 + 4;

/// The one `.wasm` file of a zip file.
pub(super) fn code(package: &Bytes) -> Result<Bytes, Refused> {
    let mut archive = directory(package)?;
    let index = find(&mut archive, package.len() as u64)?;
    read(&mut archive, index)
}

/// All files of a zip file that is source code, by their paths.
pub(super) fn files(package: &Bytes) -> Result<Vec<(String, Bytes)>, Refused> {
    let mut archive = directory(package)?;
    let mut names = Vec::new();
    let mut total: u64 = 0;
    for index in 0..archive.len() {
        let Entry { name, bytes, is_folder } = look_at(&mut archive, index)?;
        total = total.saturating_add(bytes);
        if total > limits::SOURCE_BYTES_MAX {
            return Err(Refused::SourceTooLarge);
        }
        if !is_folder && !is_of_finder(&name) {
            let name = name.split('/').filter(|part| !matches!(*part, "" | "."));
            names.push((index, name.collect::<Vec<_>>().join("/")));
        }
    }
    refuse_bomb(total, package.len() as u64)?;
    if names.is_empty() {
        return Err(Refused::Empty);
    }
    names.into_iter().map(|(index, name)| Ok((name, read(&mut archive, index)?))).collect()
}

/// The directory of a zip file, once it is clear that reading it takes little.
fn directory(package: &Bytes) -> Result<ZipArchive<Cursor<&[u8]>>, Refused> {
    if occurrences(package, ENTRY) > limits::PACKAGE_FILES_MAX {
        return Err(Refused::TooManyFiles);
    }
    let tail = &package[package.len().saturating_sub(TAIL_BYTES)..];
    if occurrences(tail, ZIP64_LOCATOR) > 0 {
        return Err(Refused::Unreadable("zip64 directories are not supported".to_owned()));
    }
    let archive = ZipArchive::new(Cursor::new(&package[..])).map_err(unreadable)?;
    if archive.has_duplicate_names() {
        return Err(Refused::Unreadable("two files have the same name".to_owned()));
    }
    Ok(archive)
}

/// What the directory says of an entry.
struct Entry {
    name: String,
    bytes: u64,
    is_folder: bool,
}

/// Looks at an entry without reading it.
fn look_at(archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize) -> Result<Entry, Refused> {
    let entry = archive.by_index_raw(index).map_err(unreadable)?;
    let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
    let forbid = |what| Err(Refused::Forbidden { what, name: shown(&name) });
    if !is_inside(&name) {
        return forbid("a name that leads out of it");
    }
    if entry.is_symlink() {
        return forbid("a symbolic link");
    }
    if entry.encrypted() {
        return forbid("an encrypted file");
    }
    Ok(Entry { bytes: entry.size(), is_folder: entry.is_dir(), name })
}

fn refuse_bomb(total: u64, package_bytes: u64) -> Result<(), Refused> {
    let is_bomb = total > package_bytes.saturating_mul(limits::PACKAGE_RATIO_MAX);
    if is_bomb { Err(Refused::Bomb) } else { Ok(()) }
}

fn occurrences(bytes: &[u8], signature: &[u8]) -> usize {
    bytes.windows(signature.len()).filter(|it| *it == signature).count()
}

fn unreadable(error: ZipError) -> Refused {
    Refused::Unreadable(error.to_string())
}

/// Looks at every entry without reading any; the place of the code.
fn find(archive: &mut ZipArchive<Cursor<&[u8]>>, package_bytes: u64) -> Result<usize, Refused> {
    let mut found: Option<(usize, String)> = None;
    let mut total: u64 = 0;
    for index in 0..archive.len() {
        let Entry { name, bytes, is_folder } = look_at(archive, index)?;
        total = total.saturating_add(bytes);
        if total > limits::PACKAGE_UNZIPPED_BYTES_MAX {
            return Err(Refused::UnzippedTooLarge);
        }
        if is_folder || is_of_finder(&name) || !name.to_ascii_lowercase().ends_with(".wasm") {
            continue;
        }
        if bytes > limits::COMPONENT_BYTES_MAX as u64 {
            return Err(Refused::CodeTooLarge);
        }
        match &found {
            None => found = Some((index, name)),
            Some((_, first)) => {
                let (first, second) = (shown(first), shown(&name));
                return Err(Refused::SeveralCodes { first, second });
            }
        }
    }
    refuse_bomb(total, package_bytes)?;
    found.map(|(index, _)| index).ok_or(Refused::NoCode)
}

/// Whether a name stays inside of whatever folder it is put into, on any system.
fn is_inside(name: &str) -> bool {
    let absolute = name.starts_with('/') || name.contains(['\\', ':', '\0']);
    !name.is_empty() && !absolute && name.split('/').all(|part| part != "..")
}

/// Whether this is what the Finder of macOS adds to zip files: of each file what other systems have no room for.
fn is_of_finder(name: &str) -> bool {
    name.split('/').any(|part| part == "__MACOSX" || part == ".DS_Store" || part.starts_with("._"))
}

/// A name from a zip file, fit for an error text.
pub(super) fn shown(name: &str) -> String {
    let printed = name.chars().take(128);
    printed.map(|it| if it.is_control() { '\u{fffd}' } else { it }).collect()
}

/// Reads an entry, growing as bytes come and not by what the directory claims.
fn read(archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize) -> Result<Bytes, Refused> {
    let entry = archive.by_index(index).map_err(unreadable)?;
    let claimed = entry.size();
    let mut bytes = Vec::new();
    let read = entry.take(claimed.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| Refused::Unreadable(error.to_string()))?;
    if bytes.len() as u64 == claimed {
        Ok(bytes.into())
    } else {
        Err(Refused::Unreadable("a file is not as long as the directory says".to_owned()))
    }
}
