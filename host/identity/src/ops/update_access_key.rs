//! UpdateAccessKey: lets a key work, or not, from the next request on.

use domain::AccountId;
use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::rules;
use super::target::{account, text};
use crate::directory::{Directory, Kind, root_arn};
use crate::error::Error;

pub(super) struct UpdateAccessKey;

impl Operation for UpdateAccessKey {
    const NAME: &str = "UpdateAccessKey";
    const ACTION: &str = "iam:UpdateAccessKey";
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
        let is_enabled = text(&input.status) == "Active";
        directory.set_enabled(account, text(&input.access_key_id), is_enabled).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    account_id: Option<Text<'a>>,
    #[serde(borrow)]
    access_key_id: Option<Text<'a>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        rules::check_account(checks, self.account_id.as_ref());
        let id = self.access_key_id.as_ref();
        rules::check_required(checks, "accessKeyId", id, rules::KEY_ID);
        let status = self.status.as_ref();
        checks.required("status", status);
        checks.choice("status", status.map(Text::as_str), &["Active", "Inactive"]);
    }
}

/// The ARN of whom a key belongs to, if the caller may know. To others a key is no different from none.
pub(super) fn owner(
    directory: &Directory,
    caller: &Caller,
    account: AccountId,
    id: &str,
) -> String {
    let may_know = caller.account == account || caller.account == directory.operator();
    let key = directory.key(account, id).filter(|_| may_know);
    match key.map(|key| key.user.clone()) {
        Some(Some(user)) => Kind::User.arn(account, user.as_str()),
        Some(None) => root_arn(account),
        None => Kind::User.arn(account, "*"),
    }
}
