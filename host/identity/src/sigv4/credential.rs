//! The credential: whose key, and for which day, region and service it was narrowed.
//!
//! Only the form is checked here. Whether the day is the request's day is the verifier's question;
//! whether the region and the service are the endpoint's, the door's.

use super::rejection::{Rejection, clip};
use super::{ACCESS_KEY_ID_BYTES_MAX, SCOPE_NAME_BYTES_MAX, TERMINATOR};

/// `AKID/20261101/us-east-1/kinesis/aws4_request`, kept whole, because the cache's key and the
/// scope in the string to sign are slices of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Credential {
    text: Box<str>,
    /// Where the first four elements end.
    ends: [usize; 4],
}

impl Credential {
    pub(super) fn access_key_id(&self) -> &str {
        &self.text[..self.ends[0]]
    }

    pub(super) fn date(&self) -> &str {
        &self.text[self.ends[0] + 1..self.ends[1]]
    }

    pub(super) fn region(&self) -> &str {
        &self.text[self.ends[1] + 1..self.ends[2]]
    }

    pub(super) fn service(&self) -> &str {
        &self.text[self.ends[2] + 1..self.ends[3]]
    }

    /// `20261101/us-east-1/kinesis/aws4_request`.
    pub(super) fn scope(&self) -> &str {
        &self.text[self.ends[0] + 1..]
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn parse(text: &str) -> Result<Self, Rejection> {
        let malformed = || Rejection::CredentialMalformed { got: clip(text.as_bytes()) };
        let mut ends = [0; 4];
        let mut slashes = text.match_indices('/').map(|(at, _)| at);
        for end in &mut ends {
            *end = slashes.next().ok_or_else(malformed)?;
        }
        if slashes.next().is_some() {
            return Err(malformed());
        }
        let credential = Self { text: text.into(), ends };
        if !is_access_key_id(credential.access_key_id()) {
            return Err(malformed());
        }
        let terminator = &text[ends[3] + 1..];
        if terminator != TERMINATOR {
            return Err(Rejection::Terminator { got: clip(terminator.as_bytes()) });
        }
        if !is_scope_name(credential.region()) {
            return Err(Rejection::RegionMalformed { got: clip(credential.region().as_bytes()) });
        }
        if !is_scope_name(credential.service()) {
            return Err(Rejection::ServiceMalformed { got: clip(credential.service().as_bytes()) });
        }
        Ok(credential)
    }
}

/// Access key ids are opaque; what matters is that none can pose as a piece of something else.
pub(super) fn is_access_key_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b',' | b'=');
    (1..=ACCESS_KEY_ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

/// Regions and services: `us-east-1`, `kinesis`.
pub(super) fn is_scope_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=SCOPE_NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(allowed)
}
