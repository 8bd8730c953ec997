//! Where is told of what a function did or could not do.

use std::fmt;

use domain::{AccountId, QualifiedArn, Region, StreamArn};
use egress::{InvalidTarget, Target};

use crate::mapping::StreamRef;

/// How ARNs of buckets begin: they have neither region nor account.
const BUCKET_ARN: &str = "arn:aws:s3:::";

/// A place that takes what is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A stream of the same account and region gets a record.
    Stream(StreamRef),
    /// A function of the same account and region is called asynchronously.
    Function(QualifiedArn),
    /// Somebody else is sent it.
    Elsewhere(Elsewhere),
}

/// A place that is not on this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// A bucket gets an object.
    Bucket(BucketName),
    /// An HTTP endpoint gets a POST.
    Endpoint(Endpoint),
}

/// The name of a bucket (S3 user guide, bucket naming rules).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketName(String);

/// An HTTP endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The URL, as it was given.
    url: String,
    /// Whom it leads to.
    target: Target,
}

/// Why a text that means a place elsewhere names none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPlace {
    /// Not the name of a bucket.
    #[error(
        "a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at both ends"
    )]
    Bucket,
    /// Not a URL that anything is sent to.
    #[error(transparent)]
    Url(#[from] InvalidTarget),
}

impl Destination {
    /// As operations name it; streams have the names of this account and region.
    pub(crate) fn name(&self, account: AccountId, region: &Region) -> String {
        match self {
            Self::Stream(stream) => {
                let (region, name) = (region.clone(), stream.name.clone());
                StreamArn { region, account, name }.to_string()
            }
            Self::Function(arn) => arn.to_string(),
            Self::Elsewhere(place) => place.to_string(),
        }
    }

    /// As logs name it.
    pub(crate) fn logged(&self, account: AccountId, region: &Region) -> String {
        match self {
            Self::Elsewhere(place) => place.logged(),
            Self::Stream(_) | Self::Function(_) => self.name(account, region),
        }
    }

    /// Whether it is told outside of this server's own commits.
    pub(crate) const fn is_elsewhere(&self) -> bool {
        match self {
            Self::Elsewhere(_) => true,
            Self::Stream(_) | Self::Function(_) => false,
        }
    }
}

impl Elsewhere {
    /// The place that this names; nothing if it does not look like one.
    ///
    /// # Errors
    /// If it looks like one and is none.
    pub(crate) fn parse(text: &str) -> Option<Result<Self, InvalidPlace>> {
        if let Some(name) = text.strip_prefix(BUCKET_ARN) {
            return Some(BucketName::parse(name).map(Self::Bucket));
        }
        let is_url = text.starts_with("https://") || text.starts_with("http://");
        is_url.then(|| Endpoint::parse(text).map(Self::Endpoint))
    }

    /// As logs name it: what is behind the host of a URL may be all that keeps strangers from using it.
    pub(crate) fn logged(&self) -> String {
        match self {
            Self::Bucket(_) => self.to_string(),
            Self::Endpoint(endpoint) => endpoint.target.to_string(),
        }
    }
}

impl BucketName {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidPlace> {
        let is_end = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let bytes = text.as_bytes();
        let is_spelt = (3..=63).contains(&bytes.len())
            && bytes.iter().all(|byte| is_end(*byte) || b".-".contains(byte))
            && bytes.first().is_some_and(|byte| is_end(*byte))
            && bytes.last().is_some_and(|byte| is_end(*byte))
            && !text.contains("..");
        is_spelt.then(|| Self(text.to_owned())).ok_or(InvalidPlace::Bucket)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Endpoint {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidPlace> {
        let (target, _) = Target::parse(text)?;
        Ok(Self { url: text.to_owned(), target })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) const fn target(&self) -> &Target {
        &self.target
    }
}

impl fmt::Display for Elsewhere {
    /// As operations name it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bucket(bucket) => write!(f, "{BUCKET_ARN}{}", bucket.0),
            Self::Endpoint(endpoint) => f.write_str(&endpoint.url),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_elsewhere_are_buckets_and_urls() {
        for text in [
            "arn:aws:s3:::failed-orders",
            "arn:aws:s3:::a.b-3",
            "https://example.com/hook?x=1",
            "http://10.0.0.1:8080/",
        ] {
            let place = Elsewhere::parse(text).unwrap().unwrap();
            assert_eq!(place.to_string(), text);
            assert!(
                text.starts_with(&place.logged()) && !place.logged().contains("hook"),
                "{text}"
            );
        }
        for text in [
            "arn:aws:s3:::",
            "arn:aws:s3:::ab",
            "arn:aws:s3:::Upper",
            "arn:aws:s3:::a/b/c",
            "arn:aws:s3:::-abc",
            "arn:aws:s3:::abc.",
            "arn:aws:s3:::a..b",
            "https://user@example.com/",
            "http://",
            "https://example.com/#x",
        ] {
            assert!(Elsewhere::parse(text).unwrap().is_err(), "{text}");
        }
        for text in ["", "name", "arn:aws:sqs:us-east-1:123456789012:q", "ftp://example.com/"] {
            assert!(Elsewhere::parse(text).is_none(), "{text}");
        }
    }
}
