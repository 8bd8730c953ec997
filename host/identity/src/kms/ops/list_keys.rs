//! ListKeys: the keys of an account in a region, by id.

use serde::{Deserialize, Serialize};
use wire::shape::{Int, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::members::{check_page, page, text};
use crate::kms::{Error, Keys};

pub(super) struct ListKeys;

impl Operation for ListKeys {
    const NAME: &str = "ListKeys";
    const ACTION: &str = "kms:ListKeys";
    type Service = Keys;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(_: &Keys, _: &Caller, _: &Self::Input<'_>) -> Result<Vec<Resource>, Error> {
        Ok(vec![Resource::any(Self::ACTION)])
    }

    async fn run(
        keys: &Keys,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let (account, region) = (caller.account, &caller.region);
        let found = keys.list(account, region, text(&input.marker), page(input.limit));
        Ok(Output {
            next_marker: found.last_of_more().map(|key| key.id.clone()),
            keys: found
                .items
                .iter()
                .map(|key| Listed { key_id: key.id.clone(), key_arn: key.arn() })
                .collect(),
            truncated: found.has_more,
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    limit: Option<Int>,
    #[serde(borrow)]
    marker: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        check_page(checks, self.limit, self.marker.as_ref());
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    keys: Vec<Listed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    truncated: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    key_id: String,
    key_arn: String,
}
