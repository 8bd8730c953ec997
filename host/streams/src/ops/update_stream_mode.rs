//! UpdateStreamMode: who counts the shards of a stream from now on, its owner or the service.
//!
//! The shards stay as they are. A stream that becomes provisioned loses its warm throughput, and its records go by
//! their partition keys again.

use domain::StreamMode;
use serde::Deserialize;
use wire::shape::{Int, Structure, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::shapes::ModeDetails;
use super::target::Target;
use crate::error::Unfit;
use crate::{Error, Result, Streams};

pub(super) struct UpdateStreamMode;

impl Operation for UpdateStreamMode {
    const NAME: &str = "UpdateStreamMode";
    const ACTION: &str = "kinesis:UpdateStreamMode";
    const AUDITED: &[&str] = &["StreamARN", "StreamModeDetails.StreamMode", "WarmThroughputMiBps"];
    const DIFFERS: &str = "The mode is switched when the call returns; the status is UPDATING only while shards \
        are added for WarmThroughputMiBps. A call that names the mode that the stream has succeeds and does not \
        count.";
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
        let mode = input.mode();
        let warm_mib = input.warm_throughput.map(|Int(mib)| u32::try_from(mib).unwrap_or(u32::MAX));
        if mode == StreamMode::Provisioned && warm_mib.is_some() {
            return Err(Error::Unfit(Unfit::OnDemandOnly("WarmThroughputMiBps")));
        }
        streams.change_mode(&stream, mode, warm_mib).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
    #[serde(borrow)]
    stream_mode_details: Option<Structure<ModeDetails<'a>>>,
    #[serde(rename = "WarmThroughputMiBps")]
    warm_throughput: Option<Int>,
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&None, &self.stream_arn).with_id(&self.stream_id)
    }

    fn mode(&self) -> StreamMode {
        let mode = self.stream_mode_details.as_ref().and_then(|Structure(it)| it.mode());
        match mode {
            Some("ON_DEMAND") => StreamMode::OnDemand,
            // One of the two, which was checked.
            _ => StreamMode::Provisioned,
        }
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("streamARN", self.stream_arn.as_ref());
        let target = self.target();
        target.check_arn(checks, self.stream_id.as_ref());
        checks.required("streamModeDetails", self.stream_mode_details.as_ref());
        if let Some(Structure(details)) = &self.stream_mode_details {
            details.check(checks);
        }
        let warm = self.warm_throughput.map(|Int(mib)| mib);
        checks.number("warmThroughputMiBps", warm, 0, i64::MAX);
    }
}
