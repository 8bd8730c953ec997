//! EnableKey: lets a key be used again.

use wire::{Caller, Operation, Resource};

use super::members::{KeyInput, own, resource, text};
use crate::kms::{Error, Keys};

pub(super) struct EnableKey;

impl Operation for EnableKey {
    const NAME: &str = "EnableKey";
    const ACTION: &str = "kms:EnableKey";
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
        keys.set_enabled(&key, true).await
    }
}
