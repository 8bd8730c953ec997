//! Bytes as PEM text and back: one block, as this program writes it (RFC 7468).

use base64_simd::STANDARD;

const LINE_CHARS: usize = 64;

/// A block of this label.
pub(super) fn encode(label: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode_to_string(bytes);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = &*text;
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(LINE_CHARS));
        pem.push_str(line);
        pem.push('\n');
        rest = more;
    }
    pem + &format!("-----END {label}-----\n")
}

/// The bytes of the only block, if there is just one of this label and nothing else.
pub(super) fn decode(label: &str, pem: &str) -> Option<Vec<u8>> {
    let body = pem.strip_prefix(&format!("-----BEGIN {label}-----\n"))?;
    let body = body.strip_suffix(&format!("-----END {label}-----\n"))?;
    let text: String = body.lines().collect();
    let bytes = STANDARD.decode_to_vec(text).ok()?;
    // Covers whatever reading by lines overlooks.
    (encode(label, &bytes) == pem).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_go_both_ways() {
        for length in [0, 1, 47, 48, 49, 500] {
            let bytes: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let pem = encode("PRIVATE KEY", &bytes);
            assert!(pem.lines().all(|line| line.len() <= LINE_CHARS));
            assert_eq!(decode("PRIVATE KEY", &pem), Some(bytes));
            assert_eq!(decode("CERTIFICATE", &pem), None);
            assert_eq!(decode("PRIVATE KEY", &format!("{pem}\n")), None);
            assert_eq!(decode("PRIVATE KEY", &pem.replace("\n-----END", "\n\n-----END")), None);
        }
        assert_eq!(decode("A", "-----BEGIN A-----\n!\n-----END A-----\n"), None);
    }
}
