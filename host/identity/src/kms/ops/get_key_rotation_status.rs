//! GetKeyRotationStatus: whether and when a key gets new material.

use serde::Serialize;
use wire::shape::Moment;
use wire::{Caller, Operation, Resource};

use super::members::{KeyInput, resource, shared, text};
use crate::kms::{Error, Keys};

pub(super) struct GetKeyRotationStatus;

impl Operation for GetKeyRotationStatus {
    const NAME: &str = "GetKeyRotationStatus";
    const ACTION: &str = "kms:GetKeyRotationStatus";
    const AUDITED: &[&str] = &["KeyId"];
    type Service = Keys;
    type Input<'a> = KeyInput<'a>;
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
        let key = shared(keys, caller, text(&input.key_id))?;
        let rotation = Keys::next_rotation(&key);
        Ok(Output {
            key_id: key.id.clone(),
            key_rotation_enabled: rotation.is_some(),
            next_rotation_date: rotation.map(|it| it.next.into()),
            rotation_period_in_days: rotation.map(|it| it.days),
        })
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    key_id: String,
    key_rotation_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_rotation_date: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_period_in_days: Option<u32>,
}
