//! Credentials in the query: `X-Amz-Algorithm`, `X-Amz-Credential` and their kin, which make of a request a URL
//! that others may use for a while.
//!
//! As strict as the header's parser: each parameter once, spelt as AWS does, because another spelling would be
//! signed and overlooked. Nothing of it may stand in a header as well.

use http::HeaderMap;

use super::authorization::parse_signed_headers;
use super::canonical::Query;
use super::credential::Credential;
use super::encoding::{percent_decode, unhex};
use super::headers::{AMZ_DATE, CONTENT_SHA256, SECURITY_TOKEN};
use super::payload;
use super::rejection::{QueryParameter, Rejection, clip};
use super::signed_name::SignedName;
use super::time::RequestTime;
use super::{ALGORITHM, EXPIRES_SECONDS_MAX};

/// The parameters, each well-formed.
pub(super) struct Presigned {
    pub(super) credential: Credential,
    pub(super) signed_headers: Vec<SignedName>,
    pub(super) signature: [u8; 32],
    pub(super) time: RequestTime,
    pub(super) expires_s: i64,
    pub(super) security_token: Option<Box<str>>,
    pub(super) declared_sha256: Option<[u8; 32]>,
}

impl Presigned {
    pub(super) fn parse(query: &Query, headers: &HeaderMap) -> Result<Self, Rejection> {
        if query.holds(b"awsaccesskeyid") {
            return Err(Rejection::SignatureVersion2);
        }
        for name in [AMZ_DATE, SECURITY_TOKEN, CONTENT_SHA256] {
            let is_also_there = query.holds(name.as_str().as_bytes());
            // A date or token beside the query would be signed and mean nothing.
            if headers.contains_key(&name) && (is_also_there || name != CONTENT_SHA256) {
                return Err(Rejection::TwoPlaces { name });
            }
        }
        let found = Found::collect(query)?;
        let [algorithm, credential, signature, signed_headers, date, expires] =
            found.required().map_err(|missing| Rejection::QueryIncomplete { missing })?;
        if algorithm != ALGORITHM {
            return Err(Rejection::UnsupportedAlgorithm { got: clip(algorithm.as_bytes()) });
        }
        let date_malformed = || Rejection::DateMalformed { got: clip(date.as_bytes()) };
        let declared_sha256 = match found.get(QueryParameter::ContentSha256) {
            Some(text) => Some(unhex(text.as_bytes()).ok_or(Rejection::ContentSha256Malformed)?),
            None => payload::declared(headers)?,
        };
        let security_token = found.get(QueryParameter::SecurityToken);
        if security_token.is_some_and(|token| !token.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(Rejection::SecurityTokenMalformed);
        }
        Ok(Self {
            credential: Credential::parse(credential)?,
            signed_headers: parse_signed_headers(signed_headers)?,
            signature: unhex(signature.as_bytes()).ok_or(Rejection::SignatureMalformed)?,
            time: RequestTime::from_iso_basic(date).ok_or_else(date_malformed)?,
            expires_s: parse_expires(expires)?,
            security_token: security_token.map(Into::into),
            declared_sha256,
        })
    }
}

fn parse_expires(text: &str) -> Result<i64, Rejection> {
    let is_number = (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| is_number);
    let seconds = seconds.filter(|seconds| (1..=EXPIRES_SECONDS_MAX).contains(seconds));
    seconds.ok_or_else(|| Rejection::ExpiresMalformed { got: clip(text.as_bytes()) })
}

/// Values by parameter; an empty one counts as missing.
struct Found([Option<String>; QueryParameter::ALL.len()]);

impl Found {
    fn collect(query: &Query) -> Result<Self, Rejection> {
        let mut found = Self(Default::default());
        for (name, value) in query.pairs() {
            let known = QueryParameter::ALL.into_iter();
            let mut known = known.filter(|one| name.eq_ignore_ascii_case(one.name().as_bytes()));
            let Some(parameter) = known.next() else {
                continue;
            };
            let slot = &mut found.0[parameter as usize];
            if slot.is_some() || name != parameter.name().as_bytes() {
                return Err(Rejection::QueryParameter { parameter });
            }
            let value = String::from_utf8(percent_decode(value));
            *slot = Some(value.map_err(|_not_text| Rejection::QueryMalformed)?);
        }
        Ok(found)
    }

    fn get(&self, parameter: QueryParameter) -> Option<&str> {
        self.0[parameter as usize].as_deref().filter(|value| !value.is_empty())
    }

    /// What must be there, or what is missing, in the order in which AWS lists it.
    fn required(&self) -> Result<[&str; QueryParameter::REQUIRED.len()], Vec<QueryParameter>> {
        let found = QueryParameter::REQUIRED.map(|parameter| self.get(parameter));
        let all = QueryParameter::REQUIRED.into_iter().zip(found);
        let missing: Vec<_> =
            all.filter(|(_, found)| found.is_none()).map(|(parameter, _)| parameter).collect();
        if missing.is_empty() { Ok(found.map(Option::unwrap_or_default)) } else { Err(missing) }
    }
}
