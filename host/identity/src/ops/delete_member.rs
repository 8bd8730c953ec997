//! DeleteUser and DeleteRole: removes a user with its policies and keys, or a role with its policies, at once. IAM
//! wants them removed one by one before.

use std::marker::PhantomData;

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::target::{Of, Target};
use crate::directory::Directory;
use crate::error::Error;

pub(super) struct DeleteMember<O>(PhantomData<O>);

impl<O: Of> Operation for DeleteMember<O> {
    const NAME: &str = O::DELETE.0;
    const ACTION: &str = O::DELETE.1;
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
        let (kind, account, name) = input.target().place(caller);
        directory.delete_member(kind, account, name).await
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
