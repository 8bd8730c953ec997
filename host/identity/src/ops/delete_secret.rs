//! DeleteSecret: removes a secret, at once.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::put_secret::arn;
use super::rules;
use super::target::{account, text};
use crate::directory::Directory;
use crate::error::Error;

pub(super) struct DeleteSecret;

impl Operation for DeleteSecret {
    const NAME: &str = "DeleteSecret";
    const ACTION: &str = "secretsmanager:DeleteSecret";
    type Service = Directory;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        _: &Directory,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        let account = account(caller, input.account_id.as_ref());
        let arn = arn(account, caller.region.as_str(), text(&input.name));
        Ok(vec![Resource::new(Self::ACTION, arn)])
    }

    async fn run(
        directory: &Directory,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let account = account(caller, input.account_id.as_ref());
        directory.delete_secret(account, &caller.region, text(&input.name)).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    account_id: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        rules::check_account(checks, self.account_id.as_ref());
        rules::check_required(checks, "name", self.name.as_ref(), rules::SECRET_NAME);
    }
}
