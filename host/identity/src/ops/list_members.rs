//! ListUsers and ListRoles: the users or roles of an account, by name.

use std::marker::PhantomData;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};
use wire::shape::{Int, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::rules;
use super::shapes::ShownMember;
use super::target::{Of, account, text};
use crate::directory::{Directory, Kind};
use crate::error::Error;

pub(super) struct ListMembers<O>(PhantomData<O>);

impl<O: Of> Operation for ListMembers<O> {
    const NAME: &str = O::LIST.0;
    const ACTION: &str = O::LIST.1;
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
        Ok(vec![Resource::new(Self::ACTION, O::KIND.arn(account, "*"))])
    }

    async fn run(
        directory: &Directory,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let account = account(caller, input.account_id.as_ref());
        let limit = rules::page(input.max_items);
        let page = directory.members(O::KIND, account, text(&input.marker), limit);
        Ok(Output {
            kind: O::KIND,
            marker: page.last_of_more().map(|member| member.name.to_string()),
            is_truncated: page.has_more,
            members: page.items.iter().map(|member| ShownMember::brief(member)).collect(),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    account_id: Option<Text<'a>>,
    #[serde(borrow)]
    marker: Option<Text<'a>>,
    max_items: Option<Int>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        rules::check_account(checks, self.account_id.as_ref());
        checks.text("marker", self.marker.as_ref().map(Text::as_str), rules::NAME);
        rules::check_max_items(checks, self.max_items);
    }
}

pub(super) struct Output {
    kind: Kind,
    members: Vec<ShownMember>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Serialize for Output {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let word = match self.kind {
            Kind::User => "Users",
            Kind::Role => "Roles",
        };
        map.serialize_entry(word, &self.members)?;
        map.serialize_entry("IsTruncated", &self.is_truncated)?;
        if let Some(marker) = &self.marker {
            map.serialize_entry("Marker", marker)?;
        }
        map.end()
    }
}
