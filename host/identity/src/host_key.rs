//! The host's own key: what tokens and stored secrets are sealed with. Lives in the data directory as 64 hexadecimal digits.

use stdx::{DataDir, Entropy, Secret};
use zeroize::Zeroizing;

const FILE: &str = "host.key";

/// Why there is no host key.
#[derive(Debug, thiserror::Error)]
pub enum HostKeyError {
    /// The file system refuses.
    #[error("access {FILE} in the data directory")]
    Io(#[from] std::io::Error),
    /// The content is not what [`host_key`] writes.
    #[error(
        "{FILE} is damaged: it must hold 64 hexadecimal digits and a newline; restore it from a backup, or \
         remove it to get a new key, which voids all shard iterators, page tokens, access keys of users and secrets"
    )]
    Damaged,
}

/// The key of this data directory; drawn and written if there is none yet.
///
/// # Errors
/// [`HostKeyError`] if the file cannot be read or written, or is damaged.
pub fn host_key(dir: &DataDir, entropy: &dyn Entropy) -> Result<Secret<[u8; 32]>, HostKeyError> {
    if let Some(text) = dir.read(FILE)?.map(Zeroizing::new) {
        return parse(&text).map(Secret::new).ok_or(HostKeyError::Damaged);
    }
    let key: Zeroizing<[u8; 32]> = Zeroizing::new(entropy.bytes());
    dir.replace(FILE, spell(&key).as_bytes(), 0o600)?;
    Ok(Secret::new(*key))
}

/// The digits of a key and a newline.
pub(crate) fn spell(key: &[u8; 32]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(65));
    for byte in key {
        for nibble in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(nibble.into(), 16));
        }
    }
    text.push('\n');
    text
}

/// The key that [`spell`] wrote.
pub(crate) fn parse(text: &[u8]) -> Option<[u8; 32]> {
    let (digits, rest) = text.split_first_chunk::<64>()?;
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let lower_hex = matches!(digit, b'0'..=b'9' | b'a'..=b'f');
            let value = char::from(*digit).to_digit(16).filter(|_| lower_hex)?;
            *byte = *byte << 4 | u8::try_from(value).ok()?;
        }
    }
    (rest == b"\n").then_some(key)
}

#[cfg(test)]
mod tests {
    use stdx::SeededEntropy;

    use super::*;
    use crate::root::tests::temporary;

    #[test]
    fn is_drawn_once_and_kept() {
        let (_temp, dir) = temporary();
        let first = host_key(&dir, &SeededEntropy::new(1)).unwrap();
        let second = host_key(&dir, &SeededEntropy::new(2)).unwrap();
        assert_eq!(first.expose(), second.expose());
        assert_eq!(dir.size(FILE), 65);
    }

    #[test]
    fn damage_is_an_error_and_the_file_stays() {
        let (_temp, dir) = temporary();
        let good = "ab".repeat(32);
        for text in
            ["", "abc\n", &good, &good.to_uppercase(), &format!("{good}\n\n"), &"x".repeat(65)]
        {
            dir.replace(FILE, text.as_bytes(), 0o600).unwrap();
            let error = host_key(&dir, &SeededEntropy::new(1)).unwrap_err();
            assert!(matches!(error, HostKeyError::Damaged), "{text}");
            assert_eq!(dir.read(FILE).unwrap().unwrap(), text.as_bytes());
        }
    }
}
