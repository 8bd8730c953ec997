//! GenerateDataKeyWithoutPlaintext: a new data key, encrypted.

use serde::Serialize;
use wire::shape::BlobOut;
use wire::{Caller, Operation, Resource, Trail};

use super::data_key_members::Input;
use crate::kms::{Error, Keys};

pub(super) struct GenerateDataKeyWithoutPlaintext;

impl Operation for GenerateDataKeyWithoutPlaintext {
    const NAME: &str = "GenerateDataKeyWithoutPlaintext";
    const ACTION: &str = "kms:GenerateDataKeyWithoutPlaintext";
    const AUDITED: &[&str] = &["KeyId"];
    const TRAIL: Trail = Trail::Read;
    const DIFFERS: &str = "Recipient is not known, KeyMaterialId is left out.";
    type Service = Keys;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        keys: &Keys,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        Ok(vec![input.resource(keys, caller, Self::ACTION)])
    }

    async fn run(
        keys: &Keys,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let (generated, key_id) = input.generate(keys, caller)?;
        Ok(Output { ciphertext_blob: BlobOut(generated.blob), key_id })
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    ciphertext_blob: BlobOut<Vec<u8>>,
    key_id: String,
}
