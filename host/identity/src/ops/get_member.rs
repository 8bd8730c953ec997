//! GetUser and GetRole: a user or a role, with its tags.

use std::marker::PhantomData;

use serde::Deserialize;
use wire::shape::Text;
use wire::{Caller, Check, Checks, Operation, Resource};

use super::shapes::{One, ShownMember};
use super::target::{Of, Target};
use crate::directory::Directory;
use crate::error::Error;

pub(super) struct GetMember<O>(PhantomData<O>);

impl<O: Of> Operation for GetMember<O> {
    const NAME: &str = O::GET.0;
    const ACTION: &str = O::GET.1;
    type Service = Directory;
    type Input<'a> = Input<'a, O>;
    type Output = One;
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
        Ok(One(kind, ShownMember::whole(&member)))
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
