//! An HTTP endpoint is sent a POST, and takes it by any status of success (pure).

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Request, Response};

use super::{Parcel, Undelivered, refused};
use crate::destination::Endpoint;

/// By which a receiver knows again what it got before (IETF draft "The Idempotency-Key HTTP Header Field").
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The request that brings a parcel.
pub(super) fn request(endpoint: &Endpoint, parcel: &Parcel) -> http::Result<Request<Bytes>> {
    Request::post(endpoint.url())
        .header(CONTENT_TYPE, JSON)
        .header(IDEMPOTENCY_KEY, &parcel.id)
        .body(parcel.body.clone())
}

/// What an answer means.
pub(super) fn judge(answer: &Response<Bytes>) -> Result<(), Undelivered> {
    if answer.status().is_success() { Ok(()) } else { Err(refused(answer, None)) }
}
