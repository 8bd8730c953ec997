//! ListAliases: the aliases of an account in a region, by name.

use serde::{Deserialize, Serialize};
use wire::shape::{Int, Moment, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::members::{KEY_ID, check_page, own, page, text};
use crate::kms::{Alias, Error, Keys};

pub(super) struct ListAliases;

impl Operation for ListAliases {
    const NAME: &str = "ListAliases";
    const ACTION: &str = "kms:ListAliases";
    const DIFFERS: &str = "Aliases of services that no key was made for yet are not listed.";
    type Service = Keys;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(_: &Keys, _: &Caller, _: &Self::Input<'_>) -> Result<Vec<Resource>, Error> {
        Ok(vec![Resource::any(Self::ACTION)])
    }

    async fn run(
        keys: &Keys,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let (account, region) = (caller.account, &caller.region);
        let of = input.key_id.as_ref().map(|key| own(keys, caller, key.as_str())).transpose()?;
        let of = of.as_ref().map(|key| key.id.as_str());
        let (after, limit) = (text(&input.marker), page(input.limit));
        let found = keys.aliases(account, region, of, after, limit);
        Ok(Output {
            next_marker: found.last_of_more().map(|alias| alias.name.clone()),
            aliases: found.items.iter().map(|alias| (&**alias).into()).collect(),
            truncated: found.has_more,
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    key_id: Option<Text<'a>>,
    limit: Option<Int>,
    #[serde(borrow)]
    marker: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.text("keyId", self.key_id.as_ref().map(Text::as_str), KEY_ID);
        check_page(checks, self.limit, self.marker.as_ref());
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    aliases: Vec<Listed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    truncated: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    alias_name: String,
    alias_arn: String,
    target_key_id: String,
    creation_date: Moment,
    last_updated_date: Moment,
}

impl From<&Alias> for Listed {
    fn from(alias: &Alias) -> Self {
        Self {
            alias_name: alias.name.clone(),
            alias_arn: alias.arn(),
            target_key_id: alias.target.clone(),
            creation_date: alias.created.into(),
            last_updated_date: alias.updated.into(),
        }
    }
}
