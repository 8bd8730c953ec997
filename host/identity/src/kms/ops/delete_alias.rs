//! DeleteAlias: takes a name away from a key, which stays.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::members::{ALIAS_NAME, alias_resource, resource, text};
use crate::kms::{Error, Keys};

pub(super) struct DeleteAlias;

impl Operation for DeleteAlias {
    const NAME: &str = "DeleteAlias";
    const ACTION: &str = "kms:DeleteAlias";
    const AUDITED: &[&str] = &["AliasName"];
    type Service = Keys;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        keys: &Keys,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        let name = text(&input.alias_name);
        let alias = alias_resource(caller, Self::ACTION, name);
        let key = resource(keys, caller, Self::ACTION, name);
        Ok(if alias.arn == key.arn { vec![alias] } else { vec![alias, key] })
    }

    async fn run(
        keys: &Keys,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let name = text(&input.alias_name);
        keys.delete_alias(caller.account, &caller.region, name).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    alias_name: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("aliasName", self.alias_name.as_ref());
        checks.text("aliasName", self.alias_name.as_ref().map(Text::as_str), ALIAS_NAME);
    }
}
