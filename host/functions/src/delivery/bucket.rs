//! A bucket is sent one PutObject, signed with a key pair of the function's account (pure).
//!
//! Where buckets are is the operator's word; without it they are at AWS. The key pair is a secret of the account under a
//! name that follows from the bucket's, so that nothing of it is in a configuration, and a role can be given the use of
//! it without being told it.

use std::borrow::Cow;

use bytes::Bytes;
use domain::{Millis, Region, SecretName};
use egress::{InvalidTarget, Target};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use identity::Directory;
use identity::sigv4::{self, Credentials, Scope, Unsigned, body_sha256};
use serde::Deserialize;
use stdx::{Secret, hex};

use super::endpoint::JSON;
use super::{Undelivered, refused};
use crate::destination::BucketName;
use crate::function::FunctionFacts;

const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// What the secret of a bucket looks like.
pub(super) const KEY_PAIR: &str = r#"{"AccessKeyId":"...","SecretAccessKey":"..."}"#;

/// The longest word of S3 about an error that is passed on.
const CODE_CHARS_MAX: usize = 64;

/// Where buckets are.
#[derive(Clone, Debug, Default)]
pub struct Buckets {
    /// Who keeps them; AWS if it is nobody.
    endpoint: Option<Target>,
    /// The region that requests are signed for; the function's if not given.
    region: Option<Region>,
    /// Whether a bucket is a host of its own there, rather than the beginning of the path.
    has_hosts: bool,
}

/// Why buckets cannot be there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBuckets {
    /// Not a URL that anything is sent to.
    #[error(transparent)]
    Url(#[from] InvalidTarget),
    /// It has a path.
    #[error("URL must end behind the host and port")]
    Path,
}

impl Buckets {
    /// At `endpoint`, such as `http://10.0.0.7:9000`, or at AWS.
    ///
    /// # Errors
    /// If the endpoint is none.
    pub fn at(
        endpoint: Option<&str>,
        region: Option<Region>,
        has_hosts: bool,
    ) -> Result<Self, InvalidBuckets> {
        let parse = |text| -> Result<Target, InvalidBuckets> {
            let (target, url) = Target::parse(text)?;
            let path = url.path_and_query().map_or("", |path| path.as_str());
            if matches!(path, "" | "/") { Ok(target) } else { Err(InvalidBuckets::Path) }
        };
        Ok(Self { endpoint: endpoint.map(parse).transpose()?, region, has_hosts })
    }

    /// The host of a bucket's objects, as URLs begin, and what is in front of their names.
    fn place(&self, bucket: &BucketName, region: &Region) -> (String, String) {
        let name = bucket.as_str();
        let in_path = format!("/{name}/");
        match &self.endpoint {
            Some(target) if self.has_hosts => {
                let authority = target.authority();
                (format!("{}://{name}.{authority}", target.scheme.as_str()), "/".to_owned())
            }
            Some(target) => (target.to_string(), in_path),
            // No certificate is for names with more dots.
            None if name.contains('.') => (format!("https://s3.{region}.amazonaws.com"), in_path),
            None => (format!("https://{name}.s3.{region}.amazonaws.com"), "/".to_owned()),
        }
    }
}

/// The name of the secret with which a bucket is written.
///
/// # Panics
/// Never: names of buckets are made of what names of secrets may have.
pub(super) fn secret(bucket: &BucketName) -> SecretName {
    let name = format!("s3/{}", bucket.as_str());
    name.parse().expect("a bucket's name has only what a secret's may have")
}

/// Its resource name.
pub(super) fn secret_arn(function: &FunctionFacts, bucket: &BucketName) -> String {
    let name = secret(bucket).to_string();
    Directory::secret_arn(function.account, function.region.as_str(), &name)
}

/// As `aws configure export-credentials` writes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeyPair<'a> {
    #[serde(borrow)]
    access_key_id: Cow<'a, str>,
    #[serde(borrow)]
    secret_access_key: Cow<'a, str>,
    #[serde(borrow)]
    session_token: Option<Cow<'a, str>>,
}

