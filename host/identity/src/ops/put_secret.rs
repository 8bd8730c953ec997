//! PutSecret: gives a secret a value, and makes it if it is not there. No operation tells the value again: it is for
//! code that runs here.

use domain::{AccountId, SecretName, limits};
use serde::{Deserialize, Serialize};
use stdx::Secret;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::rules;
use super::shapes::ShownSecret;
use super::target::{account, text};
use crate::directory::Directory;
use crate::error::Error;

pub(super) struct PutSecret;

impl Operation for PutSecret {
    const NAME: &str = "PutSecret";
    const ACTION: &str = "secretsmanager:PutSecretValue";
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
        let arn = arn(account, caller.region.as_str(), text(&input.name));
        Ok(vec![Resource::new(Self::ACTION, arn)])
    }

    async fn run(
        directory: &Directory,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let account = account(caller, input.account_id.as_ref());
        let name: SecretName = text(&input.name)
            .parse()
            .map_err(|_invalid| Error::Invalid("Name is no name of a secret."))?;
        let value = Secret::new(text(&input.secret_string).to_owned());
        let place = (account, &caller.region, &name);
        Ok(Output { secret: (&*directory.put_secret(place, &value).await?).into() })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    account_id: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    secret_string: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        rules::check_account(checks, self.account_id.as_ref());
        rules::check_required(checks, "name", self.name.as_ref(), rules::SECRET_NAME);
        checks.required("secretString", self.secret_string.as_ref());
        if let Some(value) = &self.secret_string {
            // The value itself is not shown.
            let (shown, bytes) = ("[secret]", value.as_str().len());
            checks.length("secretString", &shown, bytes, 1, limits::SECRET_BYTES_MAX);
        }
    }
}

/// The ARN of a secret, whose name may be anything. There is no random ending as on AWS.
pub(super) fn arn(account: AccountId, region: &str, name: &str) -> String {
    Directory::secret_arn(account, region, name)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    secret: ShownSecret,
}
