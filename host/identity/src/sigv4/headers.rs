//! Which headers may appear once only, and which ones a signature must cover.

use http::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HOST};
use http::{HeaderMap, HeaderName};

use super::rejection::Rejection;
use super::signed_name::SignedName;

pub(super) const AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
pub(super) const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
pub(super) const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const SMITHY_PROTOCOL: HeaderName = HeaderName::from_static("smithy-protocol");
const QUERY_MODE: HeaderName = HeaderName::from_static("x-amzn-query-mode");

/// Headers that somebody after us reads as one value. A second one would be joined for the
/// signature while the reader takes the first or the last. `Content-Encoding` is a list, and its
/// reader looks at all of it.
const SINGLE: [HeaderName; 10] = [
    AUTHORIZATION,
    HOST,
    DATE,
    CONTENT_TYPE,
    AMZ_DATE,
    CONTENT_SHA256,
    SECURITY_TOKEN,
    TARGET,
    SMITHY_PROTOCOL,
    QUERY_MODE,
];

/// Refuses requests whose headers can be read in two ways. `host` is the authority that the
/// connection was asked for; with HTTP/2 a `host` header may come beside it, but not another one.
pub(super) fn check_unambiguous(headers: &HeaderMap, host: &str) -> Result<(), Rejection> {
    for name in SINGLE {
        if headers.get_all(&name).iter().nth(1).is_some() {
            return Err(Rejection::RepeatedHeader { name });
        }
    }
    match headers.get(HOST) {
        Some(value) if value.as_bytes() != host.as_bytes() => Err(Rejection::HostConflict),
        _ => Ok(()),
    }
}

/// Checks that every header with a meaning is signed, and every signed header is there. `signed`
/// is sorted; `date` is the header that the time was read from, if it was one.
///
/// What is needed is what AWS says it is (IAM user guide, "Create a signed AWS API request"). The SDKs
/// sign nearly everything else, clients written by hand need not, and nobody gains by a change of it:
/// `Content-Encoding` says whether a body whose digest is signed is packed, and no body is both gzip and
/// readable as it is; `smithy-protocol` without a path that is made for it, or that path without it, is no
/// operation; `x-amzn-query-mode` says how failures are named; `x-amzn-trace-id` is added by proxies on
/// the way, so that no SDK signs it.
pub(super) fn check_signed(
    headers: &HeaderMap,
    signed: &[SignedName],
    date: Option<&HeaderName>,
) -> Result<(), Rejection> {
    let is_signed =
        |name: &HeaderName| signed.binary_search_by(|one| one.as_str().cmp(name.as_str())).is_ok();
    if !signed.iter().any(SignedName::is_host) {
        return Err(Rejection::UnsignedHeader { name: HOST });
    }
    for name in headers.keys() {
        let needed =
            Some(name) == date || name == CONTENT_TYPE || name.as_str().starts_with("x-amz-");
        if needed && !is_signed(name) {
            return Err(Rejection::UnsignedHeader { name: name.clone() });
        }
    }
    // The host's value comes from the caller, whether or not the map has it too.
    for name in signed {
        match name {
            SignedName::Header(name) if *name != HOST && !headers.contains_key(name) => {
                return Err(Rejection::SignedHeaderAbsent { name: name.clone() });
            }
            SignedName::Header(_) | SignedName::Authority => {}
        }
    }
    Ok(())
}
