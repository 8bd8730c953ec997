//! Decrypt: decrypts what a key encrypted, if the context is the same.

use domain::limits;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use wire::shape::{Blob, Flag, Text};
use wire::{Caller, Check, Checks, Operation, Resource, Trail};

use super::members::{
    ALGORITHM, KEY_ID, Pairs, check_algorithm, context, only_symmetric, own, resource,
    resource_with, shared, text, usable,
};
use super::shown::Shown;
use crate::kms::{Error, Keys};

pub(super) struct Decrypt;

impl Operation for Decrypt {
    const NAME: &str = "Decrypt";
    const ACTION: &str = "kms:Decrypt";
    const AUDITED: &[&str] = &["KeyId"];
    const TRAIL: Trail = Trail::Read;
    const DIFFERS: &str = "Recipient and DryRunModifiers are not known. A key of another account must be \
        named by KeyId, with its ARN.";
    type Service = Keys;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        keys: &Keys,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        // Of a key of somebody else nothing is told, not even that there is one.
        let asked = match &input.key_id {
            Some(key) => resource(keys, caller, Self::ACTION, key.as_str()),
            None => {
                let key = keys.key_of(&input.blob()).ok();
                let key = key.filter(|key| own(keys, caller, &key.id).is_ok());
                let name = key.map_or_else(String::new, |key| key.id.clone());
                resource(keys, caller, Self::ACTION, &name)
            }
        };
        Ok(vec![resource_with(asked, input.encryption_context.as_ref())])
    }

    async fn run(
        keys: &Keys,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        if input.recipient.is_some() {
            let instead = "there are no enclaves";
            return Err(Error::Unsupported { what: "Recipient", instead });
        }
        only_symmetric(&input.encryption_algorithm)?;
        let context = context(input.encryption_context.as_ref())?;
        let blob = input.blob();
        let key = keys.key_of(&blob)?;
        match text(&input.key_id) {
            // Policies were asked about a key of the caller only: any other is as good as absent.
            "" if key.account != caller.account => return Err(Error::Ciphertext),
            "" => {}
            name if shared(keys, caller, name)?.id != key.id => return Err(Error::OtherKey),
            _ => {}
        }
        usable(keys, caller, &key.arn())?;
        let opened = keys.decrypt(&context, &blob)?;
        if input.dry_run == Some(Flag(true)) {
            return Err(Error::DryRun);
        }
        Ok(Output {
            encryption_algorithm: ALGORITHM,
            key_id: key.arn(),
            plaintext: Shown(opened.plain),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    ciphertext_blob: Option<Blob<'a>>,
    dry_run: Option<Flag>,
    #[serde(borrow)]
    encryption_algorithm: Option<Text<'a>>,
    #[serde(borrow)]
    encryption_context: Option<Pairs<'a>>,
    #[serde(borrow)]
    key_id: Option<Text<'a>>,
    recipient: Option<IgnoredAny>,
}

impl Input<'_> {
    fn blob(&self) -> Vec<u8> {
        self.ciphertext_blob.as_ref().map(Blob::to_vec).unwrap_or_default()
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("ciphertextBlob", self.ciphertext_blob.as_ref());
        if let Some(blob) = &self.ciphertext_blob {
            let (shown, max) = ("[blob]", limits::DECRYPT_BYTES_MAX);
            checks.length("ciphertextBlob", &shown, blob.len(), 1, max);
        }
        checks.text("keyId", self.key_id.as_ref().map(Text::as_str), KEY_ID);
        check_algorithm(checks, self.encryption_algorithm.as_ref());
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    encryption_algorithm: &'static str,
    key_id: String,
    plaintext: Shown,
}
