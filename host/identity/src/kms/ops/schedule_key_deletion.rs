//! ScheduleKeyDeletion: stops a key from being used, and destroys it after 7 to 30 days.

use domain::limits;
use serde::{Deserialize, Serialize};
use wire::shape::{Int, Moment, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::members::{check_key, deletion, own, resource, state, text};
use crate::kms::{Error, Keys};

pub(super) struct ScheduleKeyDeletion;

impl Operation for ScheduleKeyDeletion {
    const NAME: &str = "ScheduleKeyDeletion";
    const ACTION: &str = "kms:ScheduleKeyDeletion";
    const AUDITED: &[&str] = &["KeyId", "PendingWindowInDays"];
    type Service = Keys;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        keys: &Keys,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        Ok(vec![resource(keys, caller, Self::ACTION, text(&input.key_id))])
    }

    async fn run(
        keys: &Keys,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let key = own(keys, caller, text(&input.key_id))?;
        let key = keys.schedule_deletion(&key, input.days()).await?;
        Ok(Output {
            deletion_date: deletion(key.state),
            key_id: key.arn(),
            key_state: state(key.state),
            pending_window_in_days: input.days(),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    key_id: Option<Text<'a>>,
    pending_window_in_days: Option<Int>,
}

impl Input<'_> {
    fn days(&self) -> u32 {
        let days = self.pending_window_in_days.and_then(|Int(days)| u32::try_from(days).ok());
        days.unwrap_or(limits::KEY_DELETION_DAYS_MAX)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        check_key(checks, self.key_id.as_ref());
        let days = self.pending_window_in_days.map(|Int(days)| days);
        let (min, max) = (limits::KEY_DELETION_DAYS_MIN, limits::KEY_DELETION_DAYS_MAX);
        checks.number("pendingWindowInDays", days, min.into(), max.into());
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_date: Option<Moment>,
    key_id: String,
    key_state: &'static str,
    pending_window_in_days: u32,
}
