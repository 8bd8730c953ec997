//! UpdateAccountSettings: begins or ends the account's commitment to a minimum of throughput.

use serde::Deserialize;
use wire::shape::{Structure, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::account_settings::{Output, output};
use crate::{Error, Result, Streams};

pub(super) struct UpdateAccountSettings;

impl Operation for UpdateAccountSettings {
    const NAME: &str = "UpdateAccountSettings";
    const ACTION: &str = "kinesis:UpdateAccountSettings";
    const AUDITED: &[&str] = &["MinimumThroughputBillingCommitment.Status"];
    const DIFFERS: &str = "A commitment costs nothing here; it opens what it opens on AWS: warm \
        throughput and 50 consumers of a stream.";
    type Service = Streams;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(_: &Streams, _: &Caller, _: &Self::Input<'_>) -> Result<Vec<Resource>> {
        // The action knows no resource.
        Ok(vec![Resource::any(Self::ACTION)])
    }

    async fn run(streams: &Streams, caller: &Caller, input: Self::Input<'_>) -> Result<Output> {
        match input.status() {
            Some("ENABLED") => streams.begin_commitment(caller.account, &caller.region).await?,
            // One of the two, which was checked.
            _ => streams.end_commitment(caller.account, &caller.region).await?,
        }
        Ok(output(streams, caller))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    minimum_throughput_billing_commitment: Option<Structure<Commitment<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Commitment<'a> {
    #[serde(borrow)]
    status: Option<Text<'a>>,
}

impl Input<'_> {
    fn status(&self) -> Option<&str> {
        let Structure(commitment) = self.minimum_throughput_billing_commitment.as_ref()?;
        commitment.status.as_ref().map(Text::as_str)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let commitment = self.minimum_throughput_billing_commitment.as_ref();
        checks.required("minimumThroughputBillingCommitment", commitment);
        if commitment.is_some() {
            let path = "minimumThroughputBillingCommitment.status";
            checks.required(path, self.status().as_ref());
            checks.choice(path, self.status(), &["ENABLED", "DISABLED"]);
        }
    }
}
