//! UpdateMaxRecordSize: how large a record of a stream may be from now on.

use domain::limits;
use serde::Deserialize;
use wire::shape::{Int, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::target::Target;
use crate::{Error, Result, Streams};

pub(super) struct UpdateMaxRecordSize;

impl Operation for UpdateMaxRecordSize {
    const NAME: &str = "UpdateMaxRecordSize";
    const ACTION: &str = "kinesis:UpdateMaxRecordSize";
    const AUDITED: &[&str] = &["StreamARN", "MaxRecordSizeInKiB"];
    const DIFFERS: &str = "The change is done when the call returns; there is no status UPDATING. \
        StreamARN is required: StreamId alone names no stream.";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        streams: &Streams,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>> {
        Ok(input.target().resource(streams, caller, Self::ACTION))
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<()> {
        let stream = input.target().find(streams, caller)?;
        streams.change_record_size(&stream, input.kib()).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
    #[serde(rename = "MaxRecordSizeInKiB")]
    max_record_size_in_kib: Option<Int>,
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&None, &self.stream_arn).with_id(&self.stream_id)
    }

    fn kib(&self) -> u32 {
        // It was checked to be there and in its bounds.
        let kib = self.max_record_size_in_kib.map(|Int(kib)| kib);
        kib.and_then(|kib| u32::try_from(kib).ok()).unwrap_or(limits::RECORD_KIB_DEFAULT)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("streamARN", self.stream_arn.as_ref());
        let target = self.target();
        target.check_arn(checks, self.stream_id.as_ref());
        let kib = self.max_record_size_in_kib.map(|Int(kib)| kib);
        checks.required("maxRecordSizeInKiB", kib.as_ref());
        let (least, most) = (limits::RECORD_KIB_DEFAULT, limits::RECORD_KIB_MAX);
        checks.number("maxRecordSizeInKiB", kib, least.into(), most.into());
    }
}
