//! The master key: what material of keys is sealed with. It is given as a file or in the environment, and should lie
//! elsewhere than the data; without one, a file is made in the data directory. No backup contains it.

use stdx::{DataDir, Entropy, Secret};
use zeroize::Zeroizing;

use crate::host_key::{parse, spell};

/// The file in the data directory.
pub const FILE: &str = "master.key";

/// Why a text is no master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a master key is 64 hexadecimal digits in lower case")]
pub struct NoMasterKey;

/// Why there is no master key in the data directory.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file system refuses.
    #[error("access {FILE} in the data directory")]
    Io(#[from] std::io::Error),
    /// The content is not what [`own`] writes.
    #[error("{FILE} is damaged: {NoMasterKey} and a newline; restore it from where you keep it")]
    Damaged,
}

/// Why the keys cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store cannot be read, or what it says is damaged.
    #[error("read the keys")]
    Store(#[from] storage::Error),
    /// They were sealed with another master key.
    #[error("{closed} of {keys} keys were sealed with another master key than this one")]
    OtherMasterKey {
        /// How many there are.
        keys: usize,
        /// How many of them do not open.
        closed: usize,
    },
}

/// A master key as it was given: a line of 64 digits.
///
/// # Errors
/// If it is none.
pub fn read(text: &[u8]) -> Result<Secret<[u8; 32]>, NoMasterKey> {
    let digits = Zeroizing::new([text.trim_ascii(), b"\n"].concat());
    parse(&digits).map(Secret::new).ok_or(NoMasterKey)
}

/// The master key of this data directory, drawn and written if there is none yet; the second half of the answer is
/// true then.
///
/// # Errors
/// [`MasterKeyError`] if the file cannot be read or written, or is damaged.
pub fn own(
    dir: &DataDir,
    entropy: &dyn Entropy,
) -> Result<(Secret<[u8; 32]>, bool), MasterKeyError> {
    if let Some(text) = dir.read(FILE)?.map(Zeroizing::new) {
        let key = parse(&text).ok_or(MasterKeyError::Damaged)?;
        return Ok((Secret::new(key), false));
    }
    let key: Zeroizing<[u8; 32]> = Zeroizing::new(entropy.bytes());
    dir.replace(FILE, spell(&key).as_bytes(), 0o600)?;
    Ok((Secret::new(*key), true))
}

#[cfg(test)]
mod tests {
    use stdx::SeededEntropy;

    use super::*;
    use crate::root::tests::temporary;

    #[test]
    fn is_drawn_once_and_kept() {
        let (_temp, dir) = temporary();
        let (first, made) = own(&dir, &SeededEntropy::new(1)).unwrap();
        let (second, again) = own(&dir, &SeededEntropy::new(2)).unwrap();
        assert_eq!((first.expose(), made), (second.expose(), !again));
        assert!(made);
        let given = read(&dir.read(FILE).unwrap().unwrap()).unwrap();
        assert_eq!(given.expose(), first.expose());
    }

    #[test]
    fn what_is_no_key_is_refused_and_stays() {
        let good = "ab".repeat(32);
        assert!(read(format!(" {good}\r\n").as_bytes()).is_ok());
        for text in ["", "abc", &good.to_uppercase(), &format!("{good}00")] {
            assert_eq!(read(text.as_bytes()).err(), Some(NoMasterKey), "{text}");
        }
        let (_temp, dir) = temporary();
        dir.replace(FILE, b"abc\n", 0o600).unwrap();
        let error = own(&dir, &SeededEntropy::new(1)).unwrap_err();
        assert!(matches!(error, MasterKeyError::Damaged));
        assert_eq!(dir.read(FILE).unwrap().unwrap(), b"abc\n");
    }
}
