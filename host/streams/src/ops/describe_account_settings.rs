//! DescribeAccountSettings: whether the account commits itself to a minimum of throughput.

use serde::Deserialize;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::account_settings::{Output, output};
use crate::{Error, Result, Streams};

pub(super) struct DescribeAccountSettings;

impl Operation for DescribeAccountSettings {
    const NAME: &str = "DescribeAccountSettings";
    const ACTION: &str = "kinesis:DescribeAccountSettings";
    type Service = Streams;
    type Input<'a> = Input;
    type Output = Output;
    type Error = Error;

    async fn resources(_: &Streams, _: &Caller, _: &Self::Input<'_>) -> Result<Vec<Resource>> {
        // The action knows no resource.
        Ok(vec![Resource::any(Self::ACTION)])
    }

    async fn run(streams: &Streams, caller: &Caller, _: Self::Input<'_>) -> Result<Output> {
        Ok(output(streams, caller))
    }
}

/// There are no members.
#[derive(Debug, Deserialize)]
pub(super) struct Input {}

impl Check for Input {
    fn check(&self, _: &mut Checks) {}
}
