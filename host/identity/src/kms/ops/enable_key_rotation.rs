//! EnableKeyRotation: gives a key new material now and then; the old goes on decrypting.

use domain::limits;
use serde::Deserialize;
use wire::shape::{Int, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::members::{check_key, own, resource, text};
use crate::kms::{Error, Keys};

pub(super) struct EnableKeyRotation;

impl Operation for EnableKeyRotation {
    const NAME: &str = "EnableKeyRotation";
    const ACTION: &str = "kms:EnableKeyRotation";
    const AUDITED: &[&str] = &["KeyId", "RotationPeriodInDays"];
    type Service = Keys;
    type Input<'a> = Input<'a>;
    type Output = ();
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
        let days = input.rotation_period_in_days.and_then(|Int(days)| u32::try_from(days).ok());
        keys.set_rotation(&key, Some(days.unwrap_or(limits::KEY_ROTATION_DAYS_DEFAULT))).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    key_id: Option<Text<'a>>,
    rotation_period_in_days: Option<Int>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        check_key(checks, self.key_id.as_ref());
        let days = self.rotation_period_in_days.map(|Int(days)| days);
        let (min, max) = (limits::KEY_ROTATION_DAYS_MIN, limits::KEY_ROTATION_DAYS_MAX);
        checks.number("rotationPeriodInDays", days, min.into(), max.into());
    }
}
