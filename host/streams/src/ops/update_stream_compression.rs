//! UpdateStreamCompression: how what is put into a stream from now on lies on the disk. An operation of our own.

use serde::Deserialize;
use storage::frame::Codec;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::Own;
use super::compression_members::{CODECS, codec};
use super::target::Target;
use crate::{Error, Result};

pub(super) struct UpdateStreamCompression;

impl Operation for UpdateStreamCompression {
    const NAME: &str = "UpdateStreamCompression";
    const ACTION: &str = "shardmill:UpdateStreamCompression";
    const AUDITED: &[&str] = &["StreamName", "StreamARN", "Compression"];
    type Service = Own;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        own: &Own,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(input.target().resource(&own.streams, caller, Self::ACTION))
    }

    async fn run(own: &Own, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let stream = input.target().find(&own.streams, caller)?;
        own.streams.change_codec(&stream, input.codec()).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    /// LZ4 or NONE.
    #[serde(borrow)]
    compression: Option<Text<'a>>,
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&self.stream_name, &self.stream_arn)
    }

    fn codec(&self) -> Codec {
        // It was checked to be one of the set.
        self.compression.as_ref().and_then(|word| codec(word.as_str())).unwrap_or_default()
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let target = self.target();
        target.check_name(checks);
        target.check_arn(checks, None);
        let word = self.compression.as_ref().map(Text::as_str);
        checks.required("compression", word.as_ref());
        checks.choice("compression", word, &CODECS);
    }
}
