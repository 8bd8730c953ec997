//! The members of the two operations that make data keys.

use domain::limits;
use serde::Deserialize;
use serde::de::IgnoredAny;
use wire::shape::{Flag, Int, Text};
use wire::{Caller, Check, Checks, Resource};

use super::members::{Pairs, check_key, context, resource, resource_with, text, usable};
use crate::kms::{Error, Generated, Keys};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    dry_run: Option<Flag>,
    #[serde(borrow)]
    encryption_context: Option<Pairs<'a>>,
    #[serde(borrow)]
    key_id: Option<Text<'a>>,
    #[serde(borrow)]
    key_spec: Option<Text<'a>>,
    number_of_bytes: Option<Int>,
    recipient: Option<IgnoredAny>,
}

impl Input<'_> {
    /// What the policy is asked about.
    pub(super) fn resource(&self, keys: &Keys, caller: &Caller, action: &'static str) -> Resource {
        let asked = resource(keys, caller, action, text(&self.key_id));
        resource_with(asked, self.encryption_context.as_ref())
    }

    /// How many bytes the key is to have.
    fn bytes(&self) -> Result<usize, Error> {
        match (text(&self.key_spec), self.number_of_bytes) {
            ("AES_256", None) => Ok(32),
            ("AES_128", None) => Ok(16),
            ("", Some(Int(bytes))) => Ok(usize::try_from(bytes).unwrap_or_default()),
            _ => Err(Error::Invalid("Please specify either number of bytes or key spec.")),
        }
    }

    /// Makes the key; with it, the ARN of the key that it was encrypted with.
    pub(super) fn generate(
        &self,
        keys: &Keys,
        caller: &Caller,
    ) -> Result<(Generated, String), Error> {
        if self.recipient.is_some() {
            let instead = "there are no enclaves";
            return Err(Error::Unsupported { what: "Recipient", instead });
        }
        let key = usable(keys, caller, text(&self.key_id))?;
        let context = context(self.encryption_context.as_ref())?;
        let generated = keys.generate(&key, &context, self.bytes()?)?;
        if self.dry_run == Some(Flag(true)) {
            return Err(Error::DryRun);
        }
        Ok((generated, key.arn()))
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        check_key(checks, self.key_id.as_ref());
        let spec = self.key_spec.as_ref().map(Text::as_str);
        checks.choice("keySpec", spec, &["AES_256", "AES_128"]);
        let bytes = self.number_of_bytes.map(|Int(bytes)| bytes);
        checks.number("numberOfBytes", bytes, 1, limits::DATA_KEY_BYTES_MAX as i64);
    }
}
