//! DeleteAccessKey: removes a key, which is refused from the next request on.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::rules;
use super::target::{account, text};
use super::update_access_key::owner;
use crate::directory::Directory;
use crate::error::Error;

pub(super) struct DeleteAccessKey;

impl Operation for DeleteAccessKey {
    const NAME: &str = "DeleteAccessKey";
    const ACTION: &str = "iam:DeleteAccessKey";
    type Service = Directory;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        directory: &Directory,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        let account = account(caller, input.account_id.as_ref());
        let arn = owner(directory, caller, account, text(&input.access_key_id));
        Ok(vec![Resource::new(Self::ACTION, arn)])
    }

    async fn run(
        directory: &Directory,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let account = account(caller, input.account_id.as_ref());
        directory.delete_key(account, text(&input.access_key_id)).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    account_id: Option<Text<'a>>,
    #[serde(borrow)]
    access_key_id: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        rules::check_account(checks, self.account_id.as_ref());
        let id = self.access_key_id.as_ref();
        rules::check_required(checks, "accessKeyId", id, rules::KEY_ID);
    }
}
