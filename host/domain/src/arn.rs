//! Resource names of streams.

use std::fmt;
use std::str::FromStr;

use crate::{AccountId, ArnParts, Region, StreamName};

/// `arn:aws:kinesis:<region>:<account>:stream/<name>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StreamArn {
    /// The region the stream lives in.
    pub region: Region,
    /// The account that owns the stream.
    pub account: AccountId,
    /// The stream's name.
    pub name: StreamName,
}

/// The text is not the ARN of a stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stream ARN must look like arn:aws:kinesis:<region>:<account>:stream/<name>")]
pub struct InvalidArn;

impl FromStr for StreamArn {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Self, InvalidArn> {
        let parts = ArnParts::of(text).filter(|parts| parts.is_of("kinesis")).ok_or(InvalidArn)?;
        let name = parts.resource.strip_prefix("stream/").ok_or(InvalidArn)?;
        Ok(Self {
            region: parts.region.parse().ok().ok_or(InvalidArn)?,
            account: parts.owner().ok_or(InvalidArn)?,
            name: name.parse().ok().ok_or(InvalidArn)?,
        })
    }
}

impl fmt::Display for StreamArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, account, name } = self;
        write!(f, "arn:aws:kinesis:{region}:{account}:stream/{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips() {
        let text = "arn:aws:kinesis:us-east-1:123456789012:stream/quakes";
        assert_eq!(text.parse::<StreamArn>().unwrap().to_string(), text);
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "",
            "quakes",
            "arn:aws:kinesis:us-east-1:123456789012:stream/",
            "arn:aws:kinesis:us-east-1:123456789012:queue/q",
            "arn:aws:lambda:us-east-1:123456789012:stream/q",
            "arn:aws:kinesis:us-east-1:12345:stream/q",
            "arn:aws:kinesis:us-east-1:123456789012:stream/q/consumer/c:1",
        ] {
            assert_eq!(text.parse::<StreamArn>(), Err(InvalidArn), "{text}");
        }
    }
}
