//! CreateUser and CreateRole: makes a user or a role that may do nothing yet.

use std::marker::PhantomData;

use serde::Deserialize;
use wire::shape::{Tags, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::rules;
use super::shapes::{One, ShownMember};
use super::target::{Of, Target, text};
use super::trust;
use crate::directory::{Directory, Kind, NewMember};
use crate::error::Error;

pub(super) struct CreateMember<O>(PhantomData<O>);

impl<O: Of> Operation for CreateMember<O> {
    const NAME: &str = O::CREATE.0;
    const ACTION: &str = O::CREATE.1;
    type Service = Directory;
    type Input<'a> = Input<'a, O>;
    type Output = One;
    type Error = Error;

    async fn resources(
        directory: &Directory,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        let asked = input.target().resource(directory, caller, Self::ACTION);
        Ok(vec![asked.bringing(input.tags())])
    }

    async fn run(
        directory: &Directory,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let (kind, account, _) = input.target().place(caller);
        let name = input.target().name().ok_or(Error::Invalid("A name is missing."))?;
        let trust = match kind {
            Kind::User => String::new(),
            Kind::Role => trust::read(text(&input.assume_role_policy_document))?,
        };
        let tags = input.tags().into_iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
        let mut tags: Vec<_> = tags.collect();
        tags.sort_unstable();
        let new = NewMember { kind, account, name, tags, trust };
        let member = directory.create_member(new).await?;
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
    #[serde(borrow)]
    tags: Option<Tags<'a>>,
    /// Who may act as the role.
    #[serde(borrow)]
    assume_role_policy_document: Option<Text<'a>>,
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
        rules::check_tags(checks, self.tags.as_ref());
        if O::KIND == Kind::Role {
            let trust = self.assume_role_policy_document.as_ref();
            rules::check_required(checks, "assumeRolePolicyDocument", trust, rules::DOCUMENT);
        }
    }
}

impl<O> Input<'_, O> {
    fn tags(&self) -> Vec<(&str, &str)> {
        let tags = self.tags.iter().flat_map(|tags| tags.kept());
        tags.map(|(key, value)| (key.as_str(), value.as_str())).collect()
    }
}
