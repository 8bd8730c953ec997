//! AWS Signature Version 4: who signed a request, and over which bytes.
//!
//! Pure functions and values; the caller gives the time, the host and the body's digest. Promises:
//! - a request is accepted only if its method, raw path, query, host, signed headers and exact body
//!   are those that the holder of the secret signed, within five minutes of the given time;
//! - `host` (or `:authority`), the date, `content-type` and every `x-amz-*` header must be among the signed ones, so
//!   nobody on the way can add or change what dispatch and authorization look at;
//! - credentials are read from the `Authorization` header or from the query, which then holds for as long as it
//!   says (a week at most); two sets of them are refused;
//! - every input is bounded, comparisons run in constant time over decoded bytes, and derived keys
//!   are zeroised when they are dropped.
//!
//! Verification has two phases, because the door refuses a bad header before it reads a body:
//! [`Presented::from_request`], then [`Presented::verify`] (or [`Presented::burn`] when the key id
//! is unknown). Left to others: looking the secret up, matching region and service with the
//! endpoint, the session token's meaning, chunked payloads, replay as long as a signature holds.
//!
//! The path is signed as it was sent. Clients that collapse `//` or `..` before signing must also
//! send the collapsed path, otherwise a signature for one route could be replayed against another.
//! The query is read by RFC 3986: `+` is a plus sign, so whoever decodes it must not make it a
//! space. The order of query parameters is not part of the signature.

mod authorization;
mod canonical;
mod credential;
mod encoding;
mod headers;
mod key;
mod message;
mod payload;
mod presign;
mod presigned;
mod rejection;
mod sign;
mod signed_name;
mod time;
mod verify;

#[cfg(test)]
mod tests;

pub use key::{KeyCache, SigningKey};
pub use payload::{BodyDigest, body_sha256};
pub use presign::presign;
pub use rejection::{Bound, Parameter, QueryParameter, Rejection};
pub use sign::{Credentials, Scope, SignError, Unsigned, sign, sign_http2};
pub use verify::Presented;

/// The one algorithm; the asymmetric `AWS4-ECDSA-P256-SHA256` is not spoken here.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The last element of every credential scope.
const TERMINATOR: &str = "aws4_request";

/// A genuine header with a full scope and 64 signed names stays below 4 KiB.
const AUTHORIZATION_BYTES_MAX: usize = 8 * 1024;

/// SDKs sign about ten headers; each one costs a look-up and a copy before the body is read.
const SIGNED_HEADERS_MAX: usize = 64;

/// No operation takes more than a list of 50 tag keys in its query.
const QUERY_PAIRS_MAX: usize = 256;

/// Path and query together. Percent-encoding triples both, so this also bounds the canonical form.
const URI_BYTES_MAX: usize = 32 * 1024;

/// Access key ids have at most 128 characters (IAM API reference, `AccessKey`).
const ACCESS_KEY_ID_BYTES_MAX: usize = 128;

/// Regions and services are short names; the longest of AWS has less than half of this.
const SCOPE_NAME_BYTES_MAX: usize = 64;

/// A presigned request may hold for a week (IAM user guide, "Authenticating requests: query parameters").
const EXPIRES_SECONDS_MAX: i64 = 604_800;

/// How far a request's time may lie from ours, to either side.
const SKEW_MINUTES_MAX: i64 = 5;
