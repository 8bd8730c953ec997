//! What is told to places that are not on this server: buckets and HTTP endpoints.
//!
//! It is sent before the commit that gives up what it is about, so it may be sent again after a crash. A parcel has a
//! name that follows from what it is about: an object is written over, and an endpoint can know it again.
//!
//! The function's role is asked at each sending, and everything goes through `egress`.

mod bucket;
mod endpoint;
mod parcel;

use std::time::Duration;

use bytes::Bytes;
use egress::{Bounds, Hosts, Target};
use http::header::RETRY_AFTER;
use http::{HeaderMap, Request, Response};
use stdx::Chain;
use wire::Resource;

use crate::Functions;
use crate::destination::{BucketName, Elsewhere};
use crate::function::FunctionFacts;
use crate::roles::Refusal;

pub use bucket::{Buckets, InvalidBuckets};
pub(crate) use parcel::{PREFIX, Parcel, event_prefix, prefix};

/// What writes an object.
const PUT_OBJECT: &str = "s3:PutObject";

/// The longest pause that a place may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(300);

/// What a sending may take. Most of a document is a batch of 6 MiB, each byte of which may become seven where partition
/// keys have control characters: JSON in JSON. Once the status of an answer is there, it is sent no more, whatever its
/// body does; of that no more than the word for an error is wanted.
const BOUNDS: Bounds = Bounds {
    time: Duration::from_secs(30),
    request_bytes: 64 * 1024 * 1024,
    response_bytes: 16 * 1024,
    cuts_response: true,
};

/// Why something was not taken, as far as is known: it may have arrived all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Undelivered {
    /// Why, for whoever owns the function.
    pub(crate) why: String,
    /// It is not sent again earlier.
    pub(crate) retry_after: Option<Duration>,
}

impl Undelivered {
    pub(crate) const fn because(why: String) -> Self {
        Self { why, retry_after: None }
    }
}

impl Functions {
    /// Sends a parcel for a function. It arrived, and is there to stay, when this returns.
    ///
    /// # Errors
    /// If the function's role does not allow it, it cannot be sent, or the place does not take it.
    pub(crate) async fn deliver(
        &self,
        function: &FunctionFacts,
        place: &Elsewhere,
        parcel: &Parcel,
    ) -> Result<(), Undelivered> {
        self.may_deliver(function, place, &parcel.name).map_err(Undelivered::because)?;
        match place {
            Elsewhere::Bucket(bucket) => self.put_object(function, bucket, parcel).await,
            Elsewhere::Endpoint(endpoint) => {
                let request = endpoint::request(endpoint, parcel);
                let request = request.map_err(|error| Undelivered::because(error.to_string()))?;
                let answer = self.send(function, endpoint.target(), request).await?;
                endpoint::judge(&answer)
            }
        }
    }

    /// Whether the function may send something of this name there, or anything whose name begins so.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn may_deliver(
        &self,
        function: &FunctionFacts,
        place: &Elsewhere,
        name: &str,
    ) -> Result<(), Refusal> {
        match place {
            Elsewhere::Bucket(bucket) => {
                self.may(function, &object_asked(bucket, name))?;
                self.may_use_secret(function, &bucket::secret_arn(function, bucket), false)
            }
            Elsewhere::Endpoint(endpoint) => self.may_fetch(function, endpoint.target()),
        }
    }

    async fn put_object(
        &self,
        function: &FunctionFacts,
        bucket: &BucketName,
        parcel: &Parcel,
    ) -> Result<(), Undelivered> {
        let name = bucket::secret(bucket);
        let found = self.around.directory.secret(function.account, &function.region, &name);
        let value = found.map_err(|error| {
            let form = bucket::KEY_PAIR;
            Undelivered::because(format!("secret {name}, which is to be {form}: {error}"))
        })?;
        let now = self.around.clock.now();
        let buckets = &self.settings.buckets;
        let object = (bucket, &*parcel.name, &parcel.body);
        let signed = bucket::request(buckets, object, &function.region, &value, now);
        let (target, request) = signed.map_err(Undelivered::because)?;
        let answer = self.send(function, &target, request).await?;
        bucket::judge(&answer)
    }

    async fn send(
        &self,
        function: &FunctionFacts,
        target: &Target,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Undelivered> {
        // What may be reached was asked of the role.
        let hosts = Hosts::only(target);
        let sent = self.around.egress.fetch(function.account, &hosts, request, BOUNDS).await;
        sent.map_err(|error| Undelivered::because(Chain(&error).to_string()))
    }
}

/// What a policy is asked about an object.
pub(crate) fn object_asked(bucket: &BucketName, name: &str) -> Resource {
    let place = Elsewhere::Bucket(bucket.clone());
    Resource::new(PUT_OBJECT, format!("{place}/{name}"))
}

/// An answer that is no yes.
fn refused(answer: &Response<Bytes>, word: Option<&str>) -> Undelivered {
    let status = answer.status();
    let why = match word {
        Some(word) => format!("it answered {status}, {word}"),
        None => format!("it answered {status}"),
    };
    Undelivered { why, retry_after: retry_after(answer.headers()) }
}

/// How long a place asks to be left alone, where it says it in seconds.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_may_ask_to_be_left_alone_for_a_while() {
        let after = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!(after("99999999"), Some(RETRY_AFTER_MAX));
        assert_eq!(after("Wed, 21 Oct 2026 07:28:00 GMT"), None);
        assert_eq!(after("-1"), None);
    }
}
