//! ListResourceTags: the tags of a key.

use serde::{Deserialize, Serialize};
use wire::shape::{Int, Text};
use wire::{Caller, Check, Checks, Operation, Resource};

use super::members::{check_key, check_page, own, resource, text};
use crate::kms::{Error, Keys};

pub(super) struct ListResourceTags;

impl Operation for ListResourceTags {
    const NAME: &str = "ListResourceTags";
    const ACTION: &str = "kms:ListResourceTags";
    const AUDITED: &[&str] = &["KeyId"];
    const DIFFERS: &str = "All tags come in one page.";
    type Service = Keys;
    type Input<'a> = Input<'a>;
    type Output = Output;
    type Error = Error;

    async fn resources(
        keys: &Keys,
        caller: &Caller,
        input: &Self::Input<'_>,
    ) -> Result<Vec<Resource>, Error> {
        Ok(vec![resource(keys, caller, Self::ACTION, text(&input.key_id))])
    }

    async fn run(
        keys: &Keys,
        caller: &Caller,
        input: Self::Input<'_>,
    ) -> Result<Self::Output, Error> {
        let key = own(keys, caller, text(&input.key_id))?;
        let tag = |(key, value): &(String, String)| Tag {
            tag_key: key.clone(),
            tag_value: value.clone(),
        };
        Ok(Output { tags: key.tags.iter().map(tag).collect(), truncated: false })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    key_id: Option<Text<'a>>,
    limit: Option<Int>,
    #[serde(borrow)]
    marker: Option<Text<'a>>,
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        check_key(checks, self.key_id.as_ref());
        check_page(checks, self.limit, self.marker.as_ref());
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    tags: Vec<Tag>,
    truncated: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    tag_key: String,
    tag_value: String,
}
