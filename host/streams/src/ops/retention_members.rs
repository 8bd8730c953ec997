//! The members of the two operations that change a retention.

use serde::Deserialize;
use wire::shape::{Int, Text};
use wire::{Check, Checks};

use super::target::Target;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    stream_name: Option<Text<'a>>,
    retention_period_hours: Option<Int>,
    #[serde(borrow, rename = "StreamARN")]
    stream_arn: Option<Text<'a>>,
    #[serde(borrow)]
    stream_id: Option<Text<'a>>,
}

impl Input<'_> {
    pub(super) fn target(&self) -> Target<'_> {
        Target::new(&self.stream_name, &self.stream_arn).with_id(&self.stream_id)
    }

    /// How long records are to be kept.
    pub(super) fn hours(&self) -> u32 {
        // It was checked to be there and positive.
        let hours = self.retention_period_hours.map(|Int(hours)| hours);
        hours.and_then(|hours| u32::try_from(hours).ok()).unwrap_or_default()
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("retentionPeriodHours", self.retention_period_hours.as_ref());
        let hours = self.retention_period_hours.map(|Int(hours)| hours);
        // The model has no bound any more; that of AWS was observed.
        checks.number("retentionPeriodHours", hours, 1, i64::MAX);
        let target = self.target();
        target.check_name(checks);
        target.check_arn(checks, self.stream_id.as_ref());
    }
}
