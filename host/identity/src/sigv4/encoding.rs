//! The few text encodings that signatures need: hexadecimal, percent and base64.
//!
//! Written here because each is a dozen lines and none is on a hot path: what is encoded is a
//! digest, a path or a short query. Bulk base64 belongs to the wire formats.

const HEX_LOWER: &[u8; 16] = b"0123456789abcdef";
const HEX_UPPER: &[u8; 16] = b"0123456789ABCDEF";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Lower-case hexadecimal, the form of every digest inside a signature, without an allocation.
pub(super) fn hex(bytes: &[u8; 32]) -> [u8; 64] {
    let mut text = [0; 64];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = HEX_LOWER[usize::from(byte >> 4)];
        pair[1] = HEX_LOWER[usize::from(byte & 15)];
    }
    text
}

/// Exactly 64 hexadecimal digits of either case, or nothing.
pub(super) fn unhex(text: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// Appends `byte` as it stands in a canonical query or path segment: RFC 3986's unreserved
/// characters stay, everything else becomes `%XX` in upper case.
pub(super) fn percent_encode(byte: u8, out: &mut Vec<u8>) {
    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
        out.push(byte);
        return;
    }
    let high = HEX_UPPER[usize::from(byte >> 4)];
    let low = HEX_UPPER[usize::from(byte & 15)];
    out.extend_from_slice(&[b'%', high, low]);
}

/// Percent-encodes `text` after decoding the escapes that it already has, so that `%7e`, `%7E` and
/// `~` are one. A `%` that starts no escape is nothing: reading it as a literal would give two
/// spellings of one value.
pub(super) fn percent_normalize(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        rest = tail;
        let mut byte = *first;
        if byte == b'%' {
            let [high, low, tail @ ..] = rest else {
                return None;
            };
            byte = digit(*high)? << 4 | digit(*low)?;
            rest = tail;
        }
        percent_encode(byte, &mut out);
    }
    Some(out)
}

/// The bytes that a text of [`percent_normalize`] stands for.
pub(super) fn percent_decode(normal: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(normal.len());
    let mut rest = normal;
    while let [first, tail @ ..] = rest {
        rest = tail;
        let escaped = match (*first, rest) {
            (b'%', [high, low, tail @ ..]) => {
                let byte = digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low);
                byte.map(|byte| (byte, tail))
            }
            _ => None,
        };
        match escaped {
            Some((byte, tail)) => {
                out.push(byte);
                rest = tail;
            }
            None => out.push(*first),
        }
    }
    out
}

/// Padded base64, only for the digest of a header inside an error message.
pub(super) fn base64(bytes: &[u8; 32]) -> String {
    let mut text = String::with_capacity(44);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for position in 0..4 {
            let index = (group >> (18 - 6 * position)) & 63;
            let padding = position > chunk.len();
            text.push(if padding { '=' } else { char::from(BASE64[index as usize]) });
        }
    }
    text
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        b'A'..=b'F' => Some(character - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_goes_both_ways() {
        let bytes: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 8).expect("below 256"));
        assert_eq!(unhex(&hex(&bytes)), Some(bytes));
        assert_eq!(stdx::hex(&bytes).as_bytes(), hex(&bytes));
        assert_eq!(unhex(&hex(&bytes).to_ascii_uppercase()), Some(bytes));
        assert_eq!(unhex(&hex(&bytes)[1..]), None);
        assert_eq!(unhex(&[b'g'; 64]), None);
    }

    #[test]
    fn percent_escapes_have_one_spelling() {
        for (text, normal) in [
            ("a%7Eb%7eb~", "a~b~b~"),
            ("a b+c%20d%2B", "a%20b%2Bc%20d%2B"),
            ("%E1%88%b4ሴ/", "%E1%88%B4%E1%88%B4%2F"),
        ] {
            assert_eq!(percent_normalize(text.as_bytes()).as_deref(), Some(normal.as_bytes()));
        }
        for bytes in [&b""[..], b"a/b c%", "ሴ".as_bytes(), &[0, 255, b'%', b'4', b'1']] {
            let mut normal = Vec::new();
            bytes.iter().for_each(|byte| percent_encode(*byte, &mut normal));
            assert_eq!(percent_decode(&normal), bytes);
        }
        for text in ["%", "a%2", "%zz", "%%20"] {
            assert_eq!(percent_normalize(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn base64_is_padded() {
        // The digest of no bytes at all, as every base64 tool prints it.
        let digest = super::super::body_sha256(b"");
        assert_eq!(base64(&digest), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
