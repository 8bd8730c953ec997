//! ReopenAccount: the keys of an account that was closed are taken again, as they were.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::create_account::{account_arn, check_id};
use super::target::text;
use crate::directory::Directory;
use crate::error::Error;

pub(super) struct ReopenAccount;

impl Operation for ReopenAccount {
    const NAME: &str = "ReopenAccount";
    const ACTION: &str = "shardmill:ReopenAccount";
    type Service = Directory;
    type Input<'a> = Input<'a>;
    type Output = ();
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
        directory.set_closed(id, false).await
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
