//! DisableKeyRotation: a key keeps its material from now on.

use wire::{Caller, Operation, Resource};

use super::members::{KeyInput, own, resource, text};
use crate::kms::{Error, Keys};

pub(super) struct DisableKeyRotation;

impl Operation for DisableKeyRotation {
    const NAME: &str = "DisableKeyRotation";
    const ACTION: &str = "kms:DisableKeyRotation";
    const AUDITED: &[&str] = &["KeyId"];
    type Service = Keys;
    type Input<'a> = KeyInput<'a>;
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
        keys.set_rotation(&key, None).await
    }
}
