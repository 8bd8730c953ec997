//! ListUserPolicies and ListRolePolicies: the names of the policies of a user or a role. They are few, so there is but
//! one page.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::target::{Of, Target};
use crate::directory::Directory;
use crate::error::Error;

pub(super) struct ListPolicies<O>(PhantomData<O>);

impl<O: Of> Operation for ListPolicies<O> {
    const NAME: &str = O::LIST_POLICIES.0;
    const ACTION: &str = O::LIST_POLICIES.1;
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
        let names = member.policies.iter().map(|(name, _)| name.clone());
        Ok(Output { policy_names: names.collect(), is_truncated: false })
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
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    policy_names: Vec<String>,
    is_truncated: bool,
}
