//! ListSecrets: the secrets of an account in a region, by name, without their values.

use serde::{Deserialize, Serialize};
use wire::shape::{Int, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::put_secret::arn;
use super::rules;
use super::shapes::ShownSecret;
use super::target::{account, text};
use crate::directory::Directory;
use crate::error::Error;

pub(super) struct ListSecrets;

impl Operation for ListSecrets {
    const NAME: &str = "ListSecrets";
    const ACTION: &str = "secretsmanager:ListSecrets";
    type Service = Directory;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        _: &Directory,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        let account = account(caller, input.account_id.as_ref());
        Ok(vec![Resource::new(Self::ACTION, arn(account, caller.region.as_str(), "*"))])
    }

    async fn run(
        directory: &Directory,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let account = account(caller, input.account_id.as_ref());
        let (region, limit) = (&caller.region, rules::page(input.max_items));
        let page = directory.secrets(account, region, text(&input.marker), limit);
        Ok(Output {
            marker: page.last_of_more().map(|secret| secret.name.to_string()),
            is_truncated: page.has_more,
            secrets: page.items.iter().map(|secret| (&**secret).into()).collect(),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    account_id: Option<Text<'a>>,
    #[serde(borrow)]
    marker: Option<Text<'a>>,
    max_items: Option<Int>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        rules::check_account(checks, self.account_id.as_ref());
        let marker = self.marker.as_ref().map(Text::as_str);
        checks.text("marker", marker, rules::SECRET_NAME);
        rules::check_max_items(checks, self.max_items);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    secrets: Vec<ShownSecret>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}
