//! GetUserPolicy and GetRolePolicy: the text of a policy, without white space.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::rules;
use super::target::{Of, Target, text};
use crate::directory::{Directory, missing_policy};
use crate::error::Error;

pub(super) struct GetPolicy<O>(PhantomData<O>);

impl<O: Of> Operation for GetPolicy<O> {
    const NAME: &str = O::GET_POLICY.0;
    const ACTION: &str = O::GET_POLICY.1;
    type Service = Directory;
    type Input<'a> = Input<'a, O>;
    type Output = Output;
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
    ) -> Result<Self::Output, Error> {
        let (kind, account, name) = input.target().place(caller);
        let member = directory.member(kind, account, name)?;
        let policy_name = text(&input.policy_name).to_owned();
        let document = member.policy(&policy_name).map(str::to_owned);
        let policy_document = document.ok_or_else(|| missing_policy(kind, &policy_name))?;
        Ok(Output { policy_name, policy_document })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound = "O: Of")]
pub(super) struct Input<'a, O> {
    #[serde(borrow)]
    account_id: Option<Text<'a>>,
    #[serde(borrow)]
    user_name: Option<Text<'a>>,
    #[serde(borrow)]
    role_name: Option<Text<'a>>,
    #[serde(borrow)]
    policy_name: Option<Text<'a>>,
    #[serde(skip)]
    of: PhantomData<O>,
}

impl<O: Of> Input<'_, O> {
    fn target(&self) -> Target<'_> {
        Target::of::<O>(&self.account_id, &self.user_name, &self.role_name)
    }
}

impl<O: Of> Check for Input<'_, O> {
    fn check(&self, checks: &mut Checks) {
        self.target().check(checks);
        let name = self.policy_name.as_ref();
        rules::check_required(checks, "policyName", name, rules::POLICY_NAME);
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    policy_name: String,
    policy_document: String,
}
