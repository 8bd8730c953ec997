//! Consumers of streams: their names and resource names.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use crate::name::is_name;
use crate::{InvalidName, Seconds, StreamArn};

/// A consumer's name: 1 to 128 characters of `[a-zA-Z0-9_.-]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsumerName(String);

impl ConsumerName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ConsumerName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if is_name(text) { Ok(Self(text.to_owned())) } else { Err(InvalidName) }
    }
}

/// Maps by names can be asked with a text that need not be one.
impl Borrow<str> for ConsumerName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConsumerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `<stream's ARN>/consumer/<name>:<when it was registered, in seconds>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerArn {
    /// The stream that it reads.
    pub stream: StreamArn,
    /// Its name.
    pub name: ConsumerName,
    /// When it was registered.
    pub created: Seconds,
}

/// The text is not the ARN of a consumer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "consumer ARN must look like arn:aws:kinesis:<region>:<account>:stream/<stream>/consumer/<name>:<seconds>"
)]
pub struct InvalidConsumerArn;

impl FromStr for ConsumerArn {
    type Err = InvalidConsumerArn;

    fn from_str(text: &str) -> Result<Self, InvalidConsumerArn> {
        let parsed = || {
            let (stream, consumer) = text.split_once("/consumer/")?;
            let (name, created) = consumer.split_once(':')?;
            let digits = !created.is_empty() && created.bytes().all(|byte| byte.is_ascii_digit());
            let created = created.parse().ok().filter(|_| digits)?;
            Some(Self {
                stream: stream.parse().ok()?,
                name: name.parse().ok()?,
                created: Seconds(created),
            })
        };
        parsed().ok_or(InvalidConsumerArn)
    }
}

impl fmt::Display for ConsumerArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stream, name, created } = self;
        write!(f, "{stream}/consumer/{name}:{}", created.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str =
        "arn:aws:kinesis:us-east-1:123456789012:stream/quakes/consumer/app:1790068000";

    #[test]
    fn round_trips() {
        let arn: ConsumerArn = ARN.parse().unwrap();
        assert_eq!((arn.name.as_str(), arn.created), ("app", Seconds(1_790_068_000)));
        assert_eq!(arn.to_string(), ARN);
    }

    #[test]
    fn refuses_everything_else() {
        let stream = ARN.split_once("/consumer").unwrap().0;
        for text in [
            "",
            stream,
            &ARN.replace(":1790068000", ""),
            &ARN.replace("1790068000", ""),
            &ARN.replace("1790068000", "+5"),
            &ARN.replace("1790068000", "99999999999999999999"),
            &ARN.replace("app", "a/b"),
            &ARN.replace("app", ""),
            &ARN.replace("stream/quakes", "queue/quakes"),
        ] {
            assert_eq!(text.parse::<ConsumerArn>(), Err(InvalidConsumerArn), "{text}");
        }
    }
}
