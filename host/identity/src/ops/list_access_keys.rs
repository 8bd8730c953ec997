//! ListAccessKeys: the keys of a user or, without a name, of the account, without their secrets. They are few, so
//! there is but one page. The operator's key in `root.credentials` is not among them.

use serde::{Deserialize, Serialize};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::rules;
use super::shapes::ShownKey;
use super::target::account;
use crate::directory::{Directory, Kind};
use crate::error::Error;

pub(super) struct ListAccessKeys;

impl Operation for ListAccessKeys {
    const NAME: &str = "ListAccessKeys";
    const ACTION: &str = "iam:ListAccessKeys";
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
        let name = input.user_name.as_ref().map_or("*", Text::as_str);
        Ok(vec![Resource::new(Self::ACTION, Kind::User.arn(account, name))])
    }

    async fn run(
        directory: &Directory,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let account = account(caller, input.account_id.as_ref());
        let user = input.user_name.as_ref().map(Text::as_str);
        if let Some(user) = user {
            directory.member(Kind::User, account, user)?;
        }
        let keys = directory.keys(account, user);
        let shown = keys.iter().map(|key| ShownKey::of(key, directory.is_readable(key)));
        Ok(Output { access_key_metadata: shown.collect(), is_truncated: false })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    account_id: Option<Text<'a>>,
    #[serde(borrow)]
    user_name: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        rules::check_account(checks, self.account_id.as_ref());
        checks.text("userName", self.user_name.as_ref().map(Text::as_str), rules::NAME);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    access_key_metadata: Vec<ShownKey>,
    is_truncated: bool,
}
