//! CreateAccessKey: makes a key for a user or, without a name, for the account's root, which only a root may.
//! Its secret is told here and never again.

use serde::{Deserialize, Serialize};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::rules;
use super::shapes::ShownKey;
use super::target::account;
use crate::directory::{Directory, Kind, NewKey, root_arn};
use crate::error::Error;

pub(super) struct CreateAccessKey;

impl Operation for CreateAccessKey {
    const NAME: &str = "CreateAccessKey";
    const ACTION: &str = "iam:CreateAccessKey";
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
        let arn = match &input.user_name {
            Some(name) => Kind::User.arn(account, name.as_str()),
            None => root_arn(account),
        };
        Ok(vec![Resource::new(Self::ACTION, arn)])
    }

    async fn run(
        directory: &Directory,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let account = account(caller, input.account_id.as_ref());
        let user = input.user_name.as_ref().map(|name| name.as_str().parse()).transpose();
        let user = user.map_err(|_invalid| Error::Invalid("UserName is no name of a user."))?;
        let NewKey { key, secret } = directory.create_key(account, user.as_ref()).await?;
        let shown = ShownKey::of(&key, true);
        let secret_access_key = secret.expose().clone();
        Ok(Output { access_key: Whole { shown, secret_access_key } })
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

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    access_key: Whole,
}

/// The key with its secret; not for printing.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Whole {
    #[serde(flatten)]
    shown: ShownKey,
    secret_access_key: String,
}
