//! UpdateStreamRecordDistributionStrategy: who spreads the records of an on-demand stream over its shards.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::target::Target;
use crate::stream::Spread;
use crate::{Error, Result, Streams};

pub(super) struct UpdateStreamRecordDistributionStrategy;

/// In the order in which the model has them.
pub(super) const STRATEGIES: [&str; 2] = ["AUTO", "USER_PARTITION_KEY"];

impl Operation for UpdateStreamRecordDistributionStrategy {
    const NAME: &str = "UpdateStreamRecordDistributionStrategy";
    const ACTION: &str = "kinesis:UpdateStreamRecordDistributionStrategy";
    const AUDITED: &[&str] = &["StreamARN", "RecordDistributionStrategy"];
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
        // It was checked to be one of the set.
        let spread = spread(input.record_distribution_strategy.as_ref()).unwrap_or_default();
        streams.change_spread(&stream, spread).await
    }
}

/// What a strategy means.
pub(super) fn spread(strategy: Option<&Text<'_>>) -> Option<Spread> {
    strategy.map(|strategy| match strategy.as_str() {
        "AUTO" => Spread::Auto,
        _ => Spread::PartitionKey,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
    #[serde(borrow)]
    record_distribution_strategy: Option<Text<'a>>,
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::new(&None, &self.stream_arn).with_id(&self.stream_id)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("streamARN", self.stream_arn.as_ref());
        let target = self.target();
        target.check_arn(checks, self.stream_id.as_ref());
        let strategy = self.record_distribution_strategy.as_ref().map(Text::as_str);
        checks.required("recordDistributionStrategy", strategy.as_ref());
        checks.choice("recordDistributionStrategy", strategy, &STRATEGIES);
    }
}
