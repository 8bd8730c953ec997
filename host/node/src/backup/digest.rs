//! Files read to their end, with their digests.

use std::io::{self, Read, Write};

use stdx::DataDir;
use storage::Digest;

/// How much is read at a time.
const STEP_BYTES: usize = 1024 * 1024;

/// Reads all of it into `to`; how many bytes there were and their digest. Tells after each step how many it
/// read, and is told whether to go on.
///
/// # Errors
/// If reading or writing fails, or it is not to go on.
pub(super) fn copy(
    from: &mut impl Read,
    to: &mut impl Write,
    mut tell: impl FnMut(u64) -> bool,
) -> io::Result<(u64, Digest)> {
    let mut buffer = vec![0; STEP_BYTES];
    let (mut bytes, mut hasher) = (0, blake3::Hasher::new());
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => return Ok((bytes, Digest(*hasher.finalize().as_bytes()))),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let read = buffer.get(..count).unwrap_or_default();
        hasher.update(read);
        to.write_all(read)?;
        bytes += count as u64;
        if !tell(count as u64) {
            return Err(io::Error::other("it was told to end"));
        }
    }
}

/// The length and the digest of a file; `None` if it is not there. A name may lead into one folder.
///
/// # Errors
/// If it cannot be read.
pub(super) fn of(
    dir: &DataDir,
    name: &str,
    mut tell: impl FnMut(u64),
) -> io::Result<Option<(u64, Digest)>> {
    match dir.open(name)? {
        Some(mut file) => {
            let tell = |bytes| {
                tell(bytes);
                true
            };
            copy(&mut file, &mut io::sink(), tell).map(Some)
        }
        None => Ok(None),
    }
}
