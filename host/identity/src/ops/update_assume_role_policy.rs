//! UpdateAssumeRolePolicy: says anew who may act as a role.

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::rules;
use super::target::{Roles, Target, text};
use super::trust;
use crate::directory::Directory;
use crate::error::Error;

pub(super) struct UpdateAssumeRolePolicy;

impl Operation for UpdateAssumeRolePolicy {
    const NAME: &str = "UpdateAssumeRolePolicy";
    const ACTION: &str = "iam:UpdateAssumeRolePolicy";
    type Service = Directory;
    type Input<'a> = Input<'a>;
    type Output = ();
    type Error = Error;

    async fn resources(
        directory: &Directory,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        Ok(vec![input.target().resource(directory, caller, Self::ACTION)])
    }

    async fn run(
        directory: &Directory,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<(), Error> {
        let (_, account, name) = input.target().place(caller);
        let trust = trust::read(text(&input.policy_document))?;
        directory.put_trust(account, name, &trust).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    account_id: Option<Text<'a>>,
    #[serde(borrow)]
    role_name: Option<Text<'a>>,
    #[serde(borrow)]
    policy_document: Option<Text<'a>>,
}

impl Input<'_> {
    fn target(&self) -> Target<'_> {
        Target::of::<Roles>(&self.account_id, &None, &self.role_name)
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.target().check(checks);
        let document = self.policy_document.as_ref();
        rules::check_required(checks, "policyDocument", document, rules::DOCUMENT);
    }
}
