//! DescribeAccount: one account.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::create_account::{account_arn, check_id};
use super::shapes::ShownAccount;
use super::target::text;
use crate::directory::Directory;
use crate::error::Error;

pub(super) struct DescribeAccount;

impl Operation for DescribeAccount {
    const NAME: &str = "DescribeAccount";
    const ACTION: &str = "shardmill:DescribeAccount";
    type Service = Directory;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        directory: &Directory,
        _: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        Ok(vec![Resource::new(Self::ACTION, account_arn(directory, text(&input.account_id)))])
    }

    async fn run(
        directory: &Directory,
        _: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let id = check_id(text(&input.account_id))?;
        let account = directory.account(id)?;
        Ok(Output { account: (&account).into() })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    account_id: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        checks.required("accountId", self.account_id.as_ref());
        super::rules::check_account(checks, self.account_id.as_ref());
    }
}

#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    account: ShownAccount,
}
