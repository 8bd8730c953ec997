//! DescribeKey: what is known of a key.

use serde::Serialize;
use wire::{Caller, Operation, Resource};

use super::members::{KeyInput, KeyMetadata, resource, shared, text};
use crate::kms::{Error, Keys};

pub(super) struct DescribeKey;

impl Operation for DescribeKey {
    const NAME: &str = "DescribeKey";
    const ACTION: &str = "kms:DescribeKey";
    const AUDITED: &[&str] = &["KeyId"];
    const DIFFERS: &str = "CurrentKeyMaterialId is left out.";
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
        Ok(Output { key_metadata: (&*key).into() })
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    key_metadata: KeyMetadata,
}
