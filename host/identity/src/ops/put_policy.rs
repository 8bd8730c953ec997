//! PutUserPolicy and PutRolePolicy: what a user or a role may do from the next request on.

use std::marker::PhantomData;

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::rules;
use super::target::{Of, Target, text};
use crate::directory::Directory;
use crate::error::Error;

pub(super) struct PutPolicy<O>(PhantomData<O>);

impl<O: Of> Operation for PutPolicy<O> {
    const NAME: &str = O::PUT_POLICY.0;
    const ACTION: &str = O::PUT_POLICY.1;
    type Service = Directory;
    type Input<'a> = Input<'a, O>;
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
    ) -> Result<Self::Output, Error> {
        let (name, document) = (text(&input.policy_name), text(&input.policy_document));
        directory.put_policy(input.target().place(caller), name, document).await
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
    #[serde(borrow)]
    policy_document: Option<Text<'a>>,
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
        let document = self.policy_document.as_ref();
        rules::check_required(checks, "policyDocument", document, rules::DOCUMENT);
    }
}
