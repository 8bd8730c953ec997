//! CancelKeyDeletion: keeps a key that was to be destroyed. It is disabled.

use serde::Serialize;
use wire::{Caller, Operation, Resource};

use super::members::{KeyInput, own, resource, text};
use crate::kms::{Error, Keys};

pub(super) struct CancelKeyDeletion;

impl Operation for CancelKeyDeletion {
    const NAME: &str = "CancelKeyDeletion";
    const ACTION: &str = "kms:CancelKeyDeletion";
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
        let key = own(keys, caller, text(&input.key_id))?;
        keys.cancel_deletion(&key).await?;
        Ok(Output { key_id: key.arn() })
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    key_id: String,
}
