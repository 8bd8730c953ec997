//! ListAccounts: all tenants, by id, the operator's own among them.

use serde::{Deserialize, Serialize};
use wire::shape::{Int, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::rules;
use super::shapes::ShownAccount;
use crate::directory::{Account, Directory};
use crate::error::Error;

pub(super) struct ListAccounts;

impl Operation for ListAccounts {
    const NAME: &str = "ListAccounts";
    const ACTION: &str = "shardmill:ListAccounts";
    type Service = Directory;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        directory: &Directory,
        _: &Caller,
        _: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        // Not `*`: that would be everybody's own.
        let all = super::create_account::account_arn(directory, "*");
        Ok(vec![Resource::new(Self::ACTION, all)])
    }

    async fn run(
        directory: &Directory,
        _: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let after =
            input.marker.as_ref().map(|marker| super::create_account::check_id(marker.as_str()));
        let page = directory.accounts(after.transpose()?, rules::page(input.max_items));
        Ok(Output {
            marker: page.last_of_more().map(|account: &Account| account.id.to_string()),
            is_truncated: page.has_more,
            accounts: page.items.iter().map(ShownAccount::from).collect(),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    marker: Option<Text<'a>>,
    max_items: Option<Int>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.text("marker", self.marker.as_ref().map(Text::as_str), rules::ACCOUNT);
        rules::check_max_items(checks, self.max_items);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    accounts: Vec<ShownAccount>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}
