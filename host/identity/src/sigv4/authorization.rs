//! The `Authorization` header: `AWS4-HMAC-SHA256 Credential=.., SignedHeaders=.., Signature=..`.
//!
//! Parsing is strict where laxness would let two readers disagree: each parameter at most once,
//! header names in lower case, sorted and distinct. Parameters that nobody knows are skipped, as
//! AWS does; they are covered by nothing and used for nothing.

use http::HeaderValue;

use super::credential::Credential;
use super::encoding::unhex;
use super::payload::body_sha256;
use super::rejection::{Bound, Parameter, Rejection, clip};
use super::signed_name::SignedName;
use super::{ALGORITHM, AUTHORIZATION_BYTES_MAX, SIGNED_HEADERS_MAX};

/// The three parameters, each well-formed.
#[derive(Debug)]
pub(super) struct Authorization {
    pub(super) credential: Credential,
    pub(super) signed_headers: Vec<SignedName>,
    pub(super) signature: [u8; 32],
}

/// Whether the header speaks of AWS signatures at all; anything else counts as no credentials.
pub(super) fn is_aws4(value: &HeaderValue) -> bool {
    value.as_bytes().trim_ascii_start().starts_with(b"AWS4-")
}

/// `dated` tells whether the request has a date header, because AWS lists a missing one together
/// with the missing parameters.
pub(super) fn parse(value: &HeaderValue, dated: bool) -> Result<Authorization, Rejection> {
    if value.len() > AUTHORIZATION_BYTES_MAX {
        let what = Bound::AuthorizationBytes;
        return Err(Rejection::TooLarge { what, max: AUTHORIZATION_BYTES_MAX });
    }
    let authorization_sha256 = || body_sha256(value.as_bytes());
    let not_pairs = || Rejection::NotPairs { authorization_sha256: authorization_sha256() };
    let text = value.to_str().map_err(|_not_visible_ascii| not_pairs())?.trim();
    let (algorithm, list) = text.split_once(' ').unwrap_or((text, ""));
    if algorithm != ALGORITHM {
        return Err(Rejection::UnsupportedAlgorithm { got: clip(algorithm.as_bytes()) });
    }

    let found = Found::collect(list.trim())?.ok_or_else(not_pairs)?;
    let all = (found.credential, found.signature, found.signed_headers, dated);
    let (Some(credential), Some(signature), Some(signed_headers), true) = all else {
        let missing = found.missing(dated);
        return Err(Rejection::Incomplete {
            missing,
            authorization_sha256: authorization_sha256(),
        });
    };
    Ok(Authorization {
        credential: Credential::parse(credential)?,
        signed_headers: parse_signed_headers(signed_headers)?,
        signature: unhex(signature.as_bytes()).ok_or(Rejection::SignatureMalformed)?,
    })
}

/// The known parameters as they stand in the header; an empty one counts as missing.
#[derive(Clone, Copy, Default)]
struct Found<'a> {
    credential: Option<&'a str>,
    signature: Option<&'a str>,
    signed_headers: Option<&'a str>,
}

impl<'a> Found<'a> {
    /// `None` when an element of the list is no pair.
    fn collect(list: &'a str) -> Result<Option<Self>, Rejection> {
        let mut found = Self::default();
        let elements = if list.is_empty() { None } else { Some(list.split(',')) };
        for element in elements.into_iter().flatten() {
            let Some((key, value)) = element.trim().split_once('=') else {
                return Ok(None);
            };
            let (slot, parameter) = match key {
                "Credential" => (&mut found.credential, Parameter::Credential),
                "Signature" => (&mut found.signature, Parameter::Signature),
                "SignedHeaders" => (&mut found.signed_headers, Parameter::SignedHeaders),
                _unknown => continue,
            };
            if slot.replace(value).is_some() {
                return Err(Rejection::RepeatedParameter { parameter });
            }
        }
        let present = |value: Option<&'a str>| value.filter(|value| !value.is_empty());
        Ok(Some(Self {
            credential: present(found.credential),
            signature: present(found.signature),
            signed_headers: present(found.signed_headers),
        }))
    }

    fn missing(&self, dated: bool) -> Vec<Parameter> {
        let absences = [
            (self.credential.is_none(), Parameter::Credential),
            (self.signature.is_none(), Parameter::Signature),
            (self.signed_headers.is_none(), Parameter::SignedHeaders),
            (!dated, Parameter::Date),
        ];
        absences.into_iter().filter(|(absent, _)| *absent).map(|(_, parameter)| parameter).collect()
    }
}

pub(super) fn parse_signed_headers(list: &str) -> Result<Vec<SignedName>, Rejection> {
    let mut names: Vec<SignedName> = Vec::new();
    for text in list.split(';') {
        if names.len() == SIGNED_HEADERS_MAX {
            let what = Bound::SignedHeaders;
            return Err(Rejection::TooLarge { what, max: SIGNED_HEADERS_MAX });
        }
        let name = SignedName::parse(text).ok_or(Rejection::SignedHeadersMalformed)?;
        let ordered = names.last().is_none_or(|last| last.as_str() < text);
        if !ordered {
            return Err(Rejection::SignedHeadersMalformed);
        }
        names.push(name);
    }
    Ok(names)
}
