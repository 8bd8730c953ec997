//! RotateKeyOnDemand: gives a key new material now.

use serde::Serialize;
use wire::{Caller, Operation, Resource};

use super::members::{KeyInput, own, resource, text};
use crate::kms::{Error, Keys};

pub(super) struct RotateKeyOnDemand;

impl Operation for RotateKeyOnDemand {
    const NAME: &str = "RotateKeyOnDemand";
    const ACTION: &str = "kms:RotateKeyOnDemand";
    const AUDITED: &[&str] = &["KeyId"];
    const DIFFERS: &str = "The rotation is done when the call returns.";
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
        let key = own(keys, caller, text(&input.key_id))?;
        keys.rotate(&key).await?;
        Ok(Output { key_id: key.id.clone() })
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    key_id: String,
}
