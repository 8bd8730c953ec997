//! What the compiling child says to its parent: one answer, then the end of its output.
//!
//! `SHMLCC01`, a byte for the kind, then for a success the length of the component (8 bytes, little-endian),
//! the component and the code to its end; for a refusal, its text.

use bytes::Bytes;

use crate::message::Rejection;

const MAGIC: &[u8; 8] = b"SHMLCC01";

const COMPILED: u8 = 0;
const UNFIT: u8 = 1;
const TOO_COMPLEX: u8 = 2;
const UNAVAILABLE: u8 = 3;

/// A component and its code.
pub(super) struct Compiled {
    /// The component that was compiled.
    pub(super) component: Bytes,
    /// Its code.
    pub(super) code: Bytes,
}

/// The answer as bytes.
pub(super) fn encode(answer: &Result<Compiled, Rejection>) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    match answer {
        Ok(compiled) => {
            out.reserve(9 + compiled.component.len() + compiled.code.len());
            out.push(COMPILED);
            out.extend_from_slice(&(compiled.component.len() as u64).to_le_bytes());
            out.extend_from_slice(&compiled.component);
            out.extend_from_slice(&compiled.code);
        }
        Err(rejection) => {
            let (kind, text) = match rejection {
                Rejection::Unfit(text) => (UNFIT, text),
                Rejection::TooComplex(text) => (TOO_COMPLEX, text),
                Rejection::Unavailable(text) => (UNAVAILABLE, text),
            };
            out.push(kind);
            out.extend_from_slice(text.as_bytes());
        }
    }
    out
}

/// The answer in `bytes`; `None` if it is none.
pub(super) fn decode(bytes: Bytes) -> Option<Result<Compiled, Rejection>> {
    let (magic, rest) = bytes.split_first_chunk::<8>()?;
    let (kind, rest) = rest.split_first()?;
    if magic != MAGIC {
        return None;
    }
    let text = || String::from_utf8(rest.to_vec()).ok();
    match *kind {
        COMPILED => {
            let (length, rest) = rest.split_first_chunk::<8>()?;
            let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
            let (component, code) = rest.split_at_checked(length)?;
            Some(Ok(Compiled {
                component: bytes.slice_ref(component),
                code: bytes.slice_ref(code),
            }))
        }
        UNFIT => Some(Err(Rejection::Unfit(text()?))),
        TOO_COMPLEX => Some(Err(Rejection::TooComplex(text()?))),
        UNAVAILABLE => Some(Err(Rejection::Unavailable(text()?))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_arrive_as_they_were_sent_or_not_at_all() {
        let compiled = Compiled {
            component: Bytes::from_static(b"component"),
            code: Bytes::from_static(b"code"),
        };
        let sent = encode(&Ok(compiled));
        let got = decode(sent.clone().into()).unwrap().unwrap();
        assert_eq!((&got.component[..], &got.code[..]), (&b"component"[..], &b"code"[..]));
        for end in 0..17 + 9 {
            assert!(decode(sent[..end].to_vec().into()).is_none(), "cut at {end}");
        }
        for rejection in [Rejection::Unfit, Rejection::TooComplex, Rejection::Unavailable] {
            let rejection = rejection("why".to_owned());
            let sent = encode(&Err(rejection.clone()));
            assert_eq!(decode(sent.into()).unwrap().err().unwrap(), rejection);
        }
        assert!(decode(Bytes::from_static(b"running 1 test")).is_none());
    }
}