/// The request that writes an object, and whom it goes to; the error is for the function's owner.
pub(super) fn request(
    buckets: &Buckets,
    (bucket, name, body): (&BucketName, &str, &Bytes),
    region: &Region,
    key_pair: &Secret<String>,
    now: Millis,
) -> Result<(Target, Request<Bytes>), String> {
    let region = buckets.region.as_ref().unwrap_or(region);
    let (host, before) = buckets.place(bucket, region);
    let path = format!("{before}{name}");
    let url = format!("{host}{path}");
    let (target, url) = Target::parse(&url).map_err(|error| error.to_string())?;
    // The error of the parser may tell what is there.
    let wrong = |_error| format!("secret {} is not {KEY_PAIR}", secret(bucket));
    let pair: KeyPair<'_> = serde_json::from_str(key_pair.expose()).map_err(wrong)?;
    let mut headers = HeaderMap::new();
    let digest = HeaderValue::try_from(hex(&body_sha256(body)));
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(CONTENT_SHA256, digest.map_err(|error| error.to_string())?);
    let unsigned = Unsigned {
        method: &Method::PUT,
        path_and_query: &path,
        host: &target.authority(),
        headers: &headers,
        body,
    };
    let credentials = Credentials {
        access_key_id: &pair.access_key_id,
        secret_access_key: pair.secret_access_key.as_bytes(),
        security_token: pair.session_token.as_deref(),
    };
    let scope = Scope { region: region.as_str(), service: "s3" };
    let now_ms = i64::try_from(now.0).unwrap_or(i64::MAX);
    let added = sigv4::sign(&unsigned, &credentials, &scope, now_ms);
    headers.extend(added.map_err(|error| format!("request cannot be signed: {error}"))?);
    let mut request = Request::new(body.clone());
    *request.method_mut() = Method::PUT;
    *request.uri_mut() = url;
    *request.headers_mut() = headers;
    Ok((target, request))
}

/// What an answer means.
pub(super) fn judge(answer: &Response<Bytes>) -> Result<(), Undelivered> {
    match answer.status() {
        StatusCode::OK => Ok(()),
        _ => Err(refused(answer, code(answer.body()))),
    }
}

/// S3's word for an error, from its XML.
fn code(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let is_word = code.len() <= CODE_CHARS_MAX && code.bytes().all(|it| it.is_ascii_alphanumeric());
    is_word.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIR: &str = r#"{"AccessKeyId":"AKIATEST","SecretAccessKey":"x\/y","Version":1}"#;

    fn sent(
        buckets: &Buckets,
        bucket: &str,
        pair: &str,
    ) -> Result<(Target, Request<Bytes>), String> {
        let bucket = BucketName::parse(bucket).unwrap();
        let region = "eu-west-1".parse().unwrap();
        let pair = Secret::new(pair.to_owned());
        let object = (&bucket, "aws/lambda/x", &Bytes::from_static(b"{}"));
        request(buckets, object, &region, &pair, Millis(1_790_000_000_000))
    }

    #[test]
    fn objects_are_where_the_operator_says_or_at_aws() {
        let at = |endpoint, has_hosts| Buckets::at(endpoint, None, has_hosts).unwrap();
        let here = Some("http://10.0.0.7:9000");
        for (buckets, bucket, url) in [
            (at(None, false), "abc", "https://abc.s3.eu-west-1.amazonaws.com/aws/lambda/x"),
            (at(None, false), "a.bc", "https://s3.eu-west-1.amazonaws.com/a.bc/aws/lambda/x"),
            (at(here, false), "abc", "http://10.0.0.7:9000/abc/aws/lambda/x"),
            (at(Some("https://s3.test/"), true), "abc", "https://abc.s3.test/aws/lambda/x"),
        ] {
            let (_, request) = sent(&buckets, bucket, PAIR).unwrap();
            assert_eq!((request.method(), &*request.uri().to_string()), (&Method::PUT, url));
            let signed = request.headers()["authorization"].to_str().unwrap();
            let scope = "AWS4-HMAC-SHA256 Credential=AKIATEST/20260921/eu-west-1/s3/aws4_request";
            assert!(signed.starts_with(scope), "{signed}");
            let names = "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date,";
            assert!(signed.contains(names), "{signed}");
        }
        assert_eq!(
            Buckets::at(Some("http://h/path"), None, false).unwrap_err(),
            InvalidBuckets::Path
        );
        assert!(Buckets::at(Some("h:9000"), None, false).is_err());
    }

    #[test]
    fn a_secret_of_another_form_is_not_told() {
        for pair in ["hush", "{}", r#"{"AccessKeyId":"hush"}"#] {
            let why = sent(&Buckets::default(), "abc", pair).unwrap_err();
            assert!(why.starts_with("secret s3/abc is not {") && !why.contains("hush"), "{why}");
        }
    }

    #[test]
    fn an_error_is_told_by_its_word() {
        let body =
            "<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code><Message>m</Message></Error>";
        assert_eq!(code(body.as_bytes()), Some("NoSuchBucket"));
        for body in ["", "<Code>", "<Code>a b</Code>", "\u{fffd}"] {
            assert_eq!(code(body.as_bytes()), None, "{body}");
        }
    }
}
