//! UpdateAlias: points an alias to another key.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::members::{ALIAS_NAME, KEY_ID, alias_resource, resource, text};
use crate::kms::{Error, Keys};

pub(super) struct UpdateAlias;

impl Operation for UpdateAlias {
    const NAME: &str = "UpdateAlias";
    const ACTION: &str = "kms:UpdateAlias";
    const AUDITED: &[&str] = &["AliasName", "TargetKeyId"];
    type Service = Keys;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        keys: &Keys,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        Ok(vec![
            alias_resource(caller, Self::ACTION, text(&input.alias_name)),
            resource(keys, caller, Self::ACTION, text(&input.target_key_id)),
        ])
    }

    async fn run(
        keys: &Keys,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let (name, key) = (text(&input.alias_name), text(&input.target_key_id));
        keys.update_alias(caller.account, &caller.region, name, key).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    alias_name: Option<Text<'a>>,
    #[serde(borrow)]
    target_key_id: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("aliasName", self.alias_name.as_ref());
        checks.text("aliasName", self.alias_name.as_ref().map(Text::as_str), ALIAS_NAME);
        checks.required("targetKeyId", self.target_key_id.as_ref());
        checks.text("targetKeyId", self.target_key_id.as_ref().map(Text::as_str), KEY_ID);
    }
}
