//! CreateAccount: makes a tenant. It has nobody yet: CreateAccessKey with its id gives it a root.

use domain::AccountId;
use serde::{Deserialize, Serialize};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::rules;
use super::shapes::ShownAccount;
use super::target::text;
use crate::directory::Directory;
use crate::error::Error;

pub(super) struct CreateAccount;

impl Operation for CreateAccount {
    const NAME: &str = "CreateAccount";
    const ACTION: &str = "shardmill:CreateAccount";
    type Service = Directory;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        directory: &Directory,
        _: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        let id = input.account_id.as_ref().map_or("*", Text::as_str);
        Ok(vec![Resource::new(Self::ACTION, account_arn(directory, id))])
    }

    async fn run(
        directory: &Directory,
        _: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let id = input.account_id.as_ref().map(|id| check_id(id.as_str())).transpose()?;
        let account = directory.create_account(text(&input.account_name), id).await?;
        Ok(Output { account: (&*account).into() })
    }
}

/// The ARN of an account, which belongs to the operator's.
pub(super) fn account_arn(directory: &Directory, id: &str) -> String {
    format!("arn:aws:shardmill::{}:account/{id}", directory.operator())
}

/// An id that satisfied the rule.
pub(super) fn check_id(text: &str) -> Result<AccountId, Error> {
    text.parse().map_err(|_invalid| Error::Invalid("AccountId must be 12 digits."))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    account_name: Option<Text<'a>>,
    /// Which one it is to be; without it, a random one.
    #[serde(borrow)]
    account_id: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        let name = self.account_name.as_ref();
        rules::check_required(checks, "accountName", name, rules::ACCOUNT_NAME);
        rules::check_account(checks, self.account_id.as_ref());
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    account: ShownAccount,
}
