//! Code that came from a file, held in memory so that nobody can change it between the look at its seal and its
//! last run: the file itself may be written to at any time.
//!
//! The memory is an anonymous file, sealed once all is in it. So the engine can map it as it maps any file, page
//! by page as code is run, and the images of a component's memories come from it as well. Before, code was
//! read into one buffer, copied into another, and each image once more into a file of its own at the first call.
//!
//! Each piece is looked at before it goes into the anonymous file, not after. Until that is sealed, a process of the
//! same user that may look into this one could write to it; such a process can read the host key as well, and make
//! seals that are true. To look once more at what was sealed cost as much as the copy had.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::path::PathBuf;

use bytes::Bytes;
use rustix::fs::{MemfdFlags, SealFlags};

/// Stays in the processor's second cache, where it is hashed and copied from.
const PIECE_BYTES: usize = 128 * 1024;

/// What was read, to its end.
#[derive(Debug)]
pub(crate) enum Held {
    /// In an anonymous file that cannot be written to any more.
    Sealed(File),
    /// In a buffer of this process: where there are no such files.
    Buffer(Bytes),
}

impl Held {
    /// Reads `source` to its end, and shows each piece to `look`.
    ///
    /// # Errors
    /// If it cannot be read, or there is no memory for it.
    pub(crate) fn read(source: &mut impl Read, mut look: impl FnMut(&[u8])) -> io::Result<Self> {
        let Some(mut sealed) = anonymous() else {
            let mut buffer = Vec::new();
            copy(source, &mut buffer, &mut look)?;
            return Ok(Self::Buffer(buffer.into()));
        };
        copy(source, &mut sealed, &mut look)?;
        let all = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
        rustix::fs::fcntl_add_seals(&sealed, all)?;
        Ok(Self::Sealed(sealed))
    }

    /// How many bytes there are.
    pub(crate) fn bytes(&self) -> io::Result<usize> {
        match self {
            Self::Sealed(file) => Ok(usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX)),
            Self::Buffer(buffer) => Ok(buffer.len()),
        }
    }

    #[cfg(test)]
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        match self {
            Self::Sealed(file) => {
                let mut bytes = vec![0; self.bytes().expect("an open file has a length")];
                let read = std::os::unix::fs::FileExt::read_exact_at(file, &mut bytes, 0);
                read.expect("an anonymous file can be read");
                bytes
            }
            Self::Buffer(buffer) => buffer.to_vec(),
        }
    }
}

/// The path at which this process finds an open file of its own.
pub(crate) fn path_of(file: &File) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_fd().as_raw_fd()).into()
}

/// An anonymous file that can be found by its path; `None` where there is none, or no `/proc`.
fn anonymous() -> Option<File> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let file = File::from(rustix::fs::memfd_create("shardmill-code", flags).ok()?);
    path_of(&file).exists().then_some(file)
}

fn copy(
    source: &mut impl Read,
    target: &mut impl Write,
    look: &mut impl FnMut(&[u8]),
) -> io::Result<()> {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = match source.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(read) => piece.get(..read).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        look(read);
        target.write_all(read)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_at_stays_as_it_is() {
        let content: Vec<u8> = (0..3 * PIECE_BYTES + 5).map(|at| at.to_le_bytes()[1]).collect();
        let mut seen = Vec::new();
        let held = Held::read(&mut &*content, |piece| seen.extend_from_slice(piece)).unwrap();
        assert_eq!(seen, content);
        assert_eq!(held.bytes().unwrap(), content.len());
        let Held::Sealed(file) = held else { panic!("this system has anonymous files") };
        let again = |write| File::options().read(true).write(write).open(path_of(&file));
        let mut kept = Vec::new();
        again(false).unwrap().read_to_end(&mut kept).unwrap();
        assert_eq!(kept, content);
        assert!(again(true).unwrap().write_all(b"x").is_err());
        assert!((&file).write_all(b"x").is_err());
        assert!(file.set_len(1).is_err());
        assert!(file.set_len(1 << 20).is_err());
    }
}
