//! Encrypt: encrypts up to 4 KiB.

use domain::limits;
use serde::{Deserialize, Serialize};
use wire::shape::{Blob, BlobOut, Flag, Text};
use wire::{Caller, Check, Checks, Operation, Resource, Trail};
use zeroize::Zeroizing;

use super::members::{
    ALGORITHM, Pairs, check_algorithm, check_key, context, only_symmetric, resource, resource_with,
    text, usable,
};
use crate::kms::{Error, Keys};

pub(super) struct Encrypt;

impl Operation for Encrypt {
    const NAME: &str = "Encrypt";
    const ACTION: &str = "kms:Encrypt";
    const AUDITED: &[&str] = &["KeyId"];
    const TRAIL: Trail = Trail::Read;
    type Service = Keys;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        keys: &Keys,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        let asked = resource(keys, caller, Self::ACTION, text(&input.key_id));
        Ok(vec![resource_with(asked, input.encryption_context.as_ref())])
    }

    async fn run(
        keys: &Keys,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let key = usable(keys, caller, text(&input.key_id))?;
        only_symmetric(&input.encryption_algorithm)?;
        let context = context(input.encryption_context.as_ref())?;
        let plain = Zeroizing::new(input.plaintext.as_ref().map(Blob::to_vec).unwrap_or_default());
        let blob = keys.encrypt(&key, &context, &plain)?;
        if input.dry_run == Some(Flag(true)) {
            return Err(Error::DryRun);
        }
        Ok(Output {
            ciphertext_blob: BlobOut(blob),
            encryption_algorithm: ALGORITHM,
            key_id: key.arn(),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    dry_run: Option<Flag>,
    #[serde(borrow)]
    encryption_algorithm: Option<Text<'a>>,
    #[serde(borrow)]
    encryption_context: Option<Pairs<'a>>,
    #[serde(borrow)]
    key_id: Option<Text<'a>>,
    #[serde(borrow)]
    plaintext: Option<Blob<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        check_key(checks, self.key_id.as_ref());
        checks.required("plaintext", self.plaintext.as_ref());
        if let Some(plain) = &self.plaintext {
            let shown = "[secret]";
            checks.length("plaintext", &shown, plain.len(), 1, limits::ENCRYPT_BYTES_MAX);
        }
        check_algorithm(checks, self.encryption_algorithm.as_ref());
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    ciphertext_blob: BlobOut<Vec<u8>>,
    encryption_algorithm: &'static str,
    key_id: String,
}
