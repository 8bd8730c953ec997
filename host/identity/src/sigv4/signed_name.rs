//! A name in the list of signed headers: that of a header, or HTTP/2's `:authority`.
//!
//! The JavaScript SDK (version 3, over HTTP/2) signs the host under the literal name `:authority`, which is
//! no header name and is in no header map. It stands for the host here and is covered by the same rules; the
//! other pseudo-headers need no signature of their own, since method and path are signed anyway.

use http::HeaderName;
use http::header::HOST;

const AUTHORITY: &str = ":authority";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SignedName {
    Authority,
    Header(HeaderName),
}

impl SignedName {
    /// The name in canonical form, which is in lower case.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == AUTHORITY {
            return Some(Self::Authority);
        }
        // `from_bytes` lowers the case; a name that it changed was not canonical.
        let name = HeaderName::from_bytes(text.as_bytes()).ok()?;
        (name.as_str() == text).then_some(Self::Header(name))
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Authority => AUTHORITY,
            Self::Header(name) => name.as_str(),
        }
    }

    /// Whether its value is the host that the caller gave rather than one of the map.
    pub(super) fn is_host(&self) -> bool {
        match self {
            Self::Authority => true,
            Self::Header(name) => *name == HOST,
        }
    }
}
